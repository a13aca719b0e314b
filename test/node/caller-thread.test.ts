import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { columnWorkInPlace } from "#eigenscope/analysis/column-work.js";
import { compareModels } from "#eigenscope/analysis/compare/compare-models.js";
import { analyzeFiles } from "#eigenscope/analysis/index.js";
import { analyze, compare } from "#eigenscope/node/index.js";
import { namedFiles } from "#eigenscope/node/open-input.js";
import { readRun, reportOfRun } from "#eigenscope/node/run/read-run.js";
import { runFolder } from "#eigenscope/node/run/run-folder.js";
import { nodeWorkerPool } from "#eigenscope/node/worker-pool.js";
import { createReferenceEngine, createWasmEngine, inPlacePool } from "#eigenscope/spectra/index.js";
import { normals, writeFiles } from "../analysis/workers/reopened.js";
import { safetensorsWith } from "../formats/build-safetensors.js";
import { weightsPath } from "../goldens/weightwatcher.js";

/** Worker threads run from the built package only (npm test). */
const BUILT = (import.meta as { readonly env?: { readonly MODE?: string } }).env?.MODE === "dist";

/** What was called in this thread. Workers load modules of their own, which are not mocked. */
const { called, counted } = vi.hoisted(() => {
  const called: string[] = [];
  /** The module with these functions of it noted down when they are called. */
  const counted = async (original: () => Promise<unknown>, ...names: string[]): Promise<object> => {
    const module = (await original()) as Record<string, (...args: unknown[]) => unknown>;
    const noting = names.map((name) => [
      name,
      (...args: unknown[]) => {
        called.push(name);
        return module[name](...args);
      },
    ]);
    return { ...module, ...Object.fromEntries(noting) };
  };
  return { called, counted };
});
vi.mock("#eigenscope/numeric/symmetric-eigen.js", (original) => counted(original, "symmetricEigen"));
vi.mock("#eigenscope/numeric/tridiagonal.js", (original) => counted(original, "rotateToDiagonal"));
vi.mock("#eigenscope/spectra/wasm-engine.js", (original) => counted(original, "createWasmEngine"));
vi.mock("#eigenscope/spectra/reference-engine.js", (original) => counted(original, "createReferenceEngine"));
// Reading weights: elements, quantised blocks, rows of a matrix, products, digests.
vi.mock("#eigenscope/formats/element-types.js", (original) => counted(original, "decodeElements"));
vi.mock("#eigenscope/formats/stream-elements.js", (original) => counted(original, "streamElements"));
vi.mock("#eigenscope/formats/gguf/stream-blocks.js", (original) => counted(original, "streamBlocks"));
vi.mock("#eigenscope/formats/code-run.js", (original) => counted(original, "streamCodes"));
vi.mock("#eigenscope/formats/affine-codes.js", (original) => counted(original, "streamAffine"));
vi.mock("#eigenscope/layers/stored-rows.js", (original) => counted(original, "storedRows", "loadRows"));
vi.mock("#eigenscope/analysis/store/content-digest.js", (original) => counted(original, "digested"));
// What is done with them.
vi.mock("#eigenscope/numeric/random.js", (original) => counted(original, "shuffleInPlace", "shufflePartInPlace"));
vi.mock("#eigenscope/analysis/matrix-blocks.js", (original) => counted(original, "wholeMatrices", "pairedBlocks"));
vi.mock("#eigenscope/analysis/compare/leading-directions.js", (original) => counted(original, "leadingDirections"));
vi.mock("#eigenscope/analysis/compare/rounding.js", (original) => counted(original, "roundingProfileEdge"));
vi.mock("#eigenscope/analysis/gram-matrices.js", (original) => counted(original, "addColumnProducts", "rowProducts"));
// What is read off a spectrum.
vi.mock("#eigenscope/analysis/measure-layer.js", (original) => counted(original, "measureLayer"));
vi.mock("#eigenscope/analysis/compare/measure-difference.js", (original) => counted(original, "measureDifference"));
vi.mock("#eigenscope/phases/diagnose.js", (original) => counted(original, "diagnose"));
vi.mock("#eigenscope/rmt/bulk-fit.js", (original) => counted(original, "fitBulk"));
vi.mock("#eigenscope/rmt/permutation-null.js", (original) => counted(original, "permutationNull"));
vi.mock("#eigenscope/tails/power-law.js", (original) => counted(original, "fitPowerLaw"));
vi.mock("#eigenscope/tails/tail-judgement.js", (original) => counted(original, "judgeTail"));
vi.mock("#eigenscope/spectra/lanczos/approximate-spectrum.js", (original) =>
  counted(original, "approximateTask", "approximateSpectrum"),
);
vi.mock("#eigenscope/metrics/weightwatcher/mp-fit.js", (original) => counted(original, "weightWatcherBulk"));
vi.mock("#eigenscope/metrics/weightwatcher/randomised.js", (original) => counted(original, "weightWatcherRandomised"));
vi.mock("#eigenscope/metrics/weightwatcher/vectors.js", (original) => counted(original, "weightWatcherVectorMeasures"));
vi.mock("#eigenscope/metrics/randomisation.js", (original) => counted(original, "readRandomisation"));
vi.mock("#eigenscope/analysis/extras/vector-measures.js", (original) => counted(original, "vectorMeasures"));
vi.mock("#eigenscope/analysis/extras/replicates.js", (original) => counted(original, "drawReplicates"));
vi.mock("#eigenscope/tails/truncated-power-law.js", (original) => counted(original, "fitTruncatedPowerLaw"));

