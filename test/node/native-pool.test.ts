import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { findNative, searchNative } from "#eigenscope/node/native/find-native.js";
import type { NativeLibrary } from "#eigenscope/node/native/library-report.js";
import { nativePool } from "#eigenscope/node/native/native-pool.js";
import { MIN_NATIVE_WORK, openPool } from "#eigenscope/node/native/open-pool.js";
import { createWasmEngine, inPlacePool, type SpectralPool } from "#eigenscope/spectra/index.js";
import { errorInEps, solveOne } from "../spectra/engine-contract.js";
import { testMatrix } from "../spectra/test-matrices.js";

/** Child processes run from the built package only (npm test). */
const BUILT = (import.meta as { readonly env?: { readonly MODE?: string } }).env?.MODE === "dist";
const search = BUILT ? await findNative() : undefined;
const library = search?.library ?? null;
if (BUILT && library === null)
  console.warn("SKIPPED: no native library on this machine, so the native pool is not tested");

interface SourceOptions {
  readonly rowsAtOnce?: number;
  /** What the source throws in place of an end. */
  readonly fail?: Error;
  /** Called when the last block has been sent on. */
  readonly onEnd?: () => void;
}

function sourceOf(rows: number, cols: number, { rowsAtOnce = 50, fail, onEnd }: SourceOptions = {}) {
  const values = Float32Array.from(testMatrix({ kind: "gaussian", rows, cols, seed: 3 }));
  return {
    count: 1,
    rows,
    cols,
    values,
    async *blocks() {
      for (let at = 0; at < values.length; at += rowsAtOnce * cols) yield values.slice(at, at + rowsAtOnce * cols);
      if (fail !== undefined) throw fail;
      onEnd?.();
    },
  };
}

const expected = (source: ReturnType<typeof sourceOf>): Float64Array =>
  solveOne(createWasmEngine(), source.values, source).eigenvalues;

describe.skipIf(library === null)("the pool of processes with a native library", () => {
  const found = library as NativeLibrary;
  let pool: SpectralPool;
  afterEach(async () => {
    await pool.close();
  });
  const open = (width: number): SpectralPool => {
    pool = nativePool({ library: found, width, fallback: () => inPlacePool(createWasmEngine()) });
    return pool;
  };

  it("gives what the embedded engine gives, up to rounding, and the same bits from every process and for every block size", async () => {
    open(2);
    const spectra = await Promise.all([50, 7, 300].map((rowsAtOnce) => pool.solve(sourceOf(300, 200, { rowsAtOnce }))));
    for (const spectrum of spectra) expect(spectrum).toEqual(spectra[0]);
    expect(errorInEps(spectra[0].eigenvalues, expected(sourceOf(300, 200)))).toBeLessThan(50);
    expect(pool.warnings).toEqual([]);
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

  it("is rid of a process deep in a matrix at once on an abort, not when its work is done, and has another for the next", async () => {
    open(2);
    const controller = new AbortController();
    const sent: Promise<void>[] = [];
    const start = (signal?: AbortSignal) => {
      let solving: ReturnType<SpectralPool["solve"]> | undefined;
      sent.push(
        new Promise<void>((onEnd) => {
          solving = pool.solve(sourceOf(2500, 2500, { rowsAtOnce: 2500, onEnd }), signal);
        }),
      );
      return solving as unknown as ReturnType<SpectralPool["solve"]>;
    };
    const aborted = start(controller.signal);
    const beside = start();
    beside.catch(() => {});
    const first = Promise.race([
      aborted,
      beside.then(() => Promise.reject(new Error("the equal matrix beside it was done first"))),
    ]);
    first.catch(() => {});
    await Promise.all(sent);
    controller.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    expect((await pool.solve(sourceOf(60, 20))).eigenvalues.length).toBe(20);
    expect(pool.warnings).toEqual([]);
  });

  it("is what --engine native and a large model under auto open; a small one stays with wasm", async () => {
    pool = await openPool({ engine: "native", width: 1 });
    expect(pool.engine).toBe("native");
    expect((await pool.solve(sourceOf(60, 20))).eigenvalues.length).toBe(20);
    for (const [work, engine] of [
      [MIN_NATIVE_WORK, "native"],
      [MIN_NATIVE_WORK / 2, "wasm"],
    ] as const) {
      const chosen = await openPool({ engine: "auto", width: 1, work });
      expect(chosen.engine).toBe(engine);
      await chosen.close();
    }
  });
});

describe("a native library that fails", () => {
  const broken: NativeLibrary = {
    path: "/opt/broken.so",
    origin: "EIGENSCOPE_BLAS",
    file: null,
    naming: "?syrk_",
    int64: false,
    config: null,
    core: null,
    reduction: "one-stage",
    env: {},
    ownCore: null,
  };

  it.each([
    [
      "is killed in the middle of a matrix",
      `process.on("message", (m) => { if (m.kind === "finish") process.kill(process.pid, "SIGSEGV"); else if (m.kind === "block") process.send({ kind: "taken", task: m.task }); });`,
      /SIGSEGV/,
    ],
    ["cannot start", `throw new Error("no such symbol");`, /itself with code 1/],
  ])(
    "takes nothing down: a process that %s leaves its matrix and the rest to the fallback, and says so once",
    async (_, code, reason) => {
      const folder = await mkdtemp(join(tmpdir(), "native-"));
      try {
        const worker = join(folder, "worker.mjs");
        await writeFile(worker, code);
        const pool = nativePool({
          library: broken,
          width: 2,
          fallback: () => inPlacePool(createWasmEngine()),
          worker: pathToFileURL(worker),
        });
        const sources = [sourceOf(80, 30), sourceOf(90, 40), sourceOf(50, 20)];
        const spectra = await Promise.all(sources.map((source) => pool.solve(source)));
        spectra.forEach((spectrum, k) => {
          expect(spectrum.eigenvalues).toEqual(expected(sources[k]));
        });
        expect(pool.warnings).toHaveLength(1);
        expect(pool.warnings?.[0]).toMatch(
          /^the native engine \(\/opt\/broken\.so\) stopped on a \d+ x \d+ matrix: .*; the embedded engine computed/,
        );
        expect(pool.warnings?.[0]).toMatch(reason);
        await pool.close();
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );

  it.runIf(BUILT)("is refused by the search, with a reason, and the next is tried", async () => {
    const before = process.env.EIGENSCOPE_BLAS;
    // The C library: it is there, loads, and has no dsyrk.
    process.env.EIGENSCOPE_BLAS = "libc.so.6";
    try {
      const { reports, library: none, koffi } = await searchNative();
      expect(none).toBeNull();
      if ("version" in koffi && process.platform === "linux")
        expect(reports).toEqual([
          {
            outcome: "refused",
            path: "libc.so.6",
            origin: "EIGENSCOPE_BLAS",
            reason: "it exports no dsyrk under any known name",
          },
        ]);
    } finally {
      if (before === undefined) delete process.env.EIGENSCOPE_BLAS;
      else process.env.EIGENSCOPE_BLAS = before;
    }
  });
});
