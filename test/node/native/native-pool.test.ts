import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { analyze } from "#eigenscope/node/index.js";
import { type NativeAddon, STATUS } from "#eigenscope/node/native/addon.js";
import { createNativeEngine } from "#eigenscope/node/native/native-engine.js";
import { nativePool } from "#eigenscope/node/native/native-pool.js";
import { MIN_NATIVE_WORK, openPool } from "#eigenscope/node/native/open-pool.js";
import type { Thread } from "#eigenscope/node/worker-thread.js";
import { createWasmEngine, inPlacePool, type SpectralPool } from "#eigenscope/spectra/index.js";
import { solveOne } from "../../spectra/engine-contract.js";
import { testMatrix } from "../../spectra/test-matrices.js";
import { addon, LIBRARY } from "./library.js";

/** Worker threads run from the built package only (npm test); from the sources the pool works on this thread. */
const BUILT = (import.meta as { readonly env?: { readonly MODE?: string } }).env?.MODE === "dist";

interface SourceOptions {
  readonly rowsAtOnce?: number;
  /** What the source throws in place of an end. */
  readonly fail?: Error;
}

function sourceOf(rows: number, cols: number, { rowsAtOnce = 50, fail }: SourceOptions = {}) {
  const values = Float32Array.from(testMatrix({ kind: "gaussian", rows, cols, seed: 3 }));
  return {
    count: 1,
    rows,
    cols,
    values,
    async *blocks() {
      for (let at = 0; at < values.length; at += rowsAtOnce * cols) yield values.slice(at, at + rowsAtOnce * cols);
      if (fail !== undefined) throw fail;
    },
  };
}

