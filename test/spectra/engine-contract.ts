import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Precision, SpectralEngine, StackSpectrum } from "#eigenscope/spectra/index.js";
import { bell, type Recipe, testMatrix, transposed } from "./test-matrices.js";

type Values = Float32Array | Float64Array;

const EPSILON = 2 ** -52;
/**
 * What an engine may be off by, in units of eps * lambdaMax. Forming the Gram matrix and reducing it each err by a
 * small multiple of sqrt(n) eps lambdaMax (rounding errors add up like a random walk); 50 is what the project promises
 * up to n = 2049, measured errors stay below 20.
 */
const ROUNDING = 50;

export interface Golden extends Recipe {
  readonly corners: readonly [number, number];
  /** Descending, by LAPACK through numpy, refined in 80-bit arithmetic. */
  readonly singularValues: readonly number[];
}

const GOLDENS = new URL("../goldens/spectra/", import.meta.url);
export const goldens: readonly Golden[] = readdirSync(GOLDENS).map((name) =>
  JSON.parse(readFileSync(new URL(name, GOLDENS), "utf8")),
);

export interface Contract {
  readonly create: () => SpectralEngine;
  /** Sides past it are too slow for this engine in a fast test. */
  readonly largestSide: number;
}

/** Solves one rows x cols matrix, its rows pushed `rowsAtOnce` at a time. */
export function solveOne(
  engine: SpectralEngine,
  values: Values,
  {
    rows,
    cols,
    rowsAtOnce = rows,
    precision,
  }: { rows: number; cols: number; rowsAtOnce?: number; precision?: Precision },
): StackSpectrum {
  const task = engine.begin({ count: 1, rows, cols }, { precision });
  for (let at = 0; at < values.length; at += rowsAtOnce * cols) task.push(values.slice(at, at + rowsAtOnce * cols));
  return task.finish();
}

/** The largest difference in units of eps * lambdaMax. */
export function errorInEps(found: Float64Array, expected: ArrayLike<number>): number {
  const lambdaMax = expected[expected.length - 1];
  expect(found.length).toBe(expected.length);
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0) / (EPSILON * lambdaMax);
}

/**
 * The sum to nearly full accuracy (Kahan and Babuska): a plain loop over 10,000 terms would be off by more than the
 * engine.
 */
function exactSum(values: Float64Array): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

const gaussian = (rows: number, cols: number, seed = 1): Float64Array =>
  testMatrix({ kind: "gaussian", rows, cols, seed });
const times = <T extends Values>(values: T, factor: number): T => values.map((value) => value * factor) as T;

