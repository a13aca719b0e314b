import { describe, expect, it } from "vitest";
import type { LayerRecord } from "#eigenscope/analysis/report.js";
import { LAYER_COLUMNS, renderCsv } from "#eigenscope/report/index.js";
import { failedRecord, layerRecord } from "./example-report.js";

/** RFC 4180, as strict as it is: quotes only around a whole field. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const field = /("(?:[^"]|"")*"|[^",\n]*)(,|\n)/gy;
  for (let match = field.exec(text); match !== null; match = field.exec(text)) {
    rows[rows.length - 1].push(match[1].startsWith('"') ? match[1].slice(1, -1).replaceAll('""', '"') : match[1]);
    if (match[2] === "\n") rows.push([]);
    if (field.lastIndex === text.length) break;
  }
  return rows.slice(0, -1);
}

function parsed(layers: readonly LayerRecord[]): Record<string, string>[] {
  const [header, ...rows] = parseCsv(renderCsv(layers));
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i]])));
}

describe("renderCsv", () => {
  it("has exactly the names of the JSON's fields, in one order", () => {
    const header = renderCsv([]).trimEnd().split(",");
    expect(header).toEqual(LAYER_COLUMNS.map(({ name }) => name));
    expect([...header].sort()).toEqual(Object.keys(layerRecord()).sort());
  });

  it(
    "has alpha_valid beside alpha, right behind the name: a fit that is not valid must not be taken for an " +
      "exponent",
    () => {
      expect(renderCsv([]).split(",").slice(0, 4)).toEqual(["layer_id", "name", "alpha", "alpha_valid"]);
      const [valid, not] = parsed([layerRecord(), layerRecord({ alpha_valid: false, layer_id: 1 })]);
      expect([valid.alpha_valid, not.alpha_valid]).toEqual(["true", "false"]);
    },
  );

  it("adds the optional columns that any layer has, empty in the others", () => {
    const [first, second] = parsed([layerRecord({ correlation_traps: 1.5 }), layerRecord({ layer_id: 1 })]);
    expect([first.correlation_traps, second.correlation_traps, first.W_scale]).toEqual(["1.5", "", undefined]);
  });

  it("writes numbers that come back as they were", () => {
    const [row] = parsed([layerRecord({ alpha: 0.1 + 0.2, lambda_min: 5e-324, xmin: 1.7976931348623157e308 })]);
    expect([Number(row.alpha), Number(row.lambda_min), Number(row.xmin)]).toEqual([
      0.1 + 0.2,
      5e-324,
      1.7976931348623157e308,
    ]);
  });

  it("leaves null empty, and notes a number that is not finite", () => {
    expect(parsed([failedRecord()])[0].alpha).toBe("");
    const [row] = parsed([layerRecord({ log_alpha_norm: Number.POSITIVE_INFINITY, notes: ["first"] })]);
    expect(row.log_alpha_norm).toBe("");
    expect(JSON.parse(row.notes)).toEqual(["first", "log_alpha_norm was Infinity, not a finite number"]);
  });

  it("writes lists and objects as JSON text", () => {
    const [row] = parsed([layerRecord({ shape: [4, 3], notes: ['he said "no", twice'] })]);
    expect(JSON.parse(row.shape)).toEqual([4, 3]);
    expect(JSON.parse(row.notes)).toEqual(['he said "no", twice']);
    expect(JSON.parse(row.phase_evidence)).toEqual(layerRecord().phase_evidence);
  });

  it.each(["a,b", 'a"b', "a\nb", "=1+1", "@x", "-y", " a ", "重み"])("keeps the name %j as it is", (name) => {
    expect(parsed([layerRecord({ name }), layerRecord()]).map((row) => row.name)).toEqual([name, "features.0"]);
  });

  it("ends lines with LF and starts without a byte-order mark", () => {
    const text = renderCsv([layerRecord()]);
    expect(text).not.toContain("\r");
    expect(text.startsWith("layer_id,")).toBe(true);
    expect(text.endsWith("\n")).toBe(true);
  });
});
