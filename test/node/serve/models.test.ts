import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  detailFromJson,
  layerDetail,
  NO_EVENTS,
  type Report,
  type RunEvent,
  type RunState,
  reduce,
} from "#eigenscope/analysis/index.js";
import { analyze } from "#eigenscope/node/index.js";
import { MAX_KEPT_MODELS } from "#eigenscope/node/serve/limits.js";
import { Models } from "#eigenscope/node/serve/models.js";
import { analysedModel, type ServedModel } from "#eigenscope/node/serve/served-model.js";
import { WorkQueue } from "#eigenscope/node/serve/work-queue.js";
import { renderJson } from "#eigenscope/report/index.js";
import { startHub, type TestHub } from "../hub-server.js";
import { type EventReader, gate, gatedFiles, noiseModel, posted, serving, until } from "./serving.js";

const SHAPES = { "a.weight": [40, 30], "b.weight": [30, 20], "c.weight": [24, 20] } as const;
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "serve-models-"));
  await writeFile(join(home, "model.safetensors"), noiseModel(SHAPES));
  // Nothing of this machine's own is seen, and no network is asked.
  vi.stubEnv("HF_HOME", join(home, "no-cache"));
  vi.stubEnv("HF_HUB_OFFLINE", "1");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

const stateOf = (events: readonly unknown[]): RunState =>
  events.reduce<RunState>((state, event) => reduce(state, event as RunEvent), NO_EVENTS);

async function ended(reader: EventReader): Promise<EventReader> {
  await reader.ended;
  return reader;
}

describe("the analysis of a model", () => {
  it("takes the number of the layer that a page waits for, and nothing else", async () => {
    const { open, json } = await serving({ path: home });
    const id = await open("model.safetensors");
    expect(await json(`/api/models/${id}/wanted`, posted({ layer: 1 }))).toEqual({ layer: 1 });
    for (const layer of [-1, 0.5, "1", null, undefined])
      expect((await json(`/api/models/${id}/wanted`, { ...posted({ layer }), status: 400 })).error).toMatch(/layer_id/);
  });

  it("gives the events, the report and the details that the library gives", async () => {
    const { open, follow, json, ask } = await serving({ path: home });
    const id = await open("model.safetensors");
    const { runEvents, phases } = await ended(follow(id));
    expect(runEvents.map(({ type }) => type)).toEqual(["planned", "layer", "layer", "layer", "ended"]);
    expect(phases.at(-1)).toBe("done");

    const analysis = analyze(join(home, "model.safetensors"));
    const [report, results] = [await analysis.report(), await analysis.results()];
    expect((await ask(`/api/models/${id}/report`)).text).toBe(renderJson(report));
    const state = stateOf(runEvents);
    expect(state.checkpoints[0].summary).toEqual((JSON.parse(renderJson(report)) as Report).summary);
    for (const result of results) {
      const detail = detailFromJson(await json(`/api/models/${id}/layers/${result.record.layer_id}/detail`));
      expect(detail).toEqual(layerDetail(result));
    }
    expect((await ask(`/api/models/${id}/layers/3/detail`)).status).toBe(404);
  });

  it("gives each event once to a client whose stream broke anywhere, by Last-Event-ID and by `after`", async () => {
    const { open, follow } = await serving({ path: home });
    const id = await open("model.safetensors");
    const whole = await ended(follow(id));
    for (const [k, { id: place }] of whole.events.filter(({ type }) => type === "message").entries()) {
      const byHeader = await ended(follow(id, { lastEventId: place as string }));
      const byQuery = await ended(follow(id, { query: `?after=${place}` }));
      const both = await ended(follow(id, { query: "?after=0.0", lastEventId: place as string }));
      for (const { runEvents } of [byHeader, byQuery, both]) expect(runEvents).toEqual(whole.runEvents.slice(k + 1));
    }
  });

  it("that cannot be made fails with the sentence of the command line", async () => {
    await writeFile(join(home, "broken.safetensors"), "no weights");
    const { open, follow, json } = await serving({ path: home });
    const id = await open("broken.safetensors");
    const { events } = await ended(follow(id));
    const { phase, reason } = JSON.parse(events.at(-1)?.data ?? "");
    expect(phase).toBe("failed");
    expect(reason).toContain("broken.safetensors");
    expect((await json(`/api/models/${id}/report`, { status: 404 })).error).toContain(reason);
    expect((await json(`/api/models/${id}/layers/0/detail`, { status: 404 })).error).toMatch(/no layer 0/);
    expect((await json<{ models: unknown[] }>("/api/session")).models).toEqual([
      { id, label: join(home, "broken.safetensors"), kind: "model", phase: "failed", reason },
    ]);
  });

  it("gives null as the detail of a layer without a spectrum", async () => {
    const zeros = noiseModel(SHAPES);
    zeros.fill(0, zeros.length - 24 * 20 * 4);
    await writeFile(join(home, "zeros.safetensors"), zeros);
    const { open, follow, json } = await serving({ path: home });
    const id = await open("zeros.safetensors");
    const { runEvents } = await ended(follow(id));
    const without = stateOf(runEvents).checkpoints[0].layers.filter(({ record }) => record?.lambda_max === null);
    expect(without.map(({ outline }) => outline.name)).toEqual(["c"]);
    expect(await json(`/api/models/${id}/layers/${without[0].outline.layer_id}/detail`)).toBe(null);
  });
});

