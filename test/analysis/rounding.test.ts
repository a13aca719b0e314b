import { describe, expect, it } from "vitest";
import {
  type RoundingError,
  randomEdge,
  roundingError,
  roundingProfileEdge,
  roundingVariance,
} from "#eigenscope/analysis/compare/rounding.js";
import { Pace, unpaced } from "#eigenscope/bytes/pace.js";
import type { MatrixSource } from "#eigenscope/layers/index.js";
import { createRng } from "#eigenscope/numeric/index.js";
import { createReferenceEngine, type EntryStatistics } from "#eigenscope/spectra/index.js";
import { noise } from "./compared.js";

const entries = { meanSquare: 0.25, maxAbs: 4 } as EntryStatistics;

function stack(rows: number, cols: number, ...matrices: readonly Float64Array[]): MatrixSource {
  return {
    count: matrices.length,
    rows,
    cols,
    async *blocks() {
      yield* matrices.map((values) => values.slice());
    },
  };
}

describe("the error of rounding", () => {
  it("is u^2/3 of the square of a float, and of F16 also the step of its small numbers", () => {
    expect(roundingError({ entries }, { dtype: "F32", storedBits: 32 })).toEqual({
      relative: 2 ** -48 / 3,
      absolute: 0,
    });
    expect(roundingError({ entries }, { dtype: "BF16", storedBits: 16 })).toEqual({
      relative: 2 ** -16 / 3,
      absolute: 0,
    });
    const f16 = roundingError({ entries }, { dtype: "F16", storedBits: 16 })!;
    expect(f16).toEqual({ relative: 2 ** -22 / 3, absolute: 2 ** -48 / 12 });
    expect(roundingVariance({ entries }, f16)).toBe((2 ** -22 / 3) * 0.25 + 2 ** -48 / 12);
  });

  it("is a twelfth of the square of a step of codes over the whole range, whole bits only", () => {
    expect(roundingError({ entries }, { dtype: "I8", storedBits: 8 })).toEqual({
      relative: 0,
      absolute: (8 / 256) ** 2 / 12,
    });
    expect(roundingError({ entries }, { dtype: "Q4_0", storedBits: 4.5 })!.absolute).toBe(0.5 ** 2 / 12);
  });

  it("is not known without the entries", () => {
    expect(roundingError({}, { dtype: "F32", storedBits: 32 })).toBeNull();
  });
});

