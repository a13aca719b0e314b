import { describe, expect, it } from "vitest";
import type { LayerRecord } from "#eigenscope/analysis/index.js";
import { reportLayers } from "#eigenscope/report/view/index.js";
import { type Filters, filtersOf, matching } from "../../app/state/filters.js";
import { layerRecord } from "../report/example-report.js";

const NONE: Filters = { phase: null, text: "", block: null, role: null, look: false };

const records: readonly LayerRecord[] = [
  layerRecord({ name: "enc.0.query", phase: "heavy-tailed", alpha: 1.9, block_name: "enc.0", role: "attention.q" }),
  layerRecord({ name: "enc.0.key", phase: "random-like", alpha: 2, block_name: "enc.0", role: "attention.k" }),
  layerRecord({ name: "enc.1.query", phase: "heavy-tailed", alpha: 2.1, block_name: "enc.1", role: "attention.q" }),
].map((record, layer_id) => ({ ...record, layer_id }));

const finding = (layer: string, severity: "warning" | "note") => ({
  kind: "alpha-below-2" as const,
  severity,
  layer,
  certainty: 1,
  what: "what",
  advice: "advice",
});
const layers = reportLayers({
  layers: records,
  findings: [finding("enc.0.query", "warning"), finding("enc.0.key", "note")] as never,
});

const names = (filters: Partial<Filters>): string[] =>
  matching(layers, { ...NONE, ...filters }).layers.map(({ outline }) => outline.name);

describe("the filters of the table and the spectra", () => {
  it("hide nothing when none is set", () => {
    expect(names({})).toEqual(["enc.0.query", "enc.0.key", "enc.1.query"]);
  });

  it("keep the layers of a phase", () => {
    expect(names({ phase: "random-like" })).toEqual(["enc.0.key"]);
    expect(names({ phase: "rank-collapse" })).toEqual([]);
  });

  it("keep the layers of a block, and of a role", () => {
    expect(names({ block: "enc.0" })).toEqual(["enc.0.query", "enc.0.key"]);
    expect(names({ role: "attention.q" })).toEqual(["enc.0.query", "enc.1.query"]);
  });

  it("keep layers that are worth a look: a warning is, a note is not", () => {
    expect(names({ look: true })).toEqual(["enc.0.query"]);
  });

  it("find words in names, blocks, roles and phases, in any case", () => {
    expect(names({ text: "KEY" })).toEqual(["enc.0.key"]);
    expect(names({ text: "enc.1" })).toEqual(["enc.1.query"]);
    expect(names({ text: " heavy " })).toEqual(["enc.0.query", "enc.1.query"]);
    expect(names({ text: "no such" })).toEqual([]);
  });

  it("read a comparison as a rule: alpha on each side of a threshold, and at it", () => {
    expect(names({ text: "alpha < 2" })).toEqual(["enc.0.query"]);
    expect(names({ text: "alpha <= 2" })).toEqual(["enc.0.query", "enc.0.key"]);
    expect(names({ text: 'role == "attention.q" and alpha > 2' })).toEqual(["enc.1.query"]);
  });

  it("must all hold", () => {
    expect(names({ text: "query", block: "enc.1", phase: "heavy-tailed" })).toEqual(["enc.1.query"]);
    expect(names({ text: "query", block: "enc.1", phase: "random-like" })).toEqual([]);
  });

  it("hide nothing by a rule that cannot be read, and say why", () => {
    const found = matching(layers, { ...NONE, text: "nonsense > 1" });
    expect(found.layers).toHaveLength(3);
    expect(found.error).toContain("nonsense");
    expect(found.error).not.toContain("fail-on");
    expect(matching(layers, { ...NONE, text: "alpha > 1" }).error).toBeNull();
  });

  it("hide nothing by a rule about the whole model", () => {
    const found = matching(layers, { ...NONE, text: "count(alpha < 2) > 100" });
    expect(found.layers).toHaveLength(3);
    expect(found.error).toBe("the rule asks nothing of a layer");
  });

  it("find no number in a layer that is still to come", () => {
    const pending = layers.map((layer) => ({ ...layer, record: null, label: null }));
    expect(matching(pending, { ...NONE, text: "alpha < 2" }).layers).toEqual([]);
    expect(matching(pending, { ...NONE, text: "enc.1" }).layers).toHaveLength(1);
  });

  it("are read from the address; a phase that there is not is none", () => {
    expect(filtersOf(new URLSearchParams("phase=heavy-tailed&find=a&block=b&role=r&look=1"))).toEqual({
      phase: "heavy-tailed",
      text: "a",
      block: "b",
      role: "r",
      look: true,
    });
    expect(filtersOf(new URLSearchParams("phase=nice&look=0"))).toEqual(NONE);
  });
});
