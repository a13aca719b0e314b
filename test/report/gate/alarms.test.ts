import { describe, expect, it } from "vitest";
import type { LayerRecord } from "#eigenscope/analysis/report.js";
import { DEFAULT_ALARMS } from "#eigenscope/report/gate/alarm-rules.js";
import { alarmsOf, type TrainingReading } from "#eigenscope/report/gate/alarms.js";
import { RuleError } from "#eigenscope/rules/index.js";
import { layerRecord } from "../example-report.js";

/** Readings of one layer at steps 0, 100, 200 ... */
const training = (states: readonly Partial<LayerRecord>[], layer = "fc"): TrainingReading[] =>
  states.map((state, k) => ({
    step: 100 * k,
    layers: new Map([
      [layer, layerRecord({ name: layer, alpha: 3, stable_rank: 10, phase: "heavy-tailed", ...state })],
    ]),
  }));

/** The names of the rules that fire, each with its step. */
const fired = (states: readonly Partial<LayerRecord>[]): string[] =>
  alarmsOf(training(states)).map(({ rule, step }) => `${rule.name} at ${step}`);

const WELL: Partial<LayerRecord> = {};
const COLLAPSED: Partial<LayerRecord> = { phase: "rank-collapse" };
const times = <Value>(count: number, value: Value): Value[] => Array.from({ length: count }, () => value);

describe("the alarms of a training", () => {
  it("are none where nothing changes", () => {
    expect(fired(times(12, WELL))).toEqual([]);
    expect(alarmsOf([])).toEqual([]);
  });

  it("tell when a phase becomes rank-collapse, not when it was that from the start", () => {
    expect(fired([WELL, COLLAPSED, COLLAPSED])).toEqual(["rank-collapse at 100"]);
    expect(fired(times(3, COLLAPSED))).toEqual([]);
  });

  it("tell when the stable rank is below half of what it was 10 readings before: at half it is silent", () => {
    const narrowing = (last: number, before: number) => fired([...times(before, WELL), { stable_rank: last }]);
    expect(narrowing(4.99, 10)).toEqual(["narrowing at 1000"]);
    expect(narrowing(5, 10)).toEqual([]);
    // There is no tenth reading before.
    expect(narrowing(1, 9)).toEqual([]);
  });

  it("tell when alpha is below 2 for three readings: two are not enough, and 2 is not below", () => {
    expect(fired([WELL, ...times(3, { alpha: 1.99 })])).toEqual(["alpha-below-2 at 300"]);
    expect(fired([WELL, ...times(2, { alpha: 1.99 }), WELL])).toEqual([]);
    expect(fired([WELL, ...times(3, { alpha: 2 })])).toEqual([]);
    expect(fired([WELL, ...times(3, { alpha: 1.99, alpha_valid: false })])).toEqual([]);
  });

  it("tell when a layer has no spectrum any more, not when it never had one", () => {
    const failed: Partial<LayerRecord> = { status: "failed" };
    expect(fired([WELL, failed])).toEqual(["not-finite at 100"]);
    expect(fired([failed, failed])).toEqual([]);
  });

  it("come once per rule and layer, however often the rule holds again", () => {
    expect(fired([WELL, COLLAPSED, WELL, COLLAPSED])).toEqual(["rank-collapse at 100"]);
    const both = [WELL, COLLAPSED].map((state, k) => ({
      step: k,
      layers: new Map(["a", "b"].map((name) => [name, layerRecord({ name, phase: "heavy-tailed", ...state })])),
    }));
    expect(alarmsOf(both).map(({ layer }) => layer)).toEqual(["b", "a"]);
  });

  it("are listed newest first", () => {
    expect(fired([WELL, COLLAPSED, { status: "failed" }])).toEqual(["not-finite at 200", "rank-collapse at 100"]);
  });

  it("say what it means, with the number at most ten readings before and now", () => {
    const [alarm] = alarmsOf(training([{ stable_rank: 12 }, { ...COLLAPSED, stable_rank: 1.5 }]));
    expect(alarm.sentence).toBe("Directions carry nothing any more. Stable rank 12 → 1.50.");
    const states = [{ stable_rank: 20 }, ...times(10, { stable_rank: 12 }), { stable_rank: 1.5 }];
    const [narrowed] = alarmsOf(training(states)).filter(({ step }) => step === 1100);
    expect(narrowed?.sentence).toBe(
      "Narrowing: the stable rank fell by half within 10 readings. Stable rank 12 → 1.50.",
    );
  });

  it("say n/a where a number is not there", () => {
    const [alarm] = alarmsOf(training([WELL, { status: "failed", stable_rank: null as never }]));
    expect(alarm.sentence).toMatch(/ → n\/a\.$/);
  });

  it("follow rules of the reader in place of the default ones", () => {
    const own = { name: "own", rule: "alpha > 5", meaning: "Large.", quotes: "alpha" } as const;
    expect(alarmsOf(training([{ alpha: 5 }]), [own])).toEqual([]);
    expect(alarmsOf(training([{ alpha: 5.1 }]), [own]).map(({ sentence }) => sentence)).toEqual([
      "Large. Alpha 5.10 → 5.10.",
    ]);
    expect(() => alarmsOf([], [{ ...own, rule: "alpha >" }])).toThrow(RuleError);
  });

  it("have each default rule under a name of its own", () => {
    expect(new Set(DEFAULT_ALARMS.map(({ name }) => name)).size).toBe(DEFAULT_ALARMS.length);
  });
});
