import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { FormatError } from "#eigenscope/formats/index.js";
import { type EpochRecord, planTraining, preset, presetText } from "#eigenscope/lab/index.js";
import { dataCache, dataFolder } from "#eigenscope/node/lab/data-folder.js";
import { decodePng } from "#eigenscope/node/lab/png.js";
import { finishRun, openRunFolder, readEigenvalues, readRun, runKeeper } from "#eigenscope/node/lab/run-folder.js";
import { holdSweepFolder, readSweep } from "#eigenscope/node/lab/sweep-folder.js";
import { readResults } from "#eigenscope/node/lab/sweep-results.js";
import { safetensorsOfParts } from "../../formats/build-safetensors.js";

const experiment = preset("synthetic/batch-size")!;
const { id, settings } = planTraining(experiment);
const run = { id, settings, engine: "wasm" };
/** The same network with another number of hidden units. */
const smaller = {
  ...settings.network,
  layers: settings.network.layers.map((layer, k, all) =>
    layer.type === "dense" && k < all.length - 1 ? { ...layer, units: 7 } : layer,
  ),
};

const record = (epoch: number): EpochRecord => ({
  epoch,
  steps: epoch,
  rate: 1,
  running: null,
  train: null,
  test: null,
  layers: null,
});
const weights = { name: "w", shape: [2], values: Float32Array.of(1, 2) };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eigenscope-lab-"));
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
      "begun on the adapter one, and two would not give the same bits",
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

describe("a damaged folder of a sweep", () => {
  const layer = {
    ...{
      name: "fc1",
      shape: [4, 2],
      dtype: "F32",
      N: 4,
      M: 2,
      phase: null,
      notes: [],
      transposed: false,
      alpha_valid: false,
    },
    ...{
      lambda_max: 1,
      lambda_plus: 1,
      mp_soft_rank: 1,
      stable_rank: 1,
      matrix_entropy: 1,
      spikes: 0,
      resolved_floor: 0,
    },
    ...{ alpha: null, sigma: null, phase_confidence: null },
  };
  const recorded = (layers: readonly object[]): string => `${JSON.stringify({ ...record(0), layers })}\n`;
  const spectrum = (values: readonly number[], dtype: "F64" | "F32" = "F64"): Uint8Array => {
    const bytes = new Uint8Array((dtype === "F64" ? Float64Array : Float32Array).from(values).buffer);
    return safetensorsOfParts({ fc1: { dtype, shape: [values.length], bytes } });
  };
  const pathOf = (name: string): string => join(folder, "runs", id, name);

  /** A sweep of one run with one recorded epoch, whole; then `damage`. */
  async function damaged(damage: () => Promise<unknown>): Promise<void> {
    await (await holdSweepFolder(folder, experiment)).release();
    await openRunFolder(join(folder, "runs", id), run);
    await writeFile(pathOf("epochs.jsonl"), recorded([layer]));
    await writeFile(pathOf("spectra/epoch-00000.safetensors"), spectrum([1, 2]));
    await damage();
  }
  const results = async (): Promise<unknown> => readResults(await readSweep(folder));
  const changed = (change: object) => () => writeFile(pathOf("run.json"), JSON.stringify({ ...run, ...change }));

  it("is read where nothing is wrong, whatever else lies beside the runs", async () => {
    await damaged(async () => {
      await writeFile(join(folder, "runs", "notes.txt"), "mine");
      await mkdir(join(folder, "runs", "empty"));
      await symlink(folder, join(folder, "runs", "elsewhere"));
    });
    const { runs } = await readSweep(folder);
    expect(runs.map((one) => one.id)).toEqual([id]);
    await results();
  });

  const write = (name: string, content: string | Uint8Array) => () => writeFile(pathOf(name), content);
  const AGAIN = /Delete this run's folder; it is done again\.$/;
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ["run.json is empty", write("run.json", ""), /run\.json: the file is not valid JSON/],
    ["run.json is {}", write("run.json", "{}"), /run\.json: settings: found nothing, expected an object/],
    ["run.json is null", write("run.json", "null"), /run\.json: found null, expected an object/],
    [
      "a setting is missing",
      changed({ settings: { ...settings, rate: undefined } }),
      /run\.json: settings\.rate: it is missing/,
    ],
    [
      "the data set is unknown",
      changed({ settings: { ...settings, data: { ...settings.data, set: "constructor" } } }),
      /settings\.data\.set/,
    ],
    ["an epoch is no record", write("epochs.jsonl", "null\n"), /epochs\.jsonl: found null/],
    ["an epoch has no number", write("epochs.jsonl", '{"epoch":-1}\n'), /epochs\.jsonl: epoch: found -1/],
    ["a layer is no record", write("epochs.jsonl", recorded([{}])), /epochs\.jsonl: layers\[0\]\.name: it is missing/],
    [
      "a phase is unknown",
      write("epochs.jsonl", recorded([{ ...layer, phase: "lost" }])),
      /layers\[0\]\.phase: found "lost"/,
    ],
    [
      "a number is a text",
      write("epochs.jsonl", recorded([{ ...layer, alpha: "2" }])),
      /layers\[0\]\.alpha: found "2"/,
    ],
    [
      "a spectrum is missing",
      () => rm(pathOf("spectra"), { recursive: true }),
      /eigenvalues of a recorded epoch are missing/,
    ],
    [
      "a spectrum is a folder",
      () => rm(pathOf("spectra/epoch-00000.safetensors")).then(() => mkdir(pathOf("spectra/epoch-00000.safetensors"))),
      /cannot be read/,
    ],
    [
      "a spectrum is of another type",
      write("spectra/epoch-00000.safetensors", spectrum([1, 2], "F32")),
      /its elements are F32, expected F64/,
    ],
    [
      "a spectrum is of another length",
      write("spectra/epoch-00000.safetensors", spectrum([1])),
      /1 eigenvalues of fc1 were stored, but its record says 2/,
    ],
  ])("is refused where %s, with what to do", async (_, damage, says) => {
    await damaged(damage);
    const error = await results().then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toMatch(says);
    expect((error as Error).message).toMatch(AGAIN);
  });

  it.each(["null", "{}", '{"experiment":null}', '{"experiment":{"name":1}}', "x"])(
    "is refused where experiment.json is %s",
    async (content) => {
      await damaged(() => writeFile(join(folder, "experiment.json"), content));
      await expect(readSweep(folder)).rejects.toThrow(
        /experiment\.json: it cannot be read as an experiment \(.*\)\. Choose another folder/,
      );
      await expect(holdSweepFolder(folder, experiment)).rejects.toThrow(FormatError);
    },
  );

  it.each([
    ["of another program", '{"mine": 1}'],
    ["that an experiment is started from, not one that a sweep keeps", presetText("synthetic/batch-size")!],
  ])("leaves a folder as it was where experiment.json is a file %s", async (_, content) => {
    const foreign = await mkdtemp(join(tmpdir(), "eigenscope-foreign-"));
    onTestFinished(() => rm(foreign, { recursive: true }));
    await writeFile(join(foreign, "experiment.json"), content);
    await expect(holdSweepFolder(foreign, experiment)).rejects.toThrow(
      /it cannot be read as an experiment .*Choose another folder/,
    );
    expect(await readdir(foreign)).toEqual(["experiment.json"]);
    expect(await readFile(join(foreign, "experiment.json"), "utf8")).toBe(content);
  });

  it("is refused where its runs are missing, or of two networks", async () => {
    await damaged(() => rm(join(folder, "runs"), { recursive: true }));
    await expect(readSweep(folder)).rejects.toThrow(/its folder of runs cannot be read/);
    const other = planTraining({ ...experiment, base: { ...experiment.base, seed: 9 } });
    await damaged(() =>
      openRunFolder(join(folder, "runs", other.id), {
        ...run,
        ...other,
        settings: { ...other.settings, network: smaller },
      }),
    );
    await expect(readSweep(folder)).rejects.toThrow(/are of two networks/);
  });

  it("of a program of the project's old name is read like its own", async () => {
    await damaged(async () => {
      for (const path of [pathOf("run.json"), join(folder, "experiment.json")]) {
        const text = await readFile(path, "utf8");
        expect(text).toContain('"eigenscope":');
        await writeFile(path, text.replace('"eigenscope":', '"weightscope":'));
      }
    });
    const { runs } = await readSweep(folder);
    expect(runs.map((run) => run.id)).toEqual([id]);
  });

  it("never opens what a file names: a run that calls itself otherwise than its folder is refused", async () => {
    await damaged(changed({ id: "../../other" }));
    await expect(readSweep(folder)).rejects.toThrow(
      /the run in it has the id "\.\.\/\.\.\/other"\. Rename the folder to that id/,
    );
  });

  it("gives no state that does not say of which epoch it is, or of another type", async () => {
    await damaged(write("state.safetensors", spectrum([1], "F32")));
    await expect(runKeeper(join(folder, "runs", id)).resume()).rejects.toThrow(/does not give its epoch/);
    await writeFile(pathOf("state.safetensors"), spectrum([1]));
    await expect(runKeeper(join(folder, "runs", id)).resume()).rejects.toThrow(/F64, expected F32/);
  });
});

