import { open, writeFile } from "node:fs/promises";

const BYTES = 2 ** 26;
const BLOCK = 2 ** 20;
const REPEATS = 3;

/**
 * Bytes per second at which a file is read in order: the best of several times. The file is written first, so that the
 * system most likely reads it from memory. A slow disk, and a network, are slower.
 */
export async function readSpeed(path: string): Promise<number> {
  await writeFile(path, new Uint8Array(BYTES));
  let best = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < REPEATS; repeat++) best = Math.min(best, await secondsOfReading(path));
  return BYTES / best;
}

async function secondsOfReading(path: string): Promise<number> {
  const handle = await open(path);
  const block = new Uint8Array(BLOCK);
  const start = performance.now();
  try {
    for (let at = 0; at < BYTES; at += BLOCK) await handle.read(block, 0, BLOCK, at);
  } finally {
    await handle.close();
  }
  // The clock's step may be a millisecond.
  return Math.max(1, performance.now() - start) / 1000;
}
