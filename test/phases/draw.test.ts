import { describe, expect, it } from "vitest";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";
import { drawEnsemble, type EnsembleDraw, type PhaseFamily } from "#eigenscope/phases/ensembles/index.js";

const SIZES = { minM: 100, maxM: 100, maxQ: 1, maxEntries: 10_000 };

/** Gaussian columns, `faint` of them a million times smaller than the others. */
const family = (faint: number, accepted: readonly ["bulk-decay" | "rank-collapse"]): PhaseFamily => ({
  name: "test",
  group: "decay",
  why: "test",
  draw: ({ N, M }, rng) => {
    const normal = normalSampler(rng);
    return { W: Float64Array.from({ length: N * M }, (_, k) => (k % M < faint ? 1e-6 : 1) * normal()), accepted };
  },
});

function drawnAs(dtype: string, of: PhaseFamily): EnsembleDraw {
  for (let seed = 1; ; seed++) {
    const draw = drawEnsemble(of, SIZES, createRng(seed));
    if (draw.storage.dtype === dtype) return draw;
  }
}

describe("a draw of an ensemble", () => {
  it("accepts a collapse where rounding empties more than 3 % of the columns, not where it empties 3 %", () => {
    expect(drawnAs("uint8-affine", family(4, ["bulk-decay"])).accepted).toEqual(["bulk-decay", "rank-collapse"]);
    expect(drawnAs("uint8-affine", family(3, ["bulk-decay"])).accepted).toEqual(["bulk-decay"]);
    expect(drawnAs("F32", family(4, ["bulk-decay"])).accepted).toEqual(["bulk-decay"]);
  });

  it("accepts besides a collapse what four bits of rounding noise make of it, and eight do not", () => {
    const collapsed = family(40, ["rank-collapse"]);
    expect(drawnAs("uint4-affine", collapsed).accepted).toEqual([
      "rank-collapse",
      "bulk-decay",
      "bulk+spikes",
      "undecided",
      "heavy-tailed",
    ]);
    expect(drawnAs("uint8-affine", collapsed).accepted).toEqual(["rank-collapse"]);
  });
});
