import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { LayerRecord } from "#eigenscope/analysis/index.js";
import { analyze } from "#eigenscope/node/index.js";
import { alternativesOf, neighboursOf, siblingsOf } from "#eigenscope/report/view/layer-parts.js";
import { reportLayers, type ViewLayer } from "#eigenscope/report/view/view-layer.js";
import { layerRecord } from "../example-report.js";

const EXAMPLE = fileURLToPath(new URL("../../../examples/digits_b4.safetensors", import.meta.url));

const layers = (...records: readonly Partial<LayerRecord>[]): ViewLayer[] =>
  reportLayers({ layers: records.map((record, k) => layerRecord({ name: `l${k}.w`, ...record })), findings: [] });
const places = (found: readonly ViewLayer[]): number[] => found.map(({ index }) => index);

describe("the layers beside one", () => {
  it("in depth are seven, with this one in the middle, or as near to it as the ends allow", () => {
    const all = layers(...Array.from({ length: 20 }, () => ({})));
    expect(places(neighboursOf(all, 10))).toEqual([7, 8, 9, 10, 11, 12, 13]);
    expect(places(neighboursOf(all, 1))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(places(neighboursOf(all, 18))).toEqual([13, 14, 15, 16, 17, 18, 19]);
    expect(places(neighboursOf(all.slice(0, 3), 2))).toEqual([0, 1, 2]);
  });

  it("are siblings by their role, if their sizes differ by at most a factor of two", () => {
    const all = layers(
      { role: "mlp.up", M: 100 },
      { role: "mlp.up", M: 200 },
      { role: "mlp.up", M: 201 },
      { role: "mlp.up", M: 50 },
      { role: "mlp.up", M: 49 },
      { role: "mlp.down", M: 100 },
    );
    expect(places(siblingsOf(all, all[0]))).toEqual([1, 3]);
  });

  it("are siblings by type and kernel where names tell no role", () => {
    const conv = { role: null, layer_type: "conv2d" } as const;
    const all = layers(
      { ...conv, shape: [3, 3, 8, 16] },
      { ...conv, shape: [3, 3, 32, 64] },
      { ...conv, shape: [1, 1, 8, 16] },
      { role: null, layer_type: "dense", shape: [8, 16] },
    );
    expect(places(siblingsOf(all, all[0]))).toEqual([1]);
  });

  it("are at most eight siblings, the nearest ones, in order of depth", () => {
    const all = layers(...Array.from({ length: 21 }, () => ({ role: "mlp.up" as const })));
    expect(places(siblingsOf(all, all[10]))).toEqual([6, 7, 8, 9, 11, 12, 13, 14]);
  });
});

describe("the alternatives to a phase", () => {
  it("share what its confidence leaves; none where the row does not follow from its evidence alone", async () => {
    const { layers: rows } = await analyze(EXAMPLE, { engine: "wasm" }).report();
    const [row] = rows;
    const found = alternativesOf(row);
    expect(found.map(({ phase }) => phase)).toEqual(["heavy-tailed", "undecided"]);
    // Alternatives below a per cent are left out.
    const sum = found.reduce((total, { confidence }) => total + confidence, row.phase_confidence ?? 0);
    expect(sum).toBeGreaterThan(0.97);
    expect(sum).toBeLessThanOrEqual(1);
    expect(alternativesOf({ ...row, phase: "heavy-tailed" })).toEqual([]);
    expect(alternativesOf({ ...row, phase_confidence: 0.5 })).toEqual([]);
    expect(alternativesOf({ ...row, phase_evidence: null })).toEqual([]);
  });
});
