import { afterEach, describe, expect, it, vi } from "vitest";
import { browserWorkerPool } from "#weightscope/browser/worker-pool.js";
import { type FromWorker, spectralService, type ToWorker } from "#weightscope/spectra/index.js";

const source = {
  count: 1,
  rows: 40,
  cols: 20,
  async *blocks() {
    yield Float32Array.from({ length: 800 }, (_, i) => Math.sin(i + 1));
  },
};

/** A Web Worker as far as the pool sees one, in this thread; `broken` ones report an error instead of answering. */
function stubWorker(broken = false): { readonly addresses: string[]; readonly terminated: () => number } {
  const addresses: string[] = [];
  let terminated = 0;
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
  return { addresses, terminated: () => terminated };
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

  it("says so where a worker cannot be started", async () => {
    stubWorker(true);
    const pool = browserWorkerPool({ width: 1 });
    await expect(pool.solve(source)).rejects.toThrow("the worker that computed this stack's spectrum stopped: it could not be started");
    await pool.close();
  });
});
