import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assembleReport } from "#eigenscope/analysis/assemble-report.js";
import { type AnalysisHost, type AnalyzeOptions, analyzeFiles, type Report } from "#eigenscope/analysis/index.js";
import { digestOf, digestOfData } from "#eigenscope/analysis/store/digest.js";
import type { RunPlan } from "#eigenscope/analysis/store/run-keeper.js";
import { VERSION } from "#eigenscope/analysis/version.js";
import type { FileSet } from "#eigenscope/formats/index.js";
import type { MatrixSource } from "#eigenscope/layers/index.js";
import { localFiles } from "#eigenscope/node/file-set.js";
import { readRun, reportOfRun } from "#eigenscope/node/run/read-run.js";
import { runFolder } from "#eigenscope/node/run/run-folder.js";
import { statusOfRun } from "#eigenscope/node/run/run-status.js";
import type { Shard } from "#eigenscope/node/run/shard.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { createEngine, type EngineName, inPlacePool, type SpectralPool } from "#eigenscope/spectra/index.js";
import { safetensorsWith } from "../../formats/build-safetensors.js";

let home: string;
let folder: string;
let model: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "run-"));
  [folder, model] = [join(home, "run"), join(home, "model.safetensors")];
  await writeFile(model, weights(1));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const LAYERS = 6;

/** Six layers of different size; the last one is constant, which no spectrum comes from. */
function weights(seed: number): Uint8Array {
  const normal = normalSampler(createRng(seed));
  const tensors = Array.from({ length: LAYERS }, (_, i) => {
    const shape = [40 + 4 * i, 20 + i];
    const values = Float64Array.from({ length: shape[0] * shape[1] }, () => (i === LAYERS - 1 ? 1 : normal()));
    return [`l${i}.weight`, { shape, values }] as const;
  });
  return safetensorsWith(Object.fromEntries(tensors));
}

interface Counted {
  readonly pool: SpectralPool;
  /** Shapes of the spectra that were solved. */
  readonly solved: string[];
}

/** A pool that counts, and may fail or stop at a stack. */
function counted(
  before: (source: MatrixSource) => void | Promise<void> = () => {},
  engine: EngineName = "wasm",
): Counted {
  const solved: string[] = [];
  const pool = inPlacePool(createEngine(engine));
  const solve: SpectralPool["solve"] = async (source, signal, options) => {
    await before(source);
    const result = await pool.solve(source, signal, options);
    solved.push(`${source.rows}x${source.cols}`);
    return result;
  };
  return { pool: { ...pool, solve }, solved };
}

interface Running {
  readonly options?: AnalyzeOptions;
  readonly shard?: Shard;
  readonly pool?: SpectralPool;
  readonly into?: string;
  readonly files?: FileSet;
  readonly signal?: AbortSignal;
}

async function run({ options = {}, shard, pool, into = folder, files, signal }: Running = {}): Promise<Report> {
  const keeper = runFolder(into, { shard });
  const createPool: AnalysisHost["createPool"] = async ({ engine }) =>
    pool ?? counted(undefined, engine === "auto" ? "wasm" : engine).pool;
  return analyzeFiles(files ?? (() => localFiles(model)), { ...options, keeper, signal }, { createPool }).report();
}

const plain = async (options: AnalyzeOptions = {}): Promise<Report> =>
  analyzeFiles(() => localFiles(model), options, { createPool: async () => counted().pool }).report();

/** The plan of a finished run of the model. */
async function planOf(): Promise<RunPlan> {
  await run();
  return (await readRun([folder])).plan;
}

/** Aborts a run once so many spectra are solved. */
async function stopped(after: number): Promise<void> {
  const stop = new AbortController();
  const { pool, solved } = counted(() => {
    if (solved.length === after) stop.abort(new Error("stopped"));
  });
  await expect(run({ pool, signal: stop.signal })).rejects.toThrow("stopped");
}

type Fields = Readonly<Record<string, unknown>>;
interface Rewriting {
  readonly header?: (header: Fields) => Fields;
  readonly lines?: (lines: readonly Fields[]) => readonly Fields[];
}

