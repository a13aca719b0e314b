import { existsSync, readdirSync } from "node:fs";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { compareModels } from "#eigenscope/analysis/compare/compare-models.js";
import {
  type AnalysisHost,
  type AnalyzeControls,
  type AnalyzeOptions,
  analyzeFiles,
  type LayerResult,
  type Report,
} from "#eigenscope/analysis/index.js";
import { recordsIn } from "#eigenscope/analysis/run/records.js";
import { callingPool } from "#eigenscope/analysis/workers/calling-pool.js";
import { columnWorkers } from "#eigenscope/node/column-workers.js";
import { analyze } from "#eigenscope/node/index.js";
import { MIN_WORKER_WORK, openPool } from "#eigenscope/node/native/open-pool.js";
import { namedFiles } from "#eigenscope/node/open-input.js";
import { allowRelaxedSimd } from "#eigenscope/node/relaxed-simd.js";
import { runFolder } from "#eigenscope/node/run/run-folder.js";
import { nodeWorkerPool } from "#eigenscope/node/worker-pool.js";
import { startThread } from "#eigenscope/node/worker-thread.js";
import {
  createWasmEngine,
  type EngineName,
  type FromWorker,
  inPlacePool,
  poolWithFallback,
  type SpectralPool,
  WorkerNotStarted,
  workerPool,
} from "#eigenscope/spectra/index.js";
import { normals } from "../analysis/workers/reopened.js";
import { eigenscope } from "../cli/eigenscope-process.js";
import { npyHeader, npyOf, zipOf } from "../formats/build-numpy.js";
import { safetensorsWith } from "../formats/build-safetensors.js";

/** Worker threads run from the built package only (npm test). */
const BUILT = (import.meta as { readonly env?: { readonly MODE?: string } }).env?.MODE === "dist";
// The kernels with fused multiply-add, as in workers: the same bits in this thread.
allowRelaxedSimd();

const EXTRAS = { weightwatcher: true, randomize: 1, vectors: true, tails: true, farms: true, bootstrap: 20 } as const;
const LAYERS = 8;

let folder: string;
const at = (name: string): string => join(folder, name);

