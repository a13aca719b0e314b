import { afterEach, describe, expect, it, vi } from "vitest";
import { answerCall, type ColumnAnswer, type ColumnCall } from "#eigenscope/analysis/column-work.js";
import { drawReplicates } from "#eigenscope/analysis/extras/replicates.js";
import { browserColumnWorkers } from "#eigenscope/browser/column-workers.js";

const VALUES = Float64Array.from({ length: 60 }, (_, k) => ((k + 1) / 61) ** -0.7).sort();
const CALL = { seed: 1, from: 0, to: 2 };

type Behaviour = "answers" | "cannot be loaded" | "breaks after its first answer" | "is silent";

/** A Web Worker as far as the page sees one, in this thread. */
function stubWorker(behaviour: Behaviour): { readonly addresses: string[]; readonly terminated: () => number } {
  const addresses: string[] = [];
  let terminated = 0;
  class StubWorker {
    onmessage: ((event: { data: ColumnAnswer }) => void) | null = null;
    onerror: ((event: { message: string }) => void) | null = null;
    onmessageerror: (() => void) | null = null;
    #answers = 0;
    constructor(address: URL, options: { type: string }) {
      addresses.push(`${options.type} ${address.href}`);
    }
    postMessage(message: ColumnCall): void {
      if (behaviour === "is silent") return;
      const call = structuredClone(message);
      const breaks = behaviour === "cannot be loaded" || (behaviour !== "answers" && this.#answers === 1);
      setImmediate(() => {
        this.#answers++;
        if (breaks) this.onerror?.({ message: "" });
        else this.onmessage?.({ data: structuredClone(answerCall(call)) });
      });
    }
    terminate(): void {
      terminated++;
    }
  }
  vi.stubGlobal("Worker", StubWorker);
  return { addresses, terminated: () => terminated };
}

describe("the Web Workers of optional columns", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("are module workers from the file beside them, started as they are needed and ended by close", async () => {
    const { addresses, terminated } = stubWorker("answers");
    const worker = browserColumnWorkers(2);
    expect(await worker.run("replicates", [VALUES, CALL])).toEqual(drawReplicates(VALUES, CALL));
    expect(await worker.run("replicates", [VALUES, CALL])).toEqual(drawReplicates(VALUES, CALL));
    expect(addresses).toHaveLength(1);
    expect(addresses[0]).toMatch(/^module .*\/browser\/column-worker\.js$/);
    await Promise.all([1, 2, 3].map((seed) => worker.run("replicates", [VALUES, { ...CALL, seed }])));
    expect(addresses).toHaveLength(2);
    await worker.close();
    expect([terminated(), worker.warnings]).toEqual([2, []]);
  });

  it("are left for the page's own thread, with one warning, where their file is missing", async () => {
    stubWorker("cannot be loaded");
    const worker = browserColumnWorkers(2);
    const found = await Promise.all([1, 2, 3].map((seed) => worker.run("replicates", [VALUES, { ...CALL, seed }])));
    expect(found).toEqual([1, 2, 3].map((seed) => drawReplicates(VALUES, { ...CALL, seed })));
    expect(worker.warnings).toEqual([
      expect.stringMatching(/could not be started\): is column-worker\.js beside the bundle\?/),
    ]);
    await worker.close();
  });

  it("are left for it too where one cannot even be constructed", async () => {
    vi.stubGlobal(
      "Worker",
      class {
        constructor() {
          throw new TypeError("Invalid URL");
        }
      },
    );
    const worker = browserColumnWorkers(2);
    expect(await worker.run("replicates", [VALUES, CALL])).toEqual(drawReplicates(VALUES, CALL));
    expect(worker.warnings).toEqual([expect.stringContaining("(Invalid URL)")]);
    await worker.close();
  });

  it("are not tried, and not missed, where the page has none", async () => {
    vi.stubGlobal("Worker", undefined);
    const worker = browserColumnWorkers();
    expect(await worker.run("replicates", [VALUES, CALL])).toEqual(drawReplicates(VALUES, CALL));
    expect(worker.warnings ?? []).toEqual([]);
    await worker.close();
  });

  it("are replaced where one that has answered breaks: the call that it was at fails", async () => {
    const { addresses } = stubWorker("breaks after its first answer");
    const worker = browserColumnWorkers(1);
    await worker.run("replicates", [VALUES, CALL]);
    await expect(worker.run("replicates", [VALUES, CALL])).rejects.toThrow("stopped: it could not be started");
    expect(await worker.run("replicates", [VALUES, CALL])).toEqual(drawReplicates(VALUES, CALL));
    expect([addresses.length, worker.warnings]).toEqual([2, []]);
    await worker.close();
  });

  it("are ended in the middle of a call that is aborted", async () => {
    const { terminated } = stubWorker("is silent");
    const worker = browserColumnWorkers(1);
    const controller = new AbortController();
    const endless = worker.run("replicates", [VALUES, CALL], controller.signal);
    controller.abort(new Error("enough"));
    await expect(endless).rejects.toThrow("enough");
    expect(terminated()).toBe(1);
    await worker.close();
  });
});
