import { describe, expect, it } from "vitest";
import { type CheckpointState, NOTHING_PLANNED } from "#eigenscope/analysis/events/run-state.js";
import type { LayerRecord } from "#eigenscope/analysis/report.js";
import { DEFAULT_ALARMS } from "#eigenscope/report/gate/alarm-rules.js";
import { ALL_LAYERS, AlarmWatch, readingsBack, type TrainingReading } from "#eigenscope/report/gate/alarm-watch.js";
import { alarmsOf, toldAlarms, trainingReadings } from "#eigenscope/report/gate/alarms.js";
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

  it("tell when the stable rank is below half of its highest in the 10 readings before: at half it is silent", () => {
    const narrowing = (...ranks: number[]) => fired(ranks.map((stable_rank) => ({ stable_rank })));
    expect(narrowing(10, 4.99)).toEqual(["narrowing at 100"]);
    expect(narrowing(10, 5)).toEqual([]);
    // The highest is neither the first of the ten nor the last.
    expect(narrowing(6, 10, 6, 4.99)).toEqual(["narrowing at 300"]);
    expect(narrowing(10, ...times(9, 6), 4.99)).toEqual(["narrowing at 1000"]);
    // It was eleven readings before.
    expect(narrowing(10, ...times(10, 6), 4.99)).toEqual([]);
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
    const collapse = (...ranks: number[]) =>
      alarmsOf(training(ranks.map((stable_rank, k) => ({ stable_rank, ...(k === ranks.length - 1 && COLLAPSED) }))))[0]
        .sentence;
    expect(collapse(12, 7)).toBe("Directions carry nothing any more. Stable rank 12 → 7.");
    expect(collapse(20, 12, ...times(9, 15), 8)).toMatch(/ Stable rank 12 → 8\.$/);
  });

  it("say the highest of ten readings before where the rule compares with it", () => {
    const sentence = (...ranks: (number | null)[]) =>
      alarmsOf(training(ranks.map((stable_rank) => ({ stable_rank: stable_rank as never }))))[0].sentence;
    expect(sentence(6, 11, 7, 4)).toBe(
      "Narrowing: the stable rank fell by half within 10 readings. Stable rank 11 → 4.",
    );
    expect(sentence(20, 12, ...times(9, 11), 5.9)).toMatch(/ Stable rank 12 → 5\.90\.$/);
    expect(sentence(9, null, 4)).toMatch(/ Stable rank 9 → 4\.$/);
    expect(sentence(20, 5, 20, 4)).toMatch(/ Stable rank 20 → 5\.$/);
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

  it("tell when no layer has changed for 20 readings, once for all layers; one change is enough for silence", () => {
    const still = (before: number) => fired(times(before + 1, WELL));
    expect(still(20)).toEqual(["standstill at 2000"]);
    expect(still(19)).toEqual([]);
    const both = (k: number) =>
      new Map(
        ["a", "b"].map((name) => [name, layerRecord({ name, norm: name === "b" ? k : 1, phase: "heavy-tailed" })]),
      );
    expect(alarmsOf(times(25, 0).map((_, k) => ({ step: k, layers: both(k) })))).toEqual([]);
    // The same norm, and another largest eigenvalue: the weights have changed.
    const turned = times(25, 0).map((_, k) => ({ lambda_max: 10 + k }));
    expect(fired(turned)).toEqual([]);
    const [alarm] = alarmsOf(times(25, 0).map((_, k) => ({ step: k, layers: both(Math.min(k, 2)) })));
    expect([alarm.layer, alarm.step, alarm.sentence]).toEqual([
      ALL_LAYERS,
      22,
      "No layer has changed for 20 readings: look for a rate of 0, or for frozen weights.",
    ]);
  });

  it("have each default rule under a name of its own", () => {
    expect(new Set(DEFAULT_ALARMS.map(({ name }) => name)).size).toBe(DEFAULT_ALARMS.length);
  });
});

