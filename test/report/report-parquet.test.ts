import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { renderJson } from "#eigenscope/report/json.js";
import { reportParquet } from "#eigenscope/report/report-parquet.js";
import { exampleReport, failedRecord, layerRecord } from "./example-report.js";

const bufferOf = async (report: Parameters<typeof reportParquet>[0]): Promise<ArrayBuffer> =>
  (await reportParquet(report)).slice().buffer as ArrayBuffer;

describe("a report as Parquet", () => {
  it("has one row per layer, with the numbers of the JSON", async () => {
    const report = exampleReport([layerRecord({ name: "a" }), failedRecord({ name: "b" })]);
    const rows = await parquetReadObjects({ file: await bufferOf(report) });
    const expected = JSON.parse(renderJson(report)).layers as Record<string, unknown>[];
    expect(rows).toHaveLength(expected.length);
    for (const [k, row] of rows.entries())
      for (const [name, value] of Object.entries(row)) {
        const wanted = expected[k][name] ?? null;
        expect([name, value]).toEqual([
          name,
          typeof wanted === "object" && wanted !== null ? JSON.stringify(wanted) : wanted,
        ]);
      }
  });

  it("stores numbers as DOUBLE, answers as BOOLEAN, the rest as text, and null without a value", async () => {
    const layers = [layerRecord({ name: "a" }), layerRecord({ name: "b", alpha: null, D: Number.NaN })];
    const file = await bufferOf({ layers });
    const types = new Map(parquetMetadata(file).schema.map(({ name, type }) => [name, type]));
    expect(types.get("alpha")).toBe("DOUBLE");
    expect(types.get("N")).toBe("DOUBLE");
    expect(types.get("alpha_valid")).toBe("BOOLEAN");
    expect(types.get("name")).toBe("BYTE_ARRAY");
    const rows = await parquetReadObjects({ file });
    expect(rows.map(({ alpha }) => alpha)).toEqual([layers[0].alpha, null]);
    expect(rows.map(({ D }) => D)).toEqual([layers[0].D, null]);
    expect(rows.map(({ shape }) => shape)).toEqual(["[300,784]", "[300,784]"]);
  });
});
