import { describe, expect, it } from "vitest";
import type { LayerRecord } from "#eigenscope/analysis/report.js";
import { alarmLines, phaseLegend, phaseLine } from "#eigenscope/report/watch/phase-lines.js";
import { readingFields, type WatchReading } from "#eigenscope/report/watch/reading.js";
import { layerRecord } from "../example-report.js";

const look = { width: 80, color: false, isTime: false };
const record = (name: string, fields: Partial<LayerRecord> = {}) =>
  layerRecord({ name, longname: name, phase: "heavy-tailed", phase_confidence: 0.9, ...fields });
const reading = (records: readonly LayerRecord[], rest: Partial<WatchReading> = {}): WatchReading => ({
  ...{ step: 500, checkpoint: "checkpoint-500", solved: 1, reused: 2, alarms: [], records },
  ...rest,
});

describe("the line of a reading", () => {
  it("has the step, one letter per layer, small where the phase is less sure, and the counts", () => {
    const records = [
      record("a"),
      record("b", { phase: "bulk+spikes", phase_confidence: 0.8 }),
      record("c", { phase: "bulk+spikes", phase_confidence: 0.79 }),
      record("d", { phase: null, phase_confidence: null }),
      record("e", { phase: null, lambda_max: null }),
      record("f", { phase: "rank-collapse" }),
    ];
    expect(phaseLine(reading(records), look)).toBe("       500  HSs?!C  1 solved, 2 reused\n");
    const unknown = record("g", { phase_confidence: null });
    expect(phaseLine(reading([unknown]), look)).toBe("       500  H  1 solved, 2 reused\n");
  });

  it("is never wider than the terminal; beyond its columns, groups show their worst phase", () => {
    const records = Array.from({ length: 1000 }, (_, k) =>
      record(`l${k}`, k === 999 ? { phase: "rank-collapse" } : {}),
    );
    const line = phaseLine(reading(records, { solved: 1000, reused: 1000 }), look);
    expect(line.length).toBeLessThanOrEqual(81);
    expect(line).toMatch(/^ {7}500 {2}H+C {2}1000 solved, 1000 reused\n$/);
    expect(phaseLine(reading(records), { ...look, width: 47 })).toMatch(/ {2}H{8}C {2}/);
    for (const width of [46, 40, 1]) expect(phaseLine(reading(records), { ...look, width })).toMatch(/ {2}H{7}C {2}/);
  });

  it("shows a step that is a time as one, in UTC", () => {
    expect(phaseLine(reading([record("a")], { step: 1_795_976_252 }), { ...look, isTime: true })).toBe(
      "2026-11-29 18:17:32  H  1 solved, 2 reused\n",
    );
  });

  it("has colours in a terminal, and none in a pipe", () => {
    expect(phaseLine(reading([record("a")]), { ...look, color: true })).toContain("\u001b[");
    expect(phaseLine(reading([record("a")]), look)).not.toContain("\u001b");
  });
});

describe("the legend", () => {
  it("names the layers, or the groups", () => {
    expect(phaseLegend([record("a"), record("b")], look)).toContain(
      "Columns: 2 layers, in the report's order, from a to b.",
    );
    const many = Array.from({ length: 43 }, (_, k) => record(`l${k}`));
    expect(phaseLegend(many, look)).toContain("Columns: 43 layers in 42 groups, from l0 to l42;");
    expect(phaseLegend(many.slice(1), look)).toContain("Columns: 42 layers, in the report's order");
  });

  it("fits into 80 columns", () => {
    const lines = phaseLegend([record("a".repeat(30)), record("b".repeat(30))], look).split("\n");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });
});

describe("alarms and JSON of a reading", () => {
  const alarm = {
    rule: { name: "r", rule: "alpha < 2", meaning: "m" },
    layer: "fc\u0007",
    step: 500,
    sentence: "Low.",
  };

  it("are a line each, without control characters", () => {
    const line = alarmLines(reading([], { alarms: [alarm] }), look);
    expect(line).toMatch(/^ {12}! fc.*: Low\.\n$/);
    expect(line).not.toContain("\u0007");
    expect(alarmLines(reading([]), look)).toBe("");
  });

  it("are the fields of a line of JSON, with counts", () => {
    expect(readingFields(reading([record("a")], { alarms: [alarm] }))).toEqual({
      ...{ step: 500, checkpoint: "checkpoint-500", layers: 1, solved: 1, reused: 2 },
      alarms: [{ rule: "r", layer: "fc\u0007", sentence: "Low." }],
    });
  });
});
