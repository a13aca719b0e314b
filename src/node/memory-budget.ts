/**
 * Half of what is free: the rest is for Node itself, blocks that are being read, and whoever else works on this
 * machine.
 */
const SHARE = 0.5;

/**
 * Bytes that the matrices under way may take together on this machine, or in its container where that has a limit of
 * its own.
 */
export function memoryBudget(): number {
  return SHARE * process.availableMemory();
}
