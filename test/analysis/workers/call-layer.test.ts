import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { layerTask } from "#eigenscope/analysis/layer-task.js";
import { type AnalyzeOptions, resolveOptions } from "#eigenscope/analysis/options.js";
import { callAnswerer } from "#eigenscope/analysis/workers/answer-call.js";
import { callLayers } from "#eigenscope/analysis/workers/call-layer.js";
import type { Layer, MatrixSource } from "#eigenscope/layers/index.js";
import { openSharedFiles } from "#eigenscope/node/shared-files.js";
import {
  approximateBytes,
  createReferenceEngine,
  createWasmEngine,
  eigenvectorBytes,
  engineBytes,
  inPlacePool,
  isMemoryRefused,
  poolWithFallback,
  type SpectralPool,
} from "#eigenscope/spectra/index.js";
import { safetensorsWith } from "../../formats/build-safetensors.js";
import { normals, openTwice, type TwiceOpened, writeFiles } from "./reopened.js";

let folder: string;
let model: TwiceOpened;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "call-layer-"));
  await writeFiles(folder, {
    "m.safetensors": safetensorsWith({
      "a.weight": { shape: [60, 40], values: normals(2400, 1) },
      "b.weight": { shape: [60, 40], values: normals(2400, 2) },
    }),
  });
  model = await openTwice(join(folder, "m.safetensors"));
});
afterEach(async () => {
  await model.close();
  await rm(folder, { recursive: true, force: true });
});

/** The bytes that a call of a layer of this shape takes of the pool's memory. */
async function bytesOf(rows: number, cols: number, options: AnalyzeOptions = {}): Promise<number> {
  let bytes = Number.NaN;
  const seen = new Error("seen");
  const pool: SpectralPool = {
    ...inPlacePool(createWasmEngine()),
    async call(call) {
      bytes = call.bytes;
      throw seen;
    },
  };
  const [{ source, ...layer }] = model.layers;
  const [N, M] = [Math.max(rows, cols), Math.min(rows, cols)];
  const sized: Layer = { ...layer, N, M, shape: [rows, cols], source: { ...source, rows, cols } };
  const resolved = resolveOptions({ precision: "f64", ...options });
  await expect(callLayers({ layers: [{ layer: sized }], options: resolved }, pool)).rejects.toBe(seen);
  return bytes;
}

describe("the memory of a layer's task", () => {
  /** The largest square matrix that the engine takes. */
  function largest(): number {
    let [fits, past] = [1, 100_000];
    while (past - fits > 1) {
      const M = Math.floor((fits + past) / 2);
      if (engineBytes({ rows: M, cols: M }) <= 4 * 2 ** 30) fits = M;
      else past = M;
    }
    return fits;
  }

  it("is the engine's up to its limit of 4 GiB, and beyond it that of an approximate spectrum", async () => {
    const M = largest();
    expect(await bytesOf(M, M)).toBe(engineBytes({ rows: M, cols: M }));
    const past = { rows: M + 1, cols: M + 1 };
    expect(await bytesOf(past.rows, past.cols)).toBe(approximateBytes(past, {}));
    expect(approximateBytes(past, {})).toBeLessThan(engineBytes(past));
    // The engine itself draws the line there.
    expect(() => createWasmEngine().begin({ count: 1, ...past })).toThrow(/needs 4\.\d+ GiB/);
  });

  it("is that of its eigenvectors, if they are asked for, take more, and are computed at all", async () => {
    const shape = { rows: 1000, cols: 1000 };
    expect(eigenvectorBytes(shape)).toBeGreaterThan(engineBytes(shape));
    expect(await bytesOf(1000, 1000, { vectors: true })).toBe(eigenvectorBytes(shape));
    expect(await bytesOf(1000, 1000, { farms: true })).toBe(engineBytes(shape));
    // Past 1024 there are no eigenvectors.
    expect(await bytesOf(1100, 1100, { vectors: true })).toBe(engineBytes({ rows: 1100, cols: 1100 }));
  });
});

describe("a worker's engine that cannot do it", () => {
  const plain = (row: object) => structuredClone(row);
  const OPTIONS = resolveOptions({ minEigenvalues: 1 });

  function pools(solve: SpectralPool["solve"]) {
    const engine = inPlacePool(createWasmEngine());
    const answer = callAnswerer(openSharedFiles);
    const inWorker: SpectralPool = { ...engine, solve };
    const calling: SpectralPool = {
      ...inWorker,
      async call({ description, onAsk }) {
        const host = { pool: inWorker, ask: async (question: unknown) => onAsk?.(question) };
        return structuredClone((await answer(structuredClone(description), host)).value);
      },
    };
    return { calling, inWorker };
  }

  it("because of the matrix's size: the layer gets the approximate spectrum that this thread would give", async () => {
    const { calling, inWorker } = pools(async () => {
      throw new RangeError("a 60 x 40 matrix needs 5.0 GiB of WebAssembly memory");
    });
    const [layer] = model.layers;
    const { recipe: _, ...source } = layer.source as MatrixSource;
    const called = await layerTask(layer, OPTIONS).run(calling);
    expect(called.record.route).toBe("lanczos");
    const here = await layerTask({ ...layer, source }, OPTIONS).run(inWorker);
    expect(plain(called.record)).toEqual(plain(here.record));
  });

  it(
    "because no memory can be reserved: the reference engine does this layer and the later ones, and a warning " +
      "says so",
    async () => {
      const refusal = new RangeError("this process cannot reserve a WebAssembly memory");
      const { calling } = pools(async () => {
        throw refusal;
      });
      const pool = poolWithFallback({
        pool: calling,
        reasonToLeave: (cause) =>
          isMemoryRefused(cause) ? "the reference engine computed the later layers" : undefined,
        fallback: () => inPlacePool(createReferenceEngine()),
      });
      const rows = await Promise.all(
        model.layers.map(async (layer) => (await layerTask(layer, OPTIONS).run(pool)).record),
      );
      const reference = inPlacePool(createReferenceEngine());
      const wanted = await Promise.all(
        model.layers.map(async (layer) => (await layerTask(layer, OPTIONS).run(reference)).record),
      );
      expect(rows).toEqual(wanted);
      expect(rows.map(({ status }) => status)).toEqual(["success", "success"]);
      expect(pool.warnings).toEqual(["the reference engine computed the later layers"]);
    },
  );
});
