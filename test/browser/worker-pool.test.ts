import { afterEach, describe, expect, it, vi } from "vitest";
import { browserWorkerPool } from "#eigenscope/browser/worker-pool.js";
import { type FromWorker, spectralService, type ToWorker } from "#eigenscope/spectra/index.js";

const source = {
  count: 1,
  rows: 40,
  cols: 20,
  async *blocks() {
    yield Float32Array.from({ length: 800 }, (_, i) => Math.sin(i + 1));
  },
};

/** A Web Worker as far as the pool sees one, in this thread; `broken` ones report an error instead of answering. */
function stubWorker(broken = false): {
  readonly addresses: string[];
  readonly terminated: () => number;
  /** The last worker reports an error. */
  readonly fail: (message: string) => void;
} {
  const addresses: string[] = [];
  let terminated = 0;
  let last: { onerror: ((event: { message: string }) => void) | null } | undefined;
  class StubWorker {
    onmessage: ((event: { data: FromWorker }) => void) | null = null;
    onerror: ((event: { message: string }) => void) | null = null;
    onmessageerror: (() => void) | null = null;
    readonly #handle = spectralService((message, transfer) => {
      const data = structuredClone(message, { transfer });
      setImmediate(() => this.onmessage?.({ data }));
    });
    constructor(address: URL, options: { type: string }) {
      addresses.push(`${options.type} ${address.href}`);
      last = this;
    }
    postMessage(message: ToWorker, transfer: ArrayBuffer[]): void {
      const data = structuredClone(message, { transfer });
      setImmediate(() => (broken ? this.onerror?.({ message: "" }) : this.#handle(data)));
    }
    terminate(): void {
      terminated++;
    }
  }
  vi.stubGlobal("Worker", StubWorker);
  return { addresses, terminated: () => terminated, fail: (message) => last?.onerror?.({ message }) };
}

describe("the pool of Web Workers", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("works in the page's own thread where there are no workers", async () => {
    vi.stubGlobal("Worker", undefined);
    const pool = browserWorkerPool({ width: 4 });
    expect(pool.width).toBe(1);
    expect((await pool.solve(source)).eigenvalues).toHaveLength(20);
    await pool.close();
  });

  it("starts module workers from the file beside it, gives their answer and ends them", async () => {
    const { addresses, terminated } = stubWorker();
    const pool = browserWorkerPool({ width: 2 });
    const found = await pool.solve(source);
    await pool.close();
    expect(addresses).toHaveLength(1);
    expect(addresses[0]).toMatch(/^module .*\/browser\/spectral-worker\.js$/);
    expect(terminated()).toBe(1);

    vi.stubGlobal("Worker", undefined);
    const inPlace = browserWorkerPool();
    expect(await inPlace.solve(source)).toEqual(found);
    await inPlace.close();
  });

  it("works in the page's own thread, with one warning, where a worker's file is missing", async () => {
    vi.stubGlobal("Worker", undefined);
    const inPlace = browserWorkerPool();
    const wanted = await inPlace.solve(source);
    await inPlace.close();

    stubWorker(true);
    const pool = browserWorkerPool({ width: 2 });
    expect(pool.warnings).toEqual([]);
    for (const found of await Promise.all([pool.solve(source), pool.solve(source)])) expect(found).toEqual(wanted);
    expect(pool.warnings).toHaveLength(1);
    expect(pool.warnings?.[0]).toMatch(
      /^no worker could be started .*it could not be started.*: is spectral-worker\.js beside the bundle\?/,
    );
    await pool.close();
  });

  it("does the same where a worker cannot even be constructed", async () => {
    vi.stubGlobal(
      "Worker",
      class {
        constructor() {
          throw new TypeError("Invalid URL");
        }
      },
    );
    const pool = browserWorkerPool({ width: 2 });
    expect((await pool.solve(source)).eigenvalues).toHaveLength(20);
    expect(pool.warnings?.[0]).toMatch(/^no worker could be started \(Invalid URL\)/);
    await pool.close();
  });

  it("does not retreat where a worker that has answered fails", async () => {
    const { fail } = stubWorker();
    const pool = browserWorkerPool({ width: 1 });
    await pool.solve(source);
    const lost = pool.solve({
      ...source,
      async *blocks() {
        fail("out of memory");
        yield* source.blocks();
      },
    });
    await expect(lost).rejects.toThrow("stopped: out of memory");
    expect(pool.warnings).toEqual([]);
    await pool.close();
  });
});
