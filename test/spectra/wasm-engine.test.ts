import v8 from "node:v8";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReferenceEngine, createWasmEngine } from "#eigenscope/spectra/index.js";
import { engineContract, errorInEps, solveOne } from "./engine-contract.js";
import { testMatrix } from "./test-matrices.js";

// Before any kernel is compiled: Node 20 hides relaxed SIMD, and with it the fused build, behind a flag.
if (Number.parseInt(process.versions.node, 10) < 22) v8.setFlagsFromString("--experimental-wasm-relaxed-simd");

describe.each(["plain", "fused"] as const)("the WebAssembly engine, %s build", (build) => {
  engineContract({ create: () => createWasmEngine({ build }), largestSide: 2049 });

  it("agrees with the reference engine on matrices of any shape and kind", () => {
    const [wasm, reference] = [createWasmEngine({ build }), createReferenceEngine()];
    const recipes = fc.record({
      kind: fc.constantFrom(
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
      ),
      rows: fc.integer({ min: 1, max: 140 }),
      cols: fc.integer({ min: 1, max: 140 }),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(recipes, (recipe) => {
        const values = testMatrix(recipe);
        const [found, expected] = [solveOne(wasm, values, recipe), solveOne(reference, values, recipe)];
        // A column of zeros: nothing to compare against.
        if (expected.eigenvalues.at(-1) === 0) {
          expect(found).toEqual(expected);
          return;
        }
        // Both may err by 50 eps lambdaMax; measured differences stay below 20.
        expect(errorInEps(found.eigenvalues, expected.eigenvalues)).toBeLessThan(50);
      }),
      { numRuns: 150, seed: 20260 },
    );
  });

  it("makes no reflectors of rounding noise: a constant matrix is right past the reach of the bidiagonal route", () => {
    const [rows, cols] = [1100, 1050];
    const found = solveOne(createWasmEngine({ build }), new Float32Array(rows * cols).fill(1), { rows, cols });
    const expected = new Float64Array(cols);
    expected[cols - 1] = rows * cols;
    expect(found.route).toEqual(["gram"]);
    // Measured: 15. With such reflectors it was 679.
    expect(errorInEps(found.eigenvalues, expected)).toBeLessThan(50);
  });

  it("holds no more memory after 300 matrices than after the first few", () => {
    const engine = createWasmEngine({ build });
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
