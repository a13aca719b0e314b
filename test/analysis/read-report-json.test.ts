import { describe, expect, it } from "vitest";
import { readReportJson, SCHEMA_VERSION } from "#eigenscope/analysis/index.js";
import { FormatError } from "#eigenscope/formats/index.js";
import { renderJson } from "#eigenscope/report/index.js";
import { exampleReport, failedRecord, layerRecord } from "../report/example-report.js";

const REPORT = exampleReport([layerRecord({ name: "layers.3.fc1", longname: "layers.3.fc1" }), failedRecord()]);
const TEXT = renderJson(REPORT);

interface Json {
  layers: Record<string, unknown>[];
  [field: string]: unknown;
}

/** The report's JSON with something changed. */
function changed(change: (json: Json) => void): string {
  const json = JSON.parse(TEXT);
  change(json);
  return JSON.stringify(json);
}

describe("a report read from its JSON", () => {
  it("is what was written", () => {
    const { layers, ...rest } = readReportJson(TEXT);
    const written = JSON.parse(TEXT);
    expect(rest).toEqual({ ...written, layers: undefined, ...rest });
    expect(layers.map((layer) => ({ ...layer, block_name: null }))).toEqual(written.layers);
    expect(rest.summary).toEqual(written.summary);
  });

  it("is read if an earlier version of the same major number wrote it: new columns are null, blocks as named", () => {
    const old = changed((json) => {
      json.schemaVersion = "2.0.0";
      delete json.reference;
      for (const layer of json.layers) for (const name of ["block_name", "tw_low", "tw_high"]) delete layer[name];
    });
    const { layers, reference } = readReportJson(old);
    expect([layers[0].block_name, layers[0].tw_low, layers[1].block_name]).toEqual(["layers.3", null, null]);
    expect(reference).toEqual({ networks: [], families: [], percentiles: [] });
  });

  it.each([
    ["no JSON", "{", "is not JSON"],
    ["null", "null", "it is null"],
    ["a list", "[1, 2]", "it is a list of 2"],
    ["a text", '"x"', "it is x"],
    ["another object", '{"a": 1}', "an object with the fields a"],
    ["an empty object", "{}", "an object with no fields"],
    ["another major version", changed((json) => Object.assign(json, { schemaVersion: "3.0.0" })), "has version 3.0.0"],
    [
      "an earlier major version",
      changed((json) => Object.assign(json, { schemaVersion: "1.9.0" })),
      "has version 1.9.0",
    ],
    ["a comparison", changed((json) => Object.assign(json, { only_in_a: [] })), "a comparison: open it as one"],
    ["a ranking", '{"schemaVersion":"1.0.0","models":[],"groups":[]}', "a ranking: open it as one"],
    ["an advice", '{"schemaVersion":"1.0.0","for":"lora","method":""}', "an advice"],
    ["the plan of a run", '{"format":1,"plan":"plan-1.jsonl","layers":3}', "open the whole run folder"],
  ])("is refused if it is %s, and the message names the file and what was found", (_, text, reason) => {
    let error: unknown;
    try {
      readReportJson(text, { name: "results.json" });
    } catch (cause) {
      error = cause;
    }
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).message).toContain(reason);
    expect((error as FormatError).message).toContain("results.json");
  });

  it.each([
    "layer_id",
    "name",
    "longname",
    "layer_type",
    "dtype",
    "shape",
    "N",
    "M",
    "Q",
    "rf",
    "status",
    "verdict",
    "notes",
    "alpha",
    "lambda_max",
    "stable_rank",
  ])("is refused if a layer has no %s, or one of another type", (name) => {
    for (const value of [undefined, {}, true])
      expect(() =>
        readReportJson(
          changed((json) => {
            json.layers[1][name] = value;
          }),
        ),
      ).toThrow(`layer 1 has no ${name}`);
  });

  it.each([
    ["input", "input.label"],
    ["options", "options"],
    ["skipped", "list of skipped tensors"],
    ["findings", "list of findings"],
    ["summary", "summary"],
  ])("is refused without %s", (name, words) => {
    for (const value of [undefined, 3, [7]])
      expect(() =>
        readReportJson(
          changed((json) => {
            json[name] = value;
          }),
        ),
      ).toThrow(words);
  });

  it("is of this version if this program has written it", () => {
    expect(readReportJson(TEXT).schemaVersion).toBe(SCHEMA_VERSION);
  });
});
