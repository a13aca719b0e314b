import { describe, expect, it } from "vitest";
import {
  Atlas,
  type AtlasLayer,
  type AtlasNetwork,
  atlasLayer,
  familyOf,
  MIN_LAYERS,
} from "#eigenscope/analysis/atlas/atlas.js";
import { atlasText, builtInNetworks } from "#eigenscope/analysis/atlas/built-in-networks.js";
import { ownNetwork, referenceOf } from "#eigenscope/analysis/atlas/reference.js";
import { ATLAS_COLUMNS } from "#eigenscope/analysis/atlas/reference-values.js";
import type { LayerRecord } from "#eigenscope/analysis/index.js";
import { failedRecord, layerRecord } from "../../report/example-report.js";

const NOTHING = { alpha: null, tail_index: null, mp_soft_rank: null, matrix_entropy: null };
const known = (alpha: number | null, more: Partial<AtlasLayer> = {}): AtlasLayer => ({
  ...{ family: "attention", phase: "heavy-tailed" },
  values: { ...NOTHING, alpha },
  ...more,
});
const network = (name: string, layers: readonly AtlasLayer[]): AtlasNetwork => ({ name, layers });
const upTo = (count: number): AtlasLayer[] => Array.from({ length: count }, (_, k) => known(k + 1));
const layer = (alpha: number, more: Partial<LayerRecord> = {}): LayerRecord =>
  layerRecord({ alpha, alpha_valid: true, role: "attention.q", phase: "heavy-tailed", ...more });
const ofAlpha = (atlas: Atlas, record: LayerRecord) =>
  atlas.percentilesOf(record).filter(({ column }) => column === "alpha");

describe("the family of a layer", () => {
  it.each<[Parameters<typeof familyOf>[0], string]>([
    [{ role: "attention.qkv", layer_type: "dense" }, "attention"],
    [{ role: "mlp.down", layer_type: "dense" }, "mlp"],
    [{ role: "embedding", layer_type: "dense" }, "embedding"],
    [{ role: null, layer_type: "embedding" }, "embedding"],
    [{ role: null, layer_type: "conv2d" }, "convolution"],
    [{ role: null, layer_type: "recurrent" }, "recurrent"],
    [{ role: "head", layer_type: "dense" }, "dense"],
    [{ role: null, layer_type: "lora" }, "dense"],
  ])("%j is %s", (record, family) => {
    expect(familyOf(record)).toBe(family);
  });
});

describe("what the atlas keeps of a layer", () => {
  it("is nothing without a spectrum, and alpha only where it is valid", () => {
    expect(atlasLayer(failedRecord())).toBeNull();
    expect(atlasLayer(layer(3))?.values.alpha).toBe(3);
    expect(atlasLayer(layer(3, { alpha_valid: false }))?.values.alpha).toBeNull();
    expect(atlasLayer(layer(3, { phase: "undecided" }))?.phase).toBeNull();
  });

  it("survives its text, to three digits", () => {
    const layers = [
      known(2.3456),
      known(null, { family: "dense", phase: null, values: { ...NOTHING, tail_index: -0.12345 } }),
    ];
    expect(atlasText(layers)).toBe("0 4 2.35 - - -;5 - - -0.123 - -");
  });
});

