import fc from "fast-check";
import { openModel } from "#eigenscope/analysis/open-model.js";
import { resolveOptions } from "#eigenscope/analysis/options.js";
import { FormatError, openWeightFile } from "#eigenscope/formats/index.js";
import type { MatrixOrigin } from "#eigenscope/layers/index.js";
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

/** Bytes that end numbers, strings and objects. */
export const TELLING = [0, 255, 0x22, 0x30, 0x39, 0x7b, 0x7d];

/** A deflated byte is worth at most 1032. */
const MAX_INFLATION = 1032;

/**
 * Opens a model, plans its layers, and reads all tensors and all layers. The result must be its values, at most as many
 * as its bytes can hold, or a `FormatError` whose message is safe to print. Nothing may stay open, and no other file
 * may be opened. Throws where that does not hold.
 */
export async function expectSurvival(files: Readonly<Record<string, Uint8Array>>, entry: string): Promise<void> {
  const watched = filesInMemory(files, entry);
  const size = Object.values(files).reduce((sum, file) => sum + file.length, 0);
  // At least one stored bit per element.
  const most = size * 8 * MAX_INFLATION;
  await survives(async () => {
    const file = await openWeightFile(watched);
    try {
      for (const tensor of file.tensors) {
        if (tensor.unreadable !== undefined) continue;
        let count = 0;
        for await (const chunk of tensor.values()) count += chunk.length;
        const expected = tensor.shape.reduce((product, side) => product * side, 1);
        if (count > most) throw new Error(`${tensor.name} has ${count} values, but all files have ${size} bytes`);
        if (count !== expected) throw new Error(`${tensor.name} has ${count} values, not those of [${tensor.shape}]`);
      }
    } finally {
      await file.close();
    }
  });
  await survives(async () => {
    const { layers, file } = await openModel(watched, OPTIONS);
    try {
      for (const { name, source } of layers) {
        let count = 0;
        for await (const block of source.blocks()) count += block.length;
        const expected = source.count * source.rows * source.cols;
        if (count !== expected) throw new Error(`the layer ${name} has ${count} entries, not ${expected}`);
        assertFromFiles(source.origin, files);
      }
    } finally {
      await file.close();
    }
  });
  if (watched.stillOpen.size > 0) throw new Error(`still open: ${[...watched.stillOpen].join(", ")}`);
  const foreign = watched.reads.find(({ name }) => !Object.hasOwn(files, name));
  if (foreign !== undefined) throw new Error(`a file was read that is not the model's: ${foreign.name}`);
}

const OPTIONS = resolveOptions({ minEigenvalues: 1 });

/** Every value of a layer comes from tensors of the given files. */
function assertFromFiles(origin: MatrixOrigin | undefined, files: Readonly<Record<string, Uint8Array>>): void {
  if (origin === undefined) throw new Error("a layer does not say where its values come from");
  if (origin.kind === "sum") for (const term of origin.terms) assertFromFiles(term, files);
  else if (origin.kind === "rescaled") assertFromFiles(origin.of, files);
  else if (!Object.hasOwn(files, origin.file)) throw new Error(`a layer's values come from ${origin.file}`);
}

async function survives(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the point
    if (/[\u0000-\u001f]/.test(error.message)) throw new Error("a message with control characters", { cause: error });
  }
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
