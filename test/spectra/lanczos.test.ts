import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import { createWasmEngine } from "#eigenscope/spectra/index.js";
import type { ApproximateSpectrum } from "#eigenscope/spectra/lanczos/approximate-result.js";
import { approximateSpectrum } from "#eigenscope/spectra/lanczos/approximate-spectrum.js";
import { gramProducts } from "#eigenscope/spectra/lanczos/gram-operator.js";
import { solveOne } from "./engine-contract.js";
import { testMatrix } from "./test-matrices.js";

const EPSILON = 2 ** -52;

interface Source {
  readonly count: number;
  readonly rows: number;
  readonly cols: number;
  readonly values: Float32Array | Float64Array;
  blocks(): AsyncIterable<Float32Array | Float64Array>;
}

function sourceOf(values: Float32Array | Float64Array, rows: number, cols: number, rowsAtOnce = 37): Source {
  return {
    count: 1,
    rows,
    cols,
    values,
    async *blocks() {
      for (let at = 0; at < values.length; at += rowsAtOnce * cols) yield values.slice(at, at + rowsAtOnce * cols);
    },
  };
}

const source = (kind: string, rows: number, cols: number, seed = 1): Source =>
  sourceOf(testMatrix({ kind, rows, cols, seed }), rows, cols);
const exact = ({ values, rows, cols }: Source): Float64Array =>
  solveOne(createWasmEngine(), values, { rows, cols }).eigenvalues;

const MATRICES: [string, number, number][] = [
  ["gaussian", 450, 300],
  ["gaussian", 200, 500],
  ["gaussian", 300, 300],
  ["heavy2", 500, 250],
  ["spike", 300, 200],
  ["lowrank", 300, 200],
  ["graded", 300, 200],
];

