import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StoredBytes } from "#eigenscope/bytes/stored-bytes.js";
import { mergedAxes, type StridedOptions, streamStrided } from "#eigenscope/formats/pytorch/strided-values.js";

const BYTES = 4;

/** A storage whose element k is k, and the lengths of the reads that it saw, in elements. */
function countingStorage(count: number) {
  const data = new Uint8Array(Float32Array.from({ length: count }, (_, k) => k).buffer);
  const reads: { at: number; elements: number }[] = [];
  const stored: StoredBytes = {
    byteLength: data.length,
    openCursor: () => ({
      read: async (offset, length) => {
        if (offset < 0 || offset + length > data.length)
          throw new Error(`read of ${length} at ${offset} leaves the storage`);
        reads.push({ at: offset / BYTES, elements: length / BYTES });
        return data.slice(offset, offset + length);
      },
      close: async () => {},
    }),
  };
  return { stored, reads };
}

interface View {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;
}

/** Every element's place in the storage, in C order: what a stride means. */
function places({ size, stride, offset }: View): number[] {
  return size.reduce(
    (all, side, k) => all.flatMap((place) => Array.from({ length: side }, (_, i) => place + i * stride[k])),
    [offset],
  );
}

async function gathered(view: View, options: StridedOptions) {
  const wanted = places(view);
  const { stored, reads } = countingStorage(Math.max(...wanted) + 1);
  const decode = (bytes: Uint8Array) => new Float32Array(bytes.slice().buffer);
  const run = { stored, offset: view.offset * BYTES, count: wanted.length, bytesPerElement: BYTES, decode };
  const chunks: Float32Array[] = [];
  for await (const chunk of streamStrided(run, mergedAxes(view.size, view.stride), options))
    chunks.push(chunk as Float32Array);
  return { wanted, reads, chunks, values: chunks.flatMap((chunk) => [...chunk]) };
}

const views = fc
  .array(fc.record({ side: fc.integer({ min: 1, max: 6 }), stride: fc.integer({ min: 0, max: 20 }) }), {
    minLength: 1,
    maxLength: 4,
  })
  .chain((axes) => fc.record({ axes: fc.constant(axes), offset: fc.integer({ min: 0, max: 9 }) }))
  .map(
    ({ axes, offset }): View => ({
      size: axes.map(({ side }) => side),
      stride: axes.map(({ stride }) => stride),
      offset,
    }),
  );

describe("a strided view", () => {
  it("streams in C order whatever its strides, the tiles and the reads, within its memory", async () => {
    const budget = {
      tileElements: fc.integer({ min: 1, max: 60 }),
      readBytes: fc.integer({ min: 4, max: 300 }),
      chunk: fc.integer({ min: 1, max: 50 }),
    };
    await fc.assert(
      fc.asyncProperty(views, fc.record(budget), fc.nat(), fc.nat(), async (view, options, a, b) => {
        const count = places(view).length;
        const [from, to] = [a % (count + 1), b % (count + 1)].sort((x, y) => x - y);
        const { wanted, values, chunks, reads } = await gathered(view, { ...options, from, to });
        expect(values).toEqual(wanted.slice(from, to));
        for (const chunk of chunks)
          expect(chunk.length).toBeLessThanOrEqual(Math.min(options.chunk, options.tileElements));
        for (const read of reads) expect(read.elements * BYTES).toBeLessThanOrEqual(Math.max(BYTES, options.readBytes));
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it("that is a whole transposed matrix is read once, from front to back", async () => {
    const { wanted, values, reads } = await gathered({ size: [50, 40], stride: [1, 50], offset: 0 }, {});
    expect(values).toEqual(wanted);
    expect(reads).toEqual([{ at: 0, elements: 2000 }]);
  });

  it("that takes few elements of many is read in short runs", async () => {
    const { reads } = await gathered({ size: [100, 2], stride: [1000, 1], offset: 5 }, {});
    expect(reads.length).toBe(100);
    expect(reads[1]).toEqual({ at: 1005, elements: 2 });
  });

  it("has its even axes merged", () => {
    expect(mergedAxes([2, 3, 4], [12, 4, 1])).toEqual([{ size: 24, stride: 1 }]);
    expect(mergedAxes([2, 1, 4], [4, 99, 1])).toEqual([{ size: 8, stride: 1 }]);
    expect(mergedAxes([2, 3], [1, 2])).toEqual([
      { size: 2, stride: 1 },
      { size: 3, stride: 2 },
    ]);
    expect(mergedAxes([1, 1], [7, 7])).toEqual([]);
  });
});
