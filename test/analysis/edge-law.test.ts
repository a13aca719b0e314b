import { afterEach, expect, it, vi } from "vitest";
import { bytesInMemory, type FileSet } from "#weightscope/formats/index.js";
import { analyze } from "#weightscope/node/index.js";
import { createRng, normalSampler } from "#weightscope/numeric/index.js";
import { edgeLawInSteps } from "#weightscope/rmt/edge-null.js";
import { spikeQuantile } from "#weightscope/rmt/spike-quantile.js";
import { tracyWidomQuantile } from "#weightscope/rmt/tracy-widom.js";
import { safetensorsWith } from "../formats/build-safetensors.js";

/** The turns of the event loop so far, and at which of them a quantile of the Tracy-Widom law was computed. */
const seen = vi.hoisted(() => ({ turns: 0, quantilesAt: [] as number[] }));
vi.mock("#weightscope/rmt/tracy-widom.js", async (original) => {
  const module = (await original()) as { tracyWidomQuantile: (p: number) => number };
  return {
    ...module,
    tracyWidomQuantile: (p: number) => {
      seen.quantilesAt.push(seen.turns);
      return module.tracyWidomQuantile(p);
    },
  };
});

afterEach(() => {
  seen.quantilesAt = [];
});

/** One convolution of 2 x 3 slices: no other test of this process asks for that. */
function convolution(): FileSet {
  const shape = [60, 40, 2, 3];
  const values = Float64Array.from({ length: 60 * 40 * 6 }, normalSampler(createRng(1)));
  return { label: "x", entry: "x", list: async () => ["x"], open: async () => bytesInMemory(safetensorsWith({ c: { shape, values } })) };
}

it("an analysis computes each quantile of the edge's law in a turn of the event loop of its own, and once", async () => {
  let running = true;
  const tick = (): void => {
    seen.turns++;
    if (running) setImmediate(tick);
  };
  setImmediate(tick);
  const [{ rf, status }] = (await analyze(convolution()).report()).layers;
  running = false;
  expect([rf, status]).toEqual([6, "success"]);
  // Ten of the law of six slices; the fit of a bulk may ask for one of a single matrix.
  const computed = seen.quantilesAt.length;
  expect(new Set(seen.quantilesAt).size).toBeGreaterThanOrEqual(10);
  expect(computed).toBeLessThanOrEqual(11);
  await analyze(convolution()).report();
  expect(seen.quantilesAt).toHaveLength(computed);
});

it("the pauses leave the quantiles as they are without", () => {
  const pauses = [...edgeLawInSteps(4)].length;
  expect([pauses, [...edgeLawInSteps(4)].length]).toEqual([10, 0]);
  const before = seen.quantilesAt.length;
  const known = spikeQuantile(0.01, 4);
  expect(seen.quantilesAt).toHaveLength(before);
  expect(known).toBe(tracyWidomQuantile(0.99 ** (1 / 4)));
});