describe("products with W'W", () => {
  it.each([
    [50, 7, 3],
    [7, 50, 3],
    [33, 33, 4],
    [1, 9, 1],
    [700, 520, 5],
  ])(
    "of a %d x %d matrix, with %d vectors, are those of the definition, for any blocks of rows",
    async (rows, cols, count) => {
      const values = testMatrix({ kind: "integer", rows, cols, seed: 2 });
      const M = Math.min(rows, cols);
      const vectors = Array.from({ length: count }, (_, j) =>
        Float64Array.from({ length: M }, (_, k) => ((k * 7 + j * 3) % 11) - 5),
      );
      // Integers: every sum is exact, so the order does not matter.
      const W = (i: number, j: number): number => (rows >= cols ? values[i * cols + j] : values[j * cols + i]);
      const N = Math.max(rows, cols);
      const expected = vectors.map((x) => {
        const y = Array.from({ length: N }, (_, i) => x.reduce((sum, value, j) => sum + W(i, j) * value, 0));
        return Float64Array.from({ length: M }, (_, j) => y.reduce((sum, value, i) => sum + W(i, j) * value, 0));
      });
      for (const rowsAtOnce of [1, 13, rows]) {
        const found = await gramProducts(sourceOf(values, rows, cols, rowsAtOnce), vectors);
        expect(found.products).toEqual(expected);
        expect(found.trace).toBe(values.reduce((sum, value) => sum + value * value, 0));
        expect(found.passes).toBe(rows >= cols ? 1 : 2);
      }
    },
  );

  it("reject where rows are missing, and with the signal's reason", async () => {
    const whole = source("gaussian", 20, 10);
    const short = { ...whole, rows: 25 };
    await expect(gramProducts(short, [new Float64Array(10)])).rejects.toThrow("5 of the matrix's 25 rows are missing");
    const reason = new Error("enough");
    await expect(gramProducts(whole, [new Float64Array(10)], AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe("the approximate spectrum", () => {
  const solve = (of: Source, seed = 7): Promise<ApproximateSpectrum> =>
    approximateSpectrum(of, { rng: createRng(seed), probes: 10, steps: 30, block: 6, count: 12 });

  // Solved once for all that is said of them.
  const solved = new Map<string, { eigenvalues: Float64Array; found: Promise<ApproximateSpectrum> }>();
  const known = (kind: string, rows: number, cols: number) => {
    const name = `${kind} ${rows} ${cols}`;
    const of = source(kind, rows, cols);
    const both = solved.get(name) ?? { eigenvalues: exact(of), found: solve(of) };
    solved.set(name, both);
    return both;
  };

  it.each(MATRICES)("of a %s %d x %d matrix has the exact trace", async (kind, rows, cols) => {
    const { eigenvalues, found } = known(kind, rows, cols);
    const { trace } = await found;
    const sum = eigenvalues.reduce((total, value) => total + value, 0);
    // Plain sums of N M squares: off by at most their number times eps, in practice by the square root of it.
    expect(Math.abs(trace - sum)).toBeLessThan(rows * EPSILON * sum);
  });

  it.each(MATRICES)(
    "of a %s %d x %d matrix has an eigenvalue within the bound of each value at the top, and none above",
    async (kind, rows, cols) => {
      const of = source(kind, rows, cols);
      const eigenvalues = exact(of);
      const { top, lambdaMax } = await solve(of);
      expect(lambdaMax).toEqual({ value: top.values[0], bound: top.bounds[0] });
      expect(top.values.length).toBe(12);
      top.values.forEach((value, rank) => {
        const nearest = eigenvalues.reduce(
          (least, lambda) => Math.min(least, Math.abs(lambda - value)),
          Number.POSITIVE_INFINITY,
        );
        expect(nearest).toBeLessThanOrEqual(top.bounds[rank]);
        // A Rayleigh quotient of a subspace never exceeds the eigenvalue of its rank (Cauchy).
        expect(value).toBeLessThanOrEqual(eigenvalues[eigenvalues.length - 1 - rank] + top.bounds[0]);
      });
      // The largest itself has converged: the residual of an isolated eigenvalue or of the bulk's edge after 30 steps
      // of 6.
      expect(Math.abs(lambdaMax.value - eigenvalues[eigenvalues.length - 1])).toBeLessThan(1e-6 * lambdaMax.value);
      expect(lambdaMax.bound).toBeLessThan(1e-2 * lambdaMax.value);
    },
  );

  it.each(MATRICES)(
    "of a %s %d x %d matrix has a distribution function within its stated error",
    async (kind, rows, cols) => {
      const { eigenvalues, found } = known(kind, rows, cols);
      const { cdf, density, M } = await found;
      // Rounding noise stands for zero on both sides: a node may lie at either end of it.
      const noise = 1e-12 * eigenvalues[M - 1];
      let worst = 0;
      for (let i = 0; i < cdf.lambda.length; i++) {
        const share = (at: number): number => eigenvalues.filter((value) => value <= at).length / M;
        const [low, high] = [share(cdf.lambda[i] - noise), share(cdf.lambda[i] + noise)];
        const miss = Math.max(low - cdf.value[i], cdf.value[i] - high, 0);
        // Five standard errors of ten probes (t with nine degrees of freedom: 0.04% beyond), the rule's own resolution,
        // and one eigenvalue.
        expect(miss).toBeLessThanOrEqual(5 * cdf.standardError[i] + cdf.resolution[i] + 1 / M);
        worst = Math.max(worst, miss);
      }
      expect(density.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
      // And the statement is worth something: the error is small itself, but for eigenvalues over 24 decades, of which
      // 30 steps see the upper few.
      if (kind === "graded") return;
      expect(worst).toBeLessThan(0.05);
      expect(cdf.resolution.reduce((sum, value) => sum + value, 0) / cdf.resolution.length).toBeLessThan(0.05);
    },
  );

  it("has a standard error that falls with the number of probes and with the size of the matrix", async () => {
    const error = async (M: number, probes: number): Promise<number> => {
      const { cdf } = await approximateSpectrum(source("gaussian", 2 * M, M), {
        rng: createRng(3),
        probes,
        steps: 20,
        block: 1,
      });
      return Math.sqrt(cdf.standardError.reduce((sum, value) => sum + value * value, 0) / cdf.standardError.length);
    };
    const [few, many, larger] = [await error(200, 4), await error(200, 36), await error(800, 4)];
    // 1/3 and 1/2 in theory; an estimate from four probes scatters by a third.
    expect(many / few).toBeLessThan(0.6);
    expect(larger / few).toBeLessThan(0.8);
  });

  it("is the exact spectrum where the steps exhaust the matrix", async () => {
    const of = source("gaussian", 30, 12);
    const eigenvalues = exact(of);
    const { top, cdf } = await approximateSpectrum(of, {
      rng: createRng(1),
      probes: 3,
      steps: 50,
      block: 4,
      count: 12,
    });
    const ascending = top.values.slice().reverse();
    const worst = ascending.reduce((most, value, i) => Math.max(most, Math.abs(value - eigenvalues[i])), 0);
    expect(worst).toBeLessThan(50 * EPSILON * eigenvalues[11]);
    expect(cdf.lambda.length).toBe(36);
  });

  it("finds an eigenvalue as often as it is there, up to the block's width", async () => {
    const diagonal = [9, 9, 9, 9, 4, 1, 1, 0.5];
    const values = Float64Array.from({ length: 200 * 60 }, (_, k) =>
      Math.floor(k / 60) === k % 60 ? (diagonal[k % 60] ?? 0.1) : 0,
    );
    const { top } = await approximateSpectrum(sourceOf(values, 200, 60), {
      rng: createRng(5),
      steps: 12,
      block: 5,
      count: 5,
      probes: 1,
    });
    top.values.forEach((value, i) => {
      expect(Math.abs(value - [81, 81, 81, 81, 16][i])).toBeLessThan(1e-11);
    });
  });

  it("stands a zero matrix, a single row, a single column and f32 values", async () => {
    const zero = await solve(sourceOf(new Float64Array(40 * 30), 40, 30));
    expect([zero.trace, zero.lambdaMax.value, zero.cdf.value.at(-1)]).toEqual([0, 0, 1]);
    for (const [rows, cols] of [
      [1, 25],
      [25, 1],
    ]) {
      const of = sourceOf(Float32Array.from(testMatrix({ kind: "integer", rows, cols, seed: 3 })), rows, cols);
      expect((await solve(of)).lambdaMax.value).toBeCloseTo(exact(of)[0], 10);
    }
  });

  it("is the same for the same seed, and another for another", async () => {
    const of = source("gaussian", 90, 60);
    expect(await solve(of, 1)).toEqual(await solve(of, 1));
    expect((await solve(of, 2)).cdf.value).not.toEqual((await solve(of, 1)).cdf.value);
  });

  it("refuses a stack, and numbers that are no positive integers", async () => {
    const of = source("gaussian", 20, 10);
    await expect(approximateSpectrum({ ...of, count: 2 }, { rng: createRng(1) })).rejects.toThrow(
      "a stack of 2 matrices",
    );
    await expect(approximateSpectrum(of, { rng: createRng(1), steps: 0 })).rejects.toThrow(
      "steps must be a positive integer, got 0",
    );
  });
});
