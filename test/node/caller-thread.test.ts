import { afterEach, describe, expect, it, vi } from "vitest";
import { columnWorkInPlace } from "#eigenscope/analysis/column-work.js";
import { analyze } from "#eigenscope/node/index.js";
import { nodeWorkerPool } from "#eigenscope/node/worker-pool.js";
import { createReferenceEngine, createWasmEngine, inPlacePool } from "#eigenscope/spectra/index.js";
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
vi.mock("#eigenscope/numeric/symmetric-eigen.js", (original) =>
  counted(original, "symmetricEigen", "rotateToDiagonal"),
);
vi.mock("#eigenscope/spectra/wasm-engine.js", (original) => counted(original, "createWasmEngine"));
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

  it.runIf(BUILT)("does no approximate spectrum", async () => {
    const pool = nodeWorkerPool({ width: 1 });
    expect((await pool.approximate(source, { seed: 1, probes: 1, steps: 3 })).passes).toBeGreaterThan(0);
    await pool.close();
    expect(called).toEqual([]);
  });

  it("is seen at work where a host has no workers: each of these would be noted", async () => {
    const { spectrum, tail, record } = (await analyze(LAYER).results())[0];
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
          "createWasmEngine",
          "rotateToDiagonal",
          "symmetricEigen",
          "approximateTask",
        ],
      ]),
    );
  });
});
