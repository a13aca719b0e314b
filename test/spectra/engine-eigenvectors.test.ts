import { describe, expect, it } from "vitest";
import type { NativeAddon } from "#eigenscope/node/native/addon.js";
import { createNativeEngine } from "#eigenscope/node/native/native-engine.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import {
  createReferenceEngine,
  createWasmEngine,
  type Eigensystem,
  inPlacePool,
  type SpectralEngine,
} from "#eigenscope/spectra/index.js";
import { addon } from "../node/native/library.js";

const EPSILON = 2 ** -52;

/**
 * Q diag(s), Q a product of reflectors: a square matrix whose Gram matrix has the eigenvalues s^2 and eigenvectors that
 * are no unit vectors.
 */
function withSingularValues(s: readonly number[], seed: number): Float64Array {
  const n = s.length;
  const W = new Float64Array(n * n);
  s.forEach((value, i) => {
    W[i * n + i] = value;
  });
  const normal = normalSampler(createRng(seed));
  for (let round = 0; round < 3; round++) {
    const v = Float64Array.from({ length: n }, normal);
    const square = v.reduce((sum, entry) => sum + entry * entry, 0);
    for (let row = 0; row < n; row++) {
      let dot = 0;
      for (let j = 0; j < n; j++) dot += W[row * n + j] * v[j];
      for (let j = 0; j < n; j++) W[row * n + j] -= ((2 * dot) / square) * v[j];
    }
  }
  return W;
}

const range = (n: number, of: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => of(i));
const gaussian = (rows: number, cols: number, seed: number): Float64Array =>
  Float64Array.from({ length: rows * cols }, normalSampler(createRng(seed)));

interface Case {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array;
}

const square = (s: readonly number[], seed = 5): Case => ({
  rows: s.length,
  cols: s.length,
  values: withSingularValues(s, seed),
});

/**
 * Sides around the tile of 32, where blocks are merged evenly, unevenly and not at all; and spectra that deflate by
 * every rule or by none.
 */
const CASES: Record<string, Case> = {
  ...Object.fromEntries(
    [1, 2, 3, 31, 32, 33, 63, 64, 65, 96, 97, 130, 200].map((n) => [
      `random ${n}`,
      { rows: n + 7, cols: n, values: gaussian(n + 7, n, n) },
    ]),
  ),
  "random wide": { rows: 70, cols: 190, values: gaussian(70, 190, 3) },
  zero: { rows: 40, cols: 40, values: new Float64Array(1600) },
  ones: { rows: 100, cols: 90, values: new Float64Array(9000).fill(1) },
  diagonal: {
    rows: 70,
    cols: 70,
    values: Float64Array.from({ length: 4900 }, (_, k) => (k % 71 === 0 ? (k % 13) + 1 : 0)),
  },
  "all equal": square(range(100, () => 3)),
  "graded over 30 orders": square(range(120, (i) => 10 ** (-i / 8))),
  "repeated five times each": square(range(120, (i) => 1 + Math.floor(i / 5))),
  "clustered within rounding": square(range(110, (i) => (i < 60 ? 1 + i * 1e-15 : i < 80 ? 2 + i * 1e-12 : i))),
  "rank 20 of 128": square(range(128, (i) => (i < 20 ? 20 - i : 0))),
  "one giant": square(range(90, (i) => (i === 0 ? 1e8 : 1 + i / 90))),
  "tiny numbers": { rows: 50, cols: 40, values: gaussian(50, 40, 8).map((value) => value * 1e-140) },
  "large numbers": { rows: 50, cols: 40, values: gaussian(50, 40, 8).map((value) => value * 1e140) },
};

function solve(
  engine: SpectralEngine,
  { rows, cols, values }: Case,
  side: "rows" | "columns",
  rowsAtOnce = rows,
): Eigensystem {
  const found: Eigensystem[] = [];
  const task = engine.beginEigenvectors!(
    { count: 1, rows, cols },
    { side, onMatrix: (eigensystem) => found.push(eigensystem) },
  );
  for (let at = 0; at < values.length; at += rowsAtOnce * cols) task.push(values.slice(at, at + rowsAtOnce * cols));
  task.finish();
  expect(found).toHaveLength(1);
  return found[0];
}

