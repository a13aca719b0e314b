import { describe, expect, it } from "vitest";
import type { LayerCost } from "#eigenscope/analysis/index.js";
import { spectrumWork } from "#eigenscope/analysis/spectrum-work.js";
import { CONVOLUTIONS, type Measurement, measurements } from "#eigenscope/cli/calibration-probes.js";
import { RATE_TABLE } from "#eigenscope/cli/rate-table.js";
import {
  COMPILED_LAYERS,
  crowdingAt,
  type EngineRates,
  layerSeconds,
  type RatePoint,
  rateAt,
  workerTime,
} from "#eigenscope/cli/rates.js";
import { engineRates } from "#eigenscope/cli/rates-of-probes.js";
import { calibrationOf, pointsOf } from "./a-calibration.js";

const layer = (N: number, M: number, more: Partial<LayerCost> = {}): LayerCost => ({
  ...{ layer_id: 0, name: "fc", N, M, rf: 1, precision: "f64", work: spectrumWork({ N, M, rf: more.rf ?? 1 }) },
  ...{ memoryBytes: 1, readBytes: 1, approximate: false },
  ...more,
});

describe("rateAt", () => {
  const points = pointsOf(1);

  it("is a measured point at its side, and joins two by a power", () => {
    for (const { M, matrix, row } of points) {
      expect(rateAt(points, M).matrix).toBeCloseTo(matrix, 15);
      expect(rateAt(points, M).row).toBeCloseTo(row, 15);
    }
    expect(rateAt(points, 100).matrix).toBeCloseTo(1e-9 * 100 ** 3, 12);
    expect(rateAt(points, 700).row).toBeCloseTo(1e-9 * 700 ** 2, 12);
  });

  it("grows as M^3 and M^2 above the last point, and is proportional to M below the first", () => {
    const [first, last] = [points[0], points[points.length - 1]];
    expect(rateAt(points, 2 * last.M)).toEqual({ matrix: 8 * last.matrix, row: 4 * last.row });
    expect(rateAt(points, first.M / 2)).toEqual({ matrix: first.matrix / 2, row: first.row / 2 });
  });
});

describe("layerSeconds", () => {
  const rates = calibrationOf().engines.wasm as EngineRates;

  it("is what a layer takes once, and matrix and rows for each of its matrices", () => {
    expect(layerSeconds(layer(2000, 1000), rates)).toBeCloseTo(0.001 + 1e-9 * 1e9 + 2000 * 1e-9 * 1e6, 9);
    expect(layerSeconds(layer(2000, 1000, { rf: 9 }), rates)).toBeCloseTo(0.001 + 9 * 3, 9);
    // A randomisation is one more spectrum.
    const twice = 2 * spectrumWork({ N: 2000, M: 1000, rf: 1 });
    expect(layerSeconds(layer(2000, 1000, { work: twice }), rates)).toBeCloseTo(0.001 + 6, 9);
    expect(layerSeconds(layer(0, 0, { work: 0 }), rates)).toBe(0.001);
  });

  it("knows that small, nearly square matrices are solved in f64", () => {
    const of = (N: number, M: number, precision: LayerCost["precision"]): number =>
      layerSeconds(layer(N, M, { precision }), rates) - rates.layer;
    expect(of(1000, 1000, "f32")).toBe(of(1000, 1000, "f64"));
    expect(of(2000, 1000, "f32")).toBeCloseTo(0.5 * of(2000, 1000, "f64"), 12);
    expect(of(2000, 1000, "mixed")).toBeCloseTo(0.75 * of(2000, 1000, "f64"), 12);
    expect(of(2000, 2000, "f32")).toBeCloseTo(0.5 * of(2000, 2000, "f64"), 9);
  });
});

