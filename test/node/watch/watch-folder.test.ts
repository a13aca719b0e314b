import { renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { watchFolder } from "#eigenscope/node/watch/watch-folder.js";
import { trainingReadings } from "#eigenscope/report/index.js";
import { atStep, checkpointBytes, linesOf, looks, recordOf, trainingFolder, watched, written } from "./training.js";

const folder = trainingFolder();
const at = (...parts: string[]): string => join(folder.out, ...parts);
const record = () => recordOf(at("eigenscope-watch"));

describe("a watch of 20 checkpoints", () => {
  it("keeps exactly those that were whole, and solves only layers that have changed", async () => {
    const news = await watched(folder.out, async (look) => {
      if (look <= 20) {
        const bytes = atStep(look);
        if (look === 4 || look === 9) await writeFile(at(`step-${look}.safetensors`), bytes.subarray(0, -400));
        else await written(at(`step-${look}.safetensors`), bytes);
        // Rotated away before it has settled.
        if (look === 7) await rm(at("step-6.safetensors"));
        // Written over before it was read.
        if (look === 13) await written(at("step-12.safetensors"), atStep(112));
      }
      return look < 26;
    });
    const whole = Array.from({ length: 20 }, (_, k) => k + 1).filter((step) => ![4, 6, 9].includes(step));
    const readings = news.flatMap((one) => (one.kind === "reading" ? [one.reading] : []));
    expect(readings.map(({ step }) => step).sort((a, b) => a - b)).toEqual(whole);
    expect(news.filter(({ kind }) => kind === "partial").map((one) => "checkpoint" in one && one.checkpoint)).toEqual([
      "step-4.safetensors",
      "step-9.safetensors",
    ]);
    expect(linesOf(news).filter((line) => line.startsWith("vanished"))).toEqual(["vanished step-6.safetensors"]);
    // The first has all four to solve, each other one two.
    expect(readings.map(({ solved, reused }) => [solved, reused])).toEqual([
      [4, 0],
      ...whole.slice(1).map(() => [2, 2]),
    ]);

    const state = await record();
    const kept = trainingReadings(state);
    expect(kept.map(({ step }) => step)).toEqual(whole);
    expect(state.checkpoints.filter(({ layers }) => layers.length > 0)).toHaveLength(17);
    expect(state.checkpoints.filter((one) => one.state === "partial")).toHaveLength(2);
    expect(state.checkpoints.filter((one) => one.state === "vanished")).toHaveLength(1);
    // What was renamed over is the later one.
    const own = readings.find(({ step }) => step === 12);
    await written(at("..", "alone", "x.safetensors"), atStep(112));
    const alone = await watched(at("..", "alone"), looks(3), { once: true });
    expect(own?.records.map(({ lambda_max }) => lambda_max)).toEqual(
      alone.flatMap((one) => (one.kind === "reading" ? one.reading.records : [])).map(({ lambda_max }) => lambda_max),
    );
  });
});

describe("a watch", () => {
  it("reads a checkpoint that grew when it is whole, and tells of it once while it is not", async () => {
    const bytes = atStep(1);
    await writeFile(at("step-1.safetensors"), bytes.subarray(0, 900));
    const news = await watched(folder.out, async (look) => {
      if (look === 5) await writeFile(at("step-1.safetensors"), bytes.subarray(0, 2000));
      if (look === 6) await writeFile(at("step-1.safetensors"), bytes);
      return look < 12;
    });
    expect(linesOf(news)).toEqual(["partial step-1.safetensors", "1 step-1.safetensors: 4 solved, 0 reused"]);
    const state = await record();
    expect(state.checkpoints.map((one) => [one.state, one.layers.length])).toEqual([
      ["partial", 0],
      ["done", 4],
    ]);
  });

  it("waits until a state was twice unchanged: at the first look after a change nothing is read", async () => {
    await written(at("step-1.safetensors"), atStep(1));
    const first = async (count: number) => linesOf(await watched(folder.out, looks(count))).length;
    expect(await first(1)).toBe(0);
    expect(await first(2)).toBe(0);
    expect(await first(3)).toBe(1);
  });

  it("goes on where another one ended: what was read is not read again, what was solved not solved again", async () => {
    await written(at("step-1.safetensors"), atStep(1));
    await watched(folder.out, looks(4));
    await written(at("step-2.safetensors"), atStep(2));
    expect(linesOf(await watched(folder.out, looks(4)))).toEqual(["2 step-2.safetensors: 2 solved, 2 reused"]);
    // Read anew, as after a copy that did not keep the times.
    await written(at("step-2.safetensors"), atStep(2));
    expect(linesOf(await watched(folder.out, looks(4)))).toEqual(["2 step-2.safetensors: 0 solved, 4 reused"]);
    expect(trainingReadings(await record()).map(({ step }) => step)).toEqual([1, 2]);
  });

  it("keeps nothing of a checkpoint that is written over while it is read, but reads the new one", async () => {
    await written(at("step-1.safetensors"), atStep(1));
    let isFirst = true;
    const news = await watched(folder.out, looks(8), {
      onEvent: (event) => {
        if (event.type !== "planned" || !isFirst) return;
        isFirst = false;
        overwrite(at("step-1.safetensors"), atStep(50));
      },
    });
    expect(linesOf(news)).toEqual(["1 step-1.safetensors: 4 solved, 0 reused"]);
    expect((await record()).checkpoints).toHaveLength(1);
  });

  it("tells of a checkpoint that is deleted while it is read, and keeps nothing of it", async () => {
    await written(at("step-1.safetensors"), atStep(1));
    const news = await watched(folder.out, looks(6), {
      onEvent: ({ type }) => {
        if (type === "planned") remove(at("step-1.safetensors"));
      },
    });
    expect(linesOf(news)).toEqual(["vanished step-1.safetensors"]);
    expect((await record()).checkpoints.map(({ state, layers }) => [state, layers.length])).toEqual([["vanished", 0]]);
  });

  it("says nothing of a checkpoint that is rotated away after it was read", async () => {
    await written(at("step-1.safetensors"), atStep(1));
    const news = await watched(folder.out, async (look) => {
      if (look === 5) await rm(at("step-1.safetensors"));
      return look < 8;
    });
    expect(linesOf(news)).toEqual(["1 step-1.safetensors: 4 solved, 0 reused"]);
  });

  it("once reads what is whole, by ascending step, says what is not, and ends", async () => {
    for (const step of [10, 9, 100]) await written(at(`step-${step}.safetensors`), atStep(step));
    await writeFile(at("step-11.safetensors"), atStep(11).subarray(0, -1));
    const news = await watched(folder.out, looks(99), { once: true });
    expect(linesOf(news)).toEqual([
      "9 step-9.safetensors: 4 solved, 0 reused",
      "10 step-10.safetensors: 2 solved, 2 reused",
      "partial step-11.safetensors",
      "100 step-100.safetensors: 2 solved, 2 reused",
    ]);
  });

  it("once does not wait for a file that is being written", async () => {
    const bytes = atStep(1);
    const news = await watched(
      folder.out,
      async (look) => {
        await writeFile(at("step-1.safetensors"), bytes.subarray(0, 1000 + look));
        return true;
      },
      { once: true },
    );
    expect(linesOf(news)).toEqual(["partial step-1.safetensors"]);
    expect(news.at(-1)).toMatchObject({ reason: "it is being written" });
  });

  it("reads a file that is written over and over as one reading each, at the time of its last change", async () => {
    await written(at("model.safetensors"), atStep(1));
    const news = await watched(folder.out, async (look) => {
      if (look === 4) await written(at("model.safetensors"), atStep(2));
      return look < 8;
    });
    expect(news.filter(({ kind }) => kind === "reading")).toHaveLength(2);
    expect(news.find(({ kind }) => kind === "reading")).toMatchObject({ stepFrom: "time" });
    expect((await record()).checkpoints.map(({ state }) => state)).toEqual(["done", "done"]);
  });

  it("leaves out a file without a step beside checkpoints that have one", async () => {
    await written(at("checkpoint-10", "model.safetensors"), atStep(10));
    await written(at("best.safetensors"), atStep(10));
    const news = await watched(folder.out, looks(99), { once: true });
    expect(linesOf(news)).toEqual(["10 checkpoint-10: 4 solved, 0 reused", "left-out best.safetensors"]);
  });

  it("leaves out a file without layers", async () => {
    await written(at("step-1.safetensors"), checkpointBytes({ a: 1 }, [3, 3]));
    const news = await watched(folder.out, looks(99), { once: true });
    expect(linesOf(news)).toEqual(["left-out step-1.safetensors"]);
  });

  it("reads folders of shards when the index and all shards are there", async () => {
    const shard = (k: number) => `model-0000${k}-of-00002.safetensors`;
    const parts = [
      { a: 1, b: 2 },
      { c: 3, d: 4 },
    ];
    const names = parts.flatMap((part, k) => Object.keys(part).map((name) => [`${name}.weight`, shard(k + 1)]));
    const index = JSON.stringify({ metadata: {}, weight_map: Object.fromEntries(names) });
    const news = await watched(folder.out, async (look) => {
      if (look === 1) await written(at("checkpoint-5", shard(1)), checkpointBytes(parts[0]));
      if (look === 6) await written(at("checkpoint-5", "model.safetensors.index.json"), index);
      if (look === 11) await written(at("checkpoint-5", shard(2)), checkpointBytes(parts[1]));
      return look < 16;
    });
    expect(linesOf(news)).toEqual([
      "partial checkpoint-5",
      "partial checkpoint-5",
      "5 checkpoint-5: 4 solved, 0 reused",
    ]);
  });

  it("asks alarms once, and not again in a later watch", async () => {
    const collapsed = (step: number) => checkpointBytes({ a: step });
    for (const step of [1, 2, 3]) await written(at(`step-${step}.safetensors`), collapsed(step));
    const rules = [{ name: "any", rule: "for(2, stable_rank > 1)", meaning: "It holds." }];
    const alarms = async () =>
      (await watched(folder.out, looks(99), { once: true, rules })).flatMap((one) =>
        one.kind === "reading" ? one.reading.alarms.map(({ rule, layer, step }) => [rule.name, layer, step]) : [],
      );
    expect(await alarms()).toEqual([["any", "a", 2]]);
    await written(at("step-4.safetensors"), collapsed(4));
    expect(await alarms()).toEqual([]);
    expect((await record()).alarms).toEqual([{ rule: "any", layer: "a", step: 2 }]);
  });

  it("looks back to the readings of an earlier watch", async () => {
    const rules = [{ name: "third", rule: "was(stable_rank, 2) > 0", meaning: "It holds." }];
    const once = async (step: number) => {
      await written(at(`step-${step}.safetensors`), checkpointBytes({ a: step }));
      const news = await watched(folder.out, looks(99), { once: true, rules });
      return news.flatMap((one) => (one.kind === "reading" ? one.reading.alarms : []));
    };
    expect(await once(1)).toEqual([]);
    expect(await once(2)).toEqual([]);
    expect(await once(3)).toHaveLength(1);
  });

  it("writes one line of metrics per reading, and goes on behind a line that was cut", async () => {
    const lines = async () => (await readFile(at("eigenscope-watch", "metrics.jsonl"), "utf8")).trim().split("\n");
    for (const step of [1, 2]) await written(at(`step-${step}.safetensors`), atStep(step));
    await watched(folder.out, looks(99), { once: true });
    const [first, second] = (await lines()).map((line) => JSON.parse(line));
    expect([first.step, first.layers, first.solved, first.reused, first.alarms]).toEqual([1, 4, 4, 0, []]);
    expect([second.step, second.solved, second.reused]).toEqual([2, 2, 2]);
    expect(first["stable_rank/layers.0"]).toBeGreaterThan(1);
    await truncate(at("eigenscope-watch", "metrics.jsonl"), (await lines()).join("\n").length - 9);
    await written(at("step-3.safetensors"), atStep(3));
    await watched(folder.out, looks(99), { once: true });
    expect((await lines()).map((line) => JSON.parse(line).step)).toEqual([1, 3]);
  });

  it("refuses a folder of a record that is another one's, in use, or holds something else", async () => {
    await written(at("step-1.safetensors"), atStep(1));
    const begin = (run: string, options = {}) => watched(folder.out, looks(2), { run, ...options });
    await mkdir(join(folder.home, "taken"));
    await writeFile(join(folder.home, "taken", "notes.txt"), "mine");
    await expect(begin(join(folder.home, "taken"))).rejects.toThrow(/holds notes.txt and no watch/);
    const run = join(folder.home, "record");
    await begin(run);
    await expect(begin(run, { analysis: { minEigenvalues: 20 } })).rejects.toThrow(/minEigenvalues/);
    await mkdir(join(folder.home, "other"));
    await expect(watched(join(folder.home, "other"), looks(2), { run })).rejects.toThrow(/is the record of/);
    const first = watchFolder(folder.out, { run });
    await first.next();
    await expect(begin(run)).rejects.toThrow(/another eigenscope watch keeps its record here/);
    await first.return();
    await begin(run);
    await writeFile(join(run, "watch.json"), "{");
    await expect(begin(run)).rejects.toThrow(/is damaged/);
  });

  it("rejects for a folder that is not there, or is a file", async () => {
    await expect(watched(at("nowhere"), looks(2))).rejects.toThrow(/nowhere.*no such folder yet.*make it first/);
    await writeFile(at("file"), "x");
    await expect(watched(at("file"), looks(2))).rejects.toThrow(/file.*no such file or folder\. Check the path\.$/);
  });
});

describe("a set of shards", () => {
  it.each([1, 2])("without an index, in a folder %i deep, is whole when all its shards are there", async (depth) => {
    const shard = (k: number) => at(...(depth > 1 ? ["checkpoint-5"] : []), `step-5-0000${k}-of-00002.safetensors`);
    const news = await watched(folder.out, async (look) => {
      if (look === 1) await written(shard(1), checkpointBytes({ a: 1 }));
      if (look === 6) await written(shard(2), checkpointBytes({ b: 2 }));
      return look < 11;
    });
    expect(news.filter(({ kind }) => kind === "partial")).toMatchObject([{ reason: "1 of 2 shards are there" }]);
    expect(
      news.flatMap((one) => (one.kind === "reading" ? [one.reading.records.length, one.reading.step] : [])),
    ).toEqual([2, 5]);
  });
});

describe("a watch of 1,000 layers of which 10 change", () => {
  it("solves under 5 % of the spectra of each checkpoint after the first", async () => {
    const layers = Array.from({ length: 1000 }, (_, k) => `l${k}`);
    const bytes = (step: number) =>
      checkpointBytes(Object.fromEntries(layers.map((name, k) => [name, k < 10 ? 10_000 * step + k : k])), [16, 12]);
    for (const step of [1, 2]) await written(at(`step-${step}.safetensors`), bytes(step));
    const news = await watched(folder.out, looks(99), { once: true });
    const counts = news.flatMap((one) => (one.kind === "reading" ? [[one.reading.solved, one.reading.reused]] : []));
    expect(counts).toEqual([
      [1000, 0],
      [10, 990],
    ]);
    for (const [solved, reused] of counts.slice(1)) expect(solved / (solved + reused)).toBeLessThan(0.05);
  });
});

// Synchronous, so that it is done before the watch goes on.

function overwrite(path: string, bytes: Uint8Array): void {
  writeFileSync(`${path}.tmp`, bytes);
  renameSync(`${path}.tmp`, path);
}

function remove(path: string): void {
  rmSync(path);
}