/** Changes what a run's folder says of itself, with digests that fit. */
async function rewritten({ header = (same) => same, lines = (same) => same }: Rewriting): Promise<void> {
  const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");
  const { digest: _, ...fields } = header(JSON.parse(await read("run.json")));
  const before = (await read(String(fields.plan))).trim().split("\n");
  const text = lines(before.map((line) => JSON.parse(line)))
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");
  const plan = `plan-${(await digestOf(new TextEncoder().encode(text))).slice(0, 12)}.jsonl`;
  await writeFile(join(folder, plan), text);
  const changed = { ...fields, plan };
  await writeFile(join(folder, "run.json"), JSON.stringify({ ...changed, digest: await digestOfData(changed) }));
}

describe("a run in a folder", () => {
  it("gives the report of an analysis without one, and so does its folder, without the weights", async () => {
    const wanted = await plain();
    expect(await run()).toEqual(wanted);
    await rm(model);
    const { report, missing, results } = await reportOfRun(await readRun([folder]));
    expect(missing).toEqual([]);
    expect(JSON.stringify(report)).toBe(JSON.stringify(wanted));
    expect(results[0].spectrum?.eigenvalues).toHaveLength(20);
  });

  it("that was stopped after any number of layers goes on with the others, and solves none again", async () => {
    const wanted = JSON.stringify(await plain());
    for (let after = 0; after < LAYERS - 1; after++) {
      folder = join(home, `run-${after}`);
      await stopped(after);
      const { pool, solved } = counted();
      expect(JSON.stringify(await run({ pool }))).toBe(wanted);
      expect(solved).toHaveLength(LAYERS - 1 - after);
    }
  });

  it("that is done solves nothing, whatever columns are asked for beyond its own", async () => {
    await run();
    const [again, more] = [counted(), counted()];
    await run({ pool: again.pool });
    const report = await run({ pool: more.pool, options: { tails: true, bootstrap: 20 } });
    expect([...again.solved, ...more.solved]).toEqual([]);
    expect(report).toEqual(await plain({ tails: true, bootstrap: 20 }));
  });

  it("is not continued by other kernels of the same engine: their last bits differ", async () => {
    const pool = (target: string): SpectralPool => ({ ...counted().pool, engine: "native", target });
    const wanted = await run({ pool: pool("avx512") });
    expect(wanted.options).toMatchObject({ engine: "native", engineTarget: "avx512" });
    expect((await reportOfRun(await readRun([folder]))).report).toEqual(wanted);
    await expect(run({ pool: pool("avx2") })).rejects.toThrow(
      'option EIGENSCOPE_NATIVE_TARGET: "avx2", but the run in',
    );
    expect(await run({ pool: pool("avx512") })).toEqual(wanted);
  });

  it("goes on with the engine that it was begun with, where none is named", async () => {
    await run({ options: { engine: "reference" } });
    expect((await run()).options.engine).toBe("reference");
    expect((await run({ options: { engine: "reference" } })).options.engine).toBe("reference");
  });

  it("keeps optional measurements too: what needs the weights is done once, and is in the report", async () => {
    const options = { randomize: 2, weightwatcher: true, vectors: true, tails: true, bootstrap: 20, farms: true };
    const wanted = JSON.stringify(await plain(options));
    expect(JSON.stringify(await run({ options }))).toBe(wanted);
    const refuse = (): never => {
      throw new Error("asked for");
    };
    const pool = { ...counted(refuse).pool, eigenvectors: async () => refuse() };
    expect(JSON.stringify(await run({ options, pool }))).toBe(wanted);
    await rm(model);
    expect(JSON.stringify((await reportOfRun(await readRun([folder]))).report)).toBe(wanted);
  });

  it("of which only the spectra are done names the layers whose optional measurements are missing", async () => {
    const failing = counted();
    const eigenvectors = async (): Promise<never> => {
      throw new Error("the disk is gone");
    };
    await run({ options: { vectors: true }, pool: { ...failing.pool, eigenvectors } });
    const { missing } = await reportOfRun(await readRun([folder]));
    expect(missing.map(({ layer }) => layer.name)).toEqual(["l0", "l1", "l2", "l3", "l4"]);
    const again = counted();
    expect(await run({ options: { vectors: true }, pool: again.pool })).toEqual(await plain({ vectors: true }));
    expect(again.solved).toEqual([]);
  });

  it("tries again what failed, and its report says why until then", async () => {
    const failing = counted((source) => {
      if (source.cols === 22) throw new Error("the disk is gone");
    });
    await run({ pool: failing.pool });
    const { report, missing } = await reportOfRun(await readRun([folder]));
    expect(missing).toEqual([]);
    expect(report.layers[2]).toMatchObject({ status: "failed", reason: "could not be analysed: the disk is gone" });
    expect((await statusOfRun(await readRun([folder]))).failed.map(({ reason }) => reason)).toEqual([
      "could not be analysed: the disk is gone",
    ]);
    const { pool, solved } = counted();
    expect(await run({ pool })).toEqual(await plain());
    expect(solved).toEqual(["48x22"]);
    expect((await statusOfRun(await readRun([folder]))).failed).toEqual([]);
  });

  it("counts as done what failed first and has an approximate spectrum since", async () => {
    await writeFile(
      model,
      safetensorsWith({
        "l0.weight": { shape: [60, 40], values: Float64Array.from({ length: 2400 }, (_, i) => Math.sin(i * i)) },
      }),
    );
    const failing = (message: string, Kind = Error) =>
      counted(() => {
        throw new Kind(message);
      }).pool;
    await run({ pool: failing("the disk is gone") });
    const before = await statusOfRun(await readRun([folder]));
    expect([before.done.length, before.failed.length]).toEqual([0, 1]);
    await run({ pool: failing("a 60 x 40 matrix needs 9.4 GiB, more than there is", RangeError) });
    const after = await statusOfRun(await readRun([folder]));
    expect([after.done.length, after.failed.length, after.missing.length]).toEqual([1, 0, 0]);
    const [row] = (await reportOfRun(await readRun([folder]))).report.layers;
    expect([row.reason, row.status, row.route]).toEqual([null, "success", "lanczos"]);
  });

  it("names what is missing, in its report and in its status", async () => {
    // The largest first: the constant one, and two that are solved.
    await stopped(2);
    const { report, missing } = await reportOfRun(await readRun([folder]));
    expect(missing.map(({ layer }) => layer.name)).toEqual(["l0", "l1", "l2"]);
    expect(report.layers[0]).toMatchObject({
      status: "failed",
      reason: "not done yet: no process of the run has measured it",
    });
    expect(report.layers[4].status).toBe("success");
    const status = await statusOfRun(await readRun([folder]));
    expect([status.done.length, status.missing.length, status.claimed, status.droppedBytes]).toEqual([3, 3, 0, 0]);
    expect(status.workDone).toBe(status.done.reduce((sum, { work }) => sum + work, 0));
    expect(status.workTotal).toBeGreaterThan(status.workDone);
  });

  it("has in its status who is at work on what is missing, and the bytes of a process that was killed", async () => {
    await stopped(2);
    const { plan } = await readRun([folder]);
    await mkdir(join(folder, "claims"));
    // One layer is missing, one is done.
    for (const i of [0, 4])
      await writeFile(join(folder, "claims", plan.placements[i].key), `elsewhere ${process.pid}\n`);
    const [segment] = await readdir(join(folder, "segments"));
    await appendFile(join(folder, "segments", segment), "12345");
    expect(await statusOfRun(await readRun([folder]))).toMatchObject({ claimed: 1, droppedBytes: 5 });
  });

  it("counts in its work what failed, and in two folders what either has done", async () => {
    const other = join(home, "other-run");
    const failing = (cols: number) =>
      counted((source) => {
        if (source.cols === cols) throw new Error("the disk is gone");
      }).pool;
    await run({ pool: failing(22) });
    await run({ pool: failing(23), into: other });
    const alone = await statusOfRun(await readRun([folder]));
    expect([alone.done.length, alone.failed.length, alone.workDone]).toEqual([5, 1, alone.workTotal]);
    const wanted = JSON.stringify(await plain());
    for (const of of [
      [folder, other],
      [other, folder],
    ]) {
      expect(await statusOfRun(await readRun(of))).toMatchObject({ failed: [], missing: [] });
      expect(JSON.stringify((await reportOfRun(await readRun(of))).report)).toBe(wanted);
    }
  });

  it("has in its status the layers without a spectrum, though they are done", async () => {
    await run();
    const { done, failed, withoutSpectrum, withoutColumns } = await statusOfRun(await readRun([folder]));
    expect([done.length, failed.length, withoutColumns.length]).toEqual([LAYERS, 0, 0]);
    expect(withoutSpectrum).toMatchObject([{ placement: { layer: { name: "l5" } }, reason: expect.any(String) }]);
    const { report } = await reportOfRun(await readRun([folder]));
    expect([withoutSpectrum[0].reason, report.summary.failed]).toEqual([report.layers[5].reason, 1]);
  });

  it("has in its status the optional columns that are missing, until they are measured", async () => {
    const options = { randomize: 1, vectors: true };
    // Killed within the optional measurements of the first layer: its own spectrum is kept.
    const stop = new AbortController();
    const { pool, solved } = counted(() => {
      if (solved.length === 1) stop.abort(new Error("stopped"));
    });
    await expect(run({ options, pool, signal: stop.signal })).rejects.toThrow("stopped");
    const status = await statusOfRun(await readRun([folder]));
    expect([status.done.length, status.missing.length]).toEqual([2, 4]);
    expect(status.withoutColumns).toMatchObject([
      { placement: { layer: { name: "l4" } }, options: ["randomize", "vectors"] },
    ]);
    await run({ options });
    expect((await statusOfRun(await readRun([folder]))).withoutColumns).toEqual([]);
    // Columns that the run was not begun with are no part of it.
    const other = join(home, "other");
    await run({ into: other });
    await run({ into: other, options });
    expect((await statusOfRun(await readRun([other]))).withoutColumns).toEqual([]);
  });

  it("misses a masked layer until the null of its permutations is there, as its report does", async () => {
    const normal = normalSampler(createRng(3));
    const uniform = createRng(4);
    const values = Float64Array.from({ length: 2400 }, () => (uniform() < 0.1 ? normal() : 0));
    await writeFile(model, safetensorsWith({ "l0.weight": { shape: [60, 40], values } }));
    await stopped(1);
    const kept = await readRun([folder]);
    const { missing } = await reportOfRun(kept);
    expect((await statusOfRun(kept)).missing).toEqual(missing);
    expect(missing).toHaveLength(1);
    await run();
    expect(await statusOfRun(await readRun([folder]))).toMatchObject({
      missing: [],
      done: [{ layer: { name: "l0" } }],
    });
  });

  it("of a model without layers has a folder that its report and its status read", async () => {
    await writeFile(model, safetensorsWith({ bias: { shape: [5], values: new Float64Array(5) } }));
    const wanted = JSON.stringify(await plain());
    for (const options of [{}, { engine: "auto" }] as const) {
      expect(JSON.stringify(await run({ options }))).toBe(wanted);
      const kept = await readRun([folder]);
      const { report, missing } = await reportOfRun(kept);
      expect([JSON.stringify(report), missing]).toEqual([wanted, []]);
      expect(await statusOfRun(kept)).toMatchObject({ done: [], missing: [], workDone: 0, workTotal: 0 });
    }
    await expect(run({ options: { engine: "reference" } })).rejects.toThrow('was begun with "wasm"');
  });

  it("counts approximate spectra as done, and its report has them", async () => {
    const past = counted(({ rows, cols }) => {
      throw new RangeError(`a ${rows} x ${cols} matrix needs 9.4 GiB, more than there is`);
    });
    const approximated = await run({ pool: past.pool });
    expect(approximated.layers.map(({ route }) => route)).toEqual([...Array(LAYERS - 1).fill("lanczos"), null]);
    const kept = await readRun([folder]);
    expect(await statusOfRun(kept)).toMatchObject({ failed: [], missing: [] });
    const { report, missing } = await reportOfRun(kept);
    expect([JSON.stringify(report), missing]).toEqual([JSON.stringify(approximated), []]);
  });

  it("has a report that can be stopped", async () => {
    await run();
    const signal = AbortSignal.abort(new Error("stopped"));
    await expect(reportOfRun(await readRun([folder]), { signal })).rejects.toThrow("stopped");
  });

  it("consists of its plan, segments and events: no temporary file and no claim is left", async () => {
    await run();
    await run();
    expect((await readdir(folder)).sort()).toEqual([
      "events",
      expect.stringMatching(/^plan-[0-9a-f]{12}\.jsonl$/),
      "run.json",
      "segments",
    ]);
  });

  it("of two processes at once is shared: each layer is solved once", async () => {
    // The first one waits within its first layer until the other has done all others.
    let release = (): void => {};
    const others = new Promise<void>((done) => {
      release = done;
    });
    let waited = false;
    const first = counted(() => {
      if (waited) return;
      waited = true;
      return others;
    });
    const one = run({ pool: first.pool });
    await new Promise<void>((begun) => {
      const look = (): void => {
        readdir(join(folder, "claims")).then(
          (names) => (names.length > 0 ? begun() : setImmediate(look)),
          () => setImmediate(look),
        );
      };
      look();
    });
    const second = counted((source) => {
      if (source.cols === 20) release();
    });
    const two = run({ pool: second.pool });
    const wanted = JSON.stringify(await plain());
    expect([JSON.stringify(await one), JSON.stringify(await two)]).toEqual([wanted, wanted]);
    expect([...first.solved, ...second.solved].sort()).toEqual(["40x20", "44x21", "48x22", "52x23", "56x24"]);
    expect(await readdir(folder)).not.toContain("claims");
  });

  it("rejects with the signal's reason when it is aborted while it waits for others", async () => {
    const stop = new AbortController();
    const session = await runFolder(folder).begin(await planOf());
    const waiting = session.pause(stop.signal);
    stop.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    await session.close();
  });

  it("has an empty share where there are more shares than layers, even a billion", async () => {
    const { layers } = await run({ shard: { index: 1_000_000_000, count: 1_000_000_000 } });
    expect(layers).toEqual([]);
  });

  it("cut into shares makes the report of one run, from one folder or from a folder each", async () => {
    const wanted = JSON.stringify(await plain());
    const shares = [1, 2, 3].map((index) => ({ index, count: 3 }));
    const folders = shares.map(({ index }) => join(home, `share-${index}`));
    const seen: string[] = [];
    for (const [i, shard] of shares.entries()) {
      const part = await run({ shard, into: folders[i] });
      seen.push(...part.layers.map(({ name }) => name));
      await run({ shard });
    }
    expect(seen.sort()).toEqual(Array.from({ length: LAYERS }, (_, i) => `l${i}`));
    for (const of of [[folder], folders, [...folders].reverse()])
      expect(JSON.stringify((await reportOfRun(await readRun(of))).report)).toBe(wanted);
    const { missing } = await reportOfRun(await readRun(folders.slice(1)));
    expect(missing.length).toBeGreaterThan(0);
  });

  it("joins shares made on copies of the model, and refuses those of another model", async () => {
    const [copy, other] = [join(home, "copy"), join(home, "other")];
    for (const place of [copy, other]) await mkdir(place);
    await cp(model, join(copy, "model.safetensors"));
    await writeFile(join(other, "model.safetensors"), weights(2));
    const shares = [1, 2].map((index) => ({ index, count: 2 }));
    await run({ shard: shares[0] });
    for (const place of [copy, other])
      await run({
        shard: shares[1],
        into: join(place, "run"),
        files: await localFiles(join(place, "model.safetensors")),
      });
    expect((await reportOfRun(await readRun([folder, join(copy, "run")]))).missing).toEqual([]);
    await expect(readRun([folder, join(other, "run")])).rejects.toThrow(
      /model.safetensors was changed after the run was begun/,
    );
    await run({ shard: shares[1], into: join(home, "reference"), options: { engine: "reference" } });
    await expect(readRun([folder, join(home, "reference")])).rejects.toThrow(
      /option engine: "reference", .* was begun with "wasm"/,
    );
  });
});

