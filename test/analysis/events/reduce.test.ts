import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import {
  type CheckpointEvent,
  EVENTS_VERSION,
  eventStream,
  isRunEvent,
  NO_EVENTS,
  progressOf,
  type RunEvent,
  type RunEventBody,
  type RunState,
  reduce,
} from "#eigenscope/analysis/index.js";
import { summarise } from "#eigenscope/analysis/summary.js";
import { exampleReport, failedRecord, layerRecord } from "../../report/example-report.js";

const outline = (layer_id: number, work: number) => ({
  ...{ layer_id, name: `l${layer_id}`, layer_type: "dense", shape: [4, 3], block: null, role: null, N: 4, M: 3, rf: 1 },
  work,
});
const WORK = [1, 10, 100, 1000];
const planned = (ids = [0, 1, 2, 3], checkpoint = "m"): RunEventBody => ({
  ...{ type: "planned", checkpoint, label: "model", layers: ids.map((id) => outline(id, WORK[id])), skipped: [] },
});
const done = (
  layer_id: number,
  more: { reused?: boolean; alpha?: number; checkpoint?: string } = {},
): RunEventBody => ({
  type: "layer",
  checkpoint: more.checkpoint ?? "m",
  record: layerRecord({ layer_id, name: `l${layer_id}`, alpha: more.alpha ?? 3 }),
  picture: { count: 300, zeros: 0, histogram: null, tail: null },
  reused: more.reused ?? false,
});
const failed = (layer_id: number): RunEventBody => ({
  ...{ type: "layer", checkpoint: "m", record: failedRecord({ layer_id, name: `l${layer_id}` }), picture: null },
  reused: false,
});
const ended = (layers = 4): RunEventBody => ({
  type: "ended",
  checkpoint: "m",
  summary: summarise(
    Array.from({ length: layers }, () => layerRecord()),
    [],
  ),
});
const checkpoint = (state: CheckpointEvent["state"], id = "m", step: number | null = null): RunEventBody => ({
  ...{ type: "checkpoint", checkpoint: id, step, state },
});

/** The events of a writer, and the state that events lead to. */
const by = (writer: string, ...bodies: RunEventBody[]): RunEvent[] => bodies.map(eventStream(writer));
const stateOf = (...events: RunEvent[]): RunState => events.reduce(reduce, NO_EVENTS);
const model = (state: RunState) => state.checkpoints[0];

