import fc from "fast-check";
import { expect } from "vitest";
import { FormatError, openWeightFile } from "#eigenscope/formats/index.js";
import { filesInMemory } from "./files-in-memory.js";

/** How bytes are damaged: overwritten, cut out, doubled, or the end cut off. */
export interface Damage {
  readonly kind: "set" | "cut" | "double" | "truncate";
  readonly at: number;
  readonly length: number;
  readonly byte: number;
}

/**
 * A few damages; the bytes written are any, or, more often than chance would have it, those that mean something to the
 * format.
 */
export function damages(telling: readonly number[]): fc.Arbitrary<readonly Damage[]> {
  return fc.array(
    fc.record({
      kind: fc.constantFrom<Damage["kind"]>("set", "set", "set", "cut", "double", "truncate"),
      at: fc.nat(),
      length: fc.integer({ min: 1, max: 9 }),
      byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...telling)),
    }),
    { minLength: 1, maxLength: 4 },
  );
}

export function damaged(bytes: Uint8Array, all: readonly Damage[]): Uint8Array {
  return all.reduce(damagedOnce, bytes);
}

function damagedOnce(bytes: Uint8Array, { kind, at, length, byte }: Damage): Uint8Array {
  const start = at % (bytes.length + 1);
  const end = Math.min(bytes.length, start + length);
  const pieces = {
    set: [bytes.subarray(0, start), new Uint8Array(end - start).fill(byte), bytes.subarray(end)],
    cut: [bytes.subarray(0, start), bytes.subarray(end)],
    double: [bytes.subarray(0, end), bytes.subarray(start)],
    truncate: [bytes.subarray(0, start)],
  }[kind];
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let to = 0;
  for (const piece of pieces) {
    joined.set(piece, to);
    to += piece.length;
  }
  return joined;
}

/**
 * Opens a model and reads all of it: what comes of it are its values, no more of them than its bytes bear out, or a
 * `FormatError` whose message is safe to print; and nothing stays open, whatever came.
 */
export async function expectSurvival(files: Record<string, Uint8Array>, entry: string): Promise<void> {
  const watched = filesInMemory(files, entry);
  const size = Object.values(files).reduce((sum, file) => sum + file.length, 0);
  try {
    const file = await openWeightFile(watched);
    try {
      for (const tensor of file.tensors) {
        if (tensor.unreadable !== undefined) continue;
        let count = 0;
        for await (const chunk of tensor.values()) count += chunk.length;
        // One stored bit an element at the least; a deflated one is worth up to 1032 bytes.
        expect(count).toBeLessThanOrEqual(size * 8 * 1032);
        expect(count).toBe(tensor.shape.reduce((product, side) => product * side, 1));
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the point
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
  }
  expect([...watched.stillOpen]).toEqual([]);
  for (const { name } of watched.reads) expect(Object.keys(files)).toContain(name);
}

/**
 * How long each test goes on: 400 damaged files, so that the suite stays fast; or FUZZ_RUNS of them; or for
 * FUZZ_SECONDS. The seed is fixed, but for FUZZ_SEED; a failure prints the seed and the path that lead back to it.
 */
const SECONDS = process.env.FUZZ_SECONDS === undefined ? undefined : Number(process.env.FUZZ_SECONDS);
const RUNS = Number(process.env.FUZZ_RUNS ?? 400);

export function budget(share = 1): fc.Parameters<unknown> {
  const seed = Number(process.env.FUZZ_SEED ?? 5);
  return SECONDS === undefined
    ? { seed, numRuns: Math.ceil(RUNS * share) }
    : { seed, numRuns: 2 ** 31 - 1, interruptAfterTimeLimit: 1000 * SECONDS };
}

/** A long run is as long as it was asked to be: no limit. */
export const LONG = { timeout: 0 };