describe("an analysis at work", () => {
  const LAST = 24 * 20 * 4;
  const model = noiseModel(SHAPES);
  const faults: unknown[] = [];
  const start = (queue: WorkQueue, closed = gate()): { model: ServedModel; gate: typeof closed } => {
    const files = gatedFiles(model, LAST, closed);
    return {
      model: analysedModel(files, { label: "m", queue, onFault: (error) => faults.push(error) }),
      gate: closed,
    };
  };
  const phase = ({ history }: ServedModel) => history.progress.phase;
  const layersDone = ({ history }: ServedModel) => history.state.checkpoints[0]?.counts.layersDone ?? 0;

  it("answers 409 for a pending layer, 404 for none, and gives the detail of one that is done", async () => {
    const { model: served, gate: closed } = start(new WorkQueue());
    await expect(served.detail(0)).rejects.toMatchObject({ status: 409, message: expect.stringMatching(/\.$/) });
    await until(() => layersDone(served) === 2);
    expect(await served.detail(0)).toMatchObject({ name: "a", N: 40, M: 30 });
    await expect(served.detail(2)).rejects.toMatchObject({ status: 409, message: expect.stringContaining("(c)") });
    await expect(served.detail(3)).rejects.toMatchObject({ status: 404 });
    await expect(served.report()).rejects.toMatchObject({
      status: 404,
      message: "The analysis is at work. 2 of 3 layers are done.",
    });
    closed.open();
    await until(() => phase(served) === "done");
    expect(await served.detail(2)).toMatchObject({ name: "c" });
    expect(JSON.parse(await served.report()).layers).toHaveLength(3);
  });

  it("does a layer that a page waits for before larger ones", async () => {
    // More than the workers take at first, each a bit smaller than the one before: the last would come last.
    const count = 48 * availableParallelism();
    const shapes = Object.fromEntries(
      Array.from({ length: count }, (_, k) => [
        `layer${String(k).padStart(5, "0")}.weight`,
        [count + 40 - k, 12] as const,
      ]),
    );
    const closed = gate();
    const bytes = Object.values(shapes).reduce((sum, [rows]) => sum + 4 * 12 * rows, 0);
    const served = analysedModel(gatedFiles(noiseModel(shapes), bytes, closed), {
      ...{ label: "m", queue: new WorkQueue(), onFault: (error: unknown) => faults.push(error) },
    });
    await until(() => served.history.state.checkpoints.length > 0);
    served.prefer(count - 1);
    closed.open();
    await until(() => phase(served) === "done");
    const { history } = served;
    const order = Array.from({ length: history.length }, (_, k) => history.at(k)).flatMap((event) =>
      event.type === "layer" ? [event.record.layer_id] : [],
    );
    expect(order).toHaveLength(count);
    expect(order.indexOf(count - 1)).toBeLessThan(count - 16);
  });

  it("is one at a time; the others wait in their order", async () => {
    const queue = new WorkQueue();
    const [first, second, third] = [start(queue), start(queue), start(queue)];
    await until(() => layersDone(first.model) === 2);
    expect([first, second, third].map(({ model }) => phase(model))).toEqual(["running", "queued", "queued"]);
    await expect(second.model.report()).rejects.toMatchObject({ message: "The analysis waits for its turn." });
    third.gate.open();
    first.gate.open();
    await until(() => phase(first.model) === "done");
    await until(() => layersDone(second.model) === 2);
    expect([second, third].map(({ model }) => phase(model))).toEqual(["running", "queued"]);
    second.gate.open();
    await until(() => phase(third.model) === "done");
  });

  it("is cancelled at once: no event comes after it, what is done stays, and the next one begins", async () => {
    const queue = new WorkQueue();
    const [first, second, third] = [start(queue), start(queue), start(queue)];
    await until(() => layersDone(first.model) === 2);
    second.model.cancel();
    first.model.cancel();
    expect([first, second].map(({ model }) => phase(model))).toEqual(["cancelled", "cancelled"]);
    const { length } = first.model.history;
    third.gate.open();
    await until(() => phase(third.model) === "done");
    expect(first.model.history.length).toBe(length);
    expect(await first.model.detail(0)).toMatchObject({ name: "a" });
    await expect(first.model.detail(2)).rejects.toMatchObject({ status: 404 });
    await expect(first.model.report()).rejects.toMatchObject({ message: expect.stringContaining("was cancelled") });
    expect(faults).toEqual([]);
  });

  it("makes room for a new one when it is over, the oldest first; while none is, a new one is refused", () => {
    const models = new Models();
    const queue = new WorkQueue();
    const ids = Array.from({ length: MAX_KEPT_MODELS }, () => models.add(() => start(queue).model));
    expect(() => models.add(() => start(queue).model)).toThrow("cancel some");
    models.remove(ids[3]);
    models.remove(ids[5]);
    expect(models.list().map(({ phase }) => phase === "cancelled")).toEqual(ids.map((_, k) => k === 3 || k === 5));
    models.add(() => start(queue).model);
    expect(() => models.get(ids[3])).toThrow("no such model");
    models.remove(ids[5]);
    expect(() => models.get(ids[5])).toThrow("no such model");
    models.cancelAll();
    expect(models.list().every(({ phase }) => phase === "cancelled")).toBe(true);
  });

  it("waits only behind so many others", async () => {
    const queue = new WorkQueue(1, 2);
    const { signal } = new AbortController();
    const closed = gate();
    const works = [1, 2, 3].map((k) => queue.run(() => closed.opened.then(() => k), signal));
    await expect(queue.run(async () => 4, signal)).rejects.toMatchObject({ status: 503 });
    closed.open();
    expect(await Promise.all(works)).toEqual([1, 2, 3]);
    expect(await queue.run(async () => 5, signal)).toBe(5);
  });

  it("that fails or leaves the queue holds up nobody", async () => {
    const queue = new WorkQueue();
    const closed = gate();
    const leaving = new AbortController();
    const never = new AbortController().signal;
    const failing = queue.run(() => closed.opened.then(() => Promise.reject(new Error("no"))), never);
    const left = queue.run(async () => "left", leaving.signal);
    const next = queue.run(async () => "next", never);
    leaving.abort(new Error("gone"));
    await expect(left).rejects.toThrow("gone");
    closed.open();
    await expect(failing).rejects.toThrow("no");
    expect(await next).toBe("next");
    await expect(queue.run(async () => 1, leaving.signal)).rejects.toThrow("gone");
  });
});

