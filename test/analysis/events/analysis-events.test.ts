import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import {
  type AnalysisHost,
  type AnalyzeControls,
  type AnalyzeOptions,
  analyzeFiles,
  type LayerEvent,
  NO_EVENTS,
  type Outcome,
  type OutcomeStore,
  type RunEvent,
  type RunKeeper,
  reduce,
} from "#eigenscope/analysis/index.js";
import type { FileSet } from "#eigenscope/formats/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { createEngine, inPlacePool, type SpectralPool } from "#eigenscope/spectra/index.js";
import { safetensorsWith } from "../../formats/build-safetensors.js";
import { filesInMemory } from "../../formats/files-in-memory.js";

const normal = normalSampler(createRng(1));
const matrix = (rows: number, cols: number, entry: (i: number) => number = normal) => ({
  shape: [rows, cols],
  values: Float64Array.from({ length: rows * cols }, (_, i) => entry(i)),
});
/** Two layers with a spectrum, one of equal weights, and a bias that is no layer. */
const BYTES = safetensorsWith({
  "a.weight": matrix(40, 20),
  "a.bias": matrix(40, 1),
  "b.weight": matrix(80, 30),
  "c.weight": matrix(30, 20, () => 2),
});
const model = (): FileSet => filesInMemory({ "model.safetensors": BYTES });

const poolOf = (more: Partial<SpectralPool> = {}): AnalysisHost => ({
  createPool: async () => ({ ...inPlacePool(createEngine("wasm")), ...more }),
});

/** An analysis with its events, and the store that it leaves. */
async function analysed(
  options: AnalyzeOptions & Partial<AnalyzeControls> = {},
  { host = poolOf(), files = model() }: { readonly host?: AnalysisHost; readonly files?: FileSet } = {},
) {
  const events: RunEvent[] = [];
  const report = await analyzeFiles(files, { onEvent: (event) => events.push(event), ...options }, host).report();
  return { report, events };
}
const layersOf = (events: readonly RunEvent[]): LayerEvent[] => events.filter((event) => event.type === "layer");

/** A keeper whose store lasts as long as itself. */
function keeperInMemory(share?: ReadonlySet<number>) {
  const outcomes = new Map<string, Outcome>();
  const written: RunEvent[] = [];
  const store: OutcomeStore = {
    get: async (key) => outcomes.get(key),
    put: async (outcome) => void outcomes.set(outcome.key, outcome),
  };
  const keeper: RunKeeper = {
    engine: async () => undefined,
    begin: async () => ({
      store,
      ...(share !== undefined && { share }),
      events: { writer: "me", write: (event) => written.push(event) },
      claim: async () => true,
      release: async () => {},
      pause: async () => {},
      close: async () => {},
    }),
  };
  return { keeper, written, outcomes };
}

