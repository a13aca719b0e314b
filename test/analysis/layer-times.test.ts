import { expect, it } from "vitest";
import { type LayerTask, type Progress, solveAll } from "#eigenscope/analysis/solve-layers.js";
import type { Layer } from "#eigenscope/layers/index.js";
import type { SpectralPool } from "#eigenscope/spectra/index.js";

/** The times of the layers by their index, on a clock that only the tasks move. */
async function times(tasks: readonly Partial<LayerTask<number>>[], clock?: { ms: number }): Promise<unknown[]> {
  const pool = { engine: "wasm", width: 1, close: async () => {} } as unknown as SpectralPool;
  const found: unknown[] = [];
  const all = tasks.map((task, index) => ({ layer: { index } as Layer, work: 1, run: async () => index, ...task }));
  await solveAll<number>(1, () => all, {
    host: { createPool: async () => pool, ...(clock && { now: () => clock.ms }) },
    engine: "wasm",
    onResult: () => {},
    onProgress: ({ last, lastMs }: Progress<number>) => {
      if (last !== undefined) found[last] = lastMs;
    },
  });
  return found;
}

const taking = (clock: { ms: number }, ms: number, index: number): Partial<LayerTask<number>> => ({
  run: async () => {
    clock.ms += ms;
    return index;
  },
});

it("times each layer by the host's clock", async () => {
  const clock = { ms: 100 };
  expect(await times([taking(clock, 5, 0), taking(clock, 7, 1)], clock)).toEqual([5, 7]);
});

it("gives layers that ran in one go equal shares, and each its own time if they could not", async () => {
  const clock = { ms: 0 };
  const together = async (batch: readonly LayerTask<number>[]): Promise<number[]> => {
    clock.ms += 30;
    return batch.map(({ layer }) => layer.index);
  };
  expect(await times([{ together }, { together }, { together }], clock)).toEqual([10, 10, 10]);
  const refuse = async (): Promise<undefined> => {
    clock.ms += 1000;
    return undefined;
  };
  const alone = [3, 4].map((ms, i) => ({ ...taking(clock, ms, i), together: refuse }));
  expect(await times(alone, clock)).toEqual([3, 4]);
});

it("times nothing without a clock", async () => {
  expect(await times([{}, {}])).toEqual([undefined, undefined]);
});
