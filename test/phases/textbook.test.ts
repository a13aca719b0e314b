import { describe, expect, it } from "vitest";
import { createRng } from "#eigenscope/numeric/index.js";
import { PHASE_FAMILIES } from "#eigenscope/phases/ensembles/index.js";
import { diagnose } from "#eigenscope/phases/index.js";
import { spectrumOf } from "../spectrum-of.js";

/** One shape: the ensembles at all sizes are judged by scripts/judge-phases.mjs. */
const SHAPES = [{ N: 240, M: 120 }];

function decide(family: (typeof PHASE_FAMILIES)[number], shape: { N: number; M: number }, seed: number) {
  const { W, accepted } = family.draw(shape, createRng(seed));
  return {
    accepted,
    decision: diagnose(spectrumOf(Float32Array.from(W), shape), { dtype: "F32", storedBits: 32 }).decision,
  };
}

describe("the ensembles", () => {
  it("are 80 families or more, and their names are different", () => {
    expect(PHASE_FAMILIES.length).toBeGreaterThanOrEqual(80);
    expect(new Set(PHASE_FAMILIES.map(({ name }) => name)).size).toBe(PHASE_FAMILIES.length);
  });

  // Masks need permuted entries (analysis/permuted-null.ts), which a spectrum alone does not have.
  const unmasked = PHASE_FAMILIES.filter(({ name }) => !/kept|pruned/.test(name));

  it("are named as a careful reader accepts, in 95 % of the families, and a wrong name is never sure", () => {
    const results = unmasked.flatMap((family, k) =>
      SHAPES.map((shape, s) => ({ name: family.name, shape, ...decide(family, shape, 500 + 10 * k + s) })),
    );
    const wrong = results.filter(({ accepted, decision: { phase } }) => phase === null || !accepted.includes(phase));
    const told = wrong.map(
      ({ name, shape, decision }) =>
        `${name} ${shape.N} x ${shape.M}: ${decision.phase} ${decision.confidence.toFixed(2)}`,
    );
    expect(wrong.length, told.join("\n")).toBeLessThanOrEqual(0.05 * results.length);
    expect(wrong.filter(({ decision }) => decision.confidence > 0.9).length, told.join("\n")).toBeLessThanOrEqual(
      0.01 * results.length,
    );
  });

  it("that no phase describes are not named with a confidence above 0.8 in more than half of the draws", () => {
    const none = unmasked.filter(({ group }) => group === "none");
    const named = none.map((family, k) => decide(family, SHAPES[0], 900 + k).decision);
    expect(
      named.filter(({ phase, confidence }) => phase !== "undecided" && confidence > 0.8).length,
    ).toBeLessThanOrEqual(none.length / 2);
  });
});

describe("a decision", () => {
  it("shares its probability with its alternatives, and its path ends where it was decided", () => {
    const { decision } = decide(PHASE_FAMILIES[0], SHAPES[0], 7);
    expect(decision.phase).toBe("random-like");
    expect(decision.path.map(({ question, answer }) => `${question} ${answer}`)).toEqual([
      "rank-lost no",
      "rank-fallen no",
      "collapsing no",
      "narrower no",
      "bulk-broken no",
      "crowded no",
      "edge-crossed no",
    ]);
    expect(
      decision.confidence + decision.alternatives.reduce((sum, { confidence }) => sum + confidence, 0),
    ).toBeLessThan(1 + 1e-12);
  });
});
