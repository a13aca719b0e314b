import { describe, expect, it } from "vitest";
import type { AnalysisPlan, LayerCost } from "#eigenscope/analysis/index.js";
import { spectrumWork } from "#eigenscope/analysis/spectrum-work.js";
import { type Basis, CALIBRATED_RATIOS, layerTimes, TABLE_RATIOS } from "#eigenscope/cli/estimate.js";
import { type FleetSettings, fleetCost, type PlannedModel } from "#eigenscope/cli/fleet-cost.js";
import { makespan } from "#eigenscope/cli/makespan.js";
import { createRng } from "#eigenscope/numeric/index.js";
import { calibrationOf } from "./a-calibration.js";

const layer = (M: number, more: Partial<LayerCost> = {}): LayerCost => ({
  ...{ layer_id: 0, name: `fc${M}`, N: 2 * M, M, rf: 1, precision: "f64", approximate: false },
  ...{ work: spectrumWork({ N: 2 * M, M, rf: more.rf ?? 1 }), memoryBytes: 4 * M * M, readBytes: 8 * M * M },
  ...more,
});

const basis: Basis = { kind: "calibrated", rates: calibrationOf(), slowness: 1, measured: true };

const model = (layers: readonly LayerCost[], more: Partial<PlannedModel> = {}): PlannedModel => {
  const plan: AnalysisPlan = {
    ...{ label: "m.npz", format: "npz", files: 1, engine: "wasm", target: null, workers: 2, skipped: [], layers },
  };
  return { name: "m.npz", isRemote: false, basis, plan, ...more };
};

const settings: FleetSettings = { workers: 1, jobs: 4, cores: 4 };

