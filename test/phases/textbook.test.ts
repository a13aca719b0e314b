import { describe, expect, it } from "vitest";
import { createRng } from "#weightscope/numeric/index.js";
import { diagnose, PHASE_ENSEMBLES, PHASES } from "#weightscope/phases/index.js";
import { spectrumOf } from "../spectrum-of.js";

/** Textbook shapes: two aspect ratios of dense layers, square, tall and small. */
const SHAPES = [
  { N: 1000, M: 500 },
  { N: 400, M: 400 },
  { N: 3072, M: 256 },
  { N: 600, M: 400 },
  { N: 768, M: 192 },
];

function phaseOf(W: Float64Array, shape: { N: number; M: number }) {
  return diagnose(spectrumOf(Float32Array.from(W), shape), { dtype: "F32", storedBits: 32 }).decision;
}

describe("the 30 textbook matrices", () => {
  const cases = PHASES.flatMap((phase) => {
    const families = PHASE_ENSEMBLES.filter((ensemble) => ensemble.phase === phase);
    return SHAPES.map((shape, k) => ({
      phase,
      shape,
      ensemble: families[k % families.length],
      seed: 100 + k,
      size: `${shape.N} x ${shape.M}`,
    }));
  });

  it.each(cases)("$phase: $ensemble.name, $size", ({ phase, shape, ensemble, seed }) => {
    const decision = phaseOf(ensemble.draw(shape, createRng(seed)), shape);
    expect(decision.phase, decision.reason).toBe(phase);
    expect(decision.confidence).toBeGreaterThan(0.5);
    expect(decision.confidence + decision.alternatives.reduce((sum, { confidence }) => sum + confidence, 0)).toBeLessThan(1 + 1e-12);
  });

  it("are thirty, five shapes of each of the six phases", () => {
    expect(cases).toHaveLength(30);
  });
});
