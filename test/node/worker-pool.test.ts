import { execFile } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { nodeWorkerPool } from "#eigenscope/node/worker-pool.js";
import { createWasmEngine, type SpectralPool, type StackSpectrum } from "#eigenscope/spectra/index.js";

/**
 * Worker threads run from the built package only (npm test); from the sources the pool works in place, and keeps the
 * same contract but for speed.
 */
const BUILT = (import.meta as { readonly env?: { readonly MODE?: string } }).env?.MODE === "dist";

type Values = Float32Array | Float64Array;

interface Source {
  readonly count: number;
  readonly rows: number;
  readonly cols: number;
  blocks(signal?: AbortSignal): AsyncIterable<Values>;
}

/** Sines from a table whose length is a prime, so that no two rows of a matrix begin at the same of them. */
const SINES = Float64Array.from({ length: 65_537 }, (_, k) => Math.sin((k + 1) * 12.9898));
const entry = (k: number): number => SINES[k % SINES.length] * ((k % 7) + 1);

/**
 * A stack of fixed numbers in blocks of `rowsAtOnce` rows; `onBlock` is called before each is given out, `onEnd` when
 * the last has been sent on.
 */
function sourceOf({
  count = 1,
  rows,
  cols,
  rowsAtOnce = 64,
  onBlock = () => {},
  onEnd = () => {},
}: {
  count?: number;
  rows: number;
  cols: number;
  rowsAtOnce?: number;
  onBlock?: (k: number) => void;
  onEnd?: () => void;
}): Source {
  return {
    count,
    rows,
    cols,
    async *blocks() {
      for (let from = 0, k = 0; from < count * rows; from += rowsAtOnce, k++) {
        onBlock(k);
        const height = Math.min(rowsAtOnce, count * rows - from);
        const block = new Float32Array(height * cols);
        for (let i = 0; i < block.length; i++) block[i] = entry(from * cols + i);
        yield block;
      }
      onEnd();
    },
  };
}

/**
 * What one engine in this thread gives; Node 20 has the plain build here and the fused one in workers, which differ by
 * rounding.
 */
async function expected(source: Source): Promise<StackSpectrum> {
  const task = createWasmEngine().begin(source);
  for await (const block of source.blocks()) task.push(block);
  return task.finish();
}

function expectSame(found: StackSpectrum, wanted: StackSpectrum): void {
  expect(found.route).toEqual(wanted.route);
  const lambdaMax = wanted.eigenvalues.reduce((a, b) => Math.max(a, b));
  const worst = found.eigenvalues.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - wanted.eigenvalues[i])),
    0,
  );
  // 50 eps lambdaMax is the engines' contract.
  expect(worst).toBeLessThanOrEqual(50 * 2 ** -52 * lambdaMax);
}

/**
 * Starts two equal matrices that take seconds each and aborts the first when both have all their rows: `first` is
 * whichever ends first. An abort that waited for the work would come last, however slow the machine is.
 */
async function abortOneOfTwo(aborted: SpectralPool, beside: SpectralPool): Promise<string> {
  const controller = new AbortController();
  const start = (pool: SpectralPool, signal?: AbortSignal) => {
    let solving: Promise<StackSpectrum> | undefined;
    const sent = new Promise<void>((onEnd) => {
      solving = pool.solve(sourceOf({ rows: 2500, cols: 2500, rowsAtOnce: 2500, onEnd }), signal);
    });
    return { solving: solving as unknown as Promise<StackSpectrum>, sent };
  };
  const one = start(aborted, controller.signal);
  const other = start(beside);
  const first = Promise.race([
    one.solving.then(() => "the aborted matrix was solved"),
    other.solving.then(() => "the other matrix"),
  ]).catch((error: Error) => error.message);
  await Promise.all([one.sent, other.sent]);
  controller.abort(new Error("enough"));
  return first;
}

