import { walkBTree1 } from "./btree-v1.js";
import { walkBTree2 } from "./btree-v2.js";
import type { ChunkIndexLocation } from "./data-layout.js";
import type { Hdf5File } from "./file.js";
import { walkFixedArray } from "./fixed-array.js";
import type { StoredChunk } from "./stored-chunk.js";

export interface ChunkGrid {
  readonly shape: readonly number[];
  readonly chunk: readonly number[];
  /** Bytes of a chunk's elements, before any filter. */
  readonly chunkBytes: number;
  readonly filtered: boolean;
}

/** A tensor of 4 GiB in chunks of 16 KiB has some 250,000. */
const MAX_CHUNKS = 4_000_000;

/** Chunks along each axis. */
export function gridOf({ shape, chunk }: Pick<ChunkGrid, "shape" | "chunk">): number[] {
  return shape.map((side, axis) => Math.ceil(side / chunk[axis]));
}

/**
 * Finds all stored chunks, whichever structure lists them. Refuses a chunk that is listed twice, lies outside the grid,
 * or outside the file.
 */
export async function readChunks(
  file: Hdf5File,
  location: ChunkIndexLocation,
  grid: ChunkGrid,
): Promise<Map<number, StoredChunk>> {
  const chunks = new Map<number, StoredChunk>();
  const counts = gridOf(grid);
  const total = counts.reduce((product, count) => product * count, 1);
  if (total > MAX_CHUNKS) file.fail(`${total} chunks are more than ${MAX_CHUNKS}`);
  const add = (chunk: StoredChunk): void => {
    const { number, address, bytes } = chunk;
    const position = file.position(address);
    if (chunks.has(number)) file.fail("a chunk is listed twice", position);
    if (position + bytes > file.byteLength)
      file.fail(`a chunk of ${bytes} bytes is at ${position}, but the file ends at ${file.byteLength}`, position);
    chunks.set(number, chunk);
  };
  /** The number of the chunk that begins at these elements (or, if scaled, at these chunks). */
  const numberAt = (starts: readonly number[], scaled: boolean): number =>
    starts.reduce((number, start, axis) => {
      const step = scaled ? 1 : grid.chunk[axis];
      if (start % step !== 0 || start / step >= counts[axis])
        file.fail(`a chunk at [${starts.join(", ")}] is outside its dataset`);
      return number * counts[axis] + start / step;
    }, 0);
  const rank = grid.shape.length;
  if (location.kind === "extensible-array")
    return file.fail("found an extensible array, expected another list of chunks");
  if (location.address === undefined) return chunks;

  if (location.kind === "btree1") {
    await walkBTree1(file, location.address, {
      type: 1,
      keyBytes: 8 + 8 * (rank + 1),
      visit(key, address) {
        const [bytes, mask] = [key.u32(), key.u32()];
        const starts = Array.from({ length: rank }, () => key.sized(8));
        add({ number: numberAt(starts, false), address, bytes, mask });
      },
    });
  } else if (location.kind === "btree2") {
    await walkBTree2(file, location.address, {
      types: grid.filtered ? [11] : [10],
      visit(record, type) {
        const address = record.target("a chunk");
        const sizeBytes = record.left - 4 - 8 * rank;
        const bytes = type === 11 ? record.sized(Math.max(1, Math.min(8, sizeBytes))) : grid.chunkBytes;
        const mask = type === 11 ? record.u32() : 0;
        const starts = Array.from({ length: rank }, () => record.sized(8));
        add({ number: numberAt(starts, true), address, bytes, mask });
      },
    });
  } else if (location.kind === "fixed-array") {
    await walkFixedArray(file, location.address, {
      limit: total,
      filtered: grid.filtered,
      chunkBytes: grid.chunkBytes,
      add,
    });
  } else if (location.kind === "single") {
    add({
      number: 0,
      address: location.address,
      bytes: location.stored?.bytes ?? grid.chunkBytes,
      mask: location.stored?.mask ?? 0,
    });
  } else {
    for (let number = 0; number < total; number++) {
      add({ number, address: location.address + number * grid.chunkBytes, bytes: grid.chunkBytes, mask: 0 });
    }
  }
  return chunks;
}