describe("the events of an analysis", () => {
  it("are the plan, each layer as it is done, and the end, numbered from 1", async () => {
    const { report, events } = await analysed();
    expect(events.map(({ type, seq, writer, version }) => `${type} ${seq} ${writer} ${version}`)).toEqual([
      "planned 1 analysis 1",
      "layer 2 analysis 1",
      "layer 3 analysis 1",
      "layer 4 analysis 1",
      "ended 5 analysis 1",
    ]);
    const state = events.reduce(reduce, NO_EVENTS).checkpoints[0];
    expect(state.layers.map(({ record }) => record)).toEqual(report.layers);
    expect([state.summary, state.skipped, state.label]).toEqual([report.summary, report.skipped, report.input.label]);
    expect(state.counts).toMatchObject({ layersTotal: 3, layersDone: 3, failed: 1, reused: 0 });
    // Largest first.
    expect(layersOf(events).map(({ record }) => record.name)).toEqual(["b", "a", "c"]);
  });

  it("are valid by the schema, and the same as text", async () => {
    const { events } = await analysed({ randomize: 1 });
    const schemaOf = (name: string) =>
      JSON.parse(readFileSync(new URL(`../../../schema/${name}.schema.json`, import.meta.url), "utf8"));
    const validate = new Ajv({ allErrors: true }).addSchema(schemaOf("report")).compile(schemaOf("events"));
    for (const event of events) {
      const text = JSON.parse(JSON.stringify(event));
      expect(text).toEqual(event);
      validate(text);
      expect(validate.errors).toBeNull();
    }
  });

  it("have a picture with each spectrum, and none without", async () => {
    const { events } = await analysed();
    const [b, a, c] = layersOf(events);
    expect([a.picture?.count, b.picture?.count, c.picture]).toEqual([20, 30, null]);
    expect(b.picture?.tail?.xmin[b.picture.tail.chosen]).toBe(b.record.xmin);
    expect(b.picture?.tail?.D[b.picture.tail.chosen]).toBe(b.record.D);
    expect(b.picture?.tail?.alpha[b.picture.tail.chosen]).toBe(b.record.alpha);
  });

  it("count the work that the progress counts", async () => {
    const seen: number[] = [];
    const { events } = await analysed({ onProgress: ({ workTotal, workDone }) => seen.push(workTotal, workDone) });
    const states = events.map((_, i) => events.slice(0, i + 1).reduce(reduce, NO_EVENTS).checkpoints[0].counts);
    const counted = states.slice(0, 4).flatMap(({ workTotal, workDone }) => [workTotal, workDone]);
    // Sums in another order differ by rounding.
    expect(seen).toHaveLength(8);
    for (const [i, value] of counted.entries()) expect(Math.abs(value - seen[i])).toBeLessThan(1e-12 * seen[0]);
  });

  it("say of a model without layers that it is planned and done", async () => {
    const files = filesInMemory({ "model.safetensors": safetensorsWith({ "a.bias": matrix(5, 1) }) });
    const { events, report } = await analysed({}, { files });
    expect(events.map(({ type }) => type)).toEqual(["planned", "ended"]);
    expect(events[0]).toMatchObject({ layers: [], skipped: [{ name: "a.bias" }] });
    expect(report.options.engine).toBe("wasm");
    expect((await analysed({ engine: "reference" }, { files })).report.options.engine).toBe("reference");
  });

  it("end nothing that was stopped, and a listener that throws stops the analysis", async () => {
    const events: RunEvent[] = [];
    const stop = new AbortController();
    const onEvent = (event: RunEvent): void => {
      events.push(event);
      if (event.type === "layer") stop.abort(new Error("stopped"));
    };
    await expect(analysed({ onEvent, signal: stop.signal })).rejects.toThrow("stopped");
    expect(events.map(({ type }) => type)).toEqual(["planned", "layer"]);
    const throwing = (): never => {
      throw new Error("the listener");
    };
    await expect(analysed({ onEvent: throwing })).rejects.toThrow("the listener");
  });
});

describe("the events of a kept run", () => {
  it("go to its log too, under the log's writer; the checkpoint is the files' contents", async () => {
    const { keeper, written } = keeperInMemory();
    const { events } = await analysed({ keeper });
    expect(written).toEqual(events);
    expect(new Set(events.map(({ writer }) => writer))).toEqual(new Set(["me"]));
    const [planned] = events;
    expect(planned).toMatchObject({ checkpoint: expect.stringMatching(/^[0-9a-f]{64}$/), label: model().label });
    const elsewhere = { ...model(), label: "elsewhere" };
    const copy = await analysed({ keeper: keeperInMemory().keeper }, { files: elsewhere });
    expect(copy.events[0]).toMatchObject({ checkpoint: (planned as LayerEvent).checkpoint, label: "elsewhere" });
    expect((await analysed({ keeper, onEvent: undefined })).events).toEqual([]);
    expect(written.length).toBe(2 * events.length);
  });

  it("are marked as reused where the store had the spectrum, or the reason why there is none", async () => {
    const { keeper } = keeperInMemory();
    const first = await analysed({ keeper });
    expect(layersOf(first.events).map(({ reused }) => reused)).toEqual([false, false, false]);
    const again = await analysed({ keeper });
    expect(layersOf(again.events).map(({ reused }) => reused)).toEqual([true, true, true]);
    // Other columns of the same spectra.
    const more = await analysed({ keeper, randomize: 1, vectors: true });
    expect(layersOf(more.events).map(({ reused }) => reused)).toEqual([true, true, true]);
    // Other spectra.
    const other = await analysed({ keeper, precision: "f32" });
    expect(layersOf(other.events).map(({ reused }) => reused)).toEqual([false, false, false]);
  });

  it("are not reused where a layer failed before, or fails again", async () => {
    const { keeper } = keeperInMemory();
    const broken = poolOf({
      solve: async () => {
        throw new Error("the disk is gone");
      },
    });
    for (const host of [broken, broken, poolOf()]) {
      const { events } = await analysed({ keeper }, { host });
      expect(layersOf(events).map(({ reused }) => reused)).toEqual([false, false, false]);
    }
  });

  it("plan the layers of a share alone", async () => {
    const { keeper } = keeperInMemory(new Set([1]));
    const { events, report } = await analysed({ keeper });
    expect(events.map(({ type }) => type)).toEqual(["planned", "layer", "ended"]);
    expect(events[0]).toMatchObject({ layers: [{ layer_id: report.layers[0].layer_id }] });
  });
});