/**
 * Gram matrix of the side, scaled by a power of two so that no product leaves the range of numbers; and that scale
 * squared.
 */
function gramOf({ rows, cols, values }: Case, side: "rows" | "columns"): { G: Float64Array; scale: number } {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const by = largest === 0 ? 1 : 2 ** -Math.round(Math.log2(largest));
  const [N, M] = side === "rows" ? [cols, rows] : [rows, cols];
  const entry = (k: number, i: number): number => by * (side === "rows" ? values[i * cols + k] : values[k * cols + i]);
  const G = new Float64Array(M * M);
  for (let k = 0; k < N; k++)
    for (let i = 0; i < M; i++) for (let j = 0; j < M; j++) G[i * M + j] += entry(k, i) * entry(k, j);
  return { G, scale: by * by };
}

/** Every engine but the reference, and each of the native engine's kernels. */
const ENGINES: readonly (readonly [string, () => SpectralEngine])[] = [
  ["WebAssembly", createWasmEngine],
  ...(addon?.targets ?? []).map(
    (target) => [`native, ${target}`, () => createNativeEngine(addon as NativeAddon, { target })] as const,
  ),
];
const EVERY_CASE = ENGINES.flatMap(([engine, create]) =>
  Object.entries(CASES).map(([name, given]) => ({ engine, create, name, given })),
);

describe.each(EVERY_CASE)("eigenvectors by $engine of a matrix: $name", ({ create, given }) => {
  const side = given.rows < given.cols ? "rows" : "columns";
  const { values, vectors } = solve(create(), given, side);
  const M = values.length;
  const { G, scale } = gramOf(given, side);
  const scaled = values.map((value) => value * scale);
  const lambdaMax = Math.max(...scaled, Number.MIN_VALUE);
  // The promise is of order M eps: what divide and conquer, the two reductions and the Gram matrix itself add up to.
  // Measured: up to 0.4 M eps for M from 30 on. Below that a few roundings of each stage count.
  const bound = Math.max(M, 30) * EPSILON;

  it("have residuals |G v - lambda v| of order M eps lambda_max", () => {
    let worst = 0;
    for (let rank = 0; rank < M; rank++) {
      let square = 0;
      for (let i = 0; i < M; i++) {
        let sum = -scaled[rank] * vectors[rank * M + i];
        for (let j = 0; j < M; j++) sum += G[i * M + j] * vectors[rank * M + j];
        square += sum * sum;
      }
      worst = Math.max(worst, Math.sqrt(square));
    }
    expect(worst).toBeLessThanOrEqual(bound * lambdaMax);
  });

  it("are orthogonal and of unit length to order M eps", () => {
    let worst = 0;
    for (let a = 0; a < M; a++) {
      for (let b = 0; b <= a; b++) {
        let dot = a === b ? -1 : 0;
        for (let i = 0; i < M; i++) dot += vectors[a * M + i] * vectors[b * M + i];
        worst = Math.max(worst, Math.abs(dot));
      }
    }
    expect(worst).toBeLessThanOrEqual(bound);
  });

  it("belong to the eigenvalues of the reference, in ascending order", () => {
    const reference = solve(createReferenceEngine(), given, side).values;
    for (let i = 0; i < M; i++) {
      expect(Math.abs(values[i] - reference[i]) * scale).toBeLessThanOrEqual(bound * lambdaMax);
      if (i > 0) expect(values[i]).toBeGreaterThanOrEqual(values[i - 1]);
    }
  });
});

