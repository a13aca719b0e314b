import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { type ColumnWorker, columnWorkInPlace } from "#eigenscope/analysis/column-work.js";
import { drawInShares } from "#eigenscope/analysis/extras/draw-in-shares.js";
import { drawReplicates } from "#eigenscope/analysis/extras/replicates.js";
import { columnWorkers } from "#eigenscope/node/column-workers.js";
import { createRng } from "#eigenscope/numeric/index.js";

const BUILT = (import.meta as { readonly env?: { readonly MODE?: string } }).env?.MODE === "dist";
const rng = createRng(4);
const VALUES = Float64Array.from({ length: 300 }, () => (1 - rng()) ** (-1 / 1.5)).sort();
const REPLICATES = { seed: 11, from: 3, to: 103 };

describe.each([
  ["in place", columnWorkInPlace],
  ["on one worker", () => columnWorkers(1)],
  ["on three workers", () => columnWorkers(3)],
])("the work of optional columns %s", (_, create) => {
  let worker: ColumnWorker;
  afterEach(() => worker.close());

  it("draws the same replicates as one call", async () => {
    worker = create();
    const [first, second] = await Promise.all([
      drawInShares(VALUES, REPLICATES, { worker }),
      drawInShares(VALUES, { ...REPLICATES, seed: 12 }, { worker }),
    ]);
    expect(first).toEqual(drawReplicates(VALUES, REPLICATES));
    expect(second).toEqual(drawReplicates(VALUES, { ...REPLICATES, seed: 12 }));
  });

  it("rejects with the signal's reason, and serves the next", async () => {
    worker = create();
    const controller = new AbortController();
    const aborted = drawInShares(VALUES, { seed: 1, from: 0, to: 4000 }, { worker, signal: controller.signal });
    controller.abort(new Error("no longer wanted"));
    await expect(aborted).rejects.toThrow("no longer wanted");
    expect((await drawInShares(VALUES, REPLICATES, { worker })).alpha).toHaveLength(100);
  });

  it("rejects with what the work throws, and serves the next", async () => {
    worker = create();
    await expect(worker.run("weightWatcherBulk", [null as never])).rejects.toThrow(TypeError);
    expect(await worker.run("weightWatcherBulk", [{ eigenvalues: new Float64Array(20), M: 20, Q: 2 }])).toBeNull();
  });
});

it.runIf(BUILT)(
  "a call that is under way in a worker is ended by an abort: the one that waits behind it is served though " +
    "the first would take minutes",
  async () => {
    const worker = columnWorkers(1);
    // The thread is there and takes the next call as soon as it is posted.
    await worker.run("replicates", [VALUES, { seed: 11, from: 3, to: 4 }]);
    const controller = new AbortController();
    const endless = worker.run("replicates", [VALUES, { seed: 1, from: 0, to: 1_000_000 }], controller.signal);
    const next = worker.run("replicates", [VALUES, { seed: 11, from: 3, to: 4 }]);
    controller.abort(new Error("enough"));
    await expect(endless).rejects.toThrow("enough");
    expect(await next).toEqual(drawReplicates(VALUES, { seed: 11, from: 3, to: 4 }));
    await worker.close();
  },
);

it.runIf(BUILT)("where no thread can be started the work is done in place, all of it", async () => {
  const worker = columnWorkers(2, new URL("./no-such-worker.js", import.meta.url));
  const calls = [3, 4, 5].map((from) => worker.run("replicates", [VALUES, { seed: 11, from, to: from + 1 }]));
  expect(await Promise.all(calls)).toEqual(
    [3, 4, 5].map((from) => drawReplicates(VALUES, { seed: 11, from, to: from + 1 })),
  );
  expect(await worker.run("replicates", [VALUES, { seed: 12, from: 0, to: 1 }])).toEqual(
    drawReplicates(VALUES, { seed: 12, from: 0, to: 1 }),
  );
  await expect(worker.run("weightWatcherBulk", [null as never])).rejects.toThrow(TypeError);
  await worker.close();
});

it.runIf(BUILT)("an abort starts no thread for the calls that waited", async () => {
  const post = vi.spyOn(Worker.prototype, "postMessage");
  onTestFinished(() => post.mockRestore());
  const worker = columnWorkers(2);
  const controller = new AbortController();
  const aborted = drawInShares(VALUES, { seed: 1, from: 0, to: 4000 }, { worker, signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(aborted).rejects.toThrow("enough");
  await worker.close();
  // One share for each thread that was at work; the others of the 125 were never sent.
  expect(post).toHaveBeenCalledTimes(2);
});