describe("DELETE of a model", () => {
  it("cancels it while it is read from a hub, tells the stream, and forgets it the second time", async () => {
    const hub: TestHub = await startHub({ "model.safetensors": noiseModel({ "a.weight": [600, 500] }) });
    try {
      vi.stubEnv("HF_ENDPOINT", hub.endpoint);
      vi.stubEnv("HF_HUB_OFFLINE", "0");
      const { open, follow, ask } = await serving();
      let held = 0;
      hub.storage.before = () => {
        held++;
        return true;
      };
      const id = await open("org/model");
      const reader = follow(id);
      await until(() => held > 0);
      expect((await ask(`/api/models/${id}`, { method: "DELETE" })).status).toBe(204);
      await reader.ended;
      expect(reader.phases.at(-1)).toBe("cancelled");
      expect((await ask(`/api/models/${id}`, { method: "DELETE" })).status).toBe(204);
      expect((await ask(`/api/models/${id}`, { method: "DELETE" })).status).toBe(404);
    } finally {
      await hub.close();
    }
  });
});

describe("a model of a hub", () => {
  it("is refused with a sentence when the network is disabled and it is not in the cache", async () => {
    const { ask } = await serving();
    const { status, text } = await ask("/api/models", posted({ path: "org/model" }));
    expect(status).toBe(422);
    expect(JSON.parse(text).error).toMatch(
      /^org\/model: .*not in the cache .* network is disabled\. Unset HF_HUB_OFFLINE/,
    );
  });

  it.each(["org/model", "org/model@main", "org/model:model.safetensors", "ADDRESS/org/model"])(
    "is analysed by the local engine: %s",
    async (name) => {
      const hub = await startHub({ "model.safetensors": noiseModel(SHAPES) });
      try {
        vi.stubEnv("HF_ENDPOINT", hub.endpoint);
        vi.stubEnv("HF_HUB_OFFLINE", "0");
        const { open, follow } = await serving({ path: home });
        const reader = await ended(follow(await open(name.replace("ADDRESS", hub.endpoint))));
        expect(reader.phases.at(-1)).toBe("done");
        expect(reader.runEvents.filter(({ type }) => type === "layer")).toHaveLength(3);
      } finally {
        await hub.close();
      }
    },
  );

  it("is not asked for when the name looks like one of the served folder", async () => {
    const hub = await startHub({});
    try {
      vi.stubEnv("HF_ENDPOINT", hub.endpoint);
      vi.stubEnv("HF_HUB_OFFLINE", "0");
      await writeFile(join(home, "org"), "");
      const { ask } = await serving({ path: home });
      expect((await ask("/api/models", posted({ path: "org/mistyped" }))).status).toBe(404);
      expect((await ask("/api/models", posted({ path: "other/model.safetensors" }))).status).toBe(404);
      expect(hub.seen()).toEqual([]);
    } finally {
      await hub.close();
    }
  });
});

