import { spawnSync } from "node:child_process";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type AnalyzeOptions,
  analyzeFiles,
  eventStream,
  NO_EVENTS,
  type RunEvent,
  type RunState,
  reduce,
} from "#eigenscope/analysis/index.js";
import { localFiles } from "#eigenscope/node/file-set.js";
import { EventFile } from "#eigenscope/node/run/event-log.js";
import { RunEventReader } from "#eigenscope/node/run/event-reader.js";
import { readRun, reportOfRun } from "#eigenscope/node/run/read-run.js";
import { runFolder } from "#eigenscope/node/run/run-folder.js";
import { statusOfRun } from "#eigenscope/node/run/run-status.js";
import type { Shard } from "#eigenscope/node/run/shard.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { createEngine, inPlacePool } from "#eigenscope/spectra/index.js";
import { safetensorsWith } from "../../formats/build-safetensors.js";
import { layerRecord } from "../../report/example-report.js";

let home: string;
let run: string;
let events: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "run-events-"));
  run = join(home, "run");
  events = join(run, "events");
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function eventsOf(reader = new RunEventReader(run)): Promise<RunEvent[]> {
  const found: RunEvent[] = [];
  for await (const event of reader.read()) found.push(event);
  return found;
}
const numbers = (found: readonly RunEvent[]): string[] => found.map(({ writer, seq }) => `${writer} ${seq}`);

/** Alarms of a writer, as lines. */
function lines(writer: string, count: number): string {
  const stream = eventStream(writer);
  return Array.from({ length: count }, (_, step) => {
    const event = stream({ type: "alarm", rule: "r", layer: "l", step });
    return `${JSON.stringify(event)}\n`;
  }).join("");
}
async function keep(writer: string, text: string): Promise<string> {
  await mkdir(events, { recursive: true });
  const path = join(events, `${writer}.jsonl`);
  await writeFile(path, text);
  return path;
}

describe("the reader of a run's events", () => {
  it("finds none in a folder without them, of an older version", async () => {
    expect(await eventsOf()).toEqual([]);
    await mkdir(run);
    expect(await eventsOf()).toEqual([]);
    await writeFile(events, "a file");
    expect(await eventsOf()).toEqual([]);
  });

  it("merges writers: each in its order, by the names of their files", async () => {
    await keep("b", lines("b", 2));
    await keep("a", lines("a", 3));
    expect(numbers(await eventsOf())).toEqual(["a 1", "a 2", "a 3", "b 1", "b 2"]);
  });

  it("drops a torn last line, wherever it is cut, and gives it once it is whole", async () => {
    const text = lines("a", 3);
    const whole = lines("a", 2).length;
    for (let cut = whole; cut < text.length; cut++) {
      const path = await keep("a", text.slice(0, cut));
      const reader = new RunEventReader(run);
      expect(numbers(await eventsOf(reader))).toEqual(["a 1", "a 2"]);
      await appendFile(path, text.slice(cut));
      expect(numbers(await eventsOf(reader))).toEqual(["a 3"]);
      expect(await eventsOf(reader)).toEqual([]);
    }
  });

  it("goes on where another reader stopped, by its token", async () => {
    const path = await keep("a", lines("a", 2));
    await keep("b", lines("b", 3));
    const first = new RunEventReader(run);
    await eventsOf(first);
    expect(first.after).toEqual({ a: 2, b: 3 });
    await writeFile(path, lines("a", 4));
    await keep("c", lines("c", 1));
    const token = JSON.parse(JSON.stringify(first.after));
    expect(numbers(await eventsOf(new RunEventReader(run, token)))).toEqual(["a 3", "a 4", "c 1"]);
  });

  it("does not read again what it has read", async () => {
    const path = await keep("a", lines("a", 2));
    const reader = new RunEventReader(run);
    await eventsOf(reader);
    // Other lines of the same length: only what comes behind them is new.
    await writeFile(path, lines("z", 2) + lines("y", 1));
    expect(numbers(await eventsOf(reader))).toEqual(["y 1"]);
  });

  it("stopped between two events gives the rest later, none twice", async () => {
    await keep("a", lines("a", 5));
    const reader = new RunEventReader(run);
    for await (const { seq } of reader.read()) if (seq === 2) break;
    expect(numbers(await eventsOf(reader))).toEqual(["a 3", "a 4", "a 5"]);
  });

  it("skips what is damaged, duplicated or unknown, and reads on behind it", async () => {
    const [one, two, three] = lines("a", 3).split(/(?<=\n)/);
    const later = three.replace('"version":1', '"version":2');
    const unknown = three.replace('"alarm"', '"weather"');
    const damaged = Buffer.from(two);
    damaged[10] = 0xff;
    damaged[5] = 0;
    for (const middle of [
      "\n",
      "{}\n",
      "null\n",
      "{\n",
      `${one}${one}`,
      later,
      unknown,
      damaged,
      `${"x".repeat(3e6)}\n`,
    ]) {
      await keep("a", "");
      for (const part of [one, middle, two, one, three]) await appendFile(join(events, "a.jsonl"), part);
      expect(numbers(await eventsOf())).toEqual(["a 1", "a 2", "a 3"]);
    }
  });

  it("reads lines and files that are longer than a piece", async () => {
    const long = eventStream("a")({ type: "alarm", rule: "r".repeat(5e6), layer: "l", step: 1 });
    await keep("a", `${JSON.stringify(long)}\n${lines("a", 20_000).split("\n").slice(1).join("\n")}`);
    const found = await eventsOf();
    expect([found.length, found.at(-1)?.seq]).toEqual([20_000, 20_000]);
    expect(found[0]).toEqual(long);
  });

  it("ignores files that are no events, and does not wait for a pipe", async () => {
    await keep("a", lines("a", 1));
    await writeFile(join(events, "notes.txt"), lines("b", 1));
    await mkdir(join(events, "folder.jsonl"));
    spawnSync("mkfifo", [join(events, "pipe.jsonl")]);
    await symlink("nowhere", join(events, "link.jsonl"));
    expect(numbers(await eventsOf())).toEqual(["a 1"]);
  });

  it("does not go wrong by a writer whose name every object has", async () => {
    await keep("a", lines("__proto__", 2) + lines("constructor", 1));
    const reader = new RunEventReader(run);
    expect(numbers(await eventsOf(reader))).toEqual(["__proto__ 1", "__proto__ 2", "constructor 1"]);
    expect(Object.entries(reader.after)).toEqual([
      ["__proto__", 2],
      ["constructor", 1],
    ]);
  });
});