describe.skipIf(addon === undefined)("the pool of workers with the native engine", () => {
  const opened = addon as NativeAddon;
  const targets = opened?.targets ?? [];
  const target = targets[targets.length - 1];
  const library = { path: LIBRARY as string, origin: "build", target } as const;
  const inThisThread = (source: ReturnType<typeof sourceOf>) =>
    solveOne(createNativeEngine(opened), source.values, source);
  let pool: SpectralPool;
  afterEach(async () => {
    await pool?.close();
  });
  const open = (width: number, path = library.path): SpectralPool => {
    pool = nativePool({ library: { ...library, path }, width, fallback: () => inPlacePool(createWasmEngine()) });
    return pool;
  };

  it("gives the bits of one thread from every worker and for every block size", async () => {
    open(2);
    const spectra = await Promise.all([50, 7, 300].map((rowsAtOnce) => pool.solve(sourceOf(300, 200, { rowsAtOnce }))));
    for (const spectrum of spectra) expect(spectrum).toEqual(inThisThread(sourceOf(300, 200)));
    expect(pool.warnings).toEqual([]);
    expect([pool.engine, pool.target]).toEqual(["native", target]);
  });

  it("gives the bits of one thread where idle workers help", async () => {
    open(3);
    // 1e10 operations each: past the least that is shared, and past what is kept for the bidiagonal route.
    const source = sourceOf(1800, 1100, { rowsAtOnce: 600 });
    expect(await pool.solve(source)).toEqual(inThisThread(source));
    expect(await pool.solve(source, undefined, { precision: "f32" })).toEqual(
      solveOne(createNativeEngine(opened), source.values, { ...source, precision: "f32" }),
    );
  });

  it("gives the eigenvectors of one thread", async () => {
    open(1);
    const source = sourceOf(120, 70);
    const found: unknown[] = [];
    await pool.eigenvectors(source, { side: "columns", onMatrix: (eigensystem) => found.push(eigensystem) });
    const wanted: unknown[] = [];
    const task = createNativeEngine(opened).beginEigenvectors!(source, {
      side: "columns",
      onMatrix: (eigensystem) => wanted.push(eigensystem),
    });
    task.push(source.values);
    task.finish();
    expect(found).toEqual(wanted);
  });

  it("passes on the source's own error and the engine's refusal, and goes on", async () => {
    open(1);
    const fail = new Error("the file ended early");
    await expect(pool.solve(sourceOf(100, 20, { fail }))).rejects.toBe(fail);
    const large = { ...sourceOf(1, 1), rows: 50_000, cols: 50_000 };
    await expect(pool.solve(large)).rejects.toThrow(/50000 x 50000 matrix needs/);
    expect((await pool.solve(sourceOf(60, 20))).eigenvalues.length).toBe(20);
    expect(pool.warnings).toEqual([]);
  });

  it.each(["takeRows", "eigenvalues", "eigenvectors", "singularValues"])(
    "ends a call of %s in its middle once the stop word is set",
    async (work) => {
      const stop = new SharedArrayBuffer(4);
      // Half a second of one thread, or several.
      const workerData = { path: library.path, stop, n: 1800, work };
      const worker = new Worker(new URL("./stopped-worker.mjs", import.meta.url), { workerData });
      const status = await new Promise((resolve) => {
        worker.on("message", (message) => {
          if (message === "begun") Atomics.store(new Int32Array(stop), 0, 1);
          else resolve(message);
        });
      });
      expect(status).toBe(STATUS.stopped);
      await worker.terminate();
    },
  );

  it.runIf(BUILT)("leaves memory and descriptors where they were after 100 matrices and 26 aborts", () => {
    // In a process of its own: this one has the descriptors and the memory of other tests. Aborts fall behind each of
    // the 12 blocks of their matrix, and before the first. A leak of each would be 290 MiB; the script allows 96.
    const script = fileURLToPath(new URL("../../../scripts/matrices-and-aborts.mjs", import.meta.url));
    const { status, stdout } = spawnSync(
      process.execPath,
      [script, "--engine=native", "--matrices=100", "--aborts=26"],
      { encoding: "utf8", env: { ...process.env, EIGENSCOPE_NATIVE: LIBRARY } },
    );
    const line = (what: string): RegExp => new RegExp(`^native: after ${what} (\\d+|NaN) descriptors`, "m");
    expect(stdout).toMatch(line("100 matrices"));
    expect(stdout).toMatch(line("26 aborts"));
    expect([status, stdout]).toEqual([0, stdout]);
  });

  it.runIf(BUILT)(
    "leaves the matrix and the rest to WebAssembly if a worker cannot load the library, and says so once",
    async () => {
      open(2, "/nowhere/native.node");
      const sources = [sourceOf(80, 30), sourceOf(90, 40), sourceOf(50, 20)];
      const spectra = await Promise.all(sources.map((source) => pool.solve(source)));
      spectra.forEach((spectrum, k) => {
        expect(spectrum.eigenvalues).toEqual(solveOne(createWasmEngine(), sources[k].values, sources[k]).eigenvalues);
      });
      expect(pool.warnings).toHaveLength(1);
      expect(pool.warnings?.[0]).toMatch(
        /^the native engine \(\/nowhere\/native\.node\) stopped: .*Cannot find module.*; WebAssembly computed /s,
      );
      expect(pool.warnings?.[0]).toContain("; WebAssembly computed this layer");
    },
  );

  it("is what --engine native opens, and auto for a model that is large enough", async () => {
    const find = () => ({ library, refused: [], off: false });
    pool = await openPool({ engine: "native", width: 1, find });
    expect(pool.engine).toBe("native");
    expect((await pool.solve(sourceOf(60, 20))).eigenvalues.length).toBe(20);
    for (const [work, engine] of [
      [MIN_NATIVE_WORK, BUILT ? "native" : "wasm"],
      [MIN_NATIVE_WORK - 1, "wasm"],
    ] as const) {
      const chosen = await openPool({ engine: "auto", width: 1, work, find });
      expect(chosen.engine).toBe(engine);
      await chosen.close();
    }
  });

  it.runIf(BUILT)(
    "reads, solves and measures whole layers in its workers, and the report names engine and kernels",
    async () => {
      const before = process.env.EIGENSCOPE_NATIVE;
      process.env.EIGENSCOPE_NATIVE = LIBRARY;
      onTestFinished(() => {
        process.env.EIGENSCOPE_NATIVE = before;
      });
      const file = new URL("../../../examples/digits_b4.safetensors", import.meta.url).pathname;
      const native = await analyze(file, { engine: "native" }).report();
      const wasm = await analyze(file, { engine: "wasm" }).report();
      expect(native.options).toEqual({ ...wasm.options, engine: "native", engineTarget: target });
      expect(native.input.warnings).toEqual(wasm.input.warnings);
      expect(native.layers.map(({ name, phase }) => [name, phase])).toEqual(
        wasm.layers.map(({ name, phase }) => [name, phase]),
      );
      native.layers.forEach((layer, k) => {
        expect(Math.abs((layer.lambda_max ?? 0) / (wasm.layers[k].lambda_max ?? 0) - 1)).toBeLessThan(1e-12);
      });
    },
  );
});

describe.runIf(BUILT)("the stop word of a worker thread of this package", () => {
  const worker = new URL("./stop-word-worker.mjs", import.meta.url);

  it("is 0 while it runs, and set when it is to end", async () => {
    const { startThread } = await import("#eigenscope/node/worker-thread.js");
    let thread: Thread | undefined;
    const stop = await new Promise<SharedArrayBuffer>((resolve, reject) => {
      thread = startThread<SharedArrayBuffer>(worker, { onMessage: resolve, onFailure: reject });
    });
    const word = new Int32Array(stop);
    expect(word[0]).toBe(0);
    const ending = thread?.terminate();
    expect(word[0]).toBe(1);
    await ending;
  });

  it("is set when the process exits by itself", () => {
    const module = new URL("../../../dist/node/worker-thread.js", import.meta.url).href;
    const script = `const { startThread } = await import(${JSON.stringify(module)});
      startThread(new URL(${JSON.stringify(worker.href)}), {
        onFailure() {},
        onMessage(stop) {
          const word = new Int32Array(stop);
          process.on("exit", () => console.log("at exit", word[0]));
          console.log("before", word[0]);
          process.exit(7);
        },
      });`;
    const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect([status, stdout]).toEqual([7, "before 0\nat exit 1\n"]);
  });
});