type Tensors = Record<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;
function tensorsOf(seed: number, count = LAYERS): Tensors {
  return Object.fromEntries(
    Array.from({ length: count }, (_, k) => {
      const shape = k % 3 === 1 ? [40 + k, 60] : [70 + k, 40];
      const values = normals(shape[0] * shape[1], seed + k).map((value, i) => {
        // A power law, a constant matrix, one with NaN, and a masked one beside the ordinary ones.
        if (k === 2) return value ** 3;
        if (k === 3) return 0.25;
        if (k === 4 && i === 5) return Number.NaN;
        return k === 5 && i % 3 === 0 ? 0 : value;
      });
      return [`h.${k}.weight`, { shape, values }];
    }),
  );
}
const npy = ({ shape, values }: Tensors[string]): Uint8Array =>
  npyOf(npyHeader({ shape: `(${shape.join(", ")})` }), new Uint8Array(values.buffer));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "layer-workers-"));
  const [a, b] = [tensorsOf(1), tensorsOf(1)];
  for (const k of [0, 1]) b[`h.${k}.weight`] = { ...b[`h.${k}.weight`], values: tensorsOf(50)[`h.${k}.weight`].values };
  await writeFile(at("a.safetensors"), safetensorsWith(a));
  await writeFile(at("b.safetensors"), safetensorsWith(b));
  await writeFile(at("seven.safetensors"), safetensorsWith(tensorsOf(1, 7)));
  // The last member's bytes do not have the checksum that the archive says: only reading it shows that.
  const members = Object.entries(tensorsOf(9, 3)).map(([name, tensor]) => ({ name: `${name}.npy`, data: npy(tensor) }));
  await writeFile(
    at("broken.npz"),
    zipOf(members.map((member, k) => (k === 1 ? { ...member, central: { crc: 1 }, local: { crc: 1 } } : member))),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Counts the tasks that the pool's workers did by themselves, by kind. */
interface Counted {
  readonly host: AnalysisHost;
  readonly calls: string[];
  streamed: number;
}

function counted(create: () => SpectralPool): Counted {
  const calls: string[] = [];
  const host: AnalysisHost = {
    async createPool() {
      const pool = create();
      const { call } = pool;
      return {
        ...pool,
        get warnings() {
          return pool.warnings;
        },
        solve(...args) {
          found.streamed++;
          return pool.solve(...args);
        },
        ...(call !== undefined && {
          call(asked, signal) {
            const { kind, layers = [0] } = asked.description as { kind: string; layers?: readonly unknown[] };
            calls.push(...layers.map(() => kind));
            return call(asked, signal);
          },
        }),
      };
    },
    createColumnWorker: () => columnWorkers(2),
  };
  const found: Counted = { host, calls, streamed: 0 };
  return found;
}
const workers = (width = 2, engine: EngineName = "wasm") => counted(() => nodeWorkerPool({ width, engine }));
const inPlace = () => counted(() => inPlacePool(createWasmEngine()));

/** What a layer gives, without the ways to its values. */
const plain = ({ layer: { name }, ...result }: LayerResult) => ({ name, ...result });

interface Done {
  readonly report: Report;
  readonly results: readonly ReturnType<typeof plain>[];
}
async function run(name: string, { host }: Counted, options: AnalyzeOptions & AnalyzeControls = {}): Promise<Done> {
  const analysis = analyzeFiles(() => namedFiles(at(name)), { minEigenvalues: 1, ...options }, host);
  return { report: await analysis.report(), results: (await analysis.results()).map(plain) };
}

describe.runIf(BUILT)("layers that worker threads read, solve and measure", () => {
  it.each([
    ["without optional columns", {}],
    ["with every optional column", EXTRAS],
  ])("have the rows and spectra of this thread, to the bit (%s)", async (_, options) => {
    const [threads, here] = [workers(), inPlace()];
    const found = await run("a.safetensors", threads, options);
    expect(found).toEqual(await run("a.safetensors", here, options));
    expect(found.report.layers.map(({ status }) => status)).toEqual(
      Array.from({ length: LAYERS }, (_, k) => (k === 3 || k === 4 ? "failed" : "success")),
    );
    expect(found.report.layers.map(({ reason }) => reason)).toEqual([
      ...[null, null, null],
      "all 2920 weights equal 0.25",
      expect.stringMatching(/^1 of (the first )?2640 weights are not finite \(1 NaN, 0 Inf\)$/),
      ...[null, null, null],
    ]);
    expect([threads.streamed, here.calls]).toEqual([0, []]);
  });

  it("are done whole from four layers per worker on, and spread below that, with equal rows", async () => {
    const [whole, spread] = [workers(2), workers(2)];
    await run("a.safetensors", whole, EXTRAS);
    expect(whole.calls).toEqual(Array(LAYERS).fill("layers"));
    const seven = await run("seven.safetensors", spread, EXTRAS);
    expect(spread.calls.filter((kind) => kind === "layers")).toHaveLength(7);
    expect(spread.calls.filter((kind) => kind === "stack").length).toBeGreaterThan(7);
    const again = workers(1);
    expect(await run("seven.safetensors", again, EXTRAS)).toEqual(seven);
    expect(again.calls).toEqual(Array(7).fill("layers"));
  });

  it.each([
    ["without optional columns", {}],
    ["with every optional column", EXTRAS],
  ])("leave the same outcomes in a run's folder (%s)", async (what, options) => {
    const kept = async (name: string, host: Counted) => {
      const into = at(`${name} ${what}`);
      const { report } = await run("a.safetensors", host, { ...options, keeper: runFolder(into) });
      const records: string[] = [];
      for (const entry of await readdir(into, { recursive: true })) {
        if (!entry.endsWith(".seg")) continue;
        const bytes = await readFile(join(into, entry));
        for (const { offset, length } of recordsIn(bytes, 0).records)
          records.push(bytes.subarray(offset, offset + length).toString("latin1"));
      }
      return { report, records: records.sort() };
    };
    const [threads, here] = [await kept("threads", workers()), await kept("here", inPlace())];
    expect(here.records.length).toBeGreaterThanOrEqual(LAYERS);
    expect(threads.records).toEqual(here.records);
    expect(threads.report).toEqual(here.report);
    // Once more, from what is kept: nothing is computed again.
    const again = workers();
    expect((await kept("here", again)).report).toEqual(here.report);
  });

  it("fail with the reasons of this thread where a tensor's bytes are damaged, and the others do not", async () => {
    const [found, wanted] = [await run("broken.npz", workers()), await run("broken.npz", inPlace())];
    expect(found.report).toEqual(wanted.report);
    expect(found.report.layers.map(({ reason }) => reason)).toEqual([null, expect.stringMatching(/checksum/), null]);
    const failed = found.results[1].error;
    expect(failed).toMatchObject({
      name: "FormatError",
      kind: "malformed",
      message: (wanted.results[1].error as Error).message,
    });
  });

  it("give the command line exit code 4, with the same reason, in workers and in its own thread", async () => {
    const ended = await Promise.all(
      // The bootstrap keeps the work from the command's own thread.
      [[], ["--farms"]].map((more) =>
        eigenscope(["analyze", at("broken.npz"), "--json", "-", "--min-eigenvalues", "1", ...more]),
      ),
    );
    const reasons = ended.map(({ stdout }) =>
      JSON.parse(stdout).layers.map(({ reason }: { reason: unknown }) => reason),
    );
    expect(ended.map(({ code }) => code)).toEqual([4, 4]);
    expect(reasons[0]).toEqual(reasons[1]);
    expect(reasons[0][1]).toMatch(/^could not be analysed: .*broken\.npz.*checksum/);
  });

  it("fail by their file's name if it was written after it was planned, as in this thread", async () => {
    const changed = async (host: Counted) => {
      await copyFile(at("a.safetensors"), at("changing.safetensors"));
      const onOpened = () => writeFile(at("changing.safetensors"), safetensorsWith(tensorsOf(70)));
      return (await run("changing.safetensors", host, { onOpened })).report.layers.map(({ reason }) => reason);
    };
    const reason =
      `could not be analysed: ${at("changing.safetensors")}: the file changed while it was being read. Wait ` +
      "until nothing writes to it and run again.";
    const inWorkers = await changed(workers());
    expect(await changed(inPlace())).toEqual(Array(LAYERS).fill(reason));
    expect(inWorkers).toEqual(Array(LAYERS).fill(reason));
  });

  it("move to this thread, with one warning, if no worker can be started", async () => {
    const unavailable = counted(() =>
      poolWithFallback({
        pool: workerPool({
          ...{ engine: "wasm", width: 2, answersCalls: true },
          start: (onMessage, onFailure) =>
            startThread<FromWorker>(new URL("./no-such-worker.js", import.meta.url), {
              onMessage,
              onFailure: (cause) => onFailure(new WorkerNotStarted(cause.message, { cause })),
            }),
        }),
        reasonToLeave: (cause) => (cause instanceof WorkerNotStarted ? "this thread did the work" : undefined),
        fallback: () => inPlacePool(createWasmEngine()),
      }),
    );
    const found = await run("a.safetensors", unavailable, EXTRAS);
    const wanted = await run("a.safetensors", inPlace(), EXTRAS);
    expect(found.results).toEqual(wanted.results);
    expect(found.report.input.warnings).toEqual(["this thread did the work"]);
    expect(unavailable.calls.length).toBeGreaterThan(0);
  });

  it("have approximate spectra and eigenvectors of this thread, to the bit", async () => {
    const [pool, own] = [nodeWorkerPool({ width: 1 }), inPlacePool(createWasmEngine())];
    onTestFinished(async () => void (await Promise.all([pool.close(), own.close()])));
    const { openTwice } = await import("../analysis/workers/reopened.js");
    const { layers, close } = await openTwice(at("a.safetensors"));
    const { source } = layers[0];
    const request = { seed: 3, probes: 2, steps: 6, block: 2 };
    expect(await callingPool(pool).approximate(source, request)).toEqual(await own.approximate(source, request));
    const vectors = async (used: SpectralPool) => {
      const found: unknown[] = [];
      await used.eigenvectors(source, { side: "columns", onMatrix: (eigensystem) => found.push(eigensystem) });
      return found;
    };
    expect(await vectors(callingPool(pool))).toEqual(await vectors(own));
    await close();
  });

  it("stop at once when they are aborted in the middle, and leave no thread and no open file", async () => {
    const descriptors = (): number => (existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0);
    let runs = 0;
    const stopped = async (): Promise<void> => {
      const stop = new AbortController();
      const { host } = workers();
      const createPool: AnalysisHost["createPool"] = async (request) => {
        const pool = await host.createPool(request);
        const call: SpectralPool["call"] = ({ onAsk, ...asked }, signal) =>
          pool.call?.(
            {
              ...asked,
              // The worker is at the layer when it asks for kept outcomes.
              async onAsk(question) {
                setImmediate(() => stop.abort(new Error("enough")));
                return onAsk?.(question);
              },
            },
            signal,
          ) as Promise<unknown>;
        return { ...pool, call };
      };
      const analysis = analyzeFiles(
        () => namedFiles(at("a.safetensors")),
        // 100,000 replicates per layer take many minutes.
        { minEigenvalues: 1, bootstrap: 100_000, signal: stop.signal, keeper: runFolder(at(`stopped ${runs++}`)) },
        { ...host, createPool },
      );
      await expect(analysis.report()).rejects.toThrow("enough");
    };
    await stopped();
    const before = descriptors();
    for (let k = 0; k < 5; k++) await stopped();
    expect(descriptors()).toBeLessThanOrEqual(before);
  });

  it("leave no open file behind when they are done", async () => {
    const descriptors = (): number => (existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0);
    await run("a.safetensors", workers());
    const before = descriptors();
    for (let k = 0; k < 5; k++) await run("a.safetensors", workers());
    expect(descriptors()).toBeLessThanOrEqual(before);
  });
});

describe.runIf(BUILT)("a comparison by worker threads", () => {
  it("has the numbers of this thread, to the bit: phases, distances and alignments", async () => {
    const compared = async ({ host }: Counted) => {
      const [a, b] = await Promise.all([at("a.safetensors"), at("b.safetensors")].map((path) => namedFiles(path)));
      return compareModels({ a, b }, { minEigenvalues: 1 }, host);
    };
    const [threads, here] = [workers(), inPlace()];
    const found = await compared(threads);
    expect(found).toEqual(await compared(here));
    expect([threads.streamed, here.calls]).toEqual([0, []]);
    expect(new Set(threads.calls)).toEqual(new Set(["layers", "stack", "alignment", "difference", "directions"]));
    expect(found.layers.map(({ status }) => status)).toEqual([
      ...["changed", "changed", "unchanged", "unchanged", "failed", "unchanged", "unchanged", "unchanged"],
    ]);
    expect(found.layers[0].distance_cka).toBeGreaterThan(0);
    expect(found.layers[0].distance_raw).toBeGreaterThan(0);
    expect(found.layers[0].overlap_left).toBeGreaterThan(0);
  });
});

describe.runIf(BUILT)("very little work", () => {
  it("is done by the caller's own thread, and starts no worker: the same rows as workers give", async () => {
    const post = vi.spyOn(Worker.prototype, "postMessage");
    onTestFinished(() => post.mockRestore());
    const rows = async (options: AnalyzeOptions) =>
      (await analyze(at("a.safetensors"), { minEigenvalues: 1, ...options }).results()).map(
        ({ record, spectrum }) => [record.name, record.alpha, spectrum?.eigenvalues] as const,
      );
    const own = await rows({});
    expect(post).not.toHaveBeenCalled();
    // An optional column: never in the caller's own thread.
    expect(await rows({ farms: true })).toEqual(own);
    expect(post).toHaveBeenCalled();
  });

  it.each([
    [MIN_WORKER_WORK - 1, true, true],
    [MIN_WORKER_WORK, true, false],
    [MIN_WORKER_WORK - 1, false, false],
  ])("is up to %d operations (allowed: %s): own thread %s", async (work, ownThread, own) => {
    const pool = await openPool({ engine: "auto", width: 2, work, ownThread });
    onTestFinished(() => pool.close());
    expect([pool.width, pool.call === undefined]).toEqual(own ? [1, true] : [2, false]);
  });

  it("is never done there by another engine than the embedded one", async () => {
    const pool = await openPool({ engine: "reference", width: 2, work: 1, ownThread: true });
    onTestFinished(() => pool.close());
    expect([pool.engine, pool.call === undefined]).toEqual(["reference", false]);
  });
});
