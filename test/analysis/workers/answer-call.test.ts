import { mkdtemp, rm, truncate, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LayerResult } from "#eigenscope/analysis/layer-result.js";
import { layerTask, NOT_MEASURED, solveLayer } from "#eigenscope/analysis/layer-task.js";
import { type ResolvedOptions, resolveOptions } from "#eigenscope/analysis/options.js";
import type { Outcome } from "#eigenscope/analysis/store/outcome.js";
import { callAnswerer } from "#eigenscope/analysis/workers/answer-call.js";
import { callLayers } from "#eigenscope/analysis/workers/call-layer.js";
import { callingPool } from "#eigenscope/analysis/workers/calling-pool.js";
import type { WorkerCall } from "#eigenscope/analysis/workers/layer-call.js";
import { receiveError, sendError } from "#eigenscope/analysis/workers/sent-error.js";
import type { OpenShared } from "#eigenscope/analysis/workers/shared-model.js";
import { type ByteSource, FormatError } from "#eigenscope/formats/index.js";
import type { Layer } from "#eigenscope/layers/index.js";
import { openSharedFiles } from "#eigenscope/node/shared-files.js";
import {
  type AnswerCall,
  createWasmEngine,
  type Eigensystem,
  inPlacePool,
  type PoolCall,
  type SpectralPool,
} from "#eigenscope/spectra/index.js";
import { safetensorsWith } from "../../formats/build-safetensors.js";
import { normals, openTwice, type TwiceOpened, writeFiles } from "./reopened.js";

let folder: string;
const at = (name: string): string => join(folder, name);
const opened: TwiceOpened[] = [];
const modelOf = async (name: string): Promise<TwiceOpened> => {
  const model = await openTwice(at(name));
  opened.push(model);
  return model;
};

const sources: ByteSource[] = [];
/** A worker's files stay open until it ends; here until the test does. */
const openInTest: OpenShared = async (shared) => {
  const files = await openSharedFiles(shared);
  return {
    ...files,
    async open(name) {
      const source = await files.open(name);
      sources.push(source);
      return source;
    },
  };
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "answer-call-"));
  const weights = (seed: number): Uint8Array =>
    safetensorsWith({
      "good.weight": { shape: [60, 40], values: normals(2400, seed) },
      "wide.weight": { shape: [40, 60], values: normals(2400, seed + 1) },
      "equal.weight": { shape: [9, 8], values: new Float32Array(72).fill(2) },
      "nan.weight": { shape: [9, 8], values: normals(72, seed + 2).fill(Number.NaN, 0, 1) },
      // Zeros hidden among heavy-tailed entries: its null is drawn from permutations.
      "masked.weight": {
        shape: [60, 40],
        values: normals(2400, seed + 3).map((value, i) => (i % 3 === 0 ? 0 : value ** 5)),
      },
    });
  await writeFiles(folder, Object.fromEntries([1, 2, 3].map((k) => [`m${k}.safetensors`, weights(k)])));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((model) => model.close()));
  await Promise.all(sources.splice(0).map((source) => source.close?.()));
  await rm(folder, { recursive: true, force: true });
});

/** A pool whose one worker is this thread: what is said goes through structured cloning. */
function callable(answer: AnswerCall = callAnswerer(openInTest)) {
  const asked: unknown[] = [];
  const calls: PoolCall[] = [];
  let streamed = 0;
  const own = inPlacePool(createWasmEngine());
  const pool: SpectralPool = {
    ...own,
    solve: (...args) => {
      streamed++;
      return own.solve(...args);
    },
    async call(call) {
      calls.push(call);
      const ask = async (question: unknown): Promise<unknown> => {
        asked.push(question);
        return structuredClone(await call.onAsk?.(structuredClone(question)));
      };
      try {
        const host = { pool: inPlacePool(createWasmEngine()), ask };
        return structuredClone((await answer(structuredClone(call.description), host)).value);
      } catch (cause) {
        // As messages of a worker do: an error loses its class.
        throw structuredClone(cause);
      }
    },
  };
  return { pool, asked, calls, streamed: () => streamed };
}