describe("a percentile", () => {
  const atlas = new Atlas([network("a", upTo(20)), network("b", upTo(40).slice(20)), network("c", [])]);

  it("is the share of smaller values, ties counted half, with its error", () => {
    const [found] = ofAlpha(atlas, layer(10.5));
    expect(found).toEqual({
      layer: expect.any(String),
      column: "alpha",
      percentile: 25,
      error: 100 * Math.sqrt((0.25 * 0.75) / 40),
      group: "attention layers that are heavy-tailed",
      n: 40,
      networks: 2,
    });
    expect(ofAlpha(atlas, layer(10))[0].percentile).toBe((100 * 9.5) / 40);
    expect([ofAlpha(atlas, layer(0))[0].percentile, ofAlpha(atlas, layer(99))[0].percentile]).toEqual([0, 100]);
  });

  it("is not given among fewer than 30 layers", () => {
    expect(ofAlpha(new Atlas([network("a", upTo(MIN_LAYERS))]), layer(3))).toHaveLength(1);
    expect(ofAlpha(new Atlas([network("a", upTo(MIN_LAYERS - 1))]), layer(3))).toEqual([]);
  });

  it("is among the family where its phase has too few layers, or the layer has none", () => {
    const others = upTo(29).map((each): AtlasLayer => ({ ...each, phase: "bulk-decay" }));
    const mixed = new Atlas([network("a", [...others, known(5)])]);
    expect(ofAlpha(mixed, layer(3))[0]).toMatchObject({ group: "attention layers", n: 30 });
    expect(ofAlpha(atlas, layer(3, { phase: "undecided" }))[0].group).toBe("attention layers");
  });

  it("is not given for another family, a value that is not available, or a failed layer", () => {
    expect(ofAlpha(atlas, layer(3, { role: "mlp.up" }))).toEqual([]);
    expect(ofAlpha(atlas, layer(3, { alpha_valid: false }))).toEqual([]);
    expect(atlas.percentilesOf(failedRecord({ role: "attention.q" }))).toEqual([]);
    expect(atlas.percentilesOf(layer(3)).map(({ column }) => column)).toEqual(["alpha"]);
  });
});

describe("the reference of a report", () => {
  it("names the networks, the user's own too, and gives families and layers", () => {
    const own = network(
      "mine",
      upTo(40).map((each) => ({ ...each, family: "mlp" as const })),
    );
    const layers = [4, 9, 6].map((alpha, k) => layer(alpha, { role: "mlp.up", longname: `l${k}` }));
    const { networks, families, percentiles } = referenceOf(layers, [own]);
    expect(networks.at(-1)).toEqual({ name: "mine", layers: 40 });
    expect(networks).toHaveLength(builtInNetworks().length + 1);
    const [family] = families.filter(({ column }) => column === "alpha");
    expect(family).toMatchObject({ median: 6, layers: 3, group: "MLP layers" });
    expect(family.n).toBeGreaterThan(40);
    expect(percentiles.filter(({ column }) => column === "alpha").map(({ layer: name }) => name)).toEqual([
      "l0",
      "l1",
      "l2",
    ]);
    const without = layers.map((each) => ({ ...each, alpha_valid: false }));
    expect(referenceOf(without, [own]).families.filter(({ column }) => column === "alpha")).toEqual([]);
    const [pair] = referenceOf(layers.slice(0, 2), [own]).families;
    expect(pair.median).toBe(6.5);
  });

  it("takes a user's report without its failed layers", () => {
    expect(ownNetwork("mine", [layer(3), failedRecord()])).toMatchObject({
      name: "mine",
      layers: [{ family: "attention" }],
    });
  });
});

describe("the networks that come with eigenscope", () => {
  it("are real layers with values in range, enough of three families", () => {
    const layers = builtInNetworks().flatMap((each) => each.layers);
    expect(layers.length).toBeGreaterThan(1000);
    for (const { values } of layers) {
      for (const column of ATLAS_COLUMNS) expect(values[column] === null || Number.isFinite(values[column])).toBe(true);
      expect(values.alpha ?? 2).toBeGreaterThan(1);
      expect(values.matrix_entropy ?? 0.5).toBeLessThanOrEqual(1);
    }
    const count = (family: string): number => layers.filter((each) => each.family === family).length;
    expect([count("convolution"), count("attention"), count("recurrent")].every((n) => n >= MIN_LAYERS)).toBe(true);
    expect(new Set(builtInNetworks().map(({ name }) => name)).size).toBe(builtInNetworks().length);
  });

  it("read as they were written", () => {
    for (const { layers } of builtInNetworks()) {
      const [text] = [atlasText(layers)];
      expect(text.split(";")).toHaveLength(layers.length);
      expect(text).not.toContain("NaN");
    }
  });
});
