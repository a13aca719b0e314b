import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pairedBlocks, wholeMatrices } from "#eigenscope/analysis/matrix-blocks.js";
import type { MatrixSource } from "#eigenscope/layers/index.js";

/** A stack that counts its entries from `first`, in blocks of the given numbers of rows (the last ones repeated). */
function counting({
  count,
  rows,
  cols,
  first = 0,
  heights,
}: {
  count: number;
  rows: number;
  cols: number;
  first?: number;
  heights: number[];
}) {
  const source: MatrixSource & { ended: boolean } = {
    count,
    rows,
    cols,
    ended: false,
    async *blocks() {
      try {
        for (let row = 0, k = 0; row < count * rows; k++) {
          const height = Math.min(heights[k % heights.length], count * rows - row);
          yield Float64Array.from({ length: height * cols }, (_, i) => first + row * cols + i);
          row += height;
        }
      } finally {
        source.ended = true;
      }
    },
  };
  return source;
}

const shapes = fc.record({
  count: fc.integer({ min: 1, max: 4 }),
  rows: fc.integer({ min: 1, max: 9 }),
  cols: fc.integer({ min: 1, max: 5 }),
});
const heights = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });

describe("wholeMatrices", () => {
  it("gives each matrix once, whatever the blocks", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, heights, async (shape, cut) => {
        const size = shape.rows * shape.cols;
        let k = 0;
        for await (const matrix of wholeMatrices(counting({ ...shape, heights: cut }))) {
          expect([...matrix]).toEqual(Array.from({ length: size }, (_, i) => k * size + i));
          k++;
        }
        expect(k).toBe(shape.count);
      }),
    );
  });
});

describe("pairedBlocks", () => {
  it("gives the same rows of both, each block within one matrix, whatever the blocks", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, heights, heights, async (shape, cutA, cutB) => {
        let seen = 0;
        for await (const block of pairedBlocks(
          counting({ ...shape, heights: cutA }),
          counting({ ...shape, first: 1000, heights: cutB }),
        )) {
          const at = (block.matrix * shape.rows + block.firstRow) * shape.cols;
          expect(at).toBe(seen);
          expect(block.firstRow + block.rows).toBeLessThanOrEqual(shape.rows);
          expect([...block.a]).toEqual(Array.from({ length: block.rows * shape.cols }, (_, i) => at + i));
          expect([...block.b]).toEqual([...block.a].map((value) => value + 1000));
          seen += block.a.length;
        }
        expect(seen).toBe(shape.count * shape.rows * shape.cols);
      }),
    );
  });

  it("closes both when the reader stops early", async () => {
    const [a, b] = [
      counting({ count: 1, rows: 9, cols: 2, heights: [2] }),
      counting({ count: 1, rows: 9, cols: 2, heights: [3] }),
    ];
    for await (const _ of pairedBlocks(a, b)) break;
    expect([a.ended, b.ended]).toEqual([true, true]);
  });

  it("refuses stacks of different shapes, and one that ends early", async () => {
    const read = async (a: MatrixSource, b: MatrixSource) => {
      for await (const _ of pairedBlocks(a, b));
    };
    const a = counting({ count: 1, rows: 4, cols: 2, heights: [2] });
    await expect(read(a, counting({ count: 2, rows: 2, cols: 2, heights: [2] }))).rejects.toThrow(
      "got 1 x 4 x 2 and 2 x 2 x 2",
    );
    const short = { ...counting({ count: 1, rows: 2, cols: 2, heights: [2] }), rows: 4 };
    await expect(read(a, short)).rejects.toThrow("the second stack ended after 2 of 4 rows");
  });
});
