import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseScan, type ScannedModule } from "#eigenscope/advise/spectrum-scan.js";
import {
  unfrozenFileName,
  unfrozenPatterns,
  unfrozenTypes,
  unfrozenYaml,
} from "#eigenscope/advise/unfrozen-parameters.js";

const MADE = fileURLToPath(new URL("../fixtures/spectrum", import.meta.url));
/** Published pairs of scan and list, kept beside the project; not part of it. */
const PUBLISHED = fileURLToPath(new URL("../../../shared/goldens/spectrum", import.meta.url));

const yamlOf = (folder: string, scan: string, top: number): string =>
  unfrozenYaml(unfrozenTypes(parseScan(readFileSync(join(folder, scan)), scan), top));

const modules = (...ratios: number[]): ScannedModule[] => ratios.map((snr, i) => ({ name: `m${i}`, type: "t", snr }));
const chosen = (top: number, ...ratios: number[]): string[] =>
  unfrozenTypes(modules(...ratios), top)[0].modules.map(({ name }) => name);

describe("Spectrum's list of unfrozen parameters", () => {
  it.each([
    ["snr_results_made-today.json", 50],
    ["snr_results_made-today.json", 41],
    ["snr_results_made-older.json", 50],
  ])("of %s at %i per cent is byte for byte what spectrum.py writes", (scan, top) => {
    // Both shapes hold the same scan, so that one list is right for both.
    const expected = readFileSync(join(MADE, unfrozenFileName("snr_results_made-today.json", top)), "utf8");
    expect(yamlOf(MADE, scan, top)).toBe(expected);
  });

  const published = existsSync(PUBLISHED) ? readdirSync(PUBLISHED).filter((name) => name.endsWith(".json")) : [];
  if (published.length === 0)
    console.warn("SKIPPED: Spectrum's published scans, because they are not beside the project");
  it.runIf(published.length > 0).each(published)("of the published %s is byte for byte the published one", (scan) => {
    expect(yamlOf(PUBLISHED, scan, 50)).toBe(readFileSync(join(PUBLISHED, unfrozenFileName(scan, 50)), "utf8"));
  });

  it("has int(count * top / 100) modules of each type", () => {
    expect(chosen(50, 1, 2, 3)).toEqual(["m2"]);
    expect(chosen(66, 1, 2, 3)).toEqual(["m2"]);
    expect(chosen(67, 1, 2, 3)).toEqual(["m2", "m1"]);
    expect(chosen(100, 1, 2, 3)).toEqual(["m2", "m1", "m0"]);
    expect(chosen(33, 1, 2, 3)).toEqual([]);
  });

  it("keeps the order of equal ratios, and ranks Infinity first and NaN last", () => {
    expect(chosen(100, 2, 5, 2, 5)).toEqual(["m1", "m3", "m0", "m2"]);
    expect(chosen(100, Number.NaN, 1, Number.POSITIVE_INFINITY, 2)).toEqual(["m2", "m3", "m1", "m0"]);
  });

  it.each([0, -1, 100.5, Number.NaN])("refuses a percentage of %d", (top) => {
    expect(() => unfrozenTypes(modules(1), top)).toThrow(RangeError);
  });

  it("begins with the head and the embeddings, which Spectrum always trains", () => {
    expect(unfrozenPatterns(unfrozenTypes(modules(1, 2), 50))).toEqual([
      ...["^lm_head.weight$", "^model.embed_tokens.weight$", "m1"],
    ]);
  });

  it("is named after the scan's file, without its folder and last ending", () => {
    expect(unfrozenFileName("a/b/snr_results_x-3.1.json", 12.5)).toBe(
      "snr_results_x-3.1_unfrozenparameters_12.5percent.yaml",
    );
  });
});
