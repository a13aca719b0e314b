import { describe, expect, it } from "vitest";
import { createWasmEngine, inPlacePool, workerPool } from "#eigenscope/spectra/index.js";
import { mockWorkers } from "./mock-workers.js";
import { testMatrix } from "./test-matrices.js";

/** A stack in blocks of 64 KiB or more, which are remembered. */
function stack(
  count: number,
  rows: number,
  cols: number,
  values = Float32Array.from(testMatrix({ kind: "gaussian", rows: count * rows, cols, seed: 1 })),
) {
  const given: Float32Array[] = [];
  /** Blocks that have their values when the next one is asked for. */
  let most = 0;
  const left = () => given.filter(({ length }) => length > 0).length;
  const step = Math.ceil(2 ** 14 / cols) * cols;
  const source = {
    ...{ count, rows, cols },
    async *blocks() {
      for (let at = 0; at < values.length; at += step) {
        most = Math.max(most, left());
        given.push(values.slice(at, at + step));
        yield given.at(-1)!;
      }
    },
  };
  return { source, left, most: () => most, blocks: () => given.length };
}

async function solved(freesBlocks: boolean, source: ReturnType<typeof stack>["source"]) {
  const pool = inPlacePool(createWasmEngine(), { freesBlocks, yields: false });
  try {
    return await pool.solve(source);
  } finally {
    await pool.close();
  }
}

describe("workers to which blocks are streamed", () => {
  it.each([
    ["that is kept", 63, 2000],
    ["that is not", 1200, 1025],
  ])("give the spectrum of a matrix %s", async (_, rows, cols) => {
    const pool = workerPool({ engine: "wasm", width: 1, start: mockWorkers().start });
    try {
      expect(await pool.solve(stack(1, rows, cols).source)).toEqual(await solved(false, stack(1, rows, cols).source));
    } finally {
      await pool.close();
    }
  });
});

describe("a pool that frees blocks", () => {
  it("frees those of a matrix that is not kept as they come, with the same spectrum", async () => {
    // More columns than the bidiagonal route takes.
    const [freed, whole] = [stack(1, 1200, 1025), stack(1, 1200, 1025)];
    expect(await solved(true, freed.source)).toEqual(await solved(false, whole.source));
    expect([freed.most(), freed.left()]).toEqual([0, 0]);
    expect(whole.left()).toBe(whole.blocks());
  });

  it("frees those of a matrix that is kept at its end", async () => {
    const [freed, whole] = [stack(1, 63, 2000), stack(1, 63, 2000)];
    expect(await solved(true, freed.source)).toEqual(await solved(false, whole.source));
    expect([freed.most(), freed.left()]).toEqual([freed.blocks() - 1, 0]);
  });

  it("keeps those of a wide matrix, however large, until it is solved", async () => {
    const [freed, whole] = [stack(1, 1025, 1100), stack(1, 1025, 1100)];
    expect(await solved(true, freed.source)).toEqual(await solved(false, whole.source));
    expect(freed.most()).toBe(freed.blocks() - 1);
  });

  it("keeps those of a tall matrix that needs W itself for its small singular values", async () => {
    const deficient = (): Float32Array<ArrayBuffer> =>
      Float32Array.from(testMatrix({ kind: "gaussian", rows: 4096, cols: 32, seed: 1 })).map((value, k, all) =>
        k % 32 === 31 ? all[k - 1] : value,
      );
    const [freed, whole] = [stack(1, 4096, 32, deficient()), stack(1, 4096, 32, deficient())];
    const spectrum = await solved(true, freed.source);
    expect(spectrum).toEqual(await solved(false, whole.source));
    expect([spectrum.route, freed.left()]).toEqual([["bidiagonal"], 0]);
  });

  it("leaves those of a stack that is kept to the collector", async () => {
    const freed = stack(3, 63, 2000);
    await solved(true, freed.source);
    expect(freed.left()).toBe(freed.blocks());
  });

  it("frees what was kept when the source fails", async () => {
    const { source, left } = stack(1, 63, 2000);
    const failing = {
      ...source,
      async *blocks() {
        yield* source.blocks();
        throw new Error("no more");
      },
    };
    await expect(solved(true, failing)).rejects.toThrow("no more");
    expect(left()).toBe(0);
  });
});
