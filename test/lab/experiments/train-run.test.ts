import { describe, expect, it } from "vitest";
import { bytesInMemory } from "#eigenscope/formats/index.js";
import { readHeader } from "#eigenscope/formats/safetensors/header.js";
import { safetensorsBytes } from "#eigenscope/formats/safetensors/writer.js";
import {
  type EpochRecord,
  type Position,
  type PreparedData,
  parseExperiment,
  planTraining,
  type RunKeeper,
  type TrainedTensor,
  type TrainingSettings,
  trainRun,
} from "#eigenscope/lab/index.js";
import { createEngine, inPlacePool } from "#eigenscope/spectra/index.js";
import { type Calls, fakeEngine } from "./fake-trainer.js";

const settings = (changes: object = {}): TrainingSettings =>
  planTraining(
    parseExperiment(
      JSON.stringify({
        name: "fake",
        network: {
          name: "fake",
          input: { height: 16, width: 16, channels: 1 },
          layers: [{ type: "flatten" }, { type: "dense", name: "fc1", units: 20 }],
        },
        data: { set: "synthetic", train: 30, test: 10 },
        rate: 0.1,
        rateDecay: 0.5,
        batch: 4,
        epochs: 3,
        record: [0, 3],
        ...changes,
      }),
      "fake.json",
    ),
  ).settings;

const examples = (count: number) => ({ count, images: new Float32Array(count * 256), labels: new Uint8Array(count) });
const data: PreparedData = { train: examples(30), test: examples(10) };
const pool = inPlacePool(createEngine("reference"));

/** Keeps a run in memory, every state of it. */
function memoryKeeper() {
  const records: EpochRecord[] = [];
  const checkpoints = new Map<number, Uint8Array>();
  const states: (Position & { readonly tensors: readonly TrainedTensor[] })[] = [];
  const keeper: RunKeeper = {
    resume: async () => states.at(-1),
    async keepEpoch(record, kept) {
      records.push(record);
      if (kept !== undefined) checkpoints.set(record.epoch, kept.checkpoint);
    },
    async keepState(position, state) {
      states.push({ ...position, tensors: await state() });
    },
  };
  return { keeper, records, checkpoints, states };
}

async function train(
  given: TrainingSettings,
  { keeper }: { keeper: RunKeeper },
  engine = fakeEngine(),
  signal?: AbortSignal,
): Promise<void> {
  await trainRun(given, { engine, data, pool, keeper, signal });
}

describe("a training", () => {
  it("shows every example once an epoch, in an order of its own for seed and epoch, at the epoch's rate", async () => {
    const calls: Calls = { orders: [], rates: [] };
    await train(settings(), memoryKeeper(), fakeEngine(calls));
    expect(calls.rates).toEqual([0.1, 0.05, 0.025]);
    for (const order of calls.orders)
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(new Set(calls.orders.map((order) => order.join())).size).toBe(3);
    const other: Calls = { orders: [], rates: [] };
    await train(settings({ seed: 2 }), memoryKeeper(), fakeEngine(other));
    expect(other.orders[0]).not.toEqual(calls.orders[0]);
  });

  it("records every epoch; accuracies, spectra and a checkpoint at those that are asked for", async () => {
    const kept = memoryKeeper();
    await train(settings(), kept);
    expect(kept.records.map(({ epoch, steps }) => [epoch, steps])).toEqual([
      [0, 0],
      [1, 8],
      [2, 16],
      [3, 24],
    ]);
    expect(kept.records.map(({ layers }) => layers?.map(({ name, M }) => [name, M]) ?? null)).toEqual([
      [["fc1", 20]],
      null,
      null,
      [["fc1", 20]],
    ]);
    expect(kept.records[3].train?.accuracy).toBe(0.25);
    expect([...kept.checkpoints.keys()]).toEqual([0, 3]);
    const { entries } = await readHeader(bytesInMemory(kept.checkpoints.get(3)!), "checkpoint");
    expect(entries.map(({ name, shape }) => [name, shape])).toEqual([["fc1.weight", [20, 40]]]);
  });

  it("makes just the updates that are asked for where their number is fixed", async () => {
    const kept = memoryKeeper();
    const calls: Calls = { orders: [], rates: [] };
    await train(settings({ epochs: undefined, steps: 11 }), kept, fakeEngine(calls));
    expect(calls.orders.map(({ length }) => length)).toEqual([30, 12]);
    expect(kept.records.at(-1)).toMatchObject({ epoch: 2, steps: 11 });
  });

  it("goes on from any kept state to the same bits", async () => {
    const whole = memoryKeeper();
    await train(settings(), whole);
    for (const state of whole.states) {
      const resumed = memoryKeeper();
      resumed.states.push(state);
      await train(settings(), resumed);
      expect(resumed.records).toEqual(whole.records.slice(state.epoch + 1));
      expect(resumed.checkpoints.get(3) ?? whole.checkpoints.get(3)).toEqual(whole.checkpoints.get(3));
    }
  });

  it("ends where the loss leaves the finite numbers, with the epoch recorded, and stays ended", async () => {
    const kept = memoryKeeper();
    const engine = fakeEngine(undefined, (step) => (step > 8 ? Number.NaN : 1));
    await train(settings(), kept, engine);
    expect(kept.records.at(-1)).toMatchObject({ epoch: 2, running: { loss: null } });
    expect(kept.records.at(-1)?.layers).not.toBeNull();
    await train(settings(), kept, engine);
    expect(kept.records).toHaveLength(3);
  });

  it("stops with the signal's reason", async () => {
    await expect(
      train(settings(), memoryKeeper(), fakeEngine(), AbortSignal.abort(new Error("enough"))),
    ).rejects.toThrow("enough");
  });
});

describe("the safetensors writer", () => {
  it("keeps every bit, NaN payloads too, and aligns the data", async () => {
    const odd = new Float32Array(new Uint32Array([0x7fc00001, 0xffffffff, 0x80000000]).buffer);
    const bytes = safetensorsBytes([{ name: "a", shape: [3], values: odd }], { epoch: "3" });
    const { entries, metadata } = await readHeader(bytesInMemory(bytes), "x");
    expect(metadata.get("epoch")).toBe("3");
    expect(entries[0].begin % 8).toBe(0);
    expect([...new Uint32Array(bytes.slice(entries[0].begin, entries[0].end).buffer)]).toEqual([
      0x7fc00001, 0xffffffff, 0x80000000,
    ]);
  });

  it("refuses a name that stands twice and a shape that does not hold the values", () => {
    const tensor = { name: "a", shape: [2], values: new Float32Array(2) };
    expect(() => safetensorsBytes([tensor, tensor])).toThrow('the tensor name "a" occurs twice');
    expect(() => safetensorsBytes([{ ...tensor, shape: [3] }])).toThrow("a shape of 3 does not match 2 values");
  });
});
