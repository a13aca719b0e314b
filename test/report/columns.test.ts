import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UNMEASURED } from "#eigenscope/analysis/layer-row.js";
import { type Definition, POSITIVE, SHARE, WHOLE } from "#eigenscope/report/columns/column.js";
import { compareSchema, notation, reportSchema } from "#eigenscope/report/columns/documents.js";
import { objectSchema, schemaOfColumn } from "#eigenscope/report/columns/json-schema.js";
import { EVIDENCE_COLUMNS, LAYER_COLUMNS, OPTIONAL_COLUMNS } from "#eigenscope/report/index.js";

const fileOf = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
const REMEDY = "The definitions of the columns have changed: run `npm run docs:columns` and commit what it writes.";

describe("what npm run docs:columns writes", () => {
  it.each([
    ["schema/report.schema.json", reportSchema],
    ["schema/compare.schema.json", compareSchema],
  ] as const)("%s says of every column what its definition says, in the same order", (name, write) => {
    const document = JSON.parse(fileOf(name));
    // As text, because the order counts.
    const text = (value: unknown): string => JSON.stringify(value, null, 1);
    expect(text(document), REMEDY).toBe(text(write(document)));
  });

  it("NOTATION.md lists every column in the group of its definition", () => {
    const text = fileOf("NOTATION.md");
    expect(text, REMEDY).toBe(notation(text));
    const listed = (from: string): string[] => {
      const start = text.indexOf(`<!-- columns ${from}:`);
      const list = text.slice(start, text.indexOf("<!-- end of columns -->", start));
      return Array.from(list.matchAll(/`([^`]+)`/g), ([, name]) => name);
    };
    const names = LAYER_COLUMNS.map(({ name }) => name);
    expect([...listed("weightwatcher"), ...listed("own")].sort()).toEqual([...names].sort());
    expect(listed("weightwatcher")).toContain("stable_rank");
    expect(listed("own")).toContain("mp_soft_rank");
    expect(listed("optional")).toEqual(expect.arrayContaining(OPTIONAL_COLUMNS.map(({ name }) => name)));
  });

  it("has lines of at most 120 characters, filled where another name fits", () => {
    const lines = notation(fileOf("NOTATION.md")).split("\n");
    const within = lines.filter((line, i) => /^ {2}`/.test(line) && /^(- | {2})/.test(lines[i - 1]));
    expect(within.length).toBeGreaterThan(5);
    for (const line of within) {
      const before = lines[lines.indexOf(line) - 1];
      expect(before.length).toBeLessThanOrEqual(120);
      expect(`${before} ${line.trim().split(" ")[0]}`.length).toBeGreaterThan(120);
    }
  });

  it("puts other definitions in the place of those in a schema and leaves the rest of it", () => {
    const old = { type: "object", additionalProperties: false, required: ["gone"], properties: { gone: {} } } as const;
    const layer = { ...old, description: "A layer." };
    const document = { title: "kept", definitions: { layer, evidence: old, mean: old } };
    const report = reportSchema(document);
    expect([report.title, report.definitions.mean, report.definitions.layer.description]).toEqual([
      "kept",
      old,
      "A layer.",
    ]);
    expect(Object.keys(report.definitions.layer.properties)).toEqual(
      [...LAYER_COLUMNS, ...OPTIONAL_COLUMNS].map(({ name }) => name),
    );
    expect(report.definitions.layer.required).toEqual(LAYER_COLUMNS.map(({ name }) => name));
    expect(report.definitions.evidence.required).toEqual(EVIDENCE_COLUMNS.map(({ name }) => name));
    const { properties, required } = compareSchema(document).definitions.layer;
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(["gone", "distance_raw", "difference"]));
    expect(required).toEqual(["gone"]);
  });

  it("refuses a document whose markers are gone", () => {
    const text = fileOf("NOTATION.md");
    expect(() => notation(text.replace("<!-- columns own:", "<!-- own:"))).toThrow(/no pair of markers.*columns own/);
    expect(() => notation(text.slice(0, text.lastIndexOf("<!-- end")))).toThrow(/no pair of markers.*columns optional/);
  });
});

describe("the schema of a column", () => {
  const column = (definition: Partial<Definition>) => ({
    name: "x",
    definition: "X.",
    range: "odd",
    source: "eigenscope",
    ...definition,
  });

  it("has the bounds of its range and allows null", () => {
    expect(schemaOfColumn(column({ range: POSITIVE }))).toEqual({
      description: "X.",
      type: ["number", "null"],
      minimum: 0,
    });
    expect(schemaOfColumn(column({ range: SHARE }))).toMatchObject({ minimum: 0, maximum: 1 });
    expect(schemaOfColumn(column({ range: WHOLE, neverNull: true }))).toMatchObject({ type: "integer" });
  });

  it("has the words of a column of words, and null only if it can be null", () => {
    const words = { yes: "It is.", no: "It is not." };
    expect(schemaOfColumn(column({ words })).enum).toEqual(["yes", "no", null]);
    expect(schemaOfColumn(column({ words, neverNull: true })).enum).toEqual(["yes", "no"]);
  });

  it("has the definition's own values before those of words and range", () => {
    const values = { type: "string" };
    expect(schemaOfColumn(column({ words: { a: "A." }, range: SHARE, values })).type).toEqual(["string", "null"]);
    expect(schemaOfColumn(column({ values: { $ref: "#/a" } })).anyOf).toEqual([{ $ref: "#/a" }, { type: "null" }]);
  });

  it("is refused, with name and remedy, if the definition does not say what the values are", () => {
    expect(() => objectSchema([column({})])).toThrow(/column x: no schema follows from the range "odd"; give .*values/);
  });

  it("allows null exactly where a layer without a spectrum has it", () => {
    const nullable = LAYER_COLUMNS.filter(({ neverNull }) => !neverNull).map(({ name }) => name);
    const empty = LAYER_COLUMNS.filter(({ name }) => UNMEASURED[name] === null).map(({ name }) => name);
    expect(nullable).toEqual(empty);
  });
});
