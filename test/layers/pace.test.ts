import { describe, expect, it } from "vitest";
import { pairLayersInSteps } from "#eigenscope/analysis/compare/pair-layers.js";
import type { JsonValue } from "#eigenscope/bytes/json-value.js";
import { Pace, STEPS_PER_TURN, type Steps } from "#eigenscope/bytes/pace.js";
import { sortInSteps } from "#eigenscope/bytes/sort-in-steps.js";
import { graphTopology } from "#eigenscope/formats/tfjs/graph-topology.js";
import { layersTopology } from "#eigenscope/formats/tfjs/layers-topology.js";
import { inOrderOf } from "#eigenscope/formats/tfjs/topology.js";
import { layerNamesInSteps } from "#eigenscope/layers/layer-names.js";
import { orderTensorsInSteps } from "#eigenscope/layers/order.js";
import { planLayersInSteps } from "#eigenscope/layers/plan-layers.js";
import { gatherSourceTensors, SkippedList } from "#eigenscope/layers/source-tensors.js";
import { composeWeightNorms } from "#eigenscope/layers/weight-norm.js";
import { counting, EVERYTHING, fileOf, plan } from "./tensors-in-memory.js";

/** What some work gives, and the turns of the event loop that it takes. */
async function turnsOf<Result>(make: (pace: Pace) => Steps<Result>): Promise<{ turns: number; result: Result }> {
  const pace = new Pace({ limited: false, nextTurn: async () => {} });
  const result = await pace.run(make(pace));
  return { turns: pace.turns, result };
}

const many = 20_000;
/** Sorted by their characters, so that the order of their numbers has to be found. */
const tensors = Array.from({ length: many }, (_, k) => counting(`layers.${k}.fc.weight`, [1, 1])).sort((a, b) =>
  a.name < b.name ? -1 : 1,
);
const json = (value: unknown): JsonValue =>
  Array.isArray(value)
    ? (value.map(json) as JsonValue)
    : value !== null && typeof value === "object"
      ? (new Map(Object.entries(value).map(([key, item]) => [key, json(item)])) as JsonValue)
      : (value as JsonValue);
const nodes = json({
  node: Array.from({ length: many }, (_, k) => ({
    name: `n${k}`,
    op: k === 0 ? "Const" : "Mul",
    input: k === 0 ? [] : [`n${k - 1}`, "n0"],
  })),
});
const keras = json({
  layers: Array.from({ length: many }, (_, k) => ({ class_name: "Dense", config: { name: `d${k}` } })),
});

describe("work over many tensors pauses", () => {
  const none = { compositions: [], skipReasons: new Map(), notes: new Map() };
  it.each<readonly [string, (pace: Pace) => Steps<unknown>]>([
    ["ordering them by their names", (pace) => orderTensorsInSteps({ tensors }, pace)],
    ["naming their layers", (pace) => layerNamesInSteps(tensors, pace)],
    ["gathering them", (pace) => gatherSourceTensors(tensors, none, { skipped: new SkippedList(), pace })],
    [
      "pairing lengths with directions",
      (pace) =>
        composeWeightNorms(
          tensors.flatMap((_, k) => [counting(`${k}.weight_v`, [1, 1]), counting(`${k}.weight_g`, [1, 1])]),
          pace,
        ),
    ],
    ["reading a graph of nodes", (pace) => graphTopology(nodes, pace)],
    ["reading a configuration of layers", (pace) => layersTopology(keras, pace)],
    ["placing them in an order", (pace) => inOrderOf({ positionOf: (name) => name.length }, tensors, pace)],
  ])("%s", async (_, make) => {
    // At least four steps a tensor, in all.
    expect((await turnsOf(make)).turns).toBeGreaterThanOrEqual(Math.floor((4 * many) / STEPS_PER_TURN));
  });

  it("what a graph does with one constant is counted, so that the next pause comes in time", async () => {
    const pace = new Pace({ limited: false, nextTurn: async () => {} });
    const topology = await pace.run(graphTopology(nodes, pace));
    await pace.turn();
    let due = false;
    for (let k = 0; k < 1000 && !due; k++) {
      topology.hintFor(`n${k}`);
      due = pace.spend(0);
    }
    expect(due).toBe(true);
  });

  it("pairing the layers of two models, in steps as many as there are names", async () => {
    const layers = plan(tensors.slice(0, 3000));
    const others = plan(tensors.slice(3000, 6000).map((tensor) => ({ ...tensor, name: `other.${tensor.name}.x` })));
    const { turns, result } = await turnsOf((pace) => pairLayersInSteps(layers, others, pace));
    expect(turns).toBeGreaterThanOrEqual(160_000 / STEPS_PER_TURN);
    expect(turns).toBeLessThanOrEqual(2e6 / STEPS_PER_TURN);
    expect(result.pairs.length + result.onlyInA.length).toBe(3000);
  });
});

describe("planning layers", () => {
  it("counts every tensor that is held against the user's globs, tied ones too", async () => {
    const count = 2000;
    const name = "n".repeat(100);
    const tied = Array.from({ length: count }, (_, k) => counting(`${name}${k}`, [2, 2], { storageKey: "one" }));
    const file = { ...fileOf(tied), order: "graph" as const };
    const turns = async (exclude: readonly string[]): Promise<number> =>
      (await turnsOf((pace) => planLayersInSteps(file, { ...EVERYTHING, exclude }, pace))).turns;
    // 64 globs against 100 characters: 8 steps a character more than for none.
    const more = (await turns(Array(64).fill("*x*y*"))) - (await turns([]));
    const steps = 100 * 8;
    // A turn may come late by the steps of one tensor.
    expect(more).toBeGreaterThanOrEqual(Math.floor((count * steps) / (STEPS_PER_TURN + 2 * steps)));
  });

  it("numbers layers of one name in the order in which they come", () => {
    const layers = plan(
      Array.from({ length: 4 }, (_, k) => counting("same", [2, 2], { storageKey: String(k) })),
    ).layers;
    expect(layers.map(({ name }) => name)).toEqual(["same", "same (2)", "same (3)", "same (4)"]);
  });
});

describe("sorting in steps", () => {
  it.each([0, 1, 255, 256, 257, 512, 513, 5000])("gives %i items as the platform's stable sort does", async (count) => {
    const items = Array.from({ length: count }, (_, place) => ({ value: (place * 7919) % 31, place }));
    const compare = (a: { value: number }, b: { value: number }): number => a.value - b.value;
    const { result } = await turnsOf((pace) => sortInSteps(items, compare, { pace }));
    expect(result).toEqual([...items].sort(compare));
  });

  it("pauses, and leaves what it is given as it was", async () => {
    const items = Array.from({ length: 100_000 }, (_, k) => 100_000 - k);
    const { turns, result } = await turnsOf((pace) => sortInSteps(items, (a, b) => a - b, { pace }));
    expect([result[0], result[99_999], items[1]]).toEqual([1, 100_000, 99_999]);
    expect(turns).toBeGreaterThanOrEqual(40);
  });
});