describe("a run", () => {
  const LAYERS = 3;
  const runIn = async (name: string, shard?: { index: number; count: number }): Promise<string> => {
    const run = join(home, name);
    await analyze(join(home, "model.safetensors"), { run, shard }).report();
    return run;
  };

  it.each(["as it is", "without its events, as older versions leave it"])(
    "gives the events, the report and the details from its folder, without the weights: %s",
    async (how) => {
      const run = await runIn("run");
      const analysis = analyze(join(home, "model.safetensors"), { run });
      const [report, results] = [await analysis.report(), await analysis.results()];
      await rm(join(home, "model.safetensors"));
      if (how !== "as it is") await rm(join(run, "events"), { recursive: true });
      const { open, follow, ask, json } = await serving({ path: run });
      expect(await json("/api/session")).toMatchObject({ kind: "run", entries: [{ id: ".", kind: "run" }] });
      const id = await open(".");
      const { runEvents, phases } = await ended(follow(id));
      expect(phases.at(-1)).toBe("done");
      const [checkpoint, ...others] = stateOf(runEvents).checkpoints;
      expect(others).toEqual([]);
      expect(checkpoint.state).toBe("done");
      expect(checkpoint.layers.map(({ record }) => record)).toEqual(
        (JSON.parse(renderJson(report)) as Report).layers.map((layer) => expect.objectContaining({ name: layer.name })),
      );
      expect((await ask(`/api/models/${id}/report`)).text).toBe(renderJson(report));
      for (const [k, result] of results.entries())
        expect(detailFromJson(await json(`/api/models/${id}/layers/${k}/detail`))).toEqual(layerDetail(result));
    },
  );

  it("is followed while others work in its folder: the plan, each layer as it comes, the report", async () => {
    await runIn("run", { index: 1, count: 3 });
    let next = gate();
    const { open, follow, json } = await serving({ path: home, pause: () => next.opened });
    const id = await open("run");
    const reader = follow(id);
    const counts = () => stateOf(reader.runEvents).checkpoints[0]?.counts;
    await until(() => counts()?.layersDone === 1);
    expect(counts()).toMatchObject({ layersTotal: LAYERS, layersDone: 1 });
    const done = stateOf(reader.runEvents).checkpoints[0].layers.findIndex(({ record }) => record !== null);
    expect(await json(`/api/models/${id}/layers/${done}/detail`)).not.toBe(null);
    const pending = (done + 1) % LAYERS;
    expect((await json(`/api/models/${id}/layers/${pending}/detail`, { status: 409 })).error).toMatch(/not done yet/);
    expect((await json(`/api/models/${id}/report`, { status: 404 })).error).toContain("1 of 3 layers are done");
    await runIn("run", { index: 2, count: 3 });
    await runIn("run", { index: 3, count: 3 });
    const last = next;
    next = gate();
    next.open();
    last.open();
    await reader.ended;
    expect([reader.phases.at(-1), counts()?.layersDone]).toEqual(["done", LAYERS]);
    expect((await json<{ layers: unknown[] }>(`/api/models/${id}/report`)).layers).toHaveLength(LAYERS);
    const layers = reader.runEvents.filter(({ type }) => type === "layer");
    expect(layers).toHaveLength(LAYERS);
  });

  it("gives a torn event when it is whole, and only then", async () => {
    const run = await runIn("run");
    const [name] = await readdir(join(run, "events"));
    const file = join(run, "events", name);
    const lines = (await readFile(file, "utf8")).split("\n");
    const layer = lines.findIndex((line) => line.includes('"type":"layer"'));
    await rm(join(run, "segments"), { recursive: true });
    await writeFile(file, `${lines[0]}\n${lines[layer].slice(0, 50)}`);
    const gates = [gate(), gate()];
    let pauses = 0;
    const { open, follow, ask } = await serving({ path: run, pause: () => gates[pauses++].opened });
    const reader = follow(await open("."));
    await until(() => pauses === 1);
    await appendFile(file, lines[layer].slice(50));
    gates[0].open();
    await until(() => pauses === 2);
    expect(reader.runEvents.filter(({ type }) => type === "layer")).toEqual([]);
    await appendFile(file, "\n");
    await ask("/api/session");
    gates.push(gate());
    gates[1].open();
    await until(() => reader.runEvents.some(({ type }) => type === "layer"));
  });

  it("that is damaged fails with a sentence that names the file", async () => {
    const run = await runIn("run");
    await writeFile(join(run, "run.json"), "{");
    const { open, follow } = await serving({ path: run });
    const { events } = await ended(follow(await open(".")));
    expect(JSON.parse(events.at(-1)?.data ?? "")).toMatchObject({
      phase: "failed",
      reason: expect.stringContaining("run.json"),
    });
  });

  it("is no longer followed when it was cancelled", async () => {
    await runIn("run", { index: 1, count: 3 });
    let signals = 0;
    const pause = (signal: AbortSignal): Promise<void> =>
      new Promise((_, reject) => {
        signals++;
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    const { open, follow, ask } = await serving({ path: home, pause });
    const id = await open("run");
    const reader = follow(id);
    await until(() => signals === 1);
    await ask(`/api/models/${id}`, { method: "DELETE" });
    await reader.ended;
    expect(reader.phases.at(-1)).toBe("cancelled");
    expect(signals).toBe(1);
  });
});