/** A trained layer with a power law, a bulk and spikes, so that no column is left out. */
const LAYER = weightsPath("digits_b4_fc1");
const VALUES = Float32Array.from({ length: 120 * 60 }, (_, k) => Math.sin((k + 1) * 12.9898));
const EVERYTHING = {
  weightwatcher: true,
  randomize: 1,
  vectors: true,
  tails: true,
  farms: true,
  bootstrap: 20,
} as const;
const source = {
  count: 1,
  rows: 120,
  cols: 60,
  async *blocks() {
    yield VALUES.slice();
  },
};

/** Ten layers of 2.3e7 operations each: more than the caller's thread may do by itself. One is masked. */
const LAYERS = Array.from({ length: 10 }, (_, k) => `h.${k}.fc`);
const [ROWS, COLS, RANK] = [300, 200, 4];
const layers = (seed: number): Uint8Array =>
  safetensorsWith(
    Object.fromEntries(
      LAYERS.map((name, k) => {
        const values = normals(ROWS * COLS, seed + k);
        const masked = values.map((value, i) => (i % 3 === 0 ? 0 : value ** 5));
        return [`${name}.weight`, { shape: [ROWS, COLS], values: k === 9 ? masked : values }];
      }),
    ),
  );
const adapter = (): Uint8Array =>
  safetensorsWith(
    Object.fromEntries(
      LAYERS.flatMap((name, k) => [
        [`${name}.lora_A.weight`, { shape: [RANK, COLS], values: normals(RANK * COLS, 300 + k) }],
        [`${name}.lora_B.weight`, { shape: [ROWS, RANK], values: normals(ROWS * RANK, 400 + k) }],
      ]),
    ),
  );

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "caller-thread-"));
  await writeFiles(folder, {
    "a.safetensors": layers(1),
    "b.safetensors": layers(100),
    "adapter/adapter_model.safetensors": adapter(),
    "adapter/adapter_config.json": JSON.stringify({ r: RANK, lora_alpha: 8 }),
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the caller's thread", () => {
  afterEach(() => {
    called.length = 0;
  });

  it.runIf(BUILT)("does no eigenvectors and no slow fit of the optional columns: workers do them", async () => {
    const [row] = (await analyze(LAYER, { minEigenvalues: 1, ...EVERYTHING }).report()).layers;
    expect(row).toMatchObject({ status: "success", notes: [] });
    for (const column of [
      "sigma_mp",
      "rand_distance",
      "tail_mean_vec_entropy",
      "bulk_vector_entropy",
      "tpl_alpha",
      "alpha_se",
    ] as const)
      expect(row[column], column).not.toBeNull();
    expect(called).toEqual([]);
  });

  const engine = "wasm";
  const heavy: readonly (readonly [what: string, work: () => Promise<{ readonly layers: readonly unknown[] }>])[] = [
    ["an analysis", () => analyze(at("a.safetensors"), { engine }).report()],
    // Four layers per worker and more: each layer is done as a whole. Fewer: its columns are spread.
    ["every optional column, whole", () => analyze(at("a.safetensors"), { engine, jobs: 2, ...EVERYTHING }).report()],
    ["every optional column, spread", () => analyze(at("a.safetensors"), { engine, jobs: 3, ...EVERYTHING }).report()],
    ["a run that is kept", () => analyze(at("a.safetensors"), { engine, run: at("run") }).report()],
    [
      "a run that is kept, with every optional column",
      () => analyze(at("a.safetensors"), { engine, run: at("run with columns"), jobs: 3, ...EVERYTHING }).report(),
    ],
    [
      "the report of one that was kept, whose spectra are measured anew",
      async () => (await reportOfRun(await readRun([at("run with columns")]))).report,
    ],
    ["an adapter alone", () => analyze(at("adapter"), { engine }).report()],
    ["an adapter on its base", () => analyze(at("adapter"), { engine, base: at("a.safetensors") }).report()],
    ["a comparison", () => compare(at("a.safetensors"), at("b.safetensors"), { engine })],
  ];

  it.runIf(BUILT).each(heavy)("reads, solves and measures nothing: %s", async (_, work) => {
    expect((await work()).layers).toMatchObject(LAYERS.map((name) => ({ name, reason: null })));
    expect([...new Set(called)]).toEqual([]);
  });

  it("would be seen reading, solving and measuring: a host without workers does all of it there", async () => {
    const host = { createPool: async () => inPlacePool(createWasmEngine()) };
    const files = (name: string) => () => namedFiles(at(name));
    const options = { layers: ["h.0.fc", "h.9.fc"], keeper: runFolder(at("seen")), randomize: 1 };
    await analyzeFiles(files("a.safetensors"), options, host).report();
    await analyzeFiles(files("adapter"), { layers: ["h.0.fc"], base: files("a.safetensors") }, host).report();
    await compareModels(
      { a: await files("a.safetensors")(), b: await files("b.safetensors")() },
      { layers: ["h.0.fc"] },
      host,
    );
    expect([...new Set(called)].sort()).toEqual(
      [
        ...["createWasmEngine", "decodeElements", "streamElements", "storedRows", "digested"],
        ...["shuffleInPlace", "shufflePartInPlace", "wholeMatrices", "pairedBlocks"],
        ...["addColumnProducts", "measureLayer", "measureDifference", "diagnose", "fitBulk"],
        ...["leadingDirections", "symmetricEigen", "rotateToDiagonal"],
        ...["permutationNull", "fitPowerLaw", "judgeTail", "readRandomisation", "loadRows"],
      ].sort(),
    );
  });

  it.runIf(BUILT)("does no approximate spectrum", async () => {
    const pool = nodeWorkerPool({ width: 1 });
    expect((await pool.approximate(source, { seed: 1, probes: 1, steps: 3 })).passes).toBeGreaterThan(0);
    await pool.close();
    expect(called).toEqual([]);
  });

  it("is seen at work where a host has no workers: each of these would be noted", async () => {
    const { spectrum, tail, record } = (await analyze(LAYER).results())[0];
    called.length = 0;
    const worker = columnWorkInPlace();
    await worker.run("weightWatcherBulk", [spectrum!]);
    await worker.run("weightWatcherRandomised", [
      spectrum!,
      { first: spectrum!.eigenvalues, second: spectrum!.eigenvalues },
    ]);
    await worker.run("randomisation", [spectrum!, [{ spectrum: spectrum!, zeroFloor: 0 }], { scale: 1 }]);
    await worker.run("tails", [{ spectrum, tail, record }]);
    await worker.run("replicates", [spectrum!.eigenvalues, { seed: 1, from: 0, to: 1 }]);
    await worker.run("weightWatcherVectors", [Float64Array.from([0.6, 0.8]), 2]);
    await worker.run("localisation", [Float64Array.from([0.6, 0.8]), 2]);
    for (const engine of [createWasmEngine(), createReferenceEngine()]) {
      const pool = inPlacePool(engine);
      await pool.eigenvectors(source, { side: "columns", onMatrix() {} });
      await pool.approximate(source, { seed: 1, probes: 1, steps: 3 });
    }
    expect(new Set(called)).toEqual(
      new Set([
        ...[
          "weightWatcherBulk",
          "weightWatcherRandomised",
          "readRandomisation",
          "fitTruncatedPowerLaw",
          "drawReplicates",
        ],
        ...[
          "weightWatcherVectorMeasures",
          "vectorMeasures",
          "createReferenceEngine",
          "fitBulk",
          "fitPowerLaw",
          "createWasmEngine",
          "rotateToDiagonal",
          "symmetricEigen",
          "approximateTask",
        ],
      ]),
    );
  });
});