const OPTIONS = resolveOptions({ minEigenvalues: 1 });
const EXTRAS = resolveOptions({
  minEigenvalues: 1,
  ...{ weightwatcher: true, randomize: 2, vectors: true, tails: true, farms: true, bootstrap: 20 },
});
/** What a layer gives, without the ways to its values. */
const plain = ({ layer: { name }, ...result }: LayerResult) => ({ name, ...structuredClone(result) });
const inPlace = async (layer: Layer, options: ResolvedOptions) => {
  const { recipe: _, ...source } = layer.source;
  return plain((await solveLayer({ ...layer, source }, options, { pool: inPlacePool(createWasmEngine()) })).result);
};

describe("a layer that a worker reads, solves and measures", () => {
  it.each([
    ["without optional columns", OPTIONS, true],
    ["with all, as a whole", EXTRAS, false],
    ["with all, spread over the pool", EXTRAS, true],
  ])("has the result of this thread, to the bit: %s", async (_, options, spread) => {
    const { layers } = await modelOf("m1.safetensors");
    const { pool, streamed } = callable();
    for (const layer of layers) {
      const result = await layerTask(layer, options, { spread }).run(pool);
      expect(result.layer).toBe(layer);
      expect(plain(result)).toEqual(await inPlace(layer, options));
    }
    expect(streamed()).toBe(0);
  });

  it("is one task if its optional columns are not spread, else one for each of their spectra", async () => {
    const { layers } = await modelOf("m1.safetensors");
    const tasks = async (options: ResolvedOptions, spread: boolean) => {
      const { pool, calls } = callable();
      await layerTask(layers[0], options, { spread }).run(pool);
      return calls.map(({ description }) => {
        const { kind, request } = description as WorkerCall & { readonly request?: { readonly kind: string } };
        return request === undefined ? kind : request.kind;
      });
    };
    expect(await tasks(EXTRAS, false)).toEqual(["layers"]);
    expect(await tasks(OPTIONS, true)).toEqual(["layers"]);
    const [first, ...others] = await tasks(EXTRAS, true);
    expect(first).toBe("layers");
    expect(new Set(others)).toEqual(new Set(["spectrum", "vectors"]));
  });

  it("asks for what is kept, and tells what is new: the same outcomes as in this thread", async () => {
    const { layers } = await modelOf("m1.safetensors");
    const kept = async (called: boolean) => {
      const outcomes = new Map<string, Outcome>();
      const store = {
        get: async (key: string) => outcomes.get(key),
        put: async (outcome: Outcome) => void outcomes.set(outcome.key, outcome),
      };
      const { pool, asked } = callable();
      for (const layer of layers) {
        const { recipe: _, ...source } = layer.source;
        const from = called ? layer : { ...layer, source };
        const memory = { store, files: "of the files", writes: true };
        await layerTask(from, EXTRAS, { memory, spread: false }).run(pool);
      }
      return { outcomes, asked };
    };
    const [worker, here] = [await kept(true), await kept(false)];
    expect([...worker.outcomes.entries()].sort()).toEqual([...here.outcomes.entries()].sort());
    expect(new Set([...here.outcomes.values()].map(({ kind }) => kind))).toEqual(
      new Set(["exact", "degenerate", "values"]),
    );
    expect(here.asked).toEqual([]);
    expect(worker.asked.filter((question) => (question as { kind: string }).kind === "put")).toHaveLength(
      worker.outcomes.size,
    );
  });

  it.each([
    ["by a worker", true],
    ["in this thread", false],
  ])("of which only what is kept is wanted keeps the same, and has a row without numbers: %s", async (_, called) => {
    const { layers } = await modelOf("m1.safetensors");
    const kept = async (options: ResolvedOptions, onlyKept: boolean) => {
      const outcomes = new Map<string, Outcome>();
      const store = {
        get: async (key: string) => outcomes.get(key),
        put: async (outcome: Outcome) => void outcomes.set(outcome.key, outcome),
      };
      const memory = { store, files: "of the files", writes: true };
      const rows: [string, string | null, number | null][] = [];
      for (const layer of layers) {
        const { recipe: _, ...source } = layer.source;
        const work = { pool: callable().pool, memory, onlyKept, worker: called ? { whole: true } : undefined };
        const { result } = await solveLayer(called ? layer : { ...layer, source }, options, work);
        rows.push([layer.name, result.record.reason, result.record.alpha]);
      }
      return { outcomes: [...outcomes.entries()].sort(), rows };
    };
    const [all, only] = [await kept(OPTIONS, false), await kept(OPTIONS, true)];
    expect(only.outcomes).toEqual(all.outcomes);
    // The null of the masked layer is among them.
    expect(all.outcomes.map(([, { kind }]) => kind).sort()).toEqual([
      "degenerate",
      "degenerate",
      "exact",
      "exact",
      "exact",
      "values",
    ]);
    const reasonOf = ({ rows }: typeof all, layer: string) => rows.find(([name]) => name === layer);
    for (const name of ["good", "wide", "masked"]) {
      expect(reasonOf(only, name)).toEqual([name, NOT_MEASURED, null]);
      expect(reasonOf(all, name)).toEqual([name, null, expect.any(Number)]);
    }
    for (const name of ["equal", "nan"]) expect(reasonOf(only, name)).toEqual(reasonOf(all, name));
    // Optional columns begin with the row: it is measured for them.
    expect(await kept(EXTRAS, true)).toEqual(await kept(EXTRAS, false));
  });

  it("is done in this thread if the workers are gone, and the source has its recipe all the same", async () => {
    const { layers } = await modelOf("m1.safetensors");
    const { CallUnavailable } = await import("#eigenscope/spectra/index.js");
    const pool: SpectralPool = {
      ...callable().pool,
      async call() {
        throw new CallUnavailable();
      },
    };
    for (const layer of layers)
      expect(plain(await layerTask(layer, EXTRAS).run(pool))).toEqual(await inPlace(layer, EXTRAS));
  });

  it("fails with the FormatError of its files, with file, kind and remedy", async () => {
    const { layers } = await modelOf("m1.safetensors");
    await utimes(at("m1.safetensors"), new Date(0), new Date(0));
    const { pool } = callable();
    for (const options of [OPTIONS, EXTRAS]) {
      const { record, error } = await layerTask(layers[0], options).run(pool);
      expect(error).toBeInstanceOf(FormatError);
      expect((error as FormatError).kind).toBe("unreadable");
      expect(record.reason).toBe(`could not be analysed: ${(error as FormatError).message}`);
      expect((error as FormatError).message).toContain(`${at("m1.safetensors")}: the file changed`);
    }
  });

  it("that fails while it is read has the error that reading in this thread gives", async () => {
    const { layers } = await modelOf("m1.safetensors");
    const { pool } = callable();
    // The worker has opened the file by now.
    await layerTask(layers[0], OPTIONS).run(pool);
    await truncate(at("m1.safetensors"), 2000);
    const { record, error } = await layerTask(layers[1], OPTIONS).run(pool);
    const here = await inPlace(layers[1], OPTIONS);
    expect(error).toBeInstanceOf(FormatError);
    expect(record).toEqual(here.record);
    expect(record.reason).toMatch(/truncated while it was being read|changed while it was being read/);
  });

  it("rejects with a refusal of memory, which is not the layer's fault, and keeps no failure then", async () => {
    const { layers } = await modelOf("m1.safetensors");
    const refusal = new RangeError("this process cannot reserve a WebAssembly memory");
    const answer = callAnswerer(openInTest);
    const asked: unknown[] = [];
    const { pool } = callable((description, host) => {
      const refusing = async (): Promise<never> => {
        throw refusal;
      };
      return answer(description, {
        ask: async (question) => void asked.push(question),
        pool: { ...host.pool, solve: refusing },
      });
    });
    const memory = { store: { get: async () => undefined, put: async () => {} }, files: "f", writes: true };
    await expect(callLayers({ layers: [{ layer: layers[0] }], options: OPTIONS, memory }, pool)).rejects.toThrow(
      refusal,
    );
    expect(asked.map((question) => (question as { kind: string }).kind)).not.toContain("put");
  });
});