describe("the state of a run", () => {
  it("has the planned layers in the report's order, then their records, pictures and counts", () => {
    const state = stateOf(...by("a", planned([2, 0, 3, 1])));
    expect(model(state).layers.map(({ outline: { layer_id } }) => layer_id)).toEqual([0, 1, 2, 3]);
    expect(model(state).counts).toEqual({
      ...{ layersTotal: 4, layersDone: 0, failed: 0, reused: 0, workTotal: 1111, workDone: 0, workReused: 0 },
    });
    const later = stateOf(...by("a", planned(), done(2), failed(1), done(3, { reused: true })));
    expect(model(later).counts).toEqual({
      ...{ layersTotal: 4, layersDone: 3, failed: 1, reused: 1, workTotal: 1111, workDone: 1110, workReused: 1000 },
    });
    expect(model(later).layers.map(({ record }) => record?.name ?? null)).toEqual([null, "l1", "l2", "l3"]);
    expect(model(later).layers.map(({ picture }) => picture?.count ?? null)).toEqual([null, null, 300, 300]);
    expect([model(later).last?.name, model(later).label, model(later).state]).toEqual(["l3", "model", "seen"]);
  });

  it("is changed by no event: the state before stays as it was, and is plain JSON", () => {
    const events = by("a", planned(), done(2), failed(1), checkpoint("partial"), ended());
    let state = NO_EVENTS;
    for (const event of events) {
      const before = JSON.stringify(state);
      const next = reduce(Object.freeze(state), event);
      expect(JSON.stringify(state)).toBe(before);
      expect(JSON.parse(JSON.stringify(next))).toEqual(next);
      state = next;
    }
  });

  it("ignores an event that comes twice, and those before it, by the number of its writer", () => {
    const events = by("a", planned(), done(2), done(1));
    const state = stateOf(...events);
    for (const event of events) expect(reduce(state, event)).toBe(state);
    // The number decides, not the contents; numbers may be missing.
    expect(reduce(state, { ...events[2], ...done(0), seq: 3 })).toBe(state);
    expect(model(reduce(state, { ...events[2], ...done(0), seq: 9 })).counts.layersDone).toBe(3);
    // Another writer has numbers of its own.
    expect(model(reduce(state, { ...events[2], ...done(0), writer: "b", seq: 1 })).counts.layersDone).toBe(3);
    expect(state.after).toEqual({ a: 3 });
  });

  it("ignores unknown types, other versions and what is no event", () => {
    const state = stateOf(...by("a", planned()));
    const [layer] = by("b", done(0));
    const broken: unknown[] = [
      null,
      "layer",
      [],
      {},
      { ...layer, type: "weather" },
      { ...layer, type: "toString" },
      { ...layer, version: EVENTS_VERSION + 1 },
      { ...layer, seq: 0 },
      { ...layer, seq: 1.5 },
      { ...layer, writer: 7 },
      { ...layer, record: null },
      { ...layer, record: { name: "l0", lambda_max: 1 } },
      { ...layer, record: { layer_id: -1, name: "l0", lambda_max: 1 } },
      { ...layer, record: { layer_id: 0, name: "l0" } },
      { ...layer, reused: "no" },
      { ...layer, picture: 4 },
      { ...layer, checkpoint: undefined },
      { ...by("b", planned())[0], layers: [{ layer_id: 0, name: "l0", work: null }] },
      { ...by("b", planned())[0], skipped: "none" },
      { ...by("b", checkpoint("seen"))[0], state: "lost" },
      { ...by("b", ended())[0], summary: {} },
      { ...by("b", { type: "alarm", rule: "r", layer: "l", step: 1 })[0], step: "1" },
    ];
    for (const event of broken) {
      expect(isRunEvent(event)).toBe(false);
      expect(reduce(state, event as RunEvent)).toBe(state);
    }
  });

  it("takes a writer of any name, also one that every object has", () => {
    for (const writer of ["__proto__", "constructor", "toString", ""]) {
      const events = by(writer, planned(), done(0));
      const state = stateOf(...events);
      expect(model(state).counts.layersDone).toBe(1);
      expect(reduce(state, events[1])).toBe(state);
    }
  });

  it("has the same counts in whatever order the events of several writers come", () => {
    const a = by("a", planned(), done(3), failed(1), done(0));
    const b = by("b", planned(), done(3, { reused: true }), done(1), done(2, { reused: true }), ended());
    const orders = [
      [...a, ...b],
      [...b, ...a],
      [a[0], b[0], b[1], a[1], b[2], a[2], a[3], b[3], b[4]],
      [b[0], a[0], a[1], a[2], b[1], b[2], b[3], a[3], b[4]],
    ];
    for (const order of orders) {
      const { counts, state, layers } = model(stateOf(...order));
      expect(counts).toEqual({
        ...{ layersTotal: 4, layersDone: 4, failed: 0, reused: 1, workTotal: 1111, workDone: 1111, workReused: 100 },
      });
      expect([state, layers.map(({ record }) => record?.lambda_max !== null)]).toEqual(["done", Array(4).fill(true)]);
    }
  });

  it("keeps a spectrum where another process fails, and takes the later of two spectra", () => {
    const state = stateOf(...by("a", planned(), done(0, { alpha: 3 })), ...by("b", failed(0)));
    expect([model(state).counts.failed, model(state).layers[0].record?.alpha]).toEqual([0, 3]);
    expect(model(state).layers[0].picture).not.toBeNull();
    const later = stateOf(
      ...by("a", planned(), failed(0)),
      ...by("b", done(0, { alpha: 4 })),
      ...by("c", done(0, { alpha: 5 })),
    );
    expect([model(later).counts.failed, model(later).layers[0].record?.alpha]).toEqual([0, 5]);
    expect(model(stateOf(...by("a", planned(), failed(0)), ...by("b", failed(0)))).counts).toMatchObject({
      ...{ failed: 1, layersDone: 1 },
    });
  });

  it("counts a layer as reused only if nobody in the stream has solved it", () => {
    const reused = done(1, { reused: true });
    expect(model(stateOf(...by("a", planned(), reused), ...by("b", reused))).counts.reused).toBe(1);
    expect(model(stateOf(...by("a", planned(), reused), ...by("b", done(1)))).counts).toMatchObject({
      ...{ reused: 0, workReused: 0 },
    });
  });

  it("joins the plans of shares, and is done when all of them are", () => {
    const one = by("a", planned([1, 3]), done(1), done(3), ended(2));
    const two = by("b", planned([0, 2]), done(0), done(2), ended(2));
    expect(model(stateOf(...one)).state).toBe("done");
    expect(model(stateOf(...one, two[0])).state).toBe("seen");
    expect(model(stateOf(...one, ...two.slice(0, 2))).state).toBe("seen");
    const all = stateOf(...one, ...two);
    expect([model(all).state, all.ended]).toEqual(["done", ["a", "b"]]);
    expect(model(all).layers.map(({ outline: { name } }) => name)).toEqual(["l0", "l1", "l2", "l3"]);
    // The same if the second was killed before it could say so, in either order.
    expect(model(stateOf(...one, ...two.slice(0, 3))).state).toBe("done");
    expect(model(stateOf(...two.slice(0, 3), ...one)).state).toBe("done");
    expect(model(stateOf(...two.slice(0, 2), ...one)).state).toBe("seen");
  });

  it("has the summary of the writer with the most layers", () => {
    const state = stateOf(...by("a", ended(3)), ...by("b", ended(2)));
    expect(model(state).summary?.layers).toBe(3);
    expect(model(reduce(state, by("c", ended(4))[0])).summary?.layers).toBe(4);
  });

  it("takes layers whose plan was lost, and their work once the plan comes", () => {
    const lost = stateOf(...by("a", done(2), done(0)));
    expect(model(lost).counts).toMatchObject({ layersTotal: 2, layersDone: 2, workTotal: 0, workDone: 0 });
    expect(model(lost).layers.map(({ outline: { name } }) => name)).toEqual(["l0", "l2"]);
    const found = reduce(lost, by("b", planned())[0]);
    expect(model(found).counts).toMatchObject({ layersTotal: 4, layersDone: 2, workTotal: 1111, workDone: 101 });
  });

  it("has done all of the work when all layers are done, whatever rounding the sums have", () => {
    const works = [0.1, 0.2, 0.3, 0.4];
    const plan = { ...planned(), layers: works.map((work, id) => outline(id, work)) } as RunEventBody;
    const { counts } = model(stateOf(...by("a", plan, done(3), done(2), done(1), done(0))));
    expect(counts.workDone).toBe(counts.workTotal);
    expect(0.4 + 0.3 + 0.2 + 0.1).not.toBe(counts.workTotal);
  });

  it("follows a training: checkpoints in order, their step and state; done stays done", () => {
    const state = stateOf(
      ...by("a", checkpoint("seen", "s1", 100), checkpoint("partial", "s2", 200), checkpoint("done", "s1")),
      ...by("b", checkpoint("vanished", "s2"), checkpoint("seen", "s1")),
    );
    expect(state.checkpoints.map(({ checkpoint, step, state }) => [checkpoint, step, state])).toEqual([
      ["s1", 100, "done"],
      ["s2", 200, "vanished"],
    ]);
  });

  it("has each alarm once for its rule, layer and step", () => {
    const alarm = (step: number, layer = "l0"): RunEventBody => ({ type: "alarm", rule: "rank", layer, step });
    const state = stateOf(...by("a", alarm(1), alarm(2), alarm(1, "l1")), ...by("b", alarm(1), alarm(3)));
    expect(state.alarms.map(({ layer, step }) => `${layer} ${step}`)).toEqual(["l0 1", "l0 2", "l1 1", "l0 3"]);
  });

  it("gives the progress of all checkpoints together", () => {
    const state = stateOf(
      ...by("a", planned(), done(2), planned([0, 1], "n"), done(0, { checkpoint: "n", reused: true })),
    );
    const { last, ...counts } = progressOf(state);
    expect(counts).toEqual({
      ...{ layersTotal: 6, layersDone: 2, failed: 0, reused: 1, workTotal: 1122, workDone: 101, workReused: 1 },
    });
    expect(last?.name).toBe("l0");
    expect(progressOf(NO_EVENTS)).toMatchObject({ layersTotal: 0, last: null });
  });
});

