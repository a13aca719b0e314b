import { afterEach, describe, expect, it } from "vitest";
import { drawReplicates, type Replicator, replicatorInPlace } from "#weightscope/analysis/replicator.js";
import { workerReplicator } from "#weightscope/node/worker-replicator.js";
import { createRng } from "#weightscope/numeric/index.js";

const rng = createRng(4);
const VALUES = Float64Array.from({ length: 300 }, () => (1 - rng()) ** (-1 / 1.5)).sort();
const REPLICATES = { seed: 11, from: 3, to: 103 };

describe.each([
  ["in place", replicatorInPlace],
  ["on one worker", () => workerReplicator(1)],
  ["on three workers", () => workerReplicator(3)],
])("a replicator %s", (_, create) => {
  let replicator: Replicator;
  afterEach(() => replicator.close());

  it("draws the same replicates as one call", async () => {
    replicator = create();
    const [first, second] = await Promise.all([replicator.draw(VALUES, REPLICATES), replicator.draw(VALUES, { ...REPLICATES, seed: 12 })]);
    expect(first).toEqual(drawReplicates(VALUES, REPLICATES));
    expect(second).toEqual(drawReplicates(VALUES, { ...REPLICATES, seed: 12 }));
  });

  it("rejects with the signal's reason, and serves the next", async () => {
    replicator = create();
    const controller = new AbortController();
    const aborted = replicator.draw(VALUES, { seed: 1, from: 0, to: 4000 }, controller.signal);
    controller.abort(new Error("no longer wanted"));
    await expect(aborted).rejects.toThrow("no longer wanted");
    expect((await replicator.draw(VALUES, REPLICATES)).alpha).toHaveLength(100);
  });
});
