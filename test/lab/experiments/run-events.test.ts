import { describe, expect, it } from "vitest";
import { isRunEvent, NO_EVENTS, reduce } from "#eigenscope/analysis/index.js";
import { runEvents } from "#eigenscope/lab/experiments/run-events.js";
import type { EpochRecord } from "#eigenscope/lab/experiments/run-record.js";
import { layerRecord } from "../../report/example-report.js";

const epoch = (number: number, layers: EpochRecord["layers"]): EpochRecord => ({
  epoch: number,
  steps: 50 * number,
  rate: 0.1,
  running: null,
  train: null,
  test: null,
  layers,
});
const layersOf = (alpha: number) =>
  ["fc1", "fc2"].map((name, layer_id) => ({ ...layerRecord({ name, alpha }), layer_id }));
const EPOCHS = [epoch(0, layersOf(8)), epoch(1, null), epoch(2, layersOf(3))];

describe("the epochs of a training as events", () => {
  const events = runEvents("run-1", EPOCHS);
  const state = events.reduce(reduce, NO_EVENTS);

  it("are events of this version, numbered in order", () => {
    expect(events.every(isRunEvent)).toBe(true);
    expect(events.map(({ seq }) => seq)).toEqual([...events.keys()].map((k) => k + events[0].seq));
    expect(JSON.parse(JSON.stringify(events))).toEqual(events);
  });

  it("make a checkpoint of each recorded epoch, at its step, and of no other", () => {
    expect(state.checkpoints.map(({ checkpoint, step, state: phase }) => [checkpoint, step, phase])).toEqual([
      ["epoch 0", 0, "done"],
      ["epoch 2", 100, "done"],
    ]);
    expect(state.checkpoints[1].label).toBe("run-1, epoch 2");
  });

  it("give every layer the record of its epoch", () => {
    const alphas = state.checkpoints.map(({ layers }) => layers.map(({ record }) => record?.alpha));
    expect(alphas).toEqual([
      [8, 8],
      [3, 3],
    ]);
    expect(state.checkpoints[1].counts).toMatchObject({ layersTotal: 2, layersDone: 2, reused: 2 });
  });

  it("are none where no epoch was recorded", () => {
    expect(runEvents("run-1", [epoch(1, null)])).toEqual([]);
  });
});
