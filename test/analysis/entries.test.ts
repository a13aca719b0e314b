import { describe, expect, it } from "vitest";
import type { LayerRecord } from "#eigenscope/analysis/index.js";
import { permutationsFor, shuffleLiveInPlace } from "#eigenscope/analysis/permuted-null.js";
import { analyze } from "#eigenscope/node/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { ramFiles } from "../ram-files.js";

type Make = (i: number, j: number) => number;

async function rowOf(rows: number, cols: number, make: Make): Promise<LayerRecord> {
  const values = Float32Array.from({ length: rows * cols }, (_, k) => make(Math.floor(k / cols), k % cols));
  return (await analyze(ramFiles({ "w.npy": { values, shape: [rows, cols] } }), { minEigenvalues: 1 }).report())
    .layers[0];
}
const normal = (seed: number): (() => number) => normalSampler(createRng(seed));

describe("the entries in the row", () => {
  it("show dead rows of the longer side, which the fits leave out while N, M and Q stay WeightWatcher's", async () => {
    const draw = normal(1);
    const row = await rowOf(400, 150, (i) => (i % 5 === 0 ? 0 * draw() : draw()));
    expect(row).toMatchObject({ N: 400, M: 150, live_rows: 320, live_columns: 150, zero_share: 0.2 });
    expect(row.Q).toBeCloseTo(400 / 150, 12);
    expect(row.Q_live).toBeCloseTo(320 / 150, 12);
    expect(row.entry_kurtosis).toBeCloseTo(3, 0);
    // A pure bulk of 320 x 150: with N = 400 bulk_p is 1e-6.
    expect(row.bulk_p).toBeGreaterThan(0.01);
    expect(Math.abs((row.bulk_sigma as number) - 1)).toBeLessThan(4 * (row.bulk_sigma_se as number) + 0.01);
  });

  it("show dead columns of the shorter side, whichever way the matrix is stored", async () => {
    const draw = normal(2);
    const row = await rowOf(100, 300, (i) => (i < 1 ? 0 * draw() : draw()));
    expect(row).toMatchObject({ live_rows: 300, live_columns: 99, Q_live: expect.closeTo(300 / 99, 9) });
    expect(row.bulk_p).toBeGreaterThan(0.01);
  });

  it("of a masked layer give p-values by permutations, and a note says so", async () => {
    const draw = normal(3);
    const rng = createRng(4);
    const row = await rowOf(200, 100, () => (rng() < 0.1 ? draw() : 0));
    expect(row.entry_kurtosis).toBeGreaterThan(25);
    expect(row.notes.join()).toMatch(
      /p-values of bulk and edge come from 99 permutations of the entries: the entries have a kurtosis of/,
    );
    for (const p of [row.bulk_p, row.tw_p] as number[]) expect(Math.round(p * 100)).toBeCloseTo(p * 100, 9);
    expect(row.bulk_p).toBeGreaterThan(0.01);
    expect(row.spikes).toBeLessThanOrEqual(1);
  });

  it("of a layer of heavy entries without a mask give no p-values, and a note says why", async () => {
    const draw = normal(5);
    const row = await rowOf(200, 100, (i, j) => (i === 3 && j === 3 ? 40 : draw()));
    expect(row).toMatchObject({ bulk_p: null, tw_p: null });
    expect(row.notes.join()).toMatch(/no p-values of bulk and edge: the entries have a kurtosis of/);
  });

  it("of uniform entries within Glorot's bound say that the layer may not be trained", async () => {
    const rng = createRng(6);
    const bound = Math.sqrt(6 / 300);
    const row = await rowOf(200, 100, () => bound * (2 * rng() - 1));
    expect(row.notes.join()).toMatch(/not trained\? The entries are uniform with the scale of Glorot's initialisation/);
  });
});

describe("permutations of live entries", () => {
  it("leave dead rows and columns dead and keep every entry", () => {
    const values = Float64Array.of(1, 0, 2, 0, 0, 0, 0, 0, 3);
    shuffleLiveInPlace(values, { rows: 3, cols: 3 }, createRng(1));
    expect([values[1], values[3], values[4], values[5], values[7]]).toEqual([0, 0, 0, 0, 0]);
    expect([...values].sort()).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 3]);
  });

  it("have the same spectrum whichever way the matrix is stored and in whatever order its rows and columns are", () => {
    const rng = createRng(2);
    const [N, M] = [9, 5];
    const W = Float64Array.from({ length: N * M }, (_, k) => (rng() < 0.5 || k % M === 2 ? 0 : rng() - 0.5));
    const turned = W.map((_, k) => W[(k % N) * M + Math.floor(k / N)]);
    const mixed = W.map((_, k) => W[((Math.floor(k / M) * 2) % N) * M + ((3 * (k % M)) % M)]);
    const traceOfSquares = (values: Float64Array): number => {
      let sum = 0;
      for (let a = 0; a < M; a++)
        for (let b = 0; b < M; b++) {
          let product = 0;
          for (let i = 0; i < N; i++) product += values[i * M + a] * values[i * M + b];
          sum += product ** 2;
        }
      return sum;
    };
    shuffleLiveInPlace(W, { rows: N, cols: M }, createRng(3));
    shuffleLiveInPlace(turned, { rows: M, cols: N }, createRng(3));
    shuffleLiveInPlace(mixed, { rows: N, cols: M }, createRng(3));
    expect(turned).toEqual(W.map((_, k) => W[(k % N) * M + Math.floor(k / N)]));
    // tr (W'W)^2 of the mixed one, to rounding: another order of the columns.
    expect(traceOfSquares(mixed)).toBeCloseTo(traceOfSquares(W), 12);
  });

  const spectrum = (zeros: number, kurtosis: number, N: number, M: number) =>
    ({
      N,
      M,
      entries: {
        count: N * M,
        zeros,
        mean: 0,
        meanSquare: 1,
        kurtosis,
        maxAbs: 3,
        medianAbs: 1,
        liveRows: [N],
        liveColumns: [M],
      },
    }) as never;
  const layer = (N: number, M: number) => ({ source: { count: 1, rows: N, cols: M }, N, M, rf: 1 }) as never;

  it("are drawn for masks alone: a fifth of the live entries or more zero, and a kurtosis that needs it", () => {
    expect(permutationsFor(layer(200, 100), spectrum(4000, 30, 200, 100))).toBe(99);
    expect(permutationsFor(layer(200, 100), spectrum(3999, 30, 200, 100))).toBe(0);
    expect(permutationsFor(layer(200, 100), spectrum(4000, 10, 200, 100))).toBe(0);
  });

  it("are fewer for large layers, and none where fewer than 19 fit the work", () => {
    // N M^2 + 4/3 M^3 = 2.33e9 at 1000 x 1000: 21 of them.
    expect(permutationsFor(layer(1000, 1000), spectrum(9e5, 300, 1000, 1000))).toBe(21);
    expect(permutationsFor(layer(1100, 1100), spectrum(9e5, 300, 1100, 1100))).toBe(0);
  });
});
