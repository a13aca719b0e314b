import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import {
  approximateSpectrum,
  createWasmEngine,
  type Eigensystem,
  inPlacePool,
  type SpectralPool,
  workerPool,
} from "#eigenscope/spectra/index.js";
import { solveOne } from "./engine-contract.js";
import { mockWorkers, settled } from "./mock-workers.js";
import { testMatrix } from "./test-matrices.js";

const recipe = { kind: "gaussian", count: 1, rows: 100, cols: 30, seed: 7 };

function source(rowsAtOnce = 10) {
  const values = testMatrix(recipe);
  return {
    count: 1,
    rows: recipe.rows,
    cols: recipe.cols,
    async *blocks() {
      for (let at = 0; at < values.length; at += rowsAtOnce * recipe.cols)
        yield values.slice(at, at + rowsAtOnce * recipe.cols);
    },
  };
}

const answer = solveOne(createWasmEngine(), testMatrix(recipe), recipe);
describe("a pool of workers", () => {
  const pools: [string, () => SpectralPool][] = [
    ["workers", () => workerPool({ engine: "wasm", width: 2, start: mockWorkers().start })],
    ["in place", () => inPlacePool(createWasmEngine())],
  ];

  it.each(pools)("gives the engine's answer to the last bit (%s)", async (_, create) => {
    const pool = create();
    for (const spectrum of await Promise.all([pool.solve(source()), pool.solve(source(100)), pool.solve(source(1))]))
      expect(spectrum).toEqual(answer);
    await pool.close();
  });

  it.each(pools)(
    "gives the engine's eigenvectors, and the approximate spectrum of the function, to the last bit (%s)",
    async (_, create) => {
      const pool = create();
      const [found, wanted]: [Eigensystem[], Eigensystem[]] = [[], []];
      const request = { side: "columns", onMatrix: (eigensystem: Eigensystem) => found.push(eigensystem) } as const;
      const approximating = pool.approximate(source(33), { seed: 3, probes: 2, steps: 7, block: 2 });
      await pool.eigenvectors(source(), request);
      const task = createWasmEngine().beginEigenvectors!(recipe, {
        ...request,
        onMatrix: (eigensystem) => wanted.push(eigensystem),
      });
      task.push(testMatrix(recipe));
      task.finish();
      expect(found).toEqual(wanted);
      const approximate = await approximateSpectrum(source(), { rng: createRng(3), probes: 2, steps: 7, block: 2 });
      // Seven readings of the rows, which were cut differently: the sums run in the same order.
      expect(approximate.passes).toBe(7);
      expect((await approximating).passes).toBe(7);
      expect((await approximating).trace).toBeCloseTo(approximate.trace, 8);
      expect(await pool.approximate(source(), { seed: 3, probes: 2, steps: 7, block: 2 })).toEqual(approximate);
      expect(await pool.solve(source())).toEqual(answer);
      await pool.close();
    },
  );

  it.each(pools)(
    "an approximate spectrum of a wide matrix reads it twice per step, and rejects where rows are missing (%s)",
    async (_, create) => {
      const pool = create();
      const wide = { ...source(), rows: 30, cols: 100 };
      let readings = 0;
      const values = testMatrix(recipe);
      const counted = {
        ...wide,
        async *blocks() {
          readings++;
          yield values.slice();
        },
      };
      const { passes } = await pool.approximate(counted, { seed: 1, probes: 1, steps: 4, block: 1 });
      expect([passes, readings]).toEqual([8, 8]);
      const short = {
        ...wide,
        async *blocks() {
          yield values.slice(0, 2000);
        },
      };
      await expect(pool.approximate(short, { seed: 1 })).rejects.toThrow("10 of the matrix's 30 rows are missing");
      expect(await pool.solve(source())).toEqual(answer);
      await pool.close();
    },
  );

  it("ends the worker of an aborted approximate spectrum, and has another for the next stack", async () => {
    const workers = mockWorkers();
    const pool = workerPool({ engine: "wasm", width: 1, start: workers.start });
    const controller = new AbortController();
    const aborted = pool.approximate(source(), { seed: 1 }, controller.signal);
    aborted.catch(() => {});
    await settled();
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    expect(await pool.solve(source())).toEqual(answer);
    expect(workers.started()).toBe(2);
    await pool.close();
  });

  it("starts no more workers than its width, and none before the first stack", async () => {
    const workers = mockWorkers();
    const pool = workerPool({ engine: "wasm", width: 2, start: workers.start });
    expect(workers.started()).toBe(0);
    await Promise.all(Array.from({ length: 7 }, () => pool.solve(source())));
    expect(workers.started()).toBe(2);
    await pool.close();
  });

  it("sends two blocks ahead and then waits for the worker to take one", async () => {
    const workers = mockWorkers();
    const pool = workerPool({ engine: "wasm", width: 1, start: workers.start });
    await pool.solve(source());
    workers.received.length = 0;
    workers.stall(true);
    const stuck = pool.solve(source());
    stuck.catch(() => {});
    await settled();
    expect(workers.received.map(({ kind }) => kind)).toEqual(["begin", "block", "block"]);
    await pool.close();
    await expect(stuck).rejects.toThrow("the pool was closed");
  });

  it("rejects with what stopped a worker, and has another for the next stack", async () => {
    const workers = mockWorkers();
    const pool = workerPool({ engine: "wasm", width: 1, start: workers.start });
    workers.stall(true);
    const lost = pool.solve(source());
    lost.catch(() => {});
    await settled();
    workers.crash(new Error("out of memory"));
    await expect(lost).rejects.toThrow("the worker that computed this stack's spectrum stopped: out of memory");
    workers.stall(false);
    expect(await pool.solve(source())).toEqual(answer);
    expect(workers.started()).toBe(2);
    await pool.close();
  });

  it("replaces a worker that stopped while it had nothing to do", async () => {
    const workers = mockWorkers();
    const pool = workerPool({ engine: "wasm", width: 1, start: workers.start });
    await pool.solve(source());
    workers.crash(new Error("killed"));
    expect(await pool.solve(source())).toEqual(answer);
    await pool.close();
  });

  it("tells the worker to drop a stack whose source failed, and keeps that worker", async () => {
    const workers = mockWorkers();
    const pool = workerPool({ engine: "wasm", width: 1, start: workers.start });
    const broken = new Error("no such shard");
    const failing = {
      ...source(),
      // biome-ignore lint/correctness/useYield: it fails before its first block.
      async *blocks(): AsyncGenerator<Float64Array> {
        throw broken;
      },
    };
    await expect(pool.solve(failing)).rejects.toBe(broken);
    expect(workers.received.at(-1)?.kind).toBe("cancel");
    expect(await pool.solve(source())).toEqual(answer);
    expect(workers.started()).toBe(1);
    await pool.close();
  });

  it.each([0, 1.5, Number.NaN])("refuses a width of %d", (width) => {
    expect(() => workerPool({ engine: "wasm", width, start: mockWorkers().start })).toThrow(/positive integer/);
  });
});
