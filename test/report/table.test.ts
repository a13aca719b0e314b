import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderSummary, renderTable } from "#eigenscope/report/index.js";
import { textWidth } from "#eigenscope/report/text-layout.js";
import { exampleReport, failedRecord, layerRecord, randomRecord } from "./example-report.js";

const LONG = "model.layers.31.block_sparse_moe.experts.7.w2";
const LAYERS = [
  layerRecord({ name: "features.0", alpha: 1.75, warning: "over-trained" }),
  randomRecord({ layer_id: 1, name: "features.3", layer_type: "conv2d", shape: [512, 512, 3, 3] }),
  failedRecord({ layer_id: 2, name: "features.6" }),
  layerRecord({ layer_id: 3, name: LONG, phase: null, phase_confidence: null, mp_soft_rank: null, spikes: null }),
];

// biome-ignore lint/suspicious/noControlCharactersInRegex: the colour codes of a terminal begin with ESC
const plain = (text: string): string => text.replace(/\u001b\[\d+m/g, "");
const linesOf = (text: string): string[] => text.trimEnd().split("\n");

describe("renderTable", () => {
  it("has every column of the promise in 80 columns", () => {
    const [heading, first, second] = linesOf(renderTable(LAYERS, { width: 80 }));
    const promised = ["layer", "shape", "alpha", "index", "spikes", "soft", "stable", "phase", "warning"];
    expect(heading.trim().split(/\s+/)).toEqual(promised);
    // Q can be read off the shape: it is the first to go.
    expect(
      linesOf(renderTable(LAYERS, { width: 90 }))[0]
        .trim()
        .split(/\s+/),
    ).toEqual(["layer", "shape", "Q", ...promised.slice(2)]);
    expect(first).toContain("1.75±0.23");
    expect(first).toContain("over");
    expect(second).toContain("512x512x3x3");
  });

  it("shows the index of the tail with two digits, of either sign, and n/a where there is none", () => {
    const indices = [-0.583, -0.001, 0.414, null];
    const lines = linesOf(
      renderTable(
        indices.map((tail_index, layer_id) =>
          layerRecord({ name: `l${layer_id}`, layer_id, tail_index, alpha: 3.456 }),
        ),
        { width: 120 },
      ),
    );
    const at = lines[0].indexOf("index");
    expect(lines.slice(1).map((line) => line.slice(at, at + 5).trim())).toEqual(["-0.58", "0.00", "0.41", "n/a"]);
  });

  it("shows no alpha and no label read off it where the power law does not hold", () => {
    const line = linesOf(renderTable(LAYERS, { width: 120 }))[2];
    expect(line).toContain("n/a");
    expect(line).not.toContain("7.9");
    expect(line).not.toContain("under-trained");
  });

  it("shows a failed layer's reason in place of its numbers", () => {
    const line = linesOf(renderTable(LAYERS, { width: 120 }))[3];
    expect(line).toContain("failed: 3 of 235200 weights are not finite (2 NaN, 1 Inf)");
  });

  it("says so where there is no layer", () => {
    expect(renderTable([])).toBe("No layer was analysed.\n");
  });

  it("keeps names from writing to the terminal", () => {
    expect(renderTable([layerRecord({ name: "a\u001b[2Jb\nc" })], { width: 80 })).toContain("a\ufffd[2Jb\ufffdc");
  });

  it("colours only where asked, and colour changes no letter", () => {
    for (const width of [40, 80, 132]) {
      const coloured = renderTable(LAYERS, { width, color: true });
      expect(coloured).toContain("\u001b[");
      expect(linesOf(plain(coloured)).map((line) => line.trimEnd())).toEqual(
        linesOf(renderTable(LAYERS, { width, color: false })),
      );
    }
  });

  it("gives up an empty column of warnings before the confidence, and the confidence before a warning", () => {
    const quiet = [layerRecord(), randomRecord({ layer_id: 1 })];
    const headings = (layers: typeof quiet, width: number) =>
      linesOf(renderTable(layers, { width }))[0].trim().split(/\s+/);
    const whole = linesOf(renderTable(quiet, { width: 200 }))[0].length;
    // One cell less than all columns need.
    expect(headings(quiet, whole)).toEqual(expect.arrayContaining(["sure", "warning"]));
    expect(headings(quiet, whole - 1)).toContain("sure");
    expect(headings(quiet, whole - 1)).not.toContain("warning");
    const warned = [layerRecord({ alpha: 1.75, warning: "over-trained" }), ...quiet];
    const all = Math.max(...linesOf(renderTable(warned, { width: 200 })).map((line) => line.length));
    expect(headings(warned, all - 1)).toContain("warning");
    expect(headings(warned, all - 1)).not.toContain("sure");
  });

  it("uses more room for names and for the confidence", () => {
    const wide = renderTable(LAYERS, { width: 160 });
    expect(wide).toContain(LONG);
    expect(wide).toContain("87%");
    expect(wide).toContain("conv 512x512x3x3");
  });
});

describe("every line of table and summary", () => {
  const name = fc.oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 120 }),
    fc.stringMatching(/^[a-z_]{1,12}(\.[a-z_0-9]{1,12}){0,8}$/),
  );
  const layer = fc.record({
    name,
    kind: fc.constantFrom("learned", "random", "failed"),
    alpha: fc.double({ min: 1, max: 500, noNaN: true }),
  });

  it("fits the width, from 40 columns up, whatever the names and numbers", () => {
    fc.assert(
      fc.property(
        fc.array(layer, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 40, max: 200 }),
        (given, width) => {
          const layers = given.map(({ name: called, kind, alpha }, layer_id) => {
            const overrides = { name: called, layer_id, alpha, shape: [4096, 11008] };
            return kind === "failed"
              ? failedRecord({ name: called, layer_id })
              : kind === "random"
                ? randomRecord(overrides)
                : layerRecord(overrides);
          });
          const report = exampleReport(layers);
          const lines = linesOf(renderTable(layers, { width }) + renderSummary(report, { width }));
          for (const line of lines) expect(textWidth(line), line).toBeLessThanOrEqual(width);
        },
      ),
      // A layer that is called " " once passed for a line that was laid out already.
      { numRuns: 200, examples: [[[{ name: " ", kind: "failed", alpha: 1 }], 40]] },
    );
  });
});