describe("crowdingAt", () => {
  it("is 1 for one layer, linear up to the measured number, and no more above", () => {
    const at = (together: number): number => crowdingAt({ crowding: { lanes: 5, factor: 1.8 } }, together);
    expect([0, 1, 3, 5, 50].map(at)).toEqual([1, 1, expect.closeTo(1.4, 12), 1.8, 1.8]);
    expect(crowdingAt({ crowding: { lanes: 1, factor: 1 } }, 8)).toBe(1);
  });
});

it("a worker compiles its code while it does its first layers, a part of it with few", () => {
  const of = (layers: number): number => workerTime({ worker: 1, compile: 3 }, layers);
  expect([0, COMPILED_LAYERS / 3, COMPILED_LAYERS, 9 * COMPILED_LAYERS].map(of)).toEqual([1, 2, 4, 4]);
});

describe("engineRates", () => {
  const [model, once] = [0.02, 0.004];
  const exact = (M: number, slower = 1): RatePoint => ({
    M,
    matrix: 1e-9 * slower * M ** 3,
    row: 1e-9 * slower * M ** 2,
  });
  const slowerIn = { f64: 1, mixed: 0.75, f32: 0.5 } as const;
  const timeOf = ({ probe: { N, M, rf, layers }, precision }: Measurement): number => {
    const { matrix, row } = exact(M, slowerIn[precision]);
    return model + layers * (once + rf * (matrix + N * row));
  };

  it("gives back the rates by which times were made", () => {
    const measured = measurements().map((one) => ({ ...one, seconds: timeOf(one) }));
    const { layer: found, points } = engineRates(measured, model);
    expect(found).toBeCloseTo(once, 9);
    expect(points.f64.map(({ M }) => M)).toEqual([16, 64, 128, 256, 512, 1024, 2048]);
    for (const precision of ["f64", "mixed", "f32"] as const)
      for (const { M, matrix, row } of points[precision]) {
        // Below 256 only f64 is measured.
        const expected = exact(M, M < 256 ? 1 : slowerIn[precision]);
        expect([matrix / expected.matrix, row / expected.row]).toEqual([expect.closeTo(1, 4), expect.closeTo(1, 4)]);
      }
  });

  it("lets no noise make a time negative, or larger matrices faster", () => {
    const noisy = measurements().map((one, k) => ({ ...one, seconds: timeOf(one) * (k % 2 === 0 ? 0.2 : 1.8) }));
    const { layer: found, points } = engineRates(noisy, model);
    expect(found).toBeGreaterThanOrEqual(0);
    for (const own of Object.values(points))
      for (const { M, matrix, row } of own) {
        expect(matrix > 0 && row > 0).toBe(true);
        const before = own.filter((point) => point.M < M);
        for (const point of before) expect(matrix >= point.matrix && row >= point.row).toBe(true);
      }
  });

  it("takes for what a layer takes once no more than a small layer takes, and nothing without convolutions", () => {
    const free = measurements().map((one) => ({ ...one, seconds: one.probe === CONVOLUTIONS ? model : timeOf(one) }));
    const small = once + exact(64).matrix + 80 * exact(64).row;
    expect(engineRates(free, model).layer).toBeCloseTo(small, 9);
    const slow = measurements().map((one) => ({ ...one, seconds: one.probe === CONVOLUTIONS ? 100 : timeOf(one) }));
    expect(engineRates(slow, model).layer).toBe(0);
    const none = measurements().filter(({ probe }) => probe !== CONVOLUTIONS);
    expect(
      engineRates(
        none.map((one) => ({ ...one, seconds: timeOf(one) })),
        model,
      ).layer,
    ).toBe(0);
  });
});

it("the table has all engines, and times that grow with the side", () => {
  for (const engine of ["wasm", "native", "reference"] as const) {
    const rates = RATE_TABLE.engines[engine] as EngineRates;
    for (const points of Object.values(rates.points))
      for (const [k, { M, matrix, row }] of points.entries()) {
        const before = points[k - 1] ?? { M: 0, matrix: 0, row: 0 };
        expect(M > before.M && matrix > 0 && row > 0 && matrix >= before.matrix && row >= before.row).toBe(true);
      }
  }
});
