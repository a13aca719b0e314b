import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EpochRecord, planTraining, preset } from "#weightscope/lab/index.js";
import { dataCache, dataFolder } from "#weightscope/node/lab/data-folder.js";
import { decodePng } from "#weightscope/node/lab/png.js";
import { finishRun, openRunFolder, readEigenvalues, readRun, runKeeper } from "#weightscope/node/lab/run-folder.js";
import { holdSweepFolder, readSweep } from "#weightscope/node/lab/sweep-folder.js";

const experiment = preset("synthetic/batch-size")!;
const { id, settings } = planTraining(experiment);
const run = { id, settings, engine: "wasm" };

const record = (epoch: number): EpochRecord => ({ epoch, steps: epoch, rate: 1, running: null, train: null, test: null, layers: null });
const weights = { name: "w", shape: [2], values: Float32Array.of(1, 2) };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "weightscope-lab-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a run's folder", () => {
  it("gives back what was kept, and goes on from the last state", async () => {
    await openRunFolder(folder, run);
    const keeper = runKeeper(folder, { stateEveryMs: 0 });
    expect(await keeper.resume()).toBeUndefined();
    await keeper.keepEpoch(record(0), {
      checkpoint: Uint8Array.of(1),
      eigenvalues: [{ name: "fc1", eigenvalues: Float64Array.of(1, 2.5) }],
    });
    await keeper.keepState({ epoch: 0, steps: 0, last: false }, async () => [weights]);
    await keeper.keepEpoch(record(1));
    expect((await readEigenvalues(folder, 0)).get("fc1")).toEqual(Float64Array.of(1, 2.5));
    expect(await runKeeper(folder).resume()).toEqual({ epoch: 0, steps: 0, last: false, tensors: [weights] });
    // What the state does not know of is done again.
    expect((await readRun(folder))?.epochs).toEqual([record(0)]);
  });

  it("survives a line that a kill has cut, and begins anew where a record is missing", async () => {
    await openRunFolder(folder, run);
    const keeper = runKeeper(folder, { stateEveryMs: 0 });
    await keeper.keepEpoch(record(0));
    await keeper.keepState({ epoch: 0, steps: 0, last: false }, async () => [weights]);
    await appendFile(join(folder, "epochs.jsonl"), '{"epoch":1,"st');
    expect((await runKeeper(folder).resume())?.epoch).toBe(0);
    await writeFile(join(folder, "epochs.jsonl"), "");
    expect(await runKeeper(folder).resume()).toBeUndefined();
  });

  it("keeps a state no more often than it is told, but always the last", async () => {
    await openRunFolder(folder, run);
    const keeper = runKeeper(folder);
    let copies = 0;
    const state = async () => [{ ...weights, values: Float32Array.of(++copies, 0) }];
    await keeper.keepEpoch(record(0));
    await keeper.keepState({ epoch: 0, steps: 0, last: false }, state);
    expect(copies).toBe(0);
    await keeper.keepState({ epoch: 1, steps: 1, last: true }, state);
    expect(copies).toBe(1);
  });

  it("refuses a run of other settings or another engine, saying which", async () => {
    await openRunFolder(folder, run);
    await openRunFolder(folder, run);
    await expect(openRunFolder(folder, { ...run, settings: { ...settings, rate: 9 } })).rejects.toThrow(
      /other settings \(rate\).*--output/,
    );
    await expect(openRunFolder(folder, { ...run, engine: "other" })).rejects.toThrow("begun with the engine wasm");
  });

  it("refuses another adapter of the same engine", async () => {
    await openRunFolder(folder, { ...run, engine: "webgpu", adapter: "one" });
    await openRunFolder(folder, { ...run, engine: "webgpu", adapter: "one" });
    await expect(openRunFolder(folder, { ...run, engine: "webgpu", adapter: "two" })).rejects.toThrow(
      "begun on the adapter one, and two would not go on to the same bits",
    );
  });

  it("is finished once, and then has no state", async () => {
    await openRunFolder(folder, run);
    const keeper = runKeeper(folder, { stateEveryMs: 0 });
    await keeper.keepEpoch(record(0));
    await keeper.keepState({ epoch: 0, steps: 0, last: true }, async () => [weights]);
    expect((await readRun(folder))?.finished).toBe(false);
    await finishRun(folder);
    expect((await readRun(folder))?.finished).toBe(true);
    expect(await readdir(folder)).not.toContain("state.safetensors");
  });
});

