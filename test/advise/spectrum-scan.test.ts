import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  modelSlug,
  moduleType,
  parseScan,
  scanFileName,
  scanText,
  spectrumScan,
} from "#eigenscope/advise/spectrum-scan.js";
import { FormatError } from "#eigenscope/formats/index.js";

const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/spectrum/${name}`, import.meta.url));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("Spectrum's scan", () => {
  it("takes a module's type from behind the first number of its name, or the whole name without one", () => {
    expect(moduleType("model.layers.11.mlp.down_proj")).toBe("mlp.down_proj");
    expect(moduleType("model.layers.0.mlp.experts.3.w1")).toBe("mlp.experts.3.w1");
    expect(moduleType("lm_head")).toBe("lm_head");
    // "h1" is no number.
    expect(moduleType("h1.attn")).toBe("h1.attn");
  });

  it("orders types by their first part and then by name, and keeps the model's order within a type", () => {
    const names = [
      "model.embed_tokens",
      "m.0.mlp.up",
      "m.0.mlp-x.up",
      "m.0.attn.q",
      "m.1.mlp.up",
      "m.1.attn.q",
      "lm_head",
    ];
    const scan = spectrumScan(names.map((name) => ({ name, snr: 1 })));
    expect(scan.map(({ name }) => name)).toEqual([
      ...["m.0.attn.q", "m.1.attn.q", "lm_head"],
      // By whole names "mlp-x.up" would stand before "mlp.up": "-" comes before ".". By first parts it does not.
      ...["m.0.mlp.up", "m.1.mlp.up", "m.0.mlp-x.up", "model.embed_tokens"],
    ]);
  });

  it("gives a module the last type that is part of its name, at the place of the first, as Spectrum does", () => {
    const names = ["m.0.mlp.gate", "m.0.mlp.gate_proj", "m.1.mlp.gate", "m.1.mlp.gate_proj"];
    const scan = spectrumScan(names.map((name) => ({ name, snr: 1 })));
    expect(scan.map(({ name, type }) => [name, type])).toEqual([
      ["m.0.mlp.gate", "mlp.gate"],
      ["m.0.mlp.gate_proj", "mlp.gate_proj"],
      ["m.1.mlp.gate", "mlp.gate"],
      ["m.1.mlp.gate_proj", "mlp.gate_proj"],
    ]);
  });

  it("is written byte for byte as Python's json.dump writes it", () => {
    const scan = parseScan(fixture("snr_results_made-today.json"), "scan");
    expect(scanText(scan)).toBe(fixture("snr_results_made-today.json").toString());
    expect(scanText([])).toBe("{}");
    const odd = [1e16, 123456789012345680, 1e-4, 9.5e-5, 0, -2, 1e22].map((snr, i) => ({
      name: `ö${i}`,
      type: "t",
      snr,
    }));
    expect([...scanText(odd).matchAll(/"snr": (.*),/g)].map((match) => match[1])).toEqual([
      ...["1e+16", "1.2345678901234568e+17", "0.0001", "9.5e-05", "0.0", "-2.0", "1e+22"],
    ]);
    expect(scanText(odd)).toContain('"\\u00f60": {');
  });

  it("reads the older shape and today's as the same modules, Infinity included", () => {
    const today = parseScan(fixture("snr_results_made-today.json"), "today");
    expect(parseScan(fixture("snr_results_made-older.json"), "older")).toEqual(today);
    expect(today.find(({ name }) => name === "model.layers.3.mlp.up_proj")?.snr).toBe(Number.POSITIVE_INFINITY);
  });

  it("reads NaN as no number, and leaves Infinity and NaN in names alone", () => {
    const scan = parseScan(bytes('{"Infinity": {"snr": NaN, "type": "NaN"}}'), "scan");
    expect(scan).toEqual([{ name: "Infinity", type: "NaN", snr: Number.NaN }]);
  });

  it("keeps the order of names that look like numbers", () => {
    expect(parseScan(bytes('{"t": {"10": 1, "2": 2}}'), "scan").map(({ name }) => name)).toEqual(["10", "2"]);
  });

  it.each([
    ["[]", "is a list, expected an object of modules"],
    ["{}", "has no modules"],
    ['{"a": 1}', '"a" is a number, expected {snr, type}'],
    ['{"a": {"snr": "x", "type": "t"}}', '"a" is a string, expected a signal-to-noise ratio'],
    ['{"a": {"snr": 1, "type": 2}}', '"a": type is a number, expected a name'],
    ['{"t": {"b": []}}', '"b" is a list, expected a signal-to-noise ratio'],
    ['{"a\\nb": {"snr": 1, "type": "t"}}', "has a name with a line break"],
    ["{", "not valid JSON"],
  ])("refuses %s with the file and the entry", (text, message) => {
    expect(() => parseScan(bytes(text), "scan.json")).toThrow(message);
    expect(() => parseScan(bytes(text), "scan.json")).toThrow("scan.json");
    expect(() => parseScan(bytes(text), "scan.json")).toThrow(FormatError);
  });

  it("has the name by which axolotl's plugin looks for it", () => {
    expect(modelSlug("meta-llama/Llama_3/8B_x")).toBe("meta-llama-Llama-3-8B-x");
    expect(scanFileName("a/b_c")).toBe("model_snr_results/snr_results_a-b-c.json");
  });
});
