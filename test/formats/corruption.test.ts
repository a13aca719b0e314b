import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError, openWeightFile } from "#weightscope/formats/index.js";
import { npyHeader, npyOf, zipOf } from "./build-numpy.js";
import { safetensorsWith } from "./build-safetensors.js";
import { filesInMemory } from "./files-in-memory.js";

/** Runs for each reader; `FUZZ_RUNS=1000000 npx vitest run test/formats/corruption.test.ts` is the long run. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 400);

const array = npyOf(npyHeader({ shape: "(3, 4)" }), new Uint8Array(Float32Array.from({ length: 12 }, (_, k) => k).buffer));
const turned = npyOf(npyHeader({ shape: "(2, 3, 2)", fortran: true, descr: ">f4" }), new Uint8Array(48));
const manifest = {
  modelTopology: { node: [{ name: "a", op: "Const", input: [] }] },
  weightsManifest: [
    {
      paths: ["shard1", "shard2"],
      weights: [
        { name: "a", shape: [3, 4], dtype: "float32" },
        { name: "s", shape: [2], dtype: "string" },
        { name: "q", shape: [8], dtype: "float32", quantization: { dtype: "uint8", scale: 0.5, min: -1 } },
      ],
    },
  ],
};
const shards = { shard1: new Uint8Array(50), shard2: Uint8Array.of(0, 0, 1, 0, 0, 0, 65, 1, 2, 3, 4, 5, 6, 7, 8) };
const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const SUBJECTS: Record<string, { entry: string; files: Record<string, Uint8Array> }> = {
  safetensors: {
    entry: "x.safetensors",
    files: {
      "x.safetensors": safetensorsWith({ a: { shape: [3, 4], values: new Float32Array(12) }, "b.c": { shape: [2], values: [1, 2] } }),
    },
  },
  "safetensors index": {
    entry: "x.index.json",
    files: {
      "x.index.json": text({ weight_map: { a: "s1", b: "s2" } }),
      s1: safetensorsWith({ a: { shape: [1], values: [1] } }),
      s2: safetensorsWith({ b: { shape: [1], values: [1] } }),
    },
  },
  npy: { entry: "x.npy", files: { "x.npy": array } },
  "npy in Fortran order": { entry: "x.npy", files: { "x.npy": turned } },
  "npz stored": {
    entry: "x.npz",
    files: {
      "x.npz": zipOf(
        [
          { name: "a.npy", data: array },
          { name: "b.npy", data: turned },
        ],
        { zip64: true },
      ),
    },
  },
  "npz deflated": {
    entry: "x.npz",
    files: {
      "x.npz": zipOf([
        { name: "a.npy", data: array, method: 8 },
        { name: "b.npy", data: turned, method: 8 },
      ]),
    },
  },
  tfjs: { entry: "model.json", files: { "model.json": text(manifest), ...shards } },
};

/** How a file is damaged: bytes overwritten, cut out, doubled, or the end cut off. */
interface Damage {
  readonly kind: "set" | "cut" | "double" | "truncate";
  readonly at: number;
  readonly length: number;
  readonly byte: number;
}

function damaged(bytes: Uint8Array, { kind, at, length, byte }: Damage): Uint8Array {
  const start = at % (bytes.length + 1);
  const end = Math.min(bytes.length, start + length);
  const pieces = {
    set: [bytes.subarray(0, start), new Uint8Array(end - start).fill(byte), bytes.subarray(end)],
    cut: [bytes.subarray(0, start), bytes.subarray(end)],
    double: [bytes.subarray(0, end), bytes.subarray(start)],
    truncate: [bytes.subarray(0, start)],
  }[kind];
  return Uint8Array.from(pieces.flatMap((piece) => Array.from(piece)));
}

const damages = fc.array(
  fc.record({
    kind: fc.constantFrom("set", "set", "set", "cut", "double", "truncate"),
    at: fc.nat(),
    length: fc.integer({ min: 1, max: 9 }),
    byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 255, 0x22, 0x30, 0x39, 0x7b, 0x7d)),
  }),
  { minLength: 1, maxLength: 4 },
);

describe("a damaged file", () => {
  for (const [subject, { entry, files }] of Object.entries(SUBJECTS)) {
    it(`(${subject}) is read within its size or refused with a FormatError, and leaves nothing open`, {
      timeout: 24 * 3600_000,
    }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...Object.keys(files)), damages, async (victim, all) => {
          const bytes = all.reduce((before, damage) => damaged(before, damage as Damage), files[victim]);
          const watched = filesInMemory({ ...files, [victim]: bytes }, entry);
          const size = Object.values(files).reduce((sum, file) => sum + file.length, bytes.length);
          try {
            const file = await openWeightFile(watched);
            try {
              for (const tensor of file.tensors) {
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
        }),
        { seed: 5, numRuns: RUNS },
      );
    });
  }
});
