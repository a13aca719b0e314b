import { describe, expect, it } from "vitest";
import { createRng } from "#weightscope/numeric/index.js";
import { BORDER_ENSEMBLES, classifyPhase, diagnose, PHASE_ENSEMBLES, type PhaseDecision } from "#weightscope/phases/index.js";
import { spectrumOf } from "../spectrum-of.js";

const SHAPES = [
  { N: 100, M: 50 },
  { N: 300, M: 200 },
  { N: 1200, M: 120 },
];

interface Row {
  readonly family: string;
  readonly decision: PhaseDecision;
  readonly alphaReason: string | null;
}

/** Three sizes of every family, borders included: 72 rows and more, of every phase. */
const ROWS: readonly Row[] = [...PHASE_ENSEMBLES, ...BORDER_ENSEMBLES].flatMap((family, k) =>
  SHAPES.map((shape, s): Row => {
    const W = Float32Array.from(family.draw(shape, createRng(1000 + 10 * k + s)));
    const { decision, alphaReason } = diagnose(spectrumOf(W, shape), { dtype: "F32", storedBits: 32 });
    return { family: `${family.name}, ${shape.N} x ${shape.M}`, decision, alphaReason };
  }),
);

/** A claim that a sentence can make, and what must then be so in the same row. */
const CLAIMS: readonly { readonly claim: RegExp; readonly holds: (row: Row) => boolean }[] = [
  { claim: /power law with alpha .* describes/, holds: ({ alphaReason }) => alphaReason === null },
  {
    claim: /not told to be a power law|alpha is not its exponent/,
    holds: ({ alphaReason, decision }) => alphaReason !== null && decision.reason.includes(alphaReason),
  },
  { claim: /bulk is not Marchenko-Pastur/, holds: ({ decision: { evidence } }) => (evidence.bulk_misfit ?? 0) > 1.7 },
  { claim: /No Marchenko-Pastur bulk holds/, holds: ({ decision: { evidence } }) => evidence.bulk_misfit === null },
  // Either a true bulk, or one that is less than 15 in 1000 out of place.
  {
    claim: /(is|nearly) Marchenko-Pastur/,
    holds: ({ decision: { evidence } }) => (evidence.bulk_misfit ?? 9) <= 1.7 || (evidence.bulk_ks ?? 1) <= 0.0145,
  },
  {
    claim: /too many to be called spikes/,
    holds: ({ decision: { evidence } }) => (evidence.spikes ?? 0) > 5 && (evidence.spike_fraction ?? 0) > 0.046,
  },
  { claim: /within the Tracy-Widom fluctuation/, holds: ({ decision: { evidence } }) => evidence.spikes === 0 },
  { claim: /past the edge by little more/, holds: ({ decision: { evidence } }) => (evidence.spikes ?? 0) > 0 },
  {
    claim: /(\d+) eigenvalues? (stands?|leaks?|lies?) /,
    holds: ({ decision: { evidence, reason } }) => Number(/(\d+) eigenvalue/.exec(reason)?.[1]) === evidence.spikes,
  },
];

describe("the sentence of a phase", () => {
  it("says nothing that its own evidence, or the verdict on alpha in the same row, denies", () => {
    const contradicted = ROWS.flatMap((row) =>
      CLAIMS.filter(({ claim, holds }) => claim.test(row.decision.reason) && !holds(row)).map(
        ({ claim }) => `${row.family}: ${claim}: ${row.decision.reason}`,
      ),
    );
    expect(contradicted).toEqual([]);
  });

  it("of bulk-decay and heavy-tailed speaks of the power law as the verdict on alpha does, whichever way that goes", () => {
    const broken = ROWS.filter(({ decision: { phase } }) => phase === "bulk-decay" || phase === "heavy-tailed");
    const wordings = new Set(
      broken.map(({ decision, alphaReason }) => `${decision.phase}, alpha ${alphaReason === null ? "valid" : "not valid"}`),
    );
    expect(wordings.size).toBe(4);
    for (const { decision, alphaReason } of broken) expect(decision.reason.includes("describes the upper")).toBe(alphaReason === null);
  });

  it("never speaks of a decay where the bulk ends cleanly and only the number of outliers decided", () => {
    const crowded = ROWS.filter(({ decision: { phase, evidence } }) => phase === "bulk-decay" && (evidence.bulk_misfit ?? 9) <= 1.5);
    expect(crowded.length).toBeGreaterThan(0);
    for (const { decision } of crowded) expect(decision.reason).not.toMatch(/not Marchenko-Pastur/);
  });

  it("of a random-like spectrum with an eigenvalue past the 1 % point says so, and not that it lies within the fluctuation", () => {
    const random = ROWS.filter(({ decision: { phase } }) => phase === "random-like")[0].decision.evidence;
    const sentence = (edge_p: number, spikes: number): string =>
      classifyPhase({ ...random, edge_p, spikes, spike_fraction: spikes / 200 }, { size: 200, alphaReason: () => "none" }).reason;
    // The question's threshold is 10^-2.3 = 0.005, and spikes are counted at 0.01.
    expect(sentence(0.008, 1)).toMatch(/1 eigenvalue lies past the edge by little more/);
    expect(sentence(0.02, 0)).toMatch(/within the Tracy-Widom fluctuation/);
  });

  it("is made of each of the other claims at least once in these rows, so that none goes unchecked", () => {
    const never = CLAIMS.filter(({ claim }) => !ROWS.some(({ decision }) => claim.test(decision.reason)));
    expect(never.map(({ claim }) => String(claim))).toEqual(["/past the edge by little more/"]);
  });
});