describe("the schema of events", () => {
  const schemaOf = (name: string) =>
    JSON.parse(readFileSync(new URL(`../../../schema/${name}.schema.json`, import.meta.url), "utf8"));
  const validate = new Ajv({ allErrors: true }).addSchema(schemaOf("report")).compile(schemaOf("events"));

  it("takes each type, and refuses what readers ignore", () => {
    const picture = {
      ...{ count: 3, zeros: 0, tail: { xmin: [1], alpha: [2], D: [0.1], chosen: 0 } },
      histogram: { start: 0, end: 1, below: 0, peak: 3, bins: Array(36).fill(99) },
    };
    const events = by(
      "a",
      planned(),
      { ...done(0), picture } as RunEventBody,
      failed(1),
      checkpoint("seen", "s", 3),
      { type: "alarm", rule: "r", layer: "l0", step: 1 },
      { type: "ended", checkpoint: "m", summary: exampleReport([layerRecord()]).summary },
    );
    for (const event of events) {
      validate(event);
      expect(validate.errors).toBeNull();
      expect(validate({ ...event, more: 1 })).toBe(false);
      for (const field of Object.keys(event)) {
        const { [field as keyof RunEvent]: _, ...without } = event;
        expect(validate(without)).toBe(false);
        if (field !== "picture" || event.type !== "layer") expect(isRunEvent(without)).toBe(false);
      }
    }
    const [layer] = by("a", {
      ...done(0),
      picture: { ...picture, histogram: { ...picture.histogram, bins: [1] } },
    } as RunEventBody);
    expect(validate(layer)).toBe(false);
  });
});