describe("eigenvectors by an engine", () => {
  const given = CASES["random 97"];

  it.each(ENGINES)("are those of the reference up to their sign where eigenvalues lie apart: %s", (_, create) => {
    const [found, reference] = [create(), createReferenceEngine()].map((engine) => solve(engine, given, "columns"));
    const M = given.cols;
    for (let rank = 0; rank < M; rank++) {
      let dot = 0;
      for (let i = 0; i < M; i++) dot += found.vectors[rank * M + i] * reference.vectors[rank * M + i];
      // 1 - cos^2/2 of an angle of M eps lambda_max over a gap of 1e-4 lambda_max: below 1e-15. The bound leaves the
      // dot product its own rounding.
      expect(Math.abs(dot)).toBeGreaterThan(1 - 1e-13);
    }
  });

  it("of the rows of a square matrix are those of W W', of its columns those of W'W", () => {
    const { rows, cols } = CASES["graded over 30 orders"];
    const W = gaussian(rows, cols, 12);
    const transposed = W.map((_, k) => W[(k % cols) * cols + Math.floor(k / cols)]);
    const byRows = solve(createWasmEngine(), { rows, cols, values: W }, "rows");
    const byColumns = solve(createWasmEngine(), { rows, cols, values: transposed }, "columns");
    expect(byRows).toEqual(byColumns);
    expect(solve(createWasmEngine(), { rows, cols, values: W }, "columns").vectors).not.toEqual(byRows.vectors);
  });

  it.each(["plain", "fused"] as const)(
    "have the same bits however the rows are cut, in the %s build where the host has it",
    (build) => {
      if (build === "fused" && !WebAssembly.validate(RELAXED)) return;
      const whole = solve(createWasmEngine({ build }), given, "columns");
      expect(solve(createWasmEngine({ build }), given, "columns", 13)).toEqual(whole);
    },
  );

  it.each(ENGINES)("come for each matrix of a stack in order, and %s is free again after it", (_, create) => {
    const engine = create();
    const parts = [CASES["random 64"].values, gaussian(71, 64, 77)];
    const found: Eigensystem[] = [];
    const stack = { count: 2, rows: 71, cols: 64 };
    const task = engine.beginEigenvectors!(stack, {
      side: "columns",
      onMatrix: (eigensystem) => found.push(eigensystem),
    });
    expect(() => engine.beginEigenvectors!(stack, { side: "columns", onMatrix() {} })).toThrow(
      "busy with another stack",
    );
    const both = Float64Array.from([...parts[0], ...parts[1]]);
    task.push(both.subarray(0, 100 * 64));
    task.push(both.subarray(100 * 64));
    task.finish();
    expect(found).toEqual(parts.map((values) => solve(engine, { rows: 71, cols: 64, values }, "columns")));
  });

  it.each(ENGINES)("are the same bits by an engine that has solved other shapes before: %s", (_, create) => {
    const engine = create();
    for (const before of ["random 130", "random 33", "random 65"]) solve(engine, CASES[before], "columns");
    for (const small of ["random 2", "random 31", "random 64"])
      expect(solve(engine, CASES[small], "columns")).toEqual(solve(create(), CASES[small], "columns"));
    expect(solve(engine, given, "columns")).toEqual(solve(create(), given, "columns"));
  });

  it("refuse the larger side, rows that are missing and rows too many", () => {
    for (const engine of [...ENGINES.map(([, create]) => create()), createReferenceEngine()]) {
      const begin = (side: "rows" | "columns") =>
        engine.beginEigenvectors!({ count: 1, rows: 20, cols: 10 }, { side, onMatrix() {} });
      expect(() => begin("rows")).toThrow(
        "the eigenvectors of the rows of a 20 x 10 matrix are not computed: that is its larger side",
      );
      const task = begin("columns");
      task.push(new Float64Array(190));
      expect(() => task.push(new Float64Array(20))).toThrow("more than the rest of the stack");
      expect(() => task.finish()).toThrow("1 of the stack's 20 rows are missing");
    }
  });

  it("reject with the signal's reason in a pool, between blocks", async () => {
    const pool = inPlacePool(createWasmEngine());
    const controller = new AbortController();
    const reason = new Error("enough");
    const source = {
      count: 1,
      rows: 100,
      cols: 50,
      async *blocks() {
        yield new Float64Array(2500);
        controller.abort(reason);
        yield new Float64Array(2500);
      },
    };
    await expect(pool.eigenvectors(source, { side: "columns", onMatrix() {} }, controller.signal)).rejects.toBe(reason);
    await pool.close();
  });
});

/**
 * (module (func (result v128) (f32x4.relaxed_madd (v128.const ...) (v128.const ...) (v128.const ...)))): whether the
 * host has relaxed SIMD.
 */
const RELAXED = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10, 61, 1, 59, 0],
  ...[0, 1, 2].flatMap(() => [0xfd, 12, ...new Array(16).fill(0)]),
  ...[0xfd, 0x85, 0x02, 0x0b],
]);
