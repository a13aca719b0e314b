/**
 * Half of the free memory: the rest is for Node itself, blocks that are being read, and other programs on this machine.
 */
const FREE_MEMORY_FRACTION = 0.5;

/** Bytes that the matrices in progress may use together on this machine, or in its container if that has a limit. */
export function memoryBudget(): number {
  return FREE_MEMORY_FRACTION * process.availableMemory();
}
