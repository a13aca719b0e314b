import { describe, expect, it } from "vitest";
import { createRng } from "#weightscope/numeric/index.js";
import { BORDER_ENSEMBLES, diagnose } from "#weightscope/phases/index.js";
import { spectrumOf } from "../spectrum-of.js";

const SHAPE = { N: 500, M: 200 };
const DRAWS = 8;

describe("between two phases", () => {
  // scripts/calibrate-phases.mjs --borders has the whole: 76 to 100 % of the draws of a border.
  it.each(BORDER_ENSEMBLES)("$name: one of the two is named ($phases), in three draws of four at least", ({ phases, draw }) => {
    const rng = createRng(41);
    const named = Array.from({ length: DRAWS }, () => {
      return diagnose(spectrumOf(Float32Array.from(draw(SHAPE, rng)), SHAPE), { dtype: "F32", storedBits: 32 }).decision.phase;
    });
    const other = named.filter((phase) => phase === null || !phases.includes(phase));
    expect(other.length, `named ${other.join(", ")}`).toBeLessThanOrEqual(DRAWS / 4);
  });
});