describe("where data sets are", () => {
  it("is the platform's place for caches", () => {
    expect(dataCache({ XDG_CACHE_HOME: "/c" }, "linux")).toBe(join("/c", "eigenscope", "data"));
    expect(dataCache({}, "darwin")).toMatch(/Library.Caches.eigenscope.data$/);
    expect(dataCache({ LOCALAPPDATA: "C:" }, "win32")).toMatch(/eigenscope.Cache.data$/);
  });

  it("is found in the cache of the project's old name too, and in the new one first", async () => {
    const before = process.env.XDG_CACHE_HOME;
    process.env.XDG_CACHE_HOME = folder;
    try {
      for (const name of ["weightscope", "eigenscope"]) {
        const place = join(folder, name, "data", "cifar10");
        await mkdir(place, { recursive: true });
        await writeFile(join(place, "data_batch_1.bin"), "x");
        expect((await dataFolder("cifar10", undefined))?.label).toBe(place);
      }
    } finally {
      if (before === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = before;
    }
  });

  it("is found below the named folder, packed or not, and else says how to get it", async () => {
    await mkdir(join(folder, "MNIST", "raw"), { recursive: true });
    await writeFile(join(folder, "MNIST", "raw", "train-images-idx3-ubyte.gz"), "x");
    expect((await dataFolder("mnist", folder))?.label).toBe(join(folder, "MNIST/raw"));
    await expect(dataFolder("fashion-mnist", folder)).rejects.toThrow(/Fashion-MNIST is incomplete.*--data/);
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
    ["a filter that there is not", png(1, [[5, 1, 2, 3]]), "unknown filter type 5"],
    ["too few rows", png(2, [[0, 1, 2, 3]]), "unpack to 4 bytes, expected 7"],
    ["a cut file", png(1, [[0, 1, 2, 3]]).subarray(0, 40), "truncated"],
    ["no PNG", Uint8Array.of(1, 2), "does not begin with PNG's signature"],
  ])("refuses %s", (_, bytes, sentence) => {
    expect(() => decodePng(bytes, "x.png")).toThrow(sentence);
  });
});