describe("a sweep's folder", () => {
  it("takes more values of the axes, and refuses another experiment", async () => {
    await (await holdSweepFolder(folder, experiment)).release();
    await (await holdSweepFolder(folder, { ...experiment, axes: { seed: [9] } })).release();
    const other = { ...experiment, base: { ...experiment.base, momentum: 0.5 } };
    await expect(holdSweepFolder(folder, other)).rejects.toThrow(/holds another experiment.*--output/);
    expect((await readSweep(folder)).experiment.axes).toEqual({ seed: [9] });
  });

  it("is held by one process at a time; the lock of one that is no more is taken over", async () => {
    await mkdir(join(folder, "runs"));
    await writeFile(join(folder, "lock"), String(process.ppid));
    await expect(holdSweepFolder(folder, experiment)).rejects.toThrow(`process ${process.ppid} works in this folder`);
    // Past the largest process number of any system.
    await writeFile(join(folder, "lock"), "999999999");
    const hold = await holdSweepFolder(folder, experiment);
    expect(await readFile(join(folder, "lock"), "utf8")).toBe(String(process.pid));
    await hold.release();
  });

  it("is not there where nothing was trained", async () => {
    await expect(readSweep(folder)).rejects.toThrow(/there is no experiment here.*lab train/);
  });
});

describe("where data sets are", () => {
  it("is the platform's place for caches", () => {
    expect(dataCache({ XDG_CACHE_HOME: "/c" }, "linux")).toBe(join("/c", "weightscope", "data"));
    expect(dataCache({}, "darwin")).toMatch(/Library.Caches.weightscope.data$/);
    expect(dataCache({ LOCALAPPDATA: "C:" }, "win32")).toMatch(/weightscope.Cache.data$/);
  });

  it("is found below the named folder, packed or not, and else says how to get it", async () => {
    await mkdir(join(folder, "MNIST", "raw"), { recursive: true });
    await writeFile(join(folder, "MNIST", "raw", "train-images-idx3-ubyte.gz"), "x");
    expect((await dataFolder("mnist", folder))?.label).toBe(join(folder, "MNIST/raw"));
    await expect(dataFolder("fashion-mnist", folder)).rejects.toThrow(/Fashion-MNIST is not whole.*--data/);
    expect(await dataFolder("synthetic", undefined)).toBeUndefined();
  });
});

/** A PNG of 8-bit true colour from rows that are filtered already. */
function png(width: number, rows: readonly (readonly number[])[], head = [8, 2, 0, 0, 0]): Uint8Array {
  const chunk = (type: string, body: Uint8Array): number[] => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    return [...length, ...Buffer.from(type), ...body, 0, 0, 0, 0];
  };
  const sides = Buffer.alloc(8);
  sides.writeUInt32BE(width);
  sides.writeUInt32BE(rows.length, 4);
  const data = deflateSync(Uint8Array.from(rows.flat()));
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk("IHDR", Uint8Array.from([...sides, ...head])),
    ...chunk("IDAT", data),
    ...chunk("IEND", new Uint8Array()),
  ]);
}

describe("the PNG reader", () => {
  it("undoes all five filters", () => {
    const { width, height, pixels } = decodePng(
      png(2, [
        [0, 10, 20, 30, 40, 50, 60],
        [1, 1, 2, 3, 4, 5, 6],
        [2, 1, 1, 1, 1, 1, 1],
        [3, 2, 2, 2, 2, 2, 2],
        [4, 1, 1, 1, 250, 1, 1],
      ]),
      "x.png",
    );
    expect([width, height]).toEqual([2, 5]);
    // By hand from section 9 of the standard: left, up, the floor of their mean, Paeth's choice.
    expect([...pixels]).toEqual([
      ...[10, 20, 30, 40, 50, 60],
      ...[1, 2, 3, 5, 7, 9],
      ...[2, 3, 4, 6, 8, 10],
      ...[3, 3, 4, 6, 7, 9],
      ...[4, 4, 5, 0, 8, 10],
    ]);
  });

  it.each([
    ["another kind", png(1, [[0, 1, 2, 3]], [8, 6, 0, 0, 0]), "not 8-bit true colour"],
    ["a filter that there is not", png(1, [[5, 1, 2, 3]]), "a filter of type 5"],
    ["too few rows", png(2, [[0, 1, 2, 3]]), "unpack to 4 bytes, 7 were expected"],
    ["a cut file", png(1, [[0, 1, 2, 3]]).subarray(0, 40), "cut short"],
    ["no PNG", Uint8Array.of(1, 2), "does not begin as a PNG"],
  ])("refuses %s", (_, bytes, sentence) => {
    expect(() => decodePng(bytes, "x.png")).toThrow(sentence);
  });
});