describe("a run's folder refuses", () => {
  const refusals: Readonly<Record<string, AnalyzeOptions>> = {
    layers: { layers: ["l1"] },
    exclude: { exclude: ["l1"] },
    minEigenvalues: { minEigenvalues: 21 },
    conv: { conv: "flatten" },
    fused: { fused: "whole" },
    root: { root: "" },
    engine: { engine: "reference" },
    precision: { precision: "f32" },
    seed: { seed: 1 },
    strictPickle: { strictPickle: true },
  };
  it.each(Object.entries(refusals))("another value of the option %s, and says both", async (option, options) => {
    await run();
    await expect(run({ options })).rejects.toThrow(
      new RegExp(`option ${option}: .* was begun with .*; give the same, or another folder`),
    );
  });

  it("weights that were changed, whether their bytes differ or the time of their change", async () => {
    await run();
    await writeFile(model, weights(2));
    await expect(run()).rejects.toThrow(
      /model.safetensors was changed after the run was begun: its spectra are of other weights/,
    );
    await writeFile(model, new Uint8Array([...weights(1), 0]));
    await expect(run()).rejects.toThrow(/bytes/);
    // The same bytes, written again.
    await writeFile(model, weights(1));
    await expect(run()).rejects.toThrow(/was changed after/);
  });

  it("a configuration that came or went since", async () => {
    await run();
    await writeFile(join(home, "config.json"), "{}");
    await expect(run()).rejects.toThrow(/the run was begun without config.json/);
    await rm(join(home, "config.json"));
    await run();
    await writeFile(join(home, "adapter_config.json"), "{}");
    folder = join(home, "with-config");
    await run();
    await rm(join(home, "adapter_config.json"));
    await expect(run()).rejects.toThrow(/the run was begun with adapter_config.json, which is not there now/);
  });

  it("to be a folder of other things", async () => {
    await mkdir(folder);
    await writeFile(join(folder, "notes.txt"), "mine");
    await expect(run()).rejects.toThrow(/holds notes.txt and no run/);
    expect(await readdir(folder)).toEqual(["notes.txt"]);
    await expect(readRun([folder])).rejects.toThrow(/there is no run here/);
    await expect(readRun([join(home, "none")])).rejects.toThrow(/there is no run here/);
  });

  const damages: readonly (readonly [string, (header: Record<string, unknown>) => unknown, RegExp])[] = [
    ["empty", () => undefined, /is damaged/],
    ["null", () => null, /is damaged/],
    ["without a format", ({ format, ...rest }) => rest, /is damaged/],
    [
      "of a later format",
      (header) => ({ ...header, format: 2, version: "9.9.9" }),
      /written by version 9.9.9.*format 2; this one reads format 1/,
    ],
    ["with a plan elsewhere", (header) => ({ ...header, plan: "../plan-000000000000.jsonl" }), /is damaged/],
    ["with a plan that is not there", (header) => ({ ...header, plan: "plan-000000000000.jsonl" }), /is damaged/],
    ["with another number of layers", (header) => ({ ...header, layers: 5 }), /is damaged/],
    ["without files", ({ files, ...rest }) => rest, /is damaged/],
    ["without options", ({ options, ...rest }) => rest, /is damaged/],
    ["without skipped tensors", ({ skipped, ...rest }) => rest, /is damaged/],
    ["without an input", ({ input, ...rest }) => rest, /is damaged/],
    ["of an earlier format", (header) => ({ ...header, format: 0 }), /format 0; this one reads format 1/],
  ];
  it.each(damages)("a run.json %s", async (_, damage, sentence) => {
    await run();
    const path = join(folder, "run.json");
    const header = damage(JSON.parse(await readFile(path, "utf8")));
    await writeFile(path, header === undefined ? "" : JSON.stringify(header));
    await expect(readRun([folder])).rejects.toThrow(sentence);
    await expect(run()).rejects.toThrow(sentence);
  });

  it.each(["{", "null", '{"layer":null,"key":"k"}', '{"key":"k"}', '{"layer":{}}'])(
    "a plan with the line %s",
    async (line) => {
      await run();
      const [plan] = (await readdir(folder)).filter((name) => name.startsWith("plan-"));
      const [, ...others] = (await readFile(join(folder, plan), "utf8")).split("\n");
      await writeFile(join(folder, plan), [line, ...others].join("\n"));
      await expect(readRun([folder])).rejects.toThrow(/plan-[0-9a-f]{12}.jsonl: is damaged/);
    },
  );

  it("to be below a file", async () => {
    await expect(readRun([join(model, "run")])).rejects.toThrow(/there is no run here/);
  });

  it("a plan of a version that takes other matrices for layers", async () => {
    await run();
    await rewritten({ lines: (lines) => lines.map(({ key, ...rest }) => ({ ...rest, key: `0${key}` })) });
    await expect(run()).rejects.toThrow(
      `the run was planned by version ${VERSION} of the program, which takes other matrices`,
    );
  });

  it("a run.json or a plan of which one character was changed, wherever it is", async () => {
    await run();
    const [plan] = (await readdir(folder)).filter((name) => name.startsWith("plan-"));
    for (const name of ["run.json", plan]) {
      const path = join(folder, name);
      const text = await readFile(path, "utf8");
      for (let at = 0; at < text.length; at += 37) {
        if (/\s/.test(text[at])) continue;
        await writeFile(path, `${text.slice(0, at)}${text[at] === "7" ? "8" : "7"}${text.slice(at + 1)}`);
        await expect(readRun([folder]), `${name} at ${at}`).rejects.toThrow(/is damaged|reads format 1/);
      }
      await writeFile(path, text);
    }
  });

  const crafted: readonly (readonly [string, Rewriting])[] = [
    [
      "a label that is no text",
      { header: (header) => ({ ...header, input: { ...(header.input as object), label: 1 } }) },
    ],
    ["a version that is no text", { header: (header) => ({ ...header, version: { toString: 1 } }) }],
    [
      "an option that does not exist as such",
      { header: (header) => ({ ...header, options: { ...(header.options as object), conv: "x" } }) },
    ],
    [
      "a huge number of bootstraps",
      { header: (header) => ({ ...header, options: { ...(header.options as object), bootstrap: 1e9 } }) },
    ],
    [
      "the engine auto",
      { header: (header) => ({ ...header, options: { ...(header.options as object), engine: "auto" } }) },
    ],
    [
      "skipped tensors without a shape",
      { header: (header) => ({ ...header, skipped: [{ name: "a", reason: "b", dtype: "F32" }] }) },
    ],
    [
      "a layer without a name",
      { lines: (lines) => lines.map(({ layer, ...rest }) => ({ ...rest, layer: { ...(layer as object), name: 1 } })) },
    ],
    ["work in words", { lines: (lines) => lines.map((line) => ({ ...line, work: "1e9" })) }],
    ["layers that come from nowhere", { lines: (lines) => lines.map(({ origin, ...rest }) => rest) }],
    ["a sum of nothing", { lines: (lines) => lines.map((line) => ({ ...line, origin: { kind: "sum", terms: [] } })) }],
  ];
  it.each(crafted)("%s, even with digests that fit", async (_, rewriting) => {
    await run();
    await rewritten(rewriting);
    await expect(readRun([folder])).rejects.toThrow(/is damaged: it does not hold the plan of a run/);
  });

  it("an empty name, and something that is no folder, in a sentence", async () => {
    await expect(run({ into: "" })).rejects.toThrow(/option run: found an empty name/);
    await expect(readRun([""])).rejects.toThrow(/option run: found an empty name/);
    await expect(readRun([])).rejects.toThrow(/readRun: found no folder/);
    await symlink("nowhere", join(home, "dangling"));
    await symlink("loop", join(home, "loop"));
    for (const [into, reason] of [
      [join(home, "dangling"), /no such file or folder|exists already/],
      [join(home, "loop"), /its links lead in a circle/],
      [join(home, "x".repeat(300)), /the name is too long/],
      [model, /this, or a part of its path, is not a folder/],
    ] as const) {
      const refused = run({ into });
      await expect(refused).rejects.toThrow(reason);
      await expect(refused).rejects.toMatchObject({ name: "FormatError", kind: "unreadable" });
    }
  });

  it("nothing that a killed beginning left: half-written plans are passed over", async () => {
    await mkdir(folder);
    await writeFile(join(folder, "plan-0123456789ab.jsonl"), "{}\n");
    await writeFile(join(folder, "run.json.0123.tmp"), "{");
    for (const name of ["claims", "segments"]) await mkdir(join(folder, name));
    expect(await run()).toEqual(await plain());
  });
});

it("a report is made of its parts alone", async () => {
  const { input, options, skipped } = await plain();
  const report = await assembleReport({ input, options: options as never, results: [], skipped });
  expect([report.layers, report.summary.layers, report.tool.version]).toEqual([[], 0, VERSION]);
});
