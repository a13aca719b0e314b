import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { analyze } from "#eigenscope/node/index.js";
import { rankReports, summariseModel } from "#eigenscope/rank/index.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/digits_b4.safetensors", import.meta.url));

describe("rankReports", () => {
  it("gives a model the row that its weights give", async () => {
    const analysis = analyze(EXAMPLE);
    const [report, results] = [await analysis.report(), await analysis.results()];
    const { models, groups } = rankReports([{ path: "a.json", report, score: 0.5 }]);
    expect(models[0]).toMatchObject({ ...summariseModel(results), path: "a.json", score: 0.5, status: "success" });
    expect(groups.map(({ models: names }) => names)).toEqual([[models[0].name]]);
  });

  it("leaves WeightWatcher's mean null where a fit failed and the spectrum is not known", async () => {
    const [record] = (await analyze(EXAMPLE).report()).layers;
    const failed = { ...record, alpha: null, alpha_weighted: null, log_alpha_norm: null };
    const { weightwatcher } = summariseModel([{ record }, { record: failed }]);
    expect(weightwatcher.alpha).toBe(((record.alpha as number) - 1) / 2);
    expect(weightwatcher.alpha_weighted).toBeNull();
    expect(weightwatcher.log_norm).toBe(record.log_norm);
  });

  it("says why a model without a spectrum failed", async () => {
    const report = await analyze(EXAMPLE).report();
    const layers = report.layers.map((layer) => ({ ...layer, lambda_max: null, reason: "all zero" }));
    const { models } = rankReports([{ path: "a", report: { ...report, layers } }]);
    expect(models[0]).toMatchObject({ status: "failed", reason: "no layer has a spectrum: all zero" });
    const { models: empty } = rankReports([{ path: "a", report: { ...report, layers: [] } }]);
    expect(empty[0].reason).toBe("no layer has a spectrum: no layer was analysed");
  });
});