describe("the events of one process", () => {
  const record = layerRecord();
  const layer = (stream: ReturnType<typeof eventStream>, reused: boolean, alpha = 3): RunEvent =>
    stream({ type: "layer", checkpoint: "m", record: { ...record, alpha }, picture: null, reused });

  it("are one event a line, in a file of its own that is named by time and chance", async () => {
    const begun = new Date("2026-03-04T05:06:07.890Z");
    const logs = [new EventFile(run, begun), new EventFile(run, begun)];
    for (const log of logs) {
      const stream = eventStream(log.writer);
      for (const step of [1, 2]) log.write(stream({ type: "alarm", rule: "r", layer: "l", step }));
      await log.close();
    }
    const names = await readdir(events);
    expect(names).toEqual(logs.map(({ writer }) => `${writer}.jsonl`).sort());
    for (const name of names) expect(name).toMatch(/^20260304T050607890Z-[0-9a-f]{12}\.jsonl$/);
    expect((await readFile(join(events, names[0]), "utf8")).split("\n")).toHaveLength(3);
    expect(numbers(await eventsOf())).toEqual(
      logs
        .map(({ writer }) => writer)
        .sort()
        .flatMap((writer) => [`${writer} 1`, `${writer} 2`]),
    );
  });

  it("make no file before the first, nor after the end", async () => {
    const log = new EventFile(run);
    await log.close();
    log.write(eventStream(log.writer)({ type: "alarm", rule: "r", layer: "l", step: 1 }));
    await log.close();
    await expect(readdir(run)).rejects.toThrow("ENOENT");
  });

  it("have a reused layer only if the folder does not say the same already", async () => {
    const first = new EventFile(run);
    const [one, two] = [eventStream(first.writer), eventStream("other")];
    first.write(layer(one, false));
    await first.close();
    const second = new EventFile(run);
    // The same; with another column; solved again.
    second.write(layer(two, true));
    second.write(layer(two, true, 4));
    second.write(layer(two, false));
    await second.close();
    const found = (await eventsOf()).filter(({ writer }) => writer === "other");
    expect(found.map(({ seq }) => seq)).toEqual([2, 3]);
  });

  it("never go to a file that is there already", async () => {
    const log = new EventFile(run);
    const path = await keep(log.writer, "another's\n");
    log.write(layer(eventStream(log.writer), false));
    await log.close();
    expect(await readFile(path, "utf8")).toBe("another's\n");
  });

  it("end at the first error, and nothing rejects", async () => {
    await mkdir(run);
    await writeFile(events, "a file where the folder would be");
    const log = new EventFile(run);
    log.write(layer(eventStream(log.writer), false));
    await log.close();
    expect(await readFile(events, "utf8")).toBe("a file where the folder would be");
  });
});

