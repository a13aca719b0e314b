import { describe, expect, it } from "vitest";
import {
  type AnalyzeOptions,
  analyzeFiles,
  type LayerResult,
  type Outcome,
  type OutcomeStore,
} from "#eigenscope/analysis/index.js";
import { layerTask, layerWork } from "#eigenscope/analysis/layer-task.js";
import { resolveOptions } from "#eigenscope/analysis/options.js";
import type { Layer } from "#eigenscope/layers/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { createEngine, inPlacePool, type SpectralPool } from "#eigenscope/spectra/index.js";
import { ramFiles } from "../../ram-files.js";

const [rows, cols] = [60, 40];
const normal = normalSampler(createRng(1));
const uniform = createRng(2);
const dense = Float32Array.from({ length: rows * cols }, normal);
/** Nine of ten entries are zero: its null distribution comes from permutations. */
const masked = dense.map((value) => (uniform() < 0.1 ? value : 0));

/** A layer as an analysis plans it. */
async function layerOf(values: Float32Array, shape: readonly number[] = [rows, cols]): Promise<Layer> {
  const createPool = async () => inPlacePool(createEngine("wasm"));
  return (await analyzeFiles(ramFiles({ "w.npy": { values, shape } }), {}, { createPool }).results())[0].layer;
}

/** A store in memory that lists what was put. */
function storeInMemory(): OutcomeStore & { readonly outcomes: Outcome[] } {
  const outcomes: Outcome[] = [];
  return {
    outcomes,
    get: async (key) =>
      outcomes.findLast((outcome) => outcome.key === key && outcome.kind !== "failed") ??
      outcomes.find((o) => o.key === key),
    put: async (outcome) => {
      outcomes.push(outcome);
    },
  };
}

/** A pool that lists what it is asked for: the kind and the precision. */
function poolThat(more: Partial<SpectralPool> = {}) {
  const asked: string[] = [];
  const pool = { ...inPlacePool(createEngine("wasm")), ...more };
  const listed: SpectralPool = {
    ...pool,
    solve: (source, signal, options) => {
      asked.push(`solve ${options?.precision}`);
      return pool.solve(source, signal, options);
    },
    approximate: (source, request, signal) => {
      asked.push("approximate");
      return pool.approximate(source, request, signal);
    },
    eigenvectors: (source, request, signal) => {
      asked.push("eigenvectors");
      return pool.eigenvectors(source, request, signal);
    },
  };
  return { pool: listed, asked };
}
const rejecting = (message: string, Kind = Error) => ({
  solve: async (): Promise<never> => {
    throw new Kind(message);
  },
});
const TOO_LARGE = "a 60 x 40 matrix needs 9.4 GiB, more than there is";

interface Running {
  readonly options?: AnalyzeOptions;
  readonly writes?: boolean;
  readonly signal?: AbortSignal;
}

const run = (
  layer: Layer,
  store: OutcomeStore,
  pool: SpectralPool,
  { options = {}, writes = true, signal }: Running = {},
) => layerTask(layer, resolveOptions(options), { memory: { store, files: "files", writes } }).run(pool, signal);

/** What a layer's task asks the pool for, and its result. */
async function askedBy(
  layer: Layer,
  store: OutcomeStore,
  how?: Running,
): Promise<{ asked: string[]; result: LayerResult }> {
  const { pool, asked } = poolThat();
  return { result: await run(layer, store, pool, how), asked };
}