describe("the edge of rounding", () => {
  const shape = { N: 80, M: 40, rf: 1 };
  const uniform = { relative: 0, absolute: 1 } satisfies RoundingError;
  const none = { relative: 0, absolute: 0 } satisfies RoundingError;

  it("of equal errors is that of a random matrix", async () => {
    const zeros = stack(80, 40, new Float64Array(3200));
    expect(await roundingProfileEdge([zeros, zeros], [uniform, none], unpaced())).toBeCloseTo(randomEdge(1, shape), 9);
    expect(await roundingProfileEdge([zeros, zeros], [uniform, uniform], unpaced())).toBeCloseTo(
      randomEdge(2, shape),
      9,
    );
  });

  it("of a random matrix is exceeded in about 1 of 100 draws, of the largest of several too", () => {
    const engine = createReferenceEngine();
    const rng = createRng(3);
    for (const rf of [1, 3]) {
      let above = 0;
      for (let draw = 0; draw < 300; draw++) {
        const task = engine.begin({ count: rf, rows: 40, cols: 20 });
        for (let k = 0; k < rf; k++) task.push(noise(40, 20, 1, rng).values);
        if (Math.max(...task.finish().eigenvalues) > randomEdge(1, { N: 40, M: 20, rf })) above++;
      }
      // 3 are expected; 9 or more are so in 4 of 1000 runs.
      expect(above, `${rf}`).toBeLessThan(9);
    }
  });

  it("follows the errors of each entry: rows and columns with large weights, in A and in B", async () => {
    const relative = { relative: 1, absolute: 0 };
    const large = Float64Array.from({ length: 3200 }, (_, k) => (k < 80 ? 10 : 1));
    const edge = (a: Float64Array, b: Float64Array) =>
      roundingProfileEdge([stack(80, 40, a), stack(80, 40, b)], [relative, relative], unpaced());
    const ones = new Float64Array(3200).fill(1);
    // Rows 0 and 1 sum to 40 (100 + 1); a column has two of these.
    const expected =
      ((Math.sqrt(40 * 101) + Math.sqrt(2 * 101 + 78 * 2)) ** 2 * randomEdge(1, shape)) /
      (Math.sqrt(80) + Math.sqrt(40)) ** 2;
    expect(await edge(large, ones)).toBeCloseTo(expected, 6);
    expect(await edge(ones, large)).toBeCloseTo(expected, 6);
  });

  it("of a stack is that of the matrix with the largest errors", async () => {
    const relative = { relative: 1, absolute: 0 };
    const [small, large] = [new Float64Array(3200).fill(1), new Float64Array(3200).fill(3)];
    const of = (...matrices: Float64Array[]) =>
      roundingProfileEdge([stack(80, 40, ...matrices), stack(80, 40, ...matrices)], [relative, none], unpaced());
    expect((await of(large, small)) / randomEdge(9, { ...shape, rf: 2 })).toBeCloseTo(1, 9);
    expect((await of(small, large)) / randomEdge(9, { ...shape, rf: 2 })).toBeCloseTo(1, 9);
  });

  it("takes row and column of one matrix, never of two", async () => {
    const relative = { relative: 1, absolute: 0 };
    const [wideRow, tallColumn] = [(k: number) => k < 40, (k: number) => k % 40 === 0].map((isLarge) =>
      Float64Array.from({ length: 3200 }, (_, k) => (isLarge(k) ? 10 : 1)),
    );
    const of = (...matrices: Float64Array[]) =>
      roundingProfileEdge([stack(80, 40, ...matrices), stack(80, 40, ...matrices)], [relative, none], unpaced());
    // Alone: a row of 4000 and columns of 179, or a column of 8000 and rows of 139.
    const alone = (Math.sqrt(8000) + Math.sqrt(139)) ** 2 / (Math.sqrt(80) + Math.sqrt(40)) ** 2;
    const expected = alone * randomEdge(1, { ...shape, rf: 2 });
    expect((await of(wideRow, tallColumn)) / expected).toBeCloseTo(1, 9);
    expect((await of(tallColumn, wideRow)) / expected).toBeCloseTo(1, 9);
  });

  it("bounds the norm of errors that are drawn with such variances", async () => {
    const rng = createRng(5);
    const weights = Float64Array.from({ length: 3200 }, (_, k) => 1 + 9 * Number(k % 40 < 3) + 4 * Number(k > 3000));
    const bound = await roundingProfileEdge(
      [stack(80, 40, weights), stack(80, 40, weights)],
      [{ relative: 1, absolute: 0 }, none],
      unpaced(),
    );
    for (let draw = 0; draw < 20; draw++) {
      const task = createReferenceEngine().begin({ count: 1, rows: 80, cols: 40 });
      task.push(noise(80, 40, 1, rng).values.map((value, k) => value * weights[k]));
      const largest = Math.max(...task.finish().eigenvalues);
      expect(largest).toBeLessThan(bound);
      expect(largest).toBeGreaterThan(0.3 * bound);
    }
  });

  it("gives the event loop turns, and ends at the turn in which it is aborted", async () => {
    const controller = new AbortController();
    const source = stack(8192, 1100, new Float64Array(8192 * 1100));
    const pace: Pace = new Pace({
      limited: false,
      signal: controller.signal,
      nextTurn: async () => controller.abort(new Error("enough")),
    });
    await expect(roundingProfileEdge([source, source], [uniform, none], pace)).rejects.toThrow("enough");
    expect(pace.turns).toBe(1);
  });
});
