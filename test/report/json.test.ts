import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { jsonPieces, LAYER_COLUMNS, renderJson } from "#eigenscope/report/index.js";
import { exampleReport, failedRecord, layerRecord, randomRecord } from "./example-report.js";

const schema = JSON.parse(readFileSync(new URL("../../schema/report.schema.json", import.meta.url), "utf8"));
const validate = new Ajv({ allErrors: true }).compile(schema);

const report = exampleReport([layerRecord(), randomRecord({ layer_id: 1 }), failedRecord({ layer_id: 2 })]);

describe("renderJson", () => {
  it("is valid by the published schema", () => {
    validate(JSON.parse(renderJson(report)));
    expect(validate.errors).toBeNull();
  });

  it("has the fields of a layer in the order of the CSV", () => {
    const { layers } = JSON.parse(renderJson(report));
    expect(Object.keys(layers[0])).toEqual(LAYER_COLUMNS.map(({ name }) => name));
  });

  it("gives back what went in", () => {
    expect(JSON.parse(renderJson(report))).toEqual(report);
  });

  it("is JSON.stringify's text, indented by two", () => {
    for (const layers of [report.layers, []])
      expect(renderJson({ ...report, layers })).toBe(
        `${JSON.stringify(JSON.parse(renderJson({ ...report, layers })), null, 2)}\n`,
      );
  });

  it("comes in pieces of about a megabyte, made one by one", () => {
    const many = { ...report, layers: Array.from({ length: 1000 }, (_, k) => layerRecord({ layer_id: k })) };
    const pieces = [...jsonPieces(many)];
    expect(pieces.join("")).toBe(renderJson(many));
    const long = pieces.slice(0, -1).map(({ length }) => length);
    expect(long.length).toBeGreaterThan(2);
    for (const length of long) {
      expect(length).toBeGreaterThanOrEqual(2 ** 20);
      expect(length).toBeLessThan(2 ** 20 + 20_000);
    }
    expect([...jsonPieces(report)]).toHaveLength(1);
  });

  it("has null for a number that is not finite, wherever it stands, and notes it in its layer", () => {
    const broken = layerRecord({
      log_alpha_norm: Number.NEGATIVE_INFINITY,
      phase_evidence: { ...layerRecord().phase_evidence!, edge_gap: Number.NaN },
    });
    const written = JSON.parse(
      renderJson({
        ...report,
        layers: [broken],
        summary: { ...report.summary, alpha: { mean: Number.NaN, layers: 1 } },
      }),
    );
    validate(written);
    expect(validate.errors).toBeNull();
    expect(written.layers[0].log_alpha_norm).toBeNull();
    expect(written.layers[0].phase_evidence.edge_gap).toBeNull();
    expect(written.layers[0].notes).toEqual([
      "log_alpha_norm was -Infinity, not a finite number",
      "phase_evidence.edge_gap was NaN, not a finite number",
    ]);
    expect(written.summary.alpha.mean).toBeNull();
  });
});

interface SchemaNode {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

describe("the schema", () => {
  it("refuses an unknown field, a missing field and an unknown phase", () => {
    const wrong = (change: object): boolean => validate({ ...report, layers: [{ ...layerRecord(), ...change }] });
    expect(wrong({})).toBe(true);
    expect(wrong({ extra: 1 })).toBe(false);
    expect(wrong({ phase: "healthy" })).toBe(false);
    const { alpha: _alpha, ...without } = layerRecord();
    expect(validate({ ...report, layers: [without] })).toBe(false);
  });

  it("describes every other field", () => {
    const silent: string[] = [];
    const visit = (node: SchemaNode, path: string): void => {
      for (const [name, property] of Object.entries(node.properties ?? {})) {
        if (property.description === undefined) silent.push(`${path}.${name}`);
        visit(property, `${path}.${name}`);
      }
      if (node.items !== undefined) visit(node.items, `${path}[]`);
    };
    visit(schema, "report");
    expect(silent).toEqual([]);
  });
});
