import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { LayerResult } from "#eigenscope/analysis/index.js";
import { analyze } from "#eigenscope/node/index.js";
import { type ModelSummary, summariseModel, WEIGHTWATCHER_SUMMARY } from "#eigenscope/rank/index.js";
import { layerRecord } from "../report/example-report.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/digits_b4.safetensors", import.meta.url));
/** What WeightWatcher 0.7.5.5 prints for the same file (goldens' README). */
const GOLDEN = JSON.parse(
  readFileSync(new URL("../goldens/weightwatcher/expected/_models.json", import.meta.url), "utf8"),
).digits_b4;

/** A layer whose eigenvalues are given, for WeightWatcher's columns; the record says the rest. */
const result = (
  record: Parameters<typeof layerRecord>[0],
  eigenvalues: readonly number[] | null = [1, 10],
): LayerResult =>
  ({
    record: layerRecord(record),
    spectrum: eigenvalues === null ? null : { eigenvalues: Float64Array.from(eigenvalues) },
  }) as unknown as LayerResult;

describe("WeightWatcher's summary", () => {
  it("is its own on the example: get_summary to 1e-5, the tolerance of alpha", async () => {
    const { weightwatcher } = summariseModel(await analyze(EXAMPLE).results());
    for (const name of WEIGHTWATCHER_SUMMARY)
      expect(Math.abs((weightwatcher[name] as number) / GOLDEN.summary[name] - 1), name).toBeLessThan(1e-5);
  });

  it("averages failed fits as alpha = -1, as WeightWatcher does; our means leave them out", () => {
    const good = result({ alpha: 3, alpha_weighted: 3, log_norm: 1, log_spectral_norm: 1, stable_rank: 2 });
    const bad = result({ alpha: null, alpha_weighted: null, log_norm: 2, log_spectral_norm: 1, stable_rank: 4 });
    const { weightwatcher, means } = summariseModel([good, bad]);
    // log10 of lambda_max is 1; log10(1/1 + 1/10), log10(1 + 1000).
    expect(weightwatcher.alpha).toBe((3 - 1) / 2);
    expect(weightwatcher.alpha_weighted).toBe((3 - 1) / 2);
    expect(weightwatcher.log_alpha_norm).toBeCloseTo((Math.log10(1.1) + Math.log10(1001)) / 2, 12);
    expect(weightwatcher.log_norm).toBe(1.5);
    expect([means.alpha, means.alpha_weighted]).toEqual([3, 3]);
  });

  it("is null where WeightWatcher's mean is infinite, without the layers that it does not analyse", () => {
    const zero = result({ alpha: null, log_norm: 1, log_spectral_norm: 1, stable_rank: 2 }, [0, 10]);
    expect(summariseModel([zero]).weightwatcher.log_alpha_norm).toBeNull();
    const usual = result({ alpha: 2, log_norm: 1 });
    for (const skipped of [
      result({ alpha: 9, log_norm: 9, num_evals: 15_001 }),
      result({ alpha: 9, log_norm: 9, N: 50_001 }),
      result({ alpha: 9, log_norm: 9 }, null),
    ])
      expect(summariseModel([usual, skipped]).weightwatcher.alpha).toBe(2);
    for (const kept of [result({ alpha: 4, num_evals: 15_000 }), result({ alpha: 4, N: 50_000 })])
      expect(summariseModel([usual, kept]).weightwatcher.alpha).toBe(3);
    expect(summariseModel([]).weightwatcher.alpha).toBeNull();
  });
});

describe("the row of a model", () => {
  let summary: ModelSummary;
  beforeAll(() => {
    summary = summariseModel([
      result({ alpha: 2.5, alpha_valid: true, stable_rank: 10, phase: "heavy-tailed" }),
      result({ alpha: 9, alpha_valid: false, stable_rank: 20, phase: "random-like" }),
      result({ alpha: 3.5, alpha_valid: true, stable_rank: 90, phase: "heavy-tailed" }),
      result({ alpha: null, alpha_valid: false, stable_rank: 40, phase: null }),
      result({ lambda_max: null, alpha: 1, alpha_valid: true, stable_rank: 1000, phase: null }, null),
    ]);
  });

  it("counts layers, those without a spectrum, and those with a valid alpha", () => {
    expect([summary.layers, summary.failed_layers, summary.valid_layers]).toEqual([5, 1, 2]);
  });

  it("averages over all layers that have the column, and over the valid ones of them", () => {
    expect([summary.means.alpha, summary.valid_means.alpha]).toEqual([5, 3]);
    expect([summary.means.stable_rank, summary.valid_means.stable_rank]).toEqual([40, 50]);
  });

  it("has medians, of an even number the mean of the middle two", () => {
    expect([summary.medians.alpha, summary.valid_medians.alpha]).toEqual([3.5, 3]);
    expect([summary.medians.stable_rank, summary.valid_medians.stable_rank]).toEqual([30, 50]);
  });

  it("counts phases among the layers with a spectrum, a layer without a phase as undecided", () => {
    expect(summary.phases).toMatchObject({ "heavy-tailed": 2, "random-like": 1, undecided: 1, "rank-collapse": 0 });
    expect(summary.phase_shares).toMatchObject({ "heavy-tailed": 0.5, "random-like": 0.25, undecided: 0.25 });
    expect(Object.values(summary.phases).reduce((sum, count) => sum + count, 0)).toBe(4);
  });

  it("is empty, with null for every number, for a model without layers", () => {
    const nothing = summariseModel([]);
    expect(nothing).toMatchObject({ layers: 0, valid_layers: 0, phase_shares: null, group: null });
    expect(Object.values(nothing.means).every((value) => value === null)).toBe(true);
  });

  it("leaves out numbers that are not finite", () => {
    const infinite = summariseModel([result({ stable_rank: 5 }), result({ stable_rank: Number.POSITIVE_INFINITY })]);
    expect(infinite.means.stable_rank).toBe(5);
  });
});
