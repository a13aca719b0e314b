/**
 * Most bytes that the matrices of a plan take together: as many of the largest as there are workers, within the budget;
 * a matrix that is larger than the budget runs alone (`memorySlots`).
 */
export function peakBytes(
  layers: readonly { readonly memoryBytes: number }[],
  { workers, memory }: { readonly workers: number; readonly memory: number },
): number {
  const largest = layers.map(({ memoryBytes }) => memoryBytes).sort((a, b) => b - a);
  const together = largest.slice(0, workers).reduce((sum, bytes) => sum + bytes, 0);
  return Math.max(largest[0] ?? 0, Math.min(memory, together));
}
