import { describe, expect, it } from "vitest";
import { blasCandidates } from "#eigenscope/node/native/blas-candidates.js";
import { type BlasLibrary, openBlasLibrary } from "#eigenscope/node/native/blas-library.js";
import { disagreement } from "#eigenscope/node/native/cross-check.js";
import { createNativeEngine } from "#eigenscope/node/native/native-engine.js";
import { createReferenceEngine, createWasmEngine, type SpectralEngine } from "#eigenscope/spectra/index.js";
import { engineContract, errorInEps, goldens, solveOne } from "../spectra/engine-contract.js";
import { testMatrix } from "../spectra/test-matrices.js";
import { thisMachine } from "./this-machine.js";

// The library is loaded into the test's own process: what it computes is the subject here, not how a crash is borne
// (native-pool.test.ts).
process.env.OPENBLAS_NUM_THREADS ??= "1";
process.env.MKL_THREADING_LAYER ??= "SEQUENTIAL";

const library = await firstLibrary();
if (library === undefined)
  console.warn(
    "SKIPPED: no koffi or no BLAS on this machine, so the native engine is not tested (apt-get install libopenblas0-pthread)",
  );

async function firstLibrary(): Promise<BlasLibrary | undefined> {
  for (const { path } of blasCandidates(thisMachine)) {
    try {
      return await openBlasLibrary(path);
    } catch {
      // The next one.
    }
  }
  return undefined;
}

describe.skipIf(library === undefined)("the native engine", () => {
  const opened = library as BlasLibrary;

  engineContract({ create: () => createNativeEngine(opened), largestSide: 2049 });

  describe.each([
    // As the embedded engine (test/spectra/precision.test.ts), in units of 2^-24 lambdaMax.
    ["mixed", 32],
    ["f32", 64],
  ] as const)("in %s", (precision, roundings) => {
    const engine = createNativeEngine(opened);

    it.each(goldens)("agrees with LAPACK within its floor on $kind $rows x $cols", (golden) => {
      const { rows, cols, singularValues } = golden;
      const found = solveOne(engine, testMatrix(golden), { rows, cols, precision });
      const expected = singularValues.map((nu) => nu * nu).reverse();
      const worst = found.eigenvalues.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
      expect(worst).toBeLessThanOrEqual(roundings * 2 ** -24 * expected[expected.length - 1]);
      if (found.precision[0] === "f64") expect(found).toEqual(solveOne(engine, testMatrix(golden), { rows, cols }));
      else expect(worst).toBeLessThanOrEqual(found.resolvedFloor[0]);
    });

    it.each([1, 33, 1000])("gives the same bits with %d rows at once", (rowsAtOnce) => {
      const recipe = { kind: "gaussian", rows: 4000, cols: 40, seed: 3 };
      const values = Float32Array.from(testMatrix(recipe));
      const whole = solveOne(engine, values, { ...recipe, precision });
      expect(whole.precision).toEqual([precision]);
      expect(solveOne(engine, values, { ...recipe, rowsAtOnce, precision })).toEqual(whole);
    });
  });

  it("does the same by the older reduction, where a library lacks the two-stage one", async () => {
    const older = await openBlasLibrary(opened.path, { twoStage: false });
    expect(older.reduction).toBe("one-stage");
    for (const [rows, cols] of [
      [1, 1],
      [3, 2],
      [150, 129],
      [400, 300],
    ]) {
      const values = testMatrix({ kind: "gaussian", rows, cols, seed: 5 });
      const expected = solveOne(createWasmEngine(), values, { rows, cols }).eigenvalues;
      expect(
        errorInEps(solveOne(createNativeEngine(older), values, { rows, cols }).eigenvalues, expected),
      ).toBeLessThan(50);
    }
  });

  it("agrees with the embedded engine in the check that it must pass before it is used", () => {
    expect(disagreement(createNativeEngine(opened), createWasmEngine())).toBeNull();
  });

  it("refuses a matrix that the memory given to it does not hold, in a sentence", () => {
    const engine = createNativeEngine(opened, { memory: 2 ** 20 });
    expect(() => engine.begin({ count: 1, rows: 2000, cols: 1000 })).toThrow(
      /2000 x 1000 matrix needs 0\.0 GiB, and 0\.0 GiB are available/,
    );
  });
});

describe("the check at load", () => {
  const off = (change: (value: number, i: number) => number): SpectralEngine => {
    const engine = createReferenceEngine();
    return {
      ...engine,
      begin(shape) {
        const task = engine.begin(shape);
        return {
          ...task,
          finish() {
            const spectrum = task.finish();
            return { ...spectrum, eigenvalues: spectrum.eigenvalues.map(change) };
          },
        };
      },
    };
  };

  it("passes an engine that differs by rounding", () => {
    expect(disagreement(createReferenceEngine(), createWasmEngine())).toBeNull();
  });

  it.each([
    ["a relative error of 1e-13", off((value) => value * (1 + 1e-13))],
    ["NaN", off((value, i) => (i === 7 ? Number.NaN : value))],
    ["zeros, as a library with integers of another width leaves them", off(() => 0)],
  ])("finds %s", (_, engine) => {
    expect(disagreement(engine, createWasmEngine())).toMatch(
      /^on a Gaussian 97 x 61 matrix its eigenvalues in f64 are off by \S+ lambda_max/,
    );
  });
});
