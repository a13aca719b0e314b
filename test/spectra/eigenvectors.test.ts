import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import { type Eigenpairs, eigenvectorsOf } from "#eigenscope/spectra/eigenvectors/eigenvectors-of.js";
import { createWasmEngine } from "#eigenscope/spectra/index.js";
import { gramProducts } from "#eigenscope/spectra/lanczos/gram-operator.js";
import { solveOne } from "./engine-contract.js";
import { testMatrix } from "./test-matrices.js";

const EPSILON = 2 ** -52;

function sourceOf(kind: string, rows: number, cols: number) {
  const values = testMatrix({ kind, rows, cols, seed: 6 });
  return {
    count: 1,
    rows,
    cols,
    values,
    async *blocks() {
      for (let at = 0; at < values.length; at += 50 * cols) yield values.slice(at, at + 50 * cols);
    },
  };
}

type Source = ReturnType<typeof sourceOf>;

/** The pairs are what they say: of norm 1, orthogonal, and with the residuals that are given. */
async function check(source: Source, { values, vectors, residuals }: Eigenpairs): Promise<void> {
  const M = Math.min(source.rows, source.cols);
  const scale = values[0];
  const { products } = await gramProducts(source, vectors);
  for (const [i, v] of vectors.entries()) {
    for (let j = 0; j <= i; j++) {
      const product = v.reduce((sum, value, k) => sum + value * vectors[j][k], 0);
      expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(M * EPSILON * 10);
    }
    const rest = Math.sqrt(v.reduce((sum, value, k) => sum + (products[i][k] - values[i] * value) ** 2, 0));
    expect(Math.abs(rest - residuals[i])).toBeLessThan(M * EPSILON * 10 * scale);
  }
}

describe("eigenvectors of W'W", () => {
  it.each([
    ["gaussian", 120, 80],
    ["gaussian", 60, 110],
    ["lowrank", 100, 60],
    ["duplicates", 90, 60],
    ["gaussian", 9, 1],
  ])(
    "all of a %s %d x %d matrix: orthonormal, with residuals of rounding and the engine's eigenvalues",
    async (kind, rows, cols) => {
      const source = sourceOf(kind, rows, cols);
      const M = Math.min(rows, cols);
      const pairs = await eigenvectorsOf(source, { which: "all" });
      expect(pairs.vectors.length).toBe(M);
      await check(source, pairs);
      const expected = solveOne(createWasmEngine(), source.values, { rows, cols }).eigenvalues.slice().reverse();
      pairs.values.forEach((value, i) => {
        expect(Math.abs(value - expected[i])).toBeLessThan(50 * EPSILON * expected[0]);
        expect(pairs.residuals[i]).toBeLessThan(M * EPSILON * 10 * expected[0]);
      });
    },
  );

  it.each([
    ["spike", 400, 250],
    ["heavy2", 300, 500],
    ["gaussian", 300, 200],
  ])(
    "the top of a %s %d x %d matrix agrees with all of them, as far as the residuals say",
    async (kind, rows, cols) => {
      const source = sourceOf(kind, rows, cols);
      const top = await eigenvectorsOf(source, { which: { top: 5 }, rng: createRng(2), steps: 20 });
      await check(source, top);
      const all = await eigenvectorsOf(source, { which: "all" });
      const alignment = top.vectors[0].reduce((sum, value, k) => sum + value * all.vectors[0][k], 0);
      // Davis and Kahan: the sine of the angle is at most the residual over the gap to the next eigenvalue.
      const gap = all.values[0] - all.values[1];
      const rounding = 200 * EPSILON * all.values[0];
      expect(Math.sqrt(Math.max(0, 1 - alignment ** 2))).toBeLessThan(
        (top.residuals[0] + rounding) / (gap - top.residuals[0]) + 1e-7,
      );
      expect(top.residuals[0]).toBeLessThan(1e-3 * top.values[0]);
    },
  );

  it("refuses what cannot be had, with the values", async () => {
    const source = sourceOf("gaussian", 20, 10);
    await expect(eigenvectorsOf({ ...source, cols: 1100, rows: 1100 }, { which: "all" })).rejects.toThrow(
      /up to M = 1024, got 1100; ask for the top/,
    );
    await expect(eigenvectorsOf(source, { which: { top: 11 }, rng: createRng(1) })).rejects.toThrow(
      "from 1 to 10, got 11",
    );
    await expect(eigenvectorsOf(source, { which: { top: 1 } })).rejects.toThrow("needs an rng");
    await expect(eigenvectorsOf({ ...source, count: 3 }, { which: "all" })).rejects.toThrow("a stack of 3 matrices");
  });
});