describe("the pool of worker threads", () => {
  let pool: SpectralPool;
  beforeEach(() => {
    pool = nodeWorkerPool({ width: 2 });
  });
  afterEach(async () => {
    await pool.close();
  });

  it("refuses a width that is not a positive integer", () => {
    if (BUILT) expect(() => nodeWorkerPool({ width: 0 })).toThrow(RangeError);
  });

  it("gives what the engine gives, for many stacks at once and of any shape", async () => {
    const sources = [
      ...[1, 2, 33, 100].map((cols) => sourceOf({ rows: 130, cols })),
      sourceOf({ rows: 40, cols: 300 }),
      sourceOf({ count: 9, rows: 30, cols: 20, rowsAtOnce: 7 }),
      ...Array.from({ length: 40 }, (_, k) => sourceOf({ rows: 12 + k, cols: 10 })),
    ];
    const found = await Promise.all(sources.map((source) => pool.solve(source)));
    for (const [k, source] of sources.entries()) expectSame(found[k], await expected(source));
  });

  it("gives the same bits whichever worker it is and however the rows are cut", async () => {
    const spectra = await Promise.all(
      Array.from({ length: 8 }, (_, k) => pool.solve(sourceOf({ rows: 300, cols: 90, rowsAtOnce: 30 + 40 * k }))),
    );
    for (const spectrum of spectra) expect(spectrum).toEqual(spectra[0]);
    const narrow = nodeWorkerPool({ width: 1 });
    expect(await narrow.solve(sourceOf({ rows: 300, cols: 90 }))).toEqual(spectra[0]);
    await narrow.close();
  });

  it("takes blocks that are views of a larger buffer, and leaves the rest of that buffer alone", async () => {
    const whole = Float32Array.from({ length: 1000 }, (_, i) => Math.cos(i));
    const source: Source = {
      count: 1,
      rows: 30,
      cols: 10,
      async *blocks() {
        yield whole.subarray(100, 250);
        yield whole.subarray(250, 400);
      },
    };
    expectSame(await pool.solve(source), await expected(source));
    expect(whole.length).toBe(1000);
  });

  it.runIf(BUILT)("sends no more than two blocks ahead of the worker", async () => {
    let [sent, taken, most] = [0, 0, 0];
    const heard = new WeakSet<Worker>();
    const post = Worker.prototype.postMessage;
    const spy = vi.spyOn(Worker.prototype, "postMessage").mockImplementation(function (this: Worker, ...message) {
      if (!heard.has(this))
        this.prependListener("message", ({ kind }: { kind: string }) => kind === "taken" && taken++);
      heard.add(this);
      if ((message[0] as { kind?: string }).kind === "block") most = Math.max(most, ++sent - taken);
      post.apply(this, message);
    });
    onTestFinished(() => spy.mockRestore());
    await pool.solve(sourceOf({ rows: 2000, cols: 64, rowsAtOnce: 10 }));
    expect([sent, taken, most]).toEqual([200, 200, 2]);
  });

  it("rejects with the source's own error and goes on to the next stack", async () => {
    const broken = new Error("the file ended early");
    const source = sourceOf({
      rows: 300,
      cols: 20,
      onBlock: (k) => {
        if (k === 3) throw broken;
      },
    });
    await expect(pool.solve(source)).rejects.toBe(broken);
    const next = sourceOf({ rows: 50, cols: 20 });
    expectSame(await pool.solve(next), await expected(next));
  });

  it("rejects with the engine's error: a matrix past its limit, rows that are missing", async () => {
    await expect(pool.solve(sourceOf({ rows: 60_000, cols: 60_000, rowsAtOnce: 1 }))).rejects.toThrow(
      /60000 x 60000 matrix needs .* GiB/,
    );
    const short: Source = {
      ...sourceOf({ rows: 10, cols: 5 }),
      async *blocks() {
        yield new Float64Array(20);
      },
    };
    await expect(pool.solve(short)).rejects.toThrow("6 of the stack's 10 rows are missing");
  });

  it("rejects at once with the signal's reason, aborted before, while waiting and between blocks", async () => {
    const reason = new Error("the user pressed Ctrl-C");
    await expect(pool.solve(sourceOf({ rows: 20, cols: 10 }), AbortSignal.abort(reason))).rejects.toBe(reason);

    const controller = new AbortController();
    const running = Array.from({ length: 5 }, () =>
      pool.solve(
        sourceOf({
          rows: 2000,
          cols: 50,
          onBlock: (k) => {
            if (k === 2) controller.abort(reason);
          },
        }),
        controller.signal,
      ),
    );
    for (const outcome of await Promise.allSettled(running)) expect(outcome).toEqual({ status: "rejected", reason });
    const next = sourceOf({ rows: 50, cols: 20 });
    expectSame(await pool.solve(next), await expected(next));
  });

  it.runIf(BUILT)("is rid of a worker deep in a matrix at once on an abort, not when its work is done", async () => {
    expect(await abortOneOfTwo(pool, pool)).toBe("enough");
  });

  it("rejects what is under way when it is closed", async () => {
    const solving = Array.from({ length: 4 }, () => pool.solve(sourceOf({ rows: 5000, cols: 60 })));
    const outcomes = Promise.allSettled(solving);
    await pool.close();
    for (const outcome of await outcomes) expect(outcome.status).toBe("rejected");
    await expect(pool.solve(sourceOf({ rows: 5, cols: 5 }))).rejects.toThrow("the pool was closed");
  });

  describe.runIf(BUILT)("threads inside a matrix", () => {
    // 1100 columns are past what is kept for the bidiagonal route and some 2e9 operations: a leader wants help.
    const large = (options: { rows?: number; rowsAtOnce?: number; onBlock?: (k: number) => void } = {}): Source =>
      sourceOf({ rows: 1100, cols: 1100, rowsAtOnce: 300, ...options });

    /** Tells when a worker has been sent to help another for the `count`th time. */
    const watchHelpers = (): { readonly sent: (count: number) => Promise<void> } => {
      let sent = 0;
      let wake = (): void => {};
      const post = Worker.prototype.postMessage;
      const spy = vi.spyOn(Worker.prototype, "postMessage").mockImplementation(function (this: Worker, ...message) {
        post.apply(this, message);
        if ((message[0] as { kind?: string }).kind === "assist") sent++;
        wake();
      });
      onTestFinished(() => spy.mockRestore());
      return {
        async sent(count) {
          while (sent < count) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        },
      };
    };

    it.each(["f64", "mixed", "f32"] as const)(
      "give the same bits as one thread, whatever the number and the chunks, in %s",
      async (precision) => {
        const alone = nodeWorkerPool({ width: 1 });
        const wanted = await alone.solve(large(), undefined, { precision });
        await alone.close();
        expect(wanted.precision).toEqual([precision]);
        expect(await pool.solve(large(), undefined, { precision })).toEqual(wanted);
        const three = nodeWorkerPool({ width: 3 });
        expect(await three.solve(large({ rowsAtOnce: 77 }), undefined, { precision })).toEqual(wanted);
        await three.close();
      },
    );

    it("leave the matrix for stacks that come, and return to it", async () => {
      const alone = nodeWorkerPool({ width: 1 });
      const wanted = await alone.solve(large());
      await alone.close();
      const helpers = watchHelpers();
      const solving = pool.solve(large());
      const small = sourceOf({ rows: 60, cols: 30 });
      for (let k = 0; k < 5; k++) {
        await Promise.race([helpers.sent(k + 1), solving]);
        expectSame(await pool.solve(small), await expected(small));
      }
      expect(await solving).toEqual(wanted);
      // Both workers are there afterwards.
      for (const spectrum of await Promise.all([pool.solve(small), pool.solve(small)]))
        expectSame(spectrum, await expected(small));
    });

    it("end with it when it is aborted, at once, and serve the next", async () => {
      const helpers = watchHelpers();
      const controller = new AbortController();
      const solving = pool.solve(sourceOf({ rows: 2500, cols: 2500, rowsAtOnce: 2500 }), controller.signal);
      await helpers.sent(1);
      const beside = nodeWorkerPool({ width: 1 });
      onTestFinished(() => beside.close());
      const whole = beside.solve(sourceOf({ rows: 2500, cols: 2500, rowsAtOnce: 2500 }));
      controller.abort(new Error("enough"));
      await expect(solving).rejects.toThrow("enough");
      // Both workers take the next stacks before an equal matrix, begun with the abort, is done: nothing of the aborted
      // one goes on.
      const next = sourceOf({ rows: 50, cols: 20 });
      const served = Promise.all([pool.solve(next), pool.solve(next)]);
      const first = await Promise.race([served, whole]);
      expect(first).toBe(await served);
      for (const spectrum of await served) expectSame(spectrum, await expected(next));
      whole.catch(() => {});
    });
  });

  it.runIf(BUILT)("returns its memory: 500 matrices leave the process where 100 left it", async () => {
    const many = async (count: number): Promise<void> => {
      await Promise.all(
        Array.from({ length: count }, (_, k) => pool.solve(sourceOf({ rows: 150 + (k % 50), cols: 100 }))),
      );
    };
    await many(100);
    const before = process.memoryUsage().rss;
    await many(500);
    // They are 45 MiB together; the bound leaves room for garbage not yet collected.
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
  });

  it.runIf(BUILT)(
    "lets the process end by itself once it is closed, whatever flags node was started with",
    async () => {
      const script = `
      import { nodeWorkerPool } from ${JSON.stringify(new URL("../../dist/node/worker-pool.js", import.meta.url).href)};
      const pool = nodeWorkerPool({ width: 2 });
      const blocks = async function* () { yield new Float64Array(200).map((_, i) => Math.sin(i)); };
      const { eigenvalues } = await pool.solve({ count: 1, rows: 20, cols: 10, blocks });
      await pool.close();
      console.log(eigenvalues.length);
    `;
      const run = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
        cwd: fileURLToPath(new URL(".", import.meta.url)),
      });
      onTestFinished(() => void run.child.kill());
      expect((await run).stdout.trim()).toBe("10");
    },
  );

  it.runIf(BUILT && process.platform === "linux")(
    "keeps no file open, however early its workers are ended",
    async () => {
      const open = (): number =>
        readdirSync("/proc/self/fd").filter((descriptor) => isModule(`/proc/self/fd/${descriptor}`)).length;
      // A start takes some thousands of turns of the event loop: ends after 0, 1, 2, 4 ... turns fall before, into and
      // behind it.
      for (let turns = 0; turns <= 2 ** 14; turns = Math.max(1, 2 * turns)) {
        const other = nodeWorkerPool({ width: 1 });
        const controller = new AbortController();
        const solving = other.solve(sourceOf({ rows: 5, cols: 5 }), controller.signal).catch(() => {});
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
        controller.abort();
        await solving;
        await other.close();
      }
      expect(open()).toBe(0);
    },
  );
});

/** Whether a descriptor is that of a file of this package. */
function isModule(descriptor: string): boolean {
  try {
    return readlinkSync(descriptor).includes("/dist/");
  } catch {
    return false;
  }
}