/** What every engine must do, however it does it. */
export function engineContract({ create, largestSide }: Contract): void {
  let engine: SpectralEngine;
  beforeEach(() => {
    engine = create();
  });

  describe("agrees with LAPACK", () => {
    it.each(goldens.filter(({ rows, cols }) => Math.min(rows, cols) <= largestSide))(
      "on $kind $rows x $cols",
      (golden) => {
        const { rows, cols, singularValues } = golden;
        const values = testMatrix(golden);
        expect([values[0], values[values.length - 1]]).toEqual(golden.corners);
        const expected = singularValues.map((nu) => nu * nu).reverse();
        const { eigenvalues, resolvedFloor, route } = solveOne(engine, values, { rows, cols });
        expect(errorInEps(eigenvalues, expected)).toBeLessThan(ROUNDING);

        // The route and its floor are those of the theory: W itself where the Gram matrix would drown the smallest
        // eigenvalue.
        const M = singularValues.length;
        const lambdaMax = eigenvalues[M - 1];
        if (route[0] === "gram") {
          expect(resolvedFloor[0]).toBe(M * EPSILON * lambdaMax);
          expect(eigenvalues[0]).toBeGreaterThan(resolvedFloor[0]);
        } else {
          expect(resolvedFloor[0]).toBe((M * EPSILON) ** 2 * lambdaMax);
          const worst = eigenvalues.reduce(
            (most, value, i) => Math.max(most, Math.abs(Math.sqrt(value) - singularValues[M - 1 - i])),
            0,
          );
          expect(worst / (EPSILON * singularValues[0])).toBeLessThan(ROUNDING);
        }
      },
    );

    it("takes the bidiagonal route on just those that need it", () => {
      const needing = goldens
        .filter(({ rows, cols }) => Math.min(rows, cols) <= Math.min(largestSide, 300))
        .filter((golden) => solveOne(engine, testMatrix(golden), golden).route[0] === "bidiagonal")
        .map(({ kind }) => kind);
      expect([...new Set(needing)].sort()).toEqual(["duplicates", "graded", "lowrank", "ones", "zeros"]);
    });

    it("gives the rank that LAPACK gives, by numpy's tolerance", () => {
      for (const golden of goldens.filter(({ rows, cols }) => Math.min(rows, cols) <= Math.min(largestSide, 300))) {
        const { rows, cols, singularValues } = golden;
        const rank = (descending: readonly number[]): number => {
          const tolerance = descending[0] * Math.max(rows, cols) * EPSILON;
          return descending.filter((nu) => nu > tolerance).length;
        };
        const found = [...solveOne(engine, testMatrix(golden), golden).eigenvalues].map(Math.sqrt).reverse();
        expect({ golden: `${golden.kind} ${rows} x ${cols}`, rank: rank(found) }).toEqual({
          golden: `${golden.kind} ${rows} x ${cols}`,
          rank: rank(singularValues),
        });
      }
    });
  });

  it("tells what the entries of the stack are like, wherever the blocks are cut", () => {
    const values = gaussian(20, 12).map((value, i) => (i % 12 === 4 || (i >= 60 && i < 84) ? 0 : value));
    const task = engine.begin({ count: 2, rows: 10, cols: 12 });
    for (let row = 0; row < 20; row += 4) task.push(values.slice(row * 12, (row + 4) * 12));
    const { entries } = task.finish();
    // A matrix is 10 x 12, so that its rows are the shorter side: rows 5 and 6 of the first are dead, column 4 of both.
    expect(entries).toMatchObject({ count: 240, zeros: 20 + 22, liveRows: [11, 11], liveColumns: [8, 10] });
    expect(entries?.meanSquare).toBeCloseTo(values.reduce((sum, value) => sum + value * value, 0) / 240, 12);
  });

  describe("keeps the identities", () => {
    const [rows, cols] = [150, 70];

    it("the eigenvalues sum to the sum of squared entries", () => {
      const values = gaussian(rows, cols);
      const trace = exactSum(values.map((value) => value * value));
      const sum = exactSum(solveOne(engine, values, { rows, cols }).eigenvalues);
      // Orthogonal transformations keep the trace; what remains is the rounding of each eigenvalue.
      expect(Math.abs(sum - trace)).toBeLessThan(ROUNDING * EPSILON * trace);
    });

    it.each([1, -1, 100, -100, 400, -400])("W * 2^%d has the eigenvalues times 4 to that, bit by bit", (power) => {
      const values = gaussian(rows, cols);
      const plain = solveOne(engine, values, { rows, cols }).eigenvalues;
      const scaled = solveOne(engine, times(values, 2 ** power), { rows, cols }).eigenvalues;
      expect(scaled).toEqual(plain.map((value) => value * 2 ** power * 2 ** power));
    });

    it("W and W' have the same eigenvalues, bit by bit", () => {
      const values = gaussian(rows, cols);
      const tall = solveOne(engine, values, { rows, cols });
      const wide = solveOne(engine, transposed(values, rows, cols), { rows: cols, cols: rows });
      // The sums over the entries run in another order.
      expect({ ...wide, entries: undefined }).toEqual({ ...tall, entries: undefined });
      expect(wide.entries?.kurtosis).toBeCloseTo(tall.entries?.kurtosis as number, 12);
    });

    it("the order of rows and of columns does not matter beyond rounding", () => {
      const values = gaussian(rows, cols);
      const plain = solveOne(engine, values, { rows, cols }).eigenvalues;
      const turned = solveOne(engine, values.slice().reverse(), { rows, cols }).eigenvalues;
      expect(errorInEps(turned, plain)).toBeLessThan(ROUNDING);
    });

    it("f32 values count as the f64 numbers that they are", () => {
      const single = Float32Array.from(gaussian(rows, cols));
      expect(solveOne(engine, single, { rows, cols })).toEqual(
        solveOne(engine, Float64Array.from(single), { rows, cols }),
      );
    });

    it("an orthogonal matrix has eigenvalues 1 (one block, no gaps to separate by)", () => {
      const ones = Float64Array.from({ length: 64 * 64 }, (_, k) => (k % 65 === 0 ? 1 : 0));
      expect(solveOne(engine, ones, { rows: 64, cols: 64 }).eigenvalues).toEqual(new Float64Array(64).fill(1));
    });
  });

  describe("is indifferent to how the rows arrive", () => {
    it.each([
      { rows: 700, cols: 45 },
      { rows: 300, cols: 300 },
      { rows: 45, cols: 700 },
    ])("$rows x $cols: the same bits for every block size", ({ rows, cols }) => {
      const values = Float32Array.from(gaussian(rows, cols));
      const whole = solveOne(engine, values, { rows, cols });
      for (const rowsAtOnce of [1, 7, 44, 255, 256, 257])
        expect(solveOne(engine, values, { rows, cols, rowsAtOnce })).toEqual(whole);
    });

    it("the same bits by the bidiagonal route", () => {
      const recipe = { kind: "lowrank", rows: 300, cols: 60, seed: 4 };
      const values = testMatrix(recipe);
      const whole = solveOne(engine, values, recipe);
      expect(whole.route).toEqual(["bidiagonal"]);
      for (const rowsAtOnce of [1, 100, 299])
        expect(solveOne(engine, values, { ...recipe, rowsAtOnce })).toEqual(whole);
    });

    it.each([
      { rows: 40, cols: 30 },
      { rows: 30, cols: 40 },
      { rows: 1, cols: 5 },
    ])(
      "a stack of $rows x $cols equals its matrices one by one, blocks across their borders included",
      ({ rows, cols }) => {
        const count = 9;
        const matrices = Array.from({ length: count }, (_, k) => times(gaussian(rows, cols, k + 1), 10 ** (k - 4)));
        const singles = matrices.map((values) => solveOne(engine, values, { rows, cols }));
        const joined = new Float64Array(count * rows * cols);
        matrices.forEach((values, k) => {
          joined.set(values, k * rows * cols);
        });
        for (const rowsAtOnce of [1, 17, rows, count * rows]) {
          const task = engine.begin({ count, rows, cols });
          for (let at = 0; at < joined.length; at += rowsAtOnce * cols)
            task.push(joined.slice(at, at + rowsAtOnce * cols));
          expect(task.finish()).toEqual({
            eigenvalues: Float64Array.from(singles.flatMap(({ eigenvalues }) => [...eigenvalues])),
            resolvedFloor: Float64Array.from(singles.flatMap(({ resolvedFloor }) => [...resolvedFloor])),
            route: singles.flatMap(({ route }) => route),
            precision: singles.flatMap(({ precision }) => precision),
            entries: expect.objectContaining({ count: count * rows * cols }),
          });
        }
      },
    );
  });

  describe("stands extremes", () => {
    const [rows, cols] = [90, 60];

    it.each([1e-30, 1e30, 1e-38])("f32 entries of size %d", (size) => {
      const values = Float32Array.from(times(gaussian(rows, cols), size));
      // Against the same numbers brought to size 1 by an exact power of two.
      const power = Math.round(Math.log2(size));
      const plain = solveOne(engine, times(Float64Array.from(values), 2 ** -power), { rows, cols }).eigenvalues;
      expect(solveOne(engine, values, { rows, cols }).eigenvalues).toEqual(plain.map((value) => value * 4 ** power));
    });

    it("denormal f32 entries", () => {
      const tiny = 2 ** -149;
      const whole = testMatrix({ kind: "integer", rows, cols, seed: 3 });
      const plain = solveOne(engine, whole, { rows, cols }).eigenvalues;
      const denormal = solveOne(engine, Float32Array.from(times(whole, tiny)), { rows, cols }).eigenvalues;
      expect(denormal).toEqual(plain.map((value) => value * tiny * tiny));
    });

    it.each([1e-140, 1e140])("f64 entries of size %d, whose squares' squares leave the range", (size) => {
      const values = times(gaussian(rows, cols), size);
      const power = Math.round(Math.log2(size));
      const plain = solveOne(engine, times(values, 2 ** -power), { rows, cols }).eigenvalues;
      expect(solveOne(engine, values, { rows, cols }).eigenvalues).toEqual(
        plain.map((value) => value * 2 ** power * 2 ** power),
      );
    });

    it.each([1e-180, 1e180])("f64 entries of size %d: W'W itself leaves the range, and the error says so", (size) => {
      expect(() => solveOne(engine, times(gaussian(rows, cols), size), { rows, cols })).toThrow(
        /exceeds the range of 64-bit numbers/,
      );
    });

    it("rows that grow from 1e-200 to 1 and rows that shrink give the same", () => {
      const steep = (grow: boolean): Float64Array => {
        const draw = bell(5);
        return Float64Array.from({ length: 600 * 20 }, (_, k) => {
          const row = grow ? Math.floor(k / 20) : 599 - Math.floor(k / 20);
          return draw(row * 20 + (k % 20)) * 2 ** -Math.floor((664 * (599 - row)) / 599);
        });
      };
      const shape = { rows: 600, cols: 20 };
      expect(
        errorInEps(solveOne(engine, steep(true), shape).eigenvalues, solveOne(engine, steep(false), shape).eigenvalues),
      ).toBeLessThan(ROUNDING);
    });

    it("a zero matrix has zero eigenvalues, all resolved", () => {
      expect(solveOne(engine, new Float32Array(50 * 40), { rows: 50, cols: 40 })).toEqual({
        eigenvalues: new Float64Array(40),
        resolvedFloor: new Float64Array(1),
        route: ["gram"],
        precision: ["f64"],
        entries: expect.objectContaining({ zeros: 2000, kurtosis: null }),
      });
    });

    it("no eigenvalue is negative or NaN, and they ascend", () => {
      for (const kind of ["ones", "lowrank", "zeros", "duplicates", "graded"]) {
        const { eigenvalues } = solveOne(engine, testMatrix({ kind, rows, cols, seed: 8 }), { rows, cols });
        expect([...eigenvalues].every((value, i) => value >= (i === 0 ? 0 : eigenvalues[i - 1]))).toBe(true);
      }
    });
  });

  describe("refuses a caller's mistake", () => {
    afterEach(() => {
      // Whatever went wrong, the engine takes the next stack.
      expect(solveOne(engine, gaussian(9, 4), { rows: 9, cols: 4 }).eigenvalues.length).toBe(4);
    });

    it.each([
      { count: 0, rows: 3, cols: 3 },
      { count: 1, rows: 2.5, cols: 3 },
      { count: 1, rows: 3, cols: -1 },
      { count: Number.NaN, rows: 3, cols: 3 },
    ])("a shape of $count x $rows x $cols", (shape) => {
      expect(() => engine.begin(shape)).toThrow(RangeError);
    });

    it("a matrix past its limit, in a sentence", () => {
      expect(() => engine.begin({ count: 1, rows: 50_000, cols: 50_000 })).toThrow(
        /50000 x 50000 matrix .*(GiB|entries)/,
      );
    });

    it("rows that are missing, too many, or cut", () => {
      const missing = engine.begin({ count: 2, rows: 3, cols: 2 });
      missing.push(new Float64Array(10));
      expect(() => missing.finish()).toThrow("1 of the stack's 6 rows are missing");
      const task = engine.begin({ count: 1, rows: 3, cols: 2 });
      expect(() => task.push(new Float64Array(3))).toThrow("3 values are not whole rows of 2");
      expect(() => task.push(new Float64Array(8))).toThrow("4 rows were given, but the stack has only 3 left");
      task.cancel();
    });

    it("a second stack before the first has ended, and anything after its end", () => {
      const task = engine.begin({ count: 1, rows: 2, cols: 2 });
      expect(() => engine.begin({ count: 1, rows: 2, cols: 2 })).toThrow(/busy with another stack/);
      task.push(new Float64Array(4));
      task.finish();
      task.cancel();
      expect(() => task.push(new Float64Array(2))).toThrow(/has ended/);
      expect(() => task.finish()).toThrow(/has ended/);
    });

    it("a stack that was cancelled half way leaves no trace in the next", () => {
      const before = solveOne(engine, gaussian(30, 20), { rows: 30, cols: 20 });
      const task = engine.begin({ count: 1, rows: 300, cols: 100 });
      task.push(times(gaussian(100, 100), 1e20));
      task.cancel();
      expect(solveOne(engine, gaussian(30, 20), { rows: 30, cols: 20 })).toEqual(before);
    });
  });
}