describe("the watch of alarms", () => {
  it("looks back as far as its rules do, and to the quoted reading", () => {
    const depthOf = (rule: string) => new AlarmWatch([{ name: "r", rule, meaning: "" }]).depth;
    expect(depthOf("alpha > 5")).toBe(10);
    expect(depthOf("was(alpha, 11) > 5")).toBe(11);
    expect(depthOf("highest(alpha, 12) > 5")).toBe(12);
    expect(depthOf("for(4, -was(alpha, 12) < 5 and not (alpha > 1))")).toBe(15);
    expect(depthOf('count(was(alpha, 30) > 1) + share(phase, "heavy-tailed") > 1 or alpha == null')).toBe(30);
    expect(new AlarmWatch().depth).toBe(20);
    expect(readingsBack({ node: "null", at: 0 })).toBe(0);
  });

  it("gives the alarms that the whole list gives, however many readings it has forgotten", () => {
    const readings = training(times(60, 0).map((_, k) => ({ stable_rank: 10 - k / 10, norm: Math.min(k, 30) })));
    const watch = new AlarmWatch();
    const found = readings.flatMap((reading) => watch.next(reading));
    expect(found.map(({ rule, step }) => `${rule.name} at ${step}`)).toEqual(["standstill at 5000"]);
    expect(found.reverse()).toEqual(alarmsOf(readings));
  });

  it("asks a reading that comes late at its own place", () => {
    const [first, second, third] = training([WELL, COLLAPSED, COLLAPSED]);
    const watch = new AlarmWatch();
    expect([...watch.next(first), ...watch.next(third)].map(({ step }) => step)).toEqual([200]);
    expect(watch.next(second)).toEqual([]);
    const late = new AlarmWatch();
    late.next(second);
    expect(late.next(first)).toEqual([]);
    // At step 200 the reading before is collapsed already.
    expect(late.next(third)).toEqual([]);
  });

  it("takes a second reading of a step for the first one", () => {
    const [first, second] = training([COLLAPSED, COLLAPSED]);
    const watch = new AlarmWatch();
    watch.next(first);
    watch.next({ ...first, layers: training([WELL])[0].layers });
    expect(watch.next(second).map(({ rule }) => rule.name)).toEqual(["rank-collapse"]);
  });

  it("goes on from what another process has seen and told", () => {
    const [first, second] = training([WELL, COLLAPSED]);
    const watch = new AlarmWatch();
    watch.recall(first);
    expect(watch.next(second)).toHaveLength(1);
    const told = new AlarmWatch();
    told.recall(first);
    told.fired({ rule: "rank-collapse", layer: "fc" });
    expect(told.next(second)).toEqual([]);
  });

  it("quotes no number for a rule without one", () => {
    const own = { name: "own", rule: "alpha > 1", meaning: "Large." };
    expect(alarmsOf(training([WELL]), [own])[0].sentence).toBe("Large.");
  });
});

describe("alarms that a watch has told", () => {
  const readings = training([{ stable_rank: 12 }, { ...COLLAPSED, stable_rank: 1.5 }]);

  it("have the sentence of their reading, and those of own rules that they hold; the newest first", () => {
    const told = [
      { rule: "alpha > 2", layer: "fc", step: 0 },
      { rule: "rank-collapse", layer: "fc", step: 100 },
    ];
    expect(toldAlarms(readings, told).map(({ step, sentence }) => [step, sentence])).toEqual([
      [100, "Directions carry nothing any more. Stable rank 12 → 1.50."],
      [0, "alpha > 2 holds."],
    ]);
  });

  it("are those that were told only, whatever the usual rules say", () => {
    expect(toldAlarms(readings, [])).toEqual([]);
    // Its reading is not known any more.
    const [alarm] = toldAlarms([], [{ rule: "rank-collapse", layer: "fc", step: 7 }]);
    expect([alarm.rule.name, alarm.sentence]).toEqual(["rank-collapse", "Directions carry nothing any more."]);
  });
});

describe("the readings of a training", () => {
  const checkpoint = (id: string, step: number | null, state: CheckpointState["state"], names: readonly string[]) =>
    ({
      ...{ checkpoint: id, label: id, step, state, skipped: [], last: null, summary: null },
      counts: NOTHING_PLANNED,
      layers: names.map((name, k) => {
        const record = layerRecord({ name, layer_id: k });
        return { outline: { ...record, work: 0 }, record, picture: null, reused: false };
      }),
    }) satisfies CheckpointState;
  const stepsOf = (...checkpoints: CheckpointState[]) =>
    trainingReadings({ after: {}, ended: [], alarms: [], checkpoints }).map(({ step, layers }) => [
      step,
      ...layers.keys(),
    ]);

  it("ascend in their steps, and are those of whole checkpoints with a step and layers", () => {
    expect(stepsOf(checkpoint("b", 2, "done", ["x"]), checkpoint("a", 1, "done", ["y"]))).toEqual([
      [1, "y"],
      [2, "x"],
    ]);
    for (const state of ["seen", "partial", "vanished"] as const)
      expect(stepsOf(checkpoint("a", 1, state, ["x"]))).toEqual([]);
    expect(stepsOf(checkpoint("a", null, "done", ["x"]), checkpoint("b", 1, "done", []))).toEqual([]);
  });

  it("are the later one of two of one step", () => {
    expect(stepsOf(checkpoint("a", 1, "done", ["x"]), checkpoint("b", 1, "done", ["y"]))).toEqual([[1, "y"]]);
  });
});