describe("fleetCost", () => {
  it("sums what the plans of analyze have", () => {
    const rng = createRng(3);
    const models = Array.from({ length: 5 }, (_, k) =>
      model(
        Array.from({ length: 1 + k }, () => layer(16 + Math.floor(500 * rng()), { rf: rng() < 0.5 ? 1 : 9 })),
        { name: `m${k}`, isRemote: k % 2 === 1 },
      ),
    );
    const found = fleetCost(models, settings);
    const all = models.flatMap(({ plan }) => plan.layers);
    const sum = (of: (one: LayerCost) => number, layers = all): number =>
      layers.reduce((total, one) => total + of(one), 0);
    expect(found.layers).toBe(all.length);
    expect(found.matrices).toBe(sum(({ rf }) => rf));
    expect(found.readBytes).toBe(sum(({ readBytes }) => readBytes));
    expect(found.operations).toBeCloseTo(
      sum(({ work }) => work),
      0,
    );
    const remote = models.filter(({ isRemote }) => isRemote).flatMap(({ plan }) => plan.layers);
    expect(found.networkBytes).toBe(sum(({ readBytes }) => readBytes, remote));
    expect(found.models.map(({ layers }) => layers)).toEqual([1, 2, 3, 4, 5]);
    for (const key of ["layers", "matrices", "readBytes", "operations"] as const)
      expect(found.models.reduce((total, one) => total + one[key], 0)).toBeCloseTo(found[key], 0);
  });

  it("counts core-seconds of layers, of opening, and of every worker that has something to do", () => {
    const one = model([layer(500), layer(300), layer(200)]);
    const { start, model: opening } = calibrationOf();
    const times = layerTimes(one.plan, basis, 4).reduce((sum, seconds) => sum + seconds, 0);
    const of = (workers: number): number => fleetCost([one], { ...settings, workers }).coreSeconds.expected;
    expect(of(1)).toBeCloseTo(times + opening + start + 4 * 0.25, 9);
    expect(of(3)).toBeCloseTo(times + 3 * (opening + start + 4 * 0.25), 9);
    // There is no layer for a fourth.
    expect(of(4)).toBeCloseTo(of(3), 9);
    expect(fleetCost([one], settings).models[0].coreSeconds.expected).toBeCloseTo(times + opening, 9);
  });

  it("counts a part of the time to compile the code, where threads have few layers", () => {
    const [engine, rates] = [calibrationOf().engines.wasm, calibrationOf()];
    if (engine === undefined) throw new Error("the calibration has times of wasm");
    const compiling = { ...basis, rates: { ...rates, engines: { wasm: { ...engine, compile: 2.4 } } } };
    const layers = Array.from({ length: 120 }, () => layer(100));
    const of = (own: Basis) => fleetCost([model(layers, { basis: own })], { ...settings, workers: 2 });
    // 15 layers for each of 8 threads: 1/16 of 2.4 s.
    expect(of(compiling).coreSeconds.expected - of(basis).coreSeconds.expected).toBeCloseTo(8 * 0.15, 9);
    expect(of(compiling).elapsedSeconds.expected - of(basis).elapsedSeconds.expected).toBeCloseTo(0.15, 9);
  });

  it("schedules the known times, the largest first, on all workers", () => {
    const one = model([1000, 900, 800, 700, 300, 200].map((M) => layer(M)));
    const { start, model: opening } = calibrationOf();
    for (const [workers, jobs] of [
      [1, 1],
      [1, 4],
      [2, 2],
      [3, 4],
    ]) {
      const { elapsedSeconds } = fleetCost([one], { ...settings, workers, jobs });
      const times = layerTimes(one.plan, basis, jobs);
      const before = start + 0.25 + opening;
      expect(elapsedSeconds.expected).toBeCloseTo(before + makespan(times, workers * jobs), 9);
      const total = times.reduce((sum, seconds) => sum + seconds, 0);
      const bound = Math.max(total / (workers * jobs), times[0] / jobs);
      expect(elapsedSeconds.low).toBeCloseTo(CALIBRATED_RATIOS.low * (before + bound), 9);
      expect(elapsedSeconds.high).toBeCloseTo(CALIBRATED_RATIOS.high * elapsedSeconds.expected, 9);
    }
  });

  it("lets no more layers run at once than there are processors, but counts the memory of all jobs", () => {
    const one = model([1000, 900, 800, 700, 600].map((M) => layer(M)));
    const four = fleetCost([one], settings);
    const eight = fleetCost([one], { ...settings, jobs: 8 });
    expect(eight.elapsedSeconds).toEqual(four.elapsedSeconds);
    expect(four.memory).toEqual({ largestBytes: 4e6, workerBytes: 4 * (1e6 + 81e4 + 64e4 + 49e4) });
    expect(eight.memory.workerBytes).toBe(4 * (1e6 + 81e4 + 64e4 + 49e4 + 36e4));
    expect(fleetCost([one], { ...settings, jobs: 1 }).memory.workerBytes).toBe(4e6);
  });

  it("takes as long as reading takes, where that is longer", () => {
    const rates = { ...calibrationOf(), readBytesPerSecond: 100 };
    const slow = { ...basis, rates };
    const one = model([layer(100)], { basis: slow });
    const before = rates.start + 0.25 + rates.model;
    expect(fleetCost([one], settings).elapsedSeconds.expected).toBeCloseTo(before + 800, 9);
    expect(fleetCost([one], { ...settings, workers: 2 }).elapsedSeconds.expected).toBeCloseTo(before + 400, 9);
  });

  it("has the widest range of its models", () => {
    const table: Basis = { ...basis, kind: "table" };
    const ratio = (...bases: readonly Basis[]): number => {
      const { coreSeconds } = fleetCost(
        bases.map((one) => model([layer(100)], { basis: one })),
        settings,
      );
      return coreSeconds.high / coreSeconds.expected;
    };
    expect(ratio(basis, basis)).toBeCloseTo(CALIBRATED_RATIOS.high, 12);
    expect(ratio(basis, table)).toBeCloseTo(TABLE_RATIOS.high, 12);
    expect(ratio({ ...table, measured: false }, table, basis)).toBeCloseTo(3 * TABLE_RATIOS.high, 12);
  });

  it("names the layer that takes the most memory, and layers past the engine's limit", () => {
    const [found] = fleetCost([model([layer(50), layer(90, { approximate: true }), layer(70)])], settings).models;
    expect(found.largest).toEqual({ name: "fc90", N: 180, M: 90, memoryBytes: 4 * 90 * 90 });
    expect(found.approximate).toBe(1);
  });

  it("says how many workers end by a deadline, also at the upper end of the range, or that none do", () => {
    const one = model(Array.from({ length: 8 }, () => layer(1000)));
    const of = (deadlineSeconds: number) => fleetCost([one], { ...settings, jobs: 1, deadlineSeconds }).deadline;
    // Each takes 3 s, and the start 0.77 s.
    const [time] = layerTimes(one.plan, basis, 1);
    const before = 0.5 + 0.25 + 0.02;
    expect(of(before + 4 * time + 0.01)).toMatchObject({ workers: 2, workersAtHigh: 4 });
    expect(of(before + 4 * time - 0.01)).toMatchObject({ workers: 3 });
    expect(of(before + 0.99 * time)).toMatchObject({ workers: null, workersAtHigh: null });
    expect(of(before + 1.01 * time)).toMatchObject({ workers: 8, workersAtHigh: null });
    expect(fleetCost([one], settings).deadline).toBeNull();
  });

  it("has a cost only with a price: of the core-hours, and of all cores until the end", () => {
    const one = model([layer(1000), layer(500)]);
    const found = fleetCost([one], { ...settings, workers: 2, pricePerCoreHour: 36 });
    expect(found.cost?.work.expected).toBeCloseTo(0.01 * found.coreSeconds.expected, 12);
    expect(found.cost?.work.high).toBeCloseTo(0.01 * found.coreSeconds.high, 12);
    expect(found.cost?.paid.expected).toBeCloseTo(0.08 * found.elapsedSeconds.expected, 12);
    expect(fleetCost([one], settings).cost).toBeNull();
  });

  it("bounds what permutations of masked layers would add: 99 for small ones, none for large ones", () => {
    const of = (one: LayerCost): number => {
      const { maskedSeconds } = fleetCost([model([one])], settings);
      return maskedSeconds / layerTimes(model([one]).plan, basis, 4)[0];
    };
    expect([50, 924, 925].map((M) => of(layer(M)))).toEqual([expect.closeTo(99, 9), expect.closeTo(19, 9), 0]);
    // One more spectrum each, whatever else the options ask for.
    expect(of(layer(50, { work: 2 * layer(50).work }))).toBeCloseTo(49.5, 9);
  });

  it("is nothing for no models", () => {
    expect(fleetCost([], { ...settings, deadlineSeconds: 5 })).toMatchObject({
      ...{ models: [], layers: 0, readBytes: 0, coreSeconds: { expected: 0, low: 0, high: 0 } },
      elapsedSeconds: { expected: 0, low: 0, high: 0 },
    });
  });
});
