import { describe, expect, it } from "vitest";
import { createRng, normalSampler, shuffleInPlace } from "#weightscope/numeric/index.js";
import {
  diagnose,
  explainPhase,
  PHASE_FAMILIES,
  type PhaseDecision,
  type PhaseEvidence,
  type PhaseName,
  QUESTIONS,
} from "#weightscope/phases/index.js";
import { type PermutationNull, permutationNull } from "#weightscope/rmt/index.js";
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

describe("the sentence of a masked layer", () => {
  const shape = { N: 240, M: 120 };
  const rng = createRng(4);
  const normal = normalSampler(rng);
  const mask = Float32Array.from({ length: shape.N * shape.M }, () => (rng() < 0.05 ? normal() : 0));
  const spectrum = spectrumOf(mask, shape);
  const permuted = permutationNull(
    spectrum.eigenvalues,
    Array.from({ length: 99 }, () => spectrumOf(shuffleInPlace(mask.slice(), rng), shape).eigenvalues),
  );
  const { evidence, decision } = diagnose(spectrum, { dtype: "F32", storedBits: 32 }, permuted);

  it("gives the score among its permutations, which decided, and no p or spike of the law, which contradicts it", () => {
    // The law finds a spike that the permutations do not.
    const { evidence: byLaw } = diagnose(spectrum, { dtype: "F32", storedBits: 32 });
    expect(byLaw.edge_p).toBeLessThan(1e-3);
    expect(byLaw.spikes).toBeGreaterThan(0);
    expect(evidence).toMatchObject({ edge_p: permuted.edgeP, bulk_p: permuted.bulkP, spikes: 0, spike_fraction: 0, crowding: 0 });
    expect(evidence.edge_score).toBeLessThan(QUESTIONS["edge-crossed"].threshold);
    expect(permuted.spikes).toBe(0);
    expect(decision.phase).toBe("random-like");
    expect(decision.reason).toBe(
      `The bulk is that of its entries in random places (misfit ${rounded(evidence.visible_misfit)}; 1 is what they show) and its largest eigenvalue lies among the largest of theirs (score ${rounded(evidence.edge_score)} among 99 permutations; the edge is crossed above 2.75).`,
    );
  });

  const sentence = (
    phase: PhaseName,
    changed: Partial<PhaseEvidence>,
    found: Partial<PermutationNull> = {},
    path: Parameters<typeof explainPhase>[2]["path"] = [],
  ): string => explainPhase(phase, { ...evidence, ...changed }, { path, alphaReason: "none", permuted: { ...permuted, ...found } });

  it.each([
    [2.75, 0, "lies among the largest"],
    [2.76, 0, "lies little beyond the largest"],
    [2, 1, "lies little beyond the largest"],
  ])("of random-like, with a score of %d and %d spikes among the permutations: %s", (edge_score, spikes, words) => {
    expect(sentence("random-like", { edge_score }, { spikes })).toContain(words);
  });

  it.each([
    ["bleeding-out", 0, "and its largest eigenvalue leaks past its edge (score 4 among"],
    ["bleeding-out", 1, "and 1 eigenvalue leaks past its edge (score 4 among"],
    ["bleeding-out", 3, "and 3 eigenvalues leak past its edge (score 4 among"],
    ["bulk+spikes", 2, "and 2 eigenvalues stand clear of it (score 4 among"],
  ] as const)("of %s counts the %d spikes that the row counts", (phase, spikes, words) => {
    expect(sentence(phase, { edge_score: 4, spikes: 9 }, { spikes })).toContain(words);
  });

  it("gives the misfit to the permuted entries on either side of 1.7, not that to the law", () => {
    const misfits = (visible_misfit: number) => ({ visible_misfit, bulk_misfit: 77 });
    expect(sentence("bulk-decay", misfits(1.7))).toMatch(/^The bulk is nearly that of its entries in random places \(misfit 1\.7;/);
    expect(sentence("bulk-decay", misfits(1.71))).toMatch(/^The bulk is not that of its entries in random places \(misfit 1\.71;/);
    expect(sentence("heavy-tailed", misfits(9))).toMatch(/^The bulk is not that of its entries in random places \(misfit 9;/);
    expect(sentence("undecided", misfits(9))).toMatch(/^The bulk is not that of its entries in random places \(misfit 9;/);
    expect(sentence("random-like", misfits(1.7))).toMatch(/^The bulk is that of its entries in random places \(misfit 1\.7;/);
    expect(sentence("random-like", misfits(1.71))).toMatch(/^The bulk is close to that of its entries in random places \(misfit 1\.71;/);
  });
});