describe("a run in a folder", () => {
  const LAYERS = 4;
  let model: string;
  beforeEach(async () => {
    const normal = normalSampler(createRng(1));
    const tensors = Array.from({ length: LAYERS }, (_, i) => {
      const shape = [40 + 4 * i, 20 + i];
      const values = Float64Array.from({ length: shape[0] * shape[1] }, normal);
      return [`l${i}.weight`, { shape, values }] as const;
    });
    model = join(home, "model.safetensors");
    await writeFile(model, safetensorsWith(Object.fromEntries(tensors)));
  });

  const analysed = (
    options: AnalyzeOptions & { readonly shard?: Shard; readonly signal?: AbortSignal; onSolve?: () => void } = {},
  ) => {
    const pool = inPlacePool(createEngine("wasm"));
    const solve: typeof pool.solve = async (...args) => {
      const spectrum = await pool.solve(...args);
      options.onSolve?.();
      return spectrum;
    };
    const keeper = runFolder(run, options);
    return analyzeFiles(
      () => localFiles(model),
      { ...options, keeper },
      { createPool: async () => ({ ...pool, solve }) },
    ).report();
  };
  const state = async (): Promise<RunState> => (await eventsOf()).reduce(reduce, NO_EVENTS);

  it("has in its events what its report has", async () => {
    const report = await analysed();
    const [checkpoint] = (await state()).checkpoints;
    expect(checkpoint.layers.map(({ record }) => record)).toEqual(report.layers);
    expect(checkpoint.summary).toEqual(report.summary);
    const { plan } = await readRun([run]);
    expect(checkpoint.layers.map(({ outline }) => outline.work)).toEqual(plan.placements.map(({ work }) => work));
  });

  it("run again, writes no record twice, but those with other columns", async () => {
    await analysed();
    await analysed();
    const kinds = async (): Promise<string[]> => (await eventsOf()).map(({ type }) => type);
    expect((await kinds()).filter((type) => type === "layer")).toHaveLength(LAYERS);
    expect((await kinds()).filter((type) => type === "ended")).toHaveLength(2);
    await analysed({ tails: true });
    const found = (await eventsOf()).filter((event) => event.type === "layer");
    expect(found.filter(({ reused }) => reused)).toHaveLength(LAYERS);
    expect(found.filter(({ reused }) => !reused)).toHaveLength(LAYERS);
    expect((await state()).checkpoints[0].counts).toMatchObject({ layersDone: LAYERS, reused: 0 });
  });

  it("of a process that was stopped and another one is whole in the merged events", async () => {
    const stop = new AbortController();
    let solved = 0;
    const onSolve = (): void => {
      if (++solved === 3) stop.abort(new Error("stopped"));
    };
    await expect(analysed({ signal: stop.signal, onSolve })).rejects.toThrow("stopped");
    const half = await state();
    expect([half.checkpoints[0].counts.layersDone, half.ended]).toEqual([2, []]);
    // As a kill would leave it: cut within the last line.
    const [name] = await readdir(events);
    const { length } = await readFile(join(events, name));
    await truncate(join(events, name), length - 10);
    expect((await state()).checkpoints[0].counts.layersDone).toBe(1);
    const report = await analysed();
    const { checkpoints, ended } = await state();
    expect(checkpoints).toHaveLength(1);
    expect([checkpoints[0].state, ended.length]).toEqual(["done", 1]);
    expect(checkpoints[0].layers.map(({ record }) => record)).toEqual(report.layers);
  });

  it("of shares is one checkpoint with all layers", async () => {
    for (const index of [1, 2, 3]) await analysed({ shard: { index, count: 3 } });
    const { checkpoints, ended } = await state();
    expect([checkpoints.length, ended.length, checkpoints[0].state]).toEqual([1, 3, "done"]);
    expect(checkpoints[0].layers.map(({ outline: { name } }) => name)).toEqual(["l0", "l1", "l2", "l3"]);
  });

  it("has the same report and status, whatever becomes of its events", async () => {
    const report = JSON.stringify(await analysed());
    const status = await statusOfRun(await readRun([run]));
    const [name] = await readdir(events);
    const change: Record<string, () => Promise<unknown>> = {
      cut: () => truncate(join(events, name), 1000),
      junk: () => writeFile(join(events, name), "junk\n".repeat(1000)),
      gone: () => rm(events, { recursive: true }),
      file: async () => {
        await rm(events, { recursive: true });
        await writeFile(events, "no folder");
      },
    };
    for (const what of Object.keys(change)) {
      await change[what]();
      const kept = await readRun([run]);
      expect(JSON.stringify((await reportOfRun(kept)).report), what).toBe(report);
      expect(await statusOfRun(kept), what).toEqual(status);
      expect(JSON.stringify(await analysed()), what).toBe(report);
    }
  });
});