describe("a stack whose values a worker makes", () => {
  it("gives its eigenvectors matrix by matrix, and an approximate spectrum, as this thread would", async () => {
    const { layers } = await modelOf("m1.safetensors");
    const found: Eigensystem[][] = [[], []];
    const { pool } = callable();
    const own = inPlacePool(createWasmEngine());
    const { source } = layers[0];
    for (const [k, used] of [callingPool(pool), own].entries())
      await used.eigenvectors(source, { side: "columns", onMatrix: (eigensystem) => found[k].push(eigensystem) });
    expect(found[0]).toHaveLength(1);
    expect(found[0]).toEqual(found[1]);
    const request = { seed: 3, probes: 1, steps: 5 };
    expect(await callingPool(pool).approximate(source, request)).toEqual(await own.approximate(source, request));
  });
});

describe("the models that a worker keeps open", () => {
  function counting() {
    const events: string[] = [];
    const open: OpenShared = async (shared) => {
      const files = await openInTest(shared);
      const name = String(shared.path).slice(folder.length + 1, -".safetensors".length);
      return {
        ...files,
        async open(file) {
          const source = await files.open(file);
          events.push(`open ${name}`);
          return {
            ...source,
            async close() {
              events.push(`close ${name}`);
              await source.close?.();
            },
          };
        },
      };
    };
    return { events, open };
  }

  it("are the two that were used last; a third closes the one that was used longest ago", async () => {
    const { events, open } = counting();
    const { pool } = callable(callAnswerer(open));
    const models = await Promise.all(["m1", "m2", "m3"].map((name) => modelOf(`${name}.safetensors`)));
    const use = (k: number) => layerTask(models[k].layers[0], OPTIONS).run(pool);
    for (const k of [0, 1, 0, 1, 0]) await use(k);
    const opens = events.length;
    const stillOpen = (): string[] =>
      ["m1", "m2", "m3"].filter(
        (name) =>
          events.filter((event) => event === `open ${name}`).length >
          events.filter((event) => event === `close ${name}`).length,
      );
    expect(stillOpen()).toEqual(["m1", "m2"]);
    await use(2);
    expect(events.length).toBeGreaterThan(opens);
    expect(stillOpen()).toEqual(["m1", "m3"]);
    await use(0);
    expect(stillOpen()).toEqual(["m1", "m3"]);
    await use(1);
    expect(stillOpen()).toEqual(["m1", "m2"]);
  });

  it("are tried again by the next layer, if they could not be opened", async () => {
    let refuse = true;
    const { pool } = callable(
      callAnswerer(async (shared) => {
        if (refuse) throw new FormatError("too many open files", { kind: "unreadable" });
        return openInTest(shared);
      }),
    );
    const { layers } = await modelOf("m1.safetensors");
    expect((await layerTask(layers[0], OPTIONS).run(pool)).record.reason).toContain("too many open files");
    refuse = false;
    expect((await layerTask(layers[0], OPTIONS).run(pool)).record.status).toBe("success");
  });
});

describe("an error on its way to another thread", () => {
  const sent = (error: unknown): unknown => receiveError(structuredClone(sendError(error)));

  it("keeps class, kind, details and message of a FormatError", () => {
    const cause = new Error("EIO");
    const details = {
      kind: "malformed",
      format: "gguf",
      file: "a.gguf",
      tensor: "w",
      offset: 7,
      remedy: "Try again.",
    } as const;
    const error = new FormatError("has no end", { ...details, cause });
    const received = sent(error) as FormatError;
    expect(received).toBeInstanceOf(FormatError);
    expect(received.name).toBe("FormatError");
    expect(received.message).toBe(error.message);
    expect([received.kind, received.details]).toEqual(["malformed", details]);
  });

  it("keeps message and standard class of any other, and the text of what is no error", () => {
    expect(sent(new RangeError("too large"))).toEqual(new RangeError("too large"));
    expect(sent(new RangeError("too large"))).toBeInstanceOf(RangeError);
    expect((sent("text") as Error).message).toBe("text");
    expect((sent(new DOMException("stopped", "AbortError")) as Error).message).toBe("stopped");
  });
});
