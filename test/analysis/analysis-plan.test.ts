import { describe, expect, it } from "vitest";
import { type AnalysisPlan, analyzeFiles, peakBytes, planFiles } from "#eigenscope/analysis/index.js";
import { spectrumWork } from "#eigenscope/analysis/spectrum-work.js";
import { createEngine, engineBytes, inPlacePool } from "#eigenscope/spectra/index.js";
import { ramFiles } from "../ram-files.js";

const files = ramFiles({
  "w.npy": { values: Float32Array.from({ length: 24 * 12 }, (_, i) => Math.sin(i)), shape: [24, 12] },
});

function countingHost() {
  const counts = { opened: 0, closed: 0, solved: 0 };
  const createPool = async () => {
    counts.opened++;
    const pool = inPlacePool(createEngine("wasm"));
    return {
      ...{ ...pool, target: "t", width: 3 },
      solve: (...args: Parameters<typeof pool.solve>) => {
        counts.solved++;
        return pool.solve(...args);
      },
      close: async () => {
        counts.closed++;
      },
    };
  };
  return { counts, host: { createPool } };
}

describe("planFiles", () => {
  it("says what an analysis would take, and solves nothing", async () => {
    const { counts, host } = countingHost();
    const plan = await planFiles(files, { precision: "mixed" }, host);
    const shape = { rows: 24, cols: 12 };
    expect(plan).toEqual({
      ...{ label: files.label, format: "npy", files: 1, engine: "wasm", target: "t", workers: 3, skipped: [] },
      layers: [
        {
          ...{ layer_id: 0, name: "w", N: 24, M: 12, rf: 1, precision: "mixed", approximate: false },
          ...{ work: spectrumWork({ N: 24, M: 12, rf: 1 }), memoryBytes: engineBytes(shape, "mixed"), readBytes: 1152 },
        },
      ],
    });
    expect(counts).toEqual({ opened: 1, closed: 1, solved: 0 });
  });

  it("closes what it opened if it is refused", async () => {
    const { counts, host } = countingHost();
    const refuse = (): never => {
      throw new Error("no");
    };
    await expect(planFiles(files, { onOpened: refuse }, host)).rejects.toThrow("no");
    expect(counts).toEqual({ opened: 0, closed: 0, solved: 0 });
  });

  it("is what an analysis says before any work", async () => {
    const { counts, host } = countingHost();
    const said: AnalysisPlan[] = [];
    const onPlanned = (plan: AnalysisPlan): void => {
      expect(counts.solved).toBe(0);
      said.push(plan);
    };
    await analyzeFiles(files, { onPlanned }, host).report();
    expect(said).toEqual([await planFiles(files, {}, host)]);
  });
});

it("peakBytes: the largest that run at once, within the budget; one that is larger runs alone", () => {
  const layers = [3, 9, 5].map((memoryBytes) => ({ memoryBytes }));
  expect(peakBytes(layers, { workers: 1, memory: 100 })).toBe(9);
  expect(peakBytes(layers, { workers: 2, memory: 100 })).toBe(14);
  expect(peakBytes(layers, { workers: 4, memory: 100 })).toBe(17);
  expect(peakBytes(layers, { workers: 2, memory: 13 })).toBe(13);
  expect(peakBytes(layers, { workers: 2, memory: 8 })).toBe(9);
  expect(peakBytes([], { workers: 2, memory: 8 })).toBe(0);
});
