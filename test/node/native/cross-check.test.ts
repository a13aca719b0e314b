import { describe, expect, it } from "vitest";
import { checkMatrices, disagreement, type SolveMatrix } from "#eigenscope/node/native/cross-check.js";
import { CHECK_EIGENVALUES } from "#eigenscope/node/native/cross-check-eigenvalues.js";
import { createReferenceEngine, createWasmEngine, type SpectralEngine } from "#eigenscope/spectra/index.js";

const by =
  (engine: SpectralEngine): SolveMatrix =>
  ({ rows, cols, values }, precision) => {
    const task = engine.begin({ count: 1, rows, cols }, { precision });
    task.push(values);
    const { eigenvalues, route } = task.finish();
    return { eigenvalues, route: route[0] };
  };
const reference = by(createReferenceEngine());
/** The reference engine with its eigenvalues or routes changed. */
const altered =
  (change: (found: ReturnType<SolveMatrix>) => ReturnType<SolveMatrix>): SolveMatrix =>
  (...asked) =>
    change(reference(...asked));
const EPSILON = 2 ** -52;
/** Adds so many roundings of lambda_max to the smallest eigenvalue. */
const off = (roundings: number): SolveMatrix =>
  altered((found) => {
    const eigenvalues = found.eigenvalues.slice();
    eigenvalues[0] += roundings * EPSILON * eigenvalues[eigenvalues.length - 1];
    return { ...found, eigenvalues };
  });

describe("the check of a native library before it is used", () => {
  it.each(checkMatrices())("knows the eigenvalues and the route of the reference engine: $name", (matrix) => {
    const found = reference(matrix, "f64");
    // To the bit: entries and reference engine use +, *, / and sqrt only.
    expect([...found.eigenvalues]).toEqual(CHECK_EIGENVALUES[matrix.name]);
    expect(found.route).toBe(matrix.route);
  });

  it("agrees with the reference engine and with the WebAssembly engine", () => {
    expect(disagreement(reference)).toBeNull();
    expect(disagreement(by(createWasmEngine()))).toBeNull();
  });

  it("accepts errors of 49 roundings of lambda_max and refuses 51", () => {
    expect(disagreement(off(49))).toBeNull();
    expect(disagreement(off(51))).toMatch(/on a uniform 131 x 97 matrix its eigenvalues in f64 are off by 1\.1e-14/);
  });

  it("refuses values that are not numbers, a missing eigenvalue and another route", () => {
    expect(disagreement(off(Number.NaN))).toMatch(/off by NaN/);
    const shorter = altered((found) => ({ ...found, eigenvalues: found.eigenvalues.slice(1) }));
    expect(disagreement(shorter)).toMatch(/off by Infinity/);
    const elsewhere = altered((found) => ({ ...found, route: "gram" }));
    expect(disagreement(elsewhere)).toBe("on a graded matrix it took the gram route, not the bidiagonal one");
  });
});
