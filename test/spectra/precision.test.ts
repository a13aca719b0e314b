import v8 from "node:v8";
import { describe, expect, it } from "vitest";
import { createWasmEngine, engineBytes, type StackSpectrum } from "#eigenscope/spectra/index.js";
import { goldens, solveOne } from "./engine-contract.js";
import { type Recipe, testMatrix } from "./test-matrices.js";

// Before any kernel is compiled: Node 20 hides relaxed SIMD, and with it the fused build, behind a flag.
if (Number.parseInt(process.versions.node, 10) < 22) v8.setFlagsFromString("--experimental-wasm-relaxed-simd");

const ROUNDOFF_F32 = 2 ** -24;
/**
 * What f32 arithmetic may be off by, in units of 2^-24 lambdaMax; measured over the goldens, square ones forced to stay
 * in f32 included: 9.2 in mixed precision (heavy tails, a few entries of the sums dominate), 30 in f32 (one giant
 * spike, M = 700).
 */
const ROUNDINGS = { mixed: 32, f32: 64 } as const;

/** Past what is kept for the bidiagonal route (N * M > 2^23), so that nothing is done again in f64. */
const LARGE = { rows: 33_000, cols: 256, seed: 11 };

/** Each matrix is drawn once for both builds and both precisions. */
const drawn = new Map<string, Float64Array>();
function matrixOf(recipe: Recipe): Float64Array {
  const { kind, rows, cols, seed } = recipe;
  const key = [kind, rows, cols, seed].join();
  const values = drawn.get(key) ?? testMatrix(recipe);
  drawn.set(key, values);
  return values;
}

describe.each(["plain", "fused"] as const)("lower precision, %s build", (build) => {
  const engine = createWasmEngine({ build });
  const exact = new Map<Float64Array, StackSpectrum>();
  /** In f64, solved once for both lower precisions. */
  function exactOf(values: Float64Array, shape: { rows: number; cols: number }): StackSpectrum {
    const spectrum = exact.get(values) ?? solveOne(engine, values, { rows: shape.rows, cols: shape.cols });
    exact.set(values, spectrum);
    return spectrum;
  }

  describe.each(["mixed", "f32"] as const)("%s", (precision) => {
    it.each(goldens)("agrees with LAPACK within its floor on $kind $rows x $cols", (golden) => {
      const { rows, cols, singularValues } = golden;
      const values = matrixOf(golden);
      const found = solveOne(engine, values, { rows, cols, precision });
      const expected = singularValues.map((nu) => nu * nu).reverse();
      const lambdaMax = expected[expected.length - 1];
      const worst = found.eigenvalues.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
      expect(worst).toBeLessThanOrEqual(ROUNDINGS[precision] * ROUNDOFF_F32 * lambdaMax);
      // What lies at or below the floor of f32 was done again in f64 where the matrix is small enough, and all that is
      // left is resolved.
      if (found.precision[0] !== "f64") {
        expect(worst).toBeLessThanOrEqual(found.resolvedFloor[0]);
        if (Math.max(rows, cols) * singularValues.length <= 2 ** 23 && singularValues.length <= 1024) {
          expect(found.eigenvalues[0]).toBeGreaterThan(found.resolvedFloor[0]);
        }
      } else expect(found).toEqual(exactOf(values, golden));
    });

    it("says so, and what it resolves: 256 (and 2 sqrt M in f32) times 2^-24 lambdaMax", () => {
      const found = solveOne(engine, matrixOf({ ...LARGE, kind: "gaussian" }), { ...LARGE, precision });
      expect(found.precision).toEqual([precision]);
      expect(found.route).toEqual(["gram"]);
      const floor = (256 + (precision === "f32" ? 32 : 0)) * ROUNDOFF_F32 * found.eigenvalues[255];
      expect(Math.abs(found.resolvedFloor[0] / floor - 1)).toBeLessThan(1e-15);
    });

    it.each(["heavy1", "spike"])("stays within its floor of f64 where nothing is done again, on %s", (kind) => {
      const values = matrixOf({ ...LARGE, kind });
      const found = solveOne(engine, values, { ...LARGE, precision });
      const { eigenvalues } = exactOf(values, LARGE);
      const worst = found.eigenvalues.reduce((most, value, i) => Math.max(most, Math.abs(value - eigenvalues[i])), 0);
      expect(worst).toBeLessThanOrEqual(found.resolvedFloor[0]);
    });

    it.each([1, 33, 1000, 4096])("gives the same bits with %d rows at once", (rowsAtOnce) => {
      const recipe = { kind: "gaussian", rows: 9000, cols: 40, seed: 3 };
      const values = Float32Array.from(testMatrix(recipe));
      const whole = solveOne(engine, values, { ...recipe, precision });
      expect(whole.precision).toEqual([precision]);
      expect(solveOne(engine, values, { ...recipe, rowsAtOnce, precision })).toEqual(whole);
    });

    it.each([-149, -60, 60, 120])("is indifferent to a factor 2^%d on the weights", (power) => {
      const recipe = { kind: "integer", rows: 9000, cols: 40, seed: 3 };
      const values = testMatrix(recipe);
      const plain = solveOne(engine, values, { ...recipe, precision }).eigenvalues;
      const scaled = Float32Array.from(values, (value) => value * 2 ** power);
      const found = solveOne(engine, scaled, { ...recipe, precision }).eigenvalues;
      expect(found).toEqual(plain.map((value) => value * 2 ** power * 2 ** power));
    });
  });

  it("begins in f64 where f32 could not resolve a small matrix anyway: square and small", () => {
    const recipe = { kind: "gaussian", rows: 100, cols: 100, seed: 2 };
    expect(solveOne(engine, testMatrix(recipe), { ...recipe, precision: "f32" }).precision).toEqual(["f64"]);
    const tall = { ...recipe, rows: 400 };
    expect(solveOne(engine, testMatrix(tall), { ...tall, precision: "f32" }).precision).toEqual(["f32"]);
  });
});

describe("the memory of one matrix", () => {
  it("is that of the formula: 4 M^2 bytes and what stands beside the Gram matrix", () => {
    // 4096 x 4096: 65 MiB of tiles, 5 MiB of panels of 256 bytes a row, 15 MiB of sums between shares, 2 MiB of band.
    expect(engineBytes({ rows: 4096, cols: 4096 }) / 2 ** 20).toBeLessThan(100);
    expect(engineBytes({ rows: 128_256, cols: 4096 })).toBe(engineBytes({ rows: 4096, cols: 4096 }));
    // A wide matrix is packed as it comes, in rows of tiles: more than the tall one takes, and less than W itself.
    const more = engineBytes({ rows: 2000, cols: 50_000 }) - engineBytes({ rows: 50_000, cols: 2000 });
    expect(more).toBeGreaterThan(0);
    expect(more).toBeLessThan(2000 * 50_000 * 8);
  });
});