describe("a layer of a kept run", () => {
  it("keeps one outcome, with the digest of its weights, and is not solved again", async () => {
    const [layer, store] = [await layerOf(dense), storeInMemory()];
    const first = await askedBy(layer, store);
    expect(first.asked).toEqual(["solve f64"]);
    expect(store.outcomes).toMatchObject([{ kind: "exact", content: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    const again = await askedBy(layer, store);
    expect([again.asked, again.result.record]).toEqual([[], first.result.record]);
  });

  it("is solved again in another precision, or if its files are others", async () => {
    const [layer, store] = [await layerOf(dense), storeInMemory()];
    await askedBy(layer, store);
    expect((await askedBy(layer, store, { options: { precision: "f32" } })).asked).toEqual(["solve f32"]);
    const { pool, asked } = poolThat();
    await layerTask(layer, resolveOptions(), { memory: { store, files: "others", writes: true } }).run(pool);
    expect(asked).toEqual(["solve f64"]);
  });

  it("keeps the null of its permutations, which depend on the seed and on the layer's number", async () => {
    const [layer, store] = [await layerOf(masked), storeInMemory()];
    const permuted = (count: number): string[] => Array.from({ length: count }, () => "solve f64");
    const first = await askedBy(layer, store);
    // The matrix and 99 permutations.
    expect(first.asked).toEqual(permuted(100));
    expect(await askedBy(layer, store)).toMatchObject({ asked: [], result: { record: first.result.record } });
    expect((await askedBy({ ...layer, index: 5 }, store)).asked).toEqual(permuted(99));
    expect((await askedBy(layer, store, { options: { seed: 1 } })).asked).toEqual(permuted(99));
  });

  it("keeps optional measurements by their parameters and the layer's number, at the layer's precision", async () => {
    const [layer, store] = [await layerOf(dense), storeInMemory()];
    const options = { randomize: 2, precision: "f32" } as const;
    const two = ["solve f32", "solve f32"];
    expect((await askedBy(layer, store, { options })).asked).toEqual(["solve f32", ...two]);
    expect((await askedBy(layer, store, { options })).asked).toEqual([]);
    expect((await askedBy({ ...layer, index: 5 }, store, { options })).asked).toEqual(two);
    expect((await askedBy(layer, store, { options: { ...options, seed: 1 } })).asked).toEqual(two);
    expect((await askedBy(layer, store, { options: { ...options, randomize: 3 } })).asked).toEqual([
      ...two,
      "solve f32",
    ]);
  });

  it("past the engine's limit keeps its approximate spectrum, and is not tried again", async () => {
    const [layer, store] = [await layerOf(dense), storeInMemory()];
    const first = poolThat(rejecting(TOO_LARGE, RangeError));
    const { record } = await run(layer, store, first.pool);
    expect(first.asked).toEqual(["solve f64", "approximate"]);
    expect(store.outcomes.map(({ kind }) => kind)).toEqual(["approximate"]);
    const again = poolThat(rejecting("asked for"));
    expect((await run(layer, store, again.pool)).record).toEqual(record);
    expect(again.asked).toEqual([]);
    // Its start vectors have another seed.
    const other = poolThat(rejecting(TOO_LARGE, RangeError));
    await run(layer, store, other.pool, { options: { seed: 1 } });
    expect(other.asked).toEqual(["solve f64", "approximate"]);
  });

  it("is approximated for no other error, nor if it pools several matrices", async () => {
    const [layer, conv] = [await layerOf(dense), await layerOf(dense, [20, 30, 2, 2])];
    expect(conv.rf).toBe(4);
    for (const [of, more] of [
      [layer, rejecting("the disk is gone")],
      [conv, rejecting(TOO_LARGE, RangeError)],
    ] as const) {
      const [store, { pool, asked }] = [storeInMemory(), poolThat(more)];
      const { record } = await run(of, store, pool);
      expect([record.status, asked]).toEqual(["failed", ["solve f64"]]);
      expect(store.outcomes).toMatchObject([{ kind: "failed", reason: record.reason }]);
    }
  });

  it("that failed is tried again by a run, and has its reason in a report, which keeps nothing", async () => {
    const [layer, store] = [await layerOf(dense), storeInMemory()];
    await run(layer, store, poolThat(rejecting("the disk is gone")).pool);
    const report = poolThat();
    const { record } = await run(layer, store, report.pool, { writes: false });
    expect([record.reason, report.asked]).toEqual(["could not be analysed: the disk is gone", []]);
    const other = await run({ ...layer, index: 1 }, storeInMemory(), poolThat(rejecting("not there")).pool, {
      writes: false,
    });
    expect(other.record.reason).toBe("could not be analysed: not there");
    expect(store.outcomes).toHaveLength(1);
    expect((await askedBy(layer, store)).asked).toEqual(["solve f64"]);
    expect((await askedBy(layer, store, { writes: false })).result.record.status).toBe("success");
  });

  it("past the engine's limit, failed first and solved then, has its approximate spectrum in a report", async () => {
    const [layer, store] = [await layerOf(dense), storeInMemory()];
    await run(layer, store, poolThat(rejecting("the disk is gone")).pool);
    const { record } = await run(layer, store, poolThat(rejecting(TOO_LARGE, RangeError)).pool);
    expect(store.outcomes.map(({ kind }) => kind)).toEqual(["failed", "approximate"]);
    const report = poolThat(rejecting("asked for"));
    expect((await run(layer, store, report.pool, { writes: false })).record).toEqual(record);
    expect(report.asked).toEqual([]);
  });

  it("in a report keeps neither failures nor measurements", async () => {
    const [layer, store] = [await layerOf(dense), storeInMemory()];
    await run(layer, store, poolThat(rejecting("not there")).pool, { writes: false });
    expect(store.outcomes).toEqual([]);
    await askedBy(layer, store);
    await askedBy(layer, store, { writes: false, options: { randomize: 2 } });
    expect(store.outcomes.map(({ kind }) => kind)).toEqual(["exact"]);
  });

  it("without a useful spectrum keeps that alone: it is no failure to try again", async () => {
    const [layer, store] = [await layerOf(new Float32Array(rows * cols).fill(2)), storeInMemory()];
    const first = await askedBy(layer, store);
    expect(store.outcomes).toMatchObject([{ kind: "degenerate", value: 2 }]);
    const again = await askedBy(layer, store);
    expect([again.asked, again.result]).toEqual([[], first.result]);
  });

  it("that was aborted is neither done nor failed", async () => {
    const [layer, store, stop] = [await layerOf(dense), storeInMemory(), new AbortController()];
    const solve = async (): Promise<never> => {
      stop.abort(new Error("stopped"));
      throw new Error("the worker is gone");
    };
    await expect(run(layer, store, poolThat({ solve }).pool, { signal: stop.signal })).rejects.toThrow("stopped");
    expect(store.outcomes).toEqual([]);
  });

  const kinds = {
    "a spectrum": [{}, {}],
    "an approximate spectrum": [rejecting(TOO_LARGE, RangeError), {}],
    "a failure": [rejecting("the disk is gone"), {}],
    "a measurement": [{}, { randomize: 2 }],
  } as const;
  it.each(Object.entries(kinds))(
    "resolves only when %s is kept, and rejects if it cannot be",
    async (_, [more, options]) => {
      const layer = await layerOf(dense);
      const seen: string[] = [];
      const store = storeInMemory();
      const slow: OutcomeStore = {
        get: store.get,
        put: async (outcome) => {
          await new Promise((done) => setImmediate(done));
          await store.put(outcome);
          seen.push("kept");
        },
      };
      await run(layer, slow, poolThat(more).pool, { options }).then(() => seen.push("result"));
      expect(seen.at(-1)).toBe("result");
      expect(seen.filter((event) => event === "kept")).toHaveLength(store.outcomes.length);
      const full: OutcomeStore = {
        get: async () => undefined,
        put: async () => {
          throw new Error("no space left on device");
        },
      };
      await expect(run(layer, full, poolThat(more).pool, { options })).rejects.toThrow("no space left on device");
    },
  );

  it("counts the work of its optional measurements", async () => {
    const layer = await layerOf(dense);
    const [plain, permuted] = [resolveOptions(), resolveOptions({ randomize: 3 })].map((options) =>
      layerWork(layer, options),
    );
    expect(permuted).toBeGreaterThanOrEqual(4 * plain);
  });
});
