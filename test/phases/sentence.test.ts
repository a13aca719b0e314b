import { describe, expect, it } from "vitest";
import { createRng } from "#weightscope/numeric/index.js";
import { diagnose, PHASE_FAMILIES, type PhaseDecision, QUESTIONS } from "#weightscope/phases/index.js";
import { spectrumOf } from "../spectrum-of.js";

const SHAPES = [
  { N: 100, M: 50 },
  { N: 260, M: 130 },
];

interface Row {
  readonly family: string;
  readonly decision: PhaseDecision;
  readonly alphaReason: string | null;
}

/** Two sizes of every family: some 170 rows, of every name. */
const ROWS: readonly Row[] = PHASE_FAMILIES.flatMap((family, k) =>
  SHAPES.map((shape, s): Row => {
    const { W } = family.draw(shape, createRng(1000 + 10 * k + s));
    const { decision, alphaReason } = diagnose(spectrumOf(Float32Array.from(W), shape), { dtype: "F32", storedBits: 32 });
    return { family: `${family.name}, ${shape.N} x ${shape.M}`, decision, alphaReason };
  }),
);

const UNSEEN_KS = 1.7 * 0.0085;
/** As the sentence rounds: three digits. */
const rounded = (value: number | null): number => Number((value ?? Number.NaN).toPrecision(3));

/** A claim that a sentence can make, and what must then be so in the same row. */
const CLAIMS: readonly { readonly claim: RegExp; readonly holds: (row: Row) => boolean }[] = [
  { claim: /power law with alpha .* describes/, holds: ({ alphaReason }) => alphaReason === null },
  {
    claim: /Alpha is not to be read/,
    holds: ({ alphaReason, decision }) => alphaReason !== null && decision.reason.includes(alphaReason),
  },
  { claim: /bulk is not Marchenko-Pastur/, holds: ({ decision: { evidence } }) => (evidence.bulk_misfit ?? 0) > 1.7 },
  { claim: /No Marchenko-Pastur bulk holds/, holds: ({ decision: { evidence } }) => evidence.bulk_misfit === null },
  {
    claim: /bulk (is|is nearly) Marchenko-Pastur/,
    holds: ({ decision: { evidence } }) => (evidence.bulk_misfit ?? 9) <= 1.7 || (evidence.bulk_ks ?? 1) <= UNSEEN_KS,
  },
  { claim: /too many to be called spikes/, holds: ({ decision: { evidence } }) => (evidence.crowding ?? 0) > 0.0465 },
  { claim: /within the Tracy-Widom fluctuation/, holds: ({ decision: { evidence } }) => evidence.spikes === 0 },
  {
    claim: /(\d+) eigenvalues? (stands?|leaks?|lies?) /,
    holds: ({ decision: { evidence, reason } }) => Number(/(\d+) eigenvalues? (?:stand|leak|lie)/.exec(reason)?.[1]) === evidence.spikes,
  },
  { claim: /the tail is heavy: its index/, holds: ({ decision: { evidence } }) => (evidence.tail_index ?? 0) > QUESTIONS.heavy.threshold },
  { claim: /Narrower than random/, holds: ({ decision: { evidence } }) => (evidence.relative_width ?? 1) < QUESTIONS.narrower.threshold },
  {
    claim: /carry nothing/,
    holds: ({ decision: { evidence, reason } }) => reason.includes(`${rounded(100 * (evidence.zero_fraction ?? 0))} %`),
  },
  { claim: /decades below the rest/, holds: ({ decision: { evidence } }) => (evidence.jump_decades ?? 0) > 1.5 },
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
    expect([...wordings].filter((wording) => wording.endsWith("alpha valid")).length).toBeGreaterThan(0);
    expect([...wordings].filter((wording) => wording.endsWith("not valid")).length).toBeGreaterThan(0);
    for (const { decision, alphaReason } of broken) expect(decision.reason.includes("describes the upper")).toBe(alphaReason === null);
  });

  it("is made of each claim at least once in these rows, so that none goes unchecked", () => {
    const never = CLAIMS.filter(({ claim }) => !ROWS.some(({ decision }) => claim.test(decision.reason)));
    expect(never.map(({ claim }) => String(claim))).toEqual([]);
  });
});
