import { describe, expect, it } from "vitest";
import { COLUMNS_BY_OPTION } from "#eigenscope/report/columns.js";
import { renderSummary } from "#eigenscope/report/index.js";
import { exampleReport, failedRecord, layerRecord, randomRecord } from "./example-report.js";

describe("renderSummary", () => {
  const report = exampleReport([
    layerRecord({ name: "a", alpha: 3 }),
    layerRecord({ layer_id: 1, name: "b", alpha: 4 }),
    randomRecord({ layer_id: 2, name: "c", alpha: 9 }),
    randomRecord({ layer_id: 3, name: "d", phase: null, phase_reason: "It is too small to tell." }),
    failedRecord({ layer_id: 4, name: "e" }),
  ]);
  const text = renderSummary(report, { width: 100 });

  it("averages alpha over valid fits only and says over how many", () => {
    expect(text).toContain("alpha 3.50 over the 2 layers with a power law, of 4");
  });

  it("counts layers by phase, undecided ones apart and failed ones apart", () => {
    expect(text).toMatch(/heavy-tailed +2 █/);
    expect(text).toMatch(/random-like +1 █/);
    expect(text).toMatch(/undecided +1 █/);
    expect(text).toContain("4 analysed, 1 failed; 1,200 eigenvalues");
    expect(text).toContain("e: 3 of 235200 weights are not finite (2 NaN, 1 Inf).");
  });

  it("names the layers that are undecided or failed under their reasons", () => {
    expect(text).toContain("d: It is too small to tell.");
    const many = exampleReport(Array.from({ length: 5 }, (_, i) => failedRecord({ layer_id: i, name: `layer.${i}` })));
    expect(renderSummary(many, { width: 200 })).toContain("layer.0, layer.1, layer.2 and 2 more: 3 of 235200");
  });

  it("says which matrix the eigenvalues belong to and how to see what was skipped", () => {
    expect(text).toContain("W'W");
    expect(text).toContain('1 tensor: 1 bias. "eigenscope describe" gives the reasons.');
  });

  it("has no mean to show where nothing was analysed", () => {
    const empty = renderSummary(exampleReport([failedRecord()]));
    expect(empty).not.toContain("means");
    expect(empty).toContain("0 analysed, 1 failed");
  });

  it("says in words that no layer has a valid alpha", () => {
    expect(renderSummary(exampleReport([randomRecord()]))).toContain("alpha n/a: no layer has a power-law tail");
  });

  it("says in one line what each option has added and where it is, and nothing where none was asked for", () => {
    const added = layerRecord({ tpl_alpha: 2, mu: 2, mu_low: null, farms_alpha: 3 });
    const lines = renderSummary(exampleReport([added, layerRecord({ layer_id: 1 })]), { width: 80 }).split("\n");
    const at = lines.findIndex((line) => line.startsWith("added "));
    expect(lines[at]).toBe("added       --tails: tpl_alpha and 2 more, in --json, --csv, --html");
    expect(lines[at + 1]).toBe("            --farms: farms_alpha, in --json, --csv, --html");
    expect(lines[at + 2]).toMatch(/^scale /);
    expect(renderSummary(exampleReport([layerRecord()]), { width: 80 })).not.toContain("added");
  });

  it.each(COLUMNS_BY_OPTION)(
    "has room in 80 columns for the line of $option with all its columns",
    ({ option, columns }) => {
      const all = layerRecord(Object.fromEntries(columns.map(({ name }) => [name, 1])));
      const lines = renderSummary(exampleReport([all]), { width: 80 }).split("\n");
      const at = lines.findIndex((line) => line.startsWith("added "));
      expect(lines[at]).toContain(
        `${option}: ${columns[0].name} and ${columns.length - 1} more, in --json, --csv, --html`,
      );
      expect(lines[at + 1]).toMatch(/^scale /);
    },
  );
});
