import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NativeAddon } from "#eigenscope/node/native/addon.js";
import { checkMatrices, disagreement } from "#eigenscope/node/native/cross-check.js";
import { checkedSolver, createNativeEngine } from "#eigenscope/node/native/native-engine.js";
import { createReferenceEngine, createWasmEngine, type SpectralEngine } from "#eigenscope/spectra/index.js";
import { engineContract, errorInEps, goldens, solveOne } from "../../spectra/engine-contract.js";
import { testMatrix } from "../../spectra/test-matrices.js";
import { addon, testedTargets } from "./library.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const KINDS = [
  "gaussian",
  "heavy1",
  "heavy2",
  "lowrank",
  "integer",
  "spike",
  "duplicates",
  "zeros",
  "ones",
  "clustered",
];
/** As the WebAssembly engine (test/spectra/precision.test.ts), in units of 2^-24 lambdaMax. */
const ROUNDINGS = { mixed: 32, f32: 64 } as const;

describe.each(testedTargets)("the native engine by %s", (target) => {
  const create = (): SpectralEngine => createNativeEngine(addon as NativeAddon, { target });

  engineContract({ create, largestSide: 2049 });

  it("agrees with the reference in the check before it is used", () => {
    expect(disagreement(checkedSolver(addon as NativeAddon, target))).toBeNull();
  });

  it("keeps the word that stops it alive as long as the handle", () => {
    const solve = checkedSolver(addon as NativeAddon, target);
    const [matrix] = checkMatrices();
    for (let k = 0; k < 4; k++) {
      gc();
      // What was freed is given to these, and a word other than 0 stops the engine.
      const others = Array.from({ length: 2000 }, () => Int32Array.of(1));
      expect(solve(matrix, "f64").eigenvalues).toHaveLength(97);
      expect(others).toHaveLength(2000);
    }
  });

  it("agrees with the reference engine on matrices of any shape and kind", () => {
    const [native, reference] = [create(), createReferenceEngine()];
    const recipes = fc.record({
      kind: fc.constantFrom(...KINDS),
      rows: fc.integer({ min: 1, max: 140 }),
      cols: fc.integer({ min: 1, max: 140 }),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(recipes, (recipe) => {
        const values = testMatrix(recipe);
        const [found, expected] = [solveOne(native, values, recipe), solveOne(reference, values, recipe)];
        // A column of zeros: nothing to compare against.
        if (expected.eigenvalues.at(-1) === 0) expect(found).toEqual(expected);
        // Both may err by 50 eps lambdaMax; measured differences stay below 20.
        else expect(errorInEps(found.eigenvalues, expected.eigenvalues)).toBeLessThan(50);
      }),
      { numRuns: 100, seed: 20261 },
    );
  });

  describe.each(["mixed", "f32"] as const)("in %s", (precision) => {
    it("agrees with LAPACK within its floor on every golden", () => {
      const engine = create();
      for (const golden of goldens) {
        const { rows, cols, singularValues } = golden;
        const values = testMatrix(golden);
        const found = solveOne(engine, values, { rows, cols, precision });
        const expected = singularValues.map((nu) => nu * nu).reverse();
        const worst = found.eigenvalues.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
        expect(worst).toBeLessThanOrEqual(ROUNDINGS[precision] * 2 ** -24 * expected[expected.length - 1]);
        if (found.precision[0] === "f64") expect(found).toEqual(solveOne(engine, values, { rows, cols }));
        else expect(worst).toBeLessThanOrEqual(found.resolvedFloor[0]);
      }
    });

    it.each([1, 33, 1000])("gives the same bits with %d rows at once", (rowsAtOnce) => {
      const recipe = { kind: "gaussian", rows: 4000, cols: 40, seed: 3 };
      const values = Float32Array.from(testMatrix(recipe));
      const whole = solveOne(create(), values, { ...recipe, precision });
      expect(whole.precision).toEqual([precision]);
      expect(solveOne(create(), values, { ...recipe, rowsAtOnce, precision })).toEqual(whole);
    });
  });

  it("is right on constant matrices of any value and shape, by either route", () => {
    // Reflectors made of rounding noise once gave hundreds of eps here, and long sums of equal terms 50 to 130.
    const engine = create();
    for (const [rows, cols, route] of [
      [127, 435, "bidiagonal"],
      [440, 170, "bidiagonal"],
      [1000, 700, "bidiagonal"],
      [1188, 1195, "gram"],
    ] as const)
      for (const value of [1, Math.fround(0.22036925), Math.fround(0.21063504)]) {
        const found = solveOne(engine, new Float32Array(rows * cols).fill(value), { rows, cols });
        expect(found.route).toEqual([route]);
        const expected = new Float64Array(Math.min(rows, cols));
        // Exact to one rounding: a square of f32 is exact in f64.
        expected[expected.length - 1] = value * value * (rows * cols);
        // Measured over 600 random ones: 12 eps by the bidiagonal route, 42 by the Gram matrix.
        expect(errorInEps(found.eigenvalues, expected)).toBeLessThan(route === "gram" ? 50 : 20);
      }
  });

  it("scales what it has summed when a larger entry comes after the first 256 rows", () => {
    const [rows, cols] = [600, 40];
    const values = testMatrix({ kind: "gaussian", rows, cols, seed: 6 }).map((value, k) =>
      k < 590 * cols ? value : 8 * value,
    );
    const expected = solveOne(createReferenceEngine(), values, { rows, cols }).eigenvalues;
    expect(errorInEps(solveOne(create(), values, { rows, cols }).eigenvalues, expected)).toBeLessThan(50);
  });

  it("has the same bits when it has solved other shapes and precisions before", () => {
    const used = create();
    for (const [rows, cols, precision] of [
      [200, 150, "f32"],
      [70, 300, "f64"],
      [900, 33, "mixed"],
    ] as const)
      solveOne(used, testMatrix({ kind: "gaussian", rows, cols, seed: 4 }), { rows, cols, precision });
    for (const [rows, cols] of [
      [5, 3],
      [64, 64],
      [300, 100],
      [40, 257],
    ]) {
      const values = testMatrix({ kind: "gaussian", rows, cols, seed: 7 });
      expect(solveOne(used, values, { rows, cols })).toEqual(solveOne(create(), values, { rows, cols }));
    }
  });

  it("reads a wide matrix in passes with the bits of one that is kept", () => {
    const [rows, cols] = [70, 1_000_000];
    // The rows repeat: what counts is that all of them come, in order, in each pass.
    const different = Array.from({ length: 11 }, (_, i) =>
      Float32Array.from({ length: cols }, (_, k) => Math.sin(k * 1.7) * (((i + k) % 11) - 5)),
    );
    const rowOf = (i: number): Float32Array => different[(i * i) % 11];
    const engine = create();
    const task = engine.begin({ count: 1, rows, cols });
    expect(task.passes).toBeGreaterThan(1);
    for (let pass = 0; pass < (task.passes ?? 1); pass++) for (let i = 0; i < rows; i++) task.push(rowOf(i));
    const inPasses = task.finish().eigenvalues;
    // Two matrices in a stack are kept.
    const stack = engine.begin({ count: 2, rows, cols });
    expect(stack.passes).toBe(1);
    for (let i = 0; i < 2 * rows; i++) stack.push(rowOf(i % rows));
    const kept = stack.finish().eigenvalues;
    expect(kept.slice(0, rows)).toEqual(inPasses);
    expect(kept.slice(rows)).toEqual(inPasses);
  });

  it("holds no more memory after 300 matrices than after the first few", () => {
    const engine = create();
    const values = Float32Array.from(testMatrix({ kind: "gaussian", rows: 200, cols: 160, seed: 2 }));
    const solve = (times: number): void => {
      for (let k = 0; k < times; k++) solveOne(engine, values, { rows: 200, cols: 160, rowsAtOnce: 50 });
    };
    solve(20);
    const before = process.memoryUsage().rss;
    solve(280);
    // The matrices together are 34 MiB a hundred; the bound leaves room for garbage not yet collected.
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
  });
});

describe.skipIf(addon === undefined)("a native engine", () => {
  const opened = addon as NativeAddon;

  it("ends its work with an error once the stop word is set, and takes the next matrix when it is cleared", () => {
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const engine = createNativeEngine(opened, { stop });
    const values = testMatrix({ kind: "gaussian", rows: 300, cols: 200, seed: 3 });
    const before = solveOne(engine, values, { rows: 300, cols: 200 });
    for (const whole of [false, true]) {
      // While rows come, and in the reduction.
      const task = engine.begin({ count: 1, rows: 300, cols: 200 });
      task.push(values.subarray(0, 299 * 200));
      if (!whole) stop[0] = 1;
      expect(() => {
        if (whole) stop[0] = 1;
        task.push(values.subarray(299 * 200));
      }).toThrow("the native engine was stopped");
      stop[0] = 0;
      expect(solveOne(engine, values, { rows: 300, cols: 200 })).toEqual(before);
    }
  });

  it("refuses a target that the processor cannot run", () => {
    expect(() => createNativeEngine(opened, { target: "avx9000" })).toThrow(/target "avx9000": this processor runs /);
  });

  it("throws for arguments of a wrong type or length, and touches no memory", () => {
    const stop = new Int32Array(1);
    const handle = opened.create(0, stop);
    const wrong: (() => unknown)[] = [
      () => opened.create(99, stop),
      () => opened.create(0, new Float64Array(1) as never),
      () => opened.begin({} as never, 3, 0),
      () => opened.begin(handle, "3" as never, 0),
      () => opened.begin(handle, 3, 0) || opened.takeRows(handle, new Float64Array(4)),
      () => opened.takeRows(handle, new Int32Array(3) as never),
      () => opened.takeColumns(handle, new Float64Array(20), 5, 0),
      () => opened.takeColumns(handle, new Float64Array(5), 5, 5),
      () => opened.takeWideRows(handle, new Float64Array(5)),
      () => opened.eigenvalues(handle, new Float64Array(2)),
      () => opened.eigenvectors(handle, new Float64Array(3), new Float64Array(8)),
      () => opened.help(1, new Int32Array(4), 0, 4, stop),
    ];
    for (const call of wrong) expect(call).toThrow(/wrong argument|cannot run that target/);
    expect(opened.begin(handle, 40_000, 0)).not.toBe(0);
  });

  it("is right up to 40 eps where the WebAssembly engine is the other witness", () => {
    const [native, wasm] = [createNativeEngine(opened), createWasmEngine()];
    for (const [rows, cols] of [
      [513, 257],
      [1025, 1025],
      [90, 2000],
    ]) {
      const values = testMatrix({ kind: "heavy2", rows, cols, seed: 11 });
      const expected = solveOne(wasm, values, { rows, cols }).eigenvalues;
      // Each is within some 20 eps of the truth.
      expect(errorInEps(solveOne(native, values, { rows, cols }).eigenvalues, expected)).toBeLessThan(40);
    }
  });
});
