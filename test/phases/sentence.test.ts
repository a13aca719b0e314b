import { describe, expect, it } from "vitest";
import { createRng, normalSampler, shuffleInPlace } from "#eigenscope/numeric/index.js";
import { PHASE_FAMILIES } from "#eigenscope/phases/ensembles/index.js";
import {
  diagnose,
  explainPhase,
  type PhaseDecision,
  type PhaseEvidence,
  type PhaseName,
  QUESTIONS,
} from "#eigenscope/phases/index.js";
import { type PermutationNull, permutationNull } from "#eigenscope/rmt/index.js";
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
    const { decision, alphaReason } = diagnose(spectrumOf(Float32Array.from(W), shape), {
      dtype: "F32",
      storedBits: 32,
    });
    return { family: `${family.name}, ${shape.N} x ${shape.M}`, decision, alphaReason };
  }),
);

const MAX_INVISIBLE_KS = 1.7 * 0.0085;
/** As the sentence rounds: three digits. */
const rounded = (value: number | null): number => Number((value ?? Number.NaN).toPrecision(3));

/** A claim that a sentence can make, and what must then be so in the same row. */
const CLAIMS: readonly { readonly claim: RegExp; readonly holds: (row: Row) => boolean }[] = [
  { claim: /power law with alpha .* describes/, holds: ({ alphaReason }) => alphaReason === null },
  {
    claim: /Alpha is not valid/,
    holds: ({ alphaReason, decision }) => alphaReason !== null && decision.reason.includes(alphaReason),
  },
  { claim: /bulk is not Marchenko-Pastur/, holds: ({ decision: { evidence } }) => (evidence.bulk_misfit ?? 0) > 1.7 },
  { claim: /No Marchenko-Pastur bulk holds/, holds: ({ decision: { evidence } }) => evidence.bulk_misfit === null },
  {
    claim: /bulk (is|is nearly) Marchenko-Pastur/,
    holds: ({ decision: { evidence } }) =>
      (evidence.bulk_misfit ?? 9) <= 1.7 || (evidence.bulk_ks ?? 1) <= MAX_INVISIBLE_KS,
  },
  { claim: /too many to be called spikes/, holds: ({ decision: { evidence } }) => (evidence.crowding ?? 0) > 0.0465 },
  { claim: /within the Tracy-Widom fluctuation/, holds: ({ decision: { evidence } }) => evidence.spikes === 0 },
  {
    claim: /(\d+) eigenvalues? (leaks?|lies?) /,
    holds: ({ decision: { evidence, reason } }) =>
      Number(/(\d+) eigenvalues? (?:leak|lie)/.exec(reason)?.[1]) === evidence.spikes,
  },
  {
    claim: /the tail is heavy: its index/,
    holds: ({ decision: { evidence } }) => (evidence.tail_index ?? 0) > QUESTIONS.heavy.threshold,
  },
  {
    claim: /Narrower than random/,
    holds: ({ decision: { evidence } }) => (evidence.relative_width ?? 1) < QUESTIONS.narrower.threshold,
  },
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

  it("of bulk-decay and heavy-tailed speaks of the power law as the verdict on alpha does", () => {
    const broken = ROWS.filter(({ decision: { phase } }) => phase === "bulk-decay" || phase === "heavy-tailed");
    const wordings = new Set(
      broken.map(
        ({ decision, alphaReason }) => `${decision.phase}, alpha ${alphaReason === null ? "valid" : "not valid"}`,
      ),
    );
    expect([...wordings].filter((wording) => wording.endsWith("alpha valid")).length).toBeGreaterThan(0);
    expect([...wordings].filter((wording) => wording.endsWith("not valid")).length).toBeGreaterThan(0);
    for (const { decision, alphaReason } of broken)
      expect(decision.reason.includes("describes the upper")).toBe(alphaReason === null);
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

  it("gives the score among its permutations, which decided, and no p or spike of the law", () => {
    // The law finds a spike that the permutations do not.
    const { evidence: byLaw } = diagnose(spectrum, { dtype: "F32", storedBits: 32 });
    expect(byLaw.edge_p).toBeLessThan(1e-3);
    expect(byLaw.spikes).toBeGreaterThan(0);
    expect(evidence).toMatchObject({
      edge_p: permuted.edgeP,
      bulk_p: permuted.bulkP,
      spikes: 0,
      spike_fraction: 0,
      crowding: 0,
    });
    expect(evidence.edge_score).toBeLessThan(QUESTIONS["edge-crossed"].threshold);
    expect(permuted.spikes).toBe(0);
    expect(decision.phase).toBe("random-like");
    expect(decision.reason).toBe(
      `The bulk is that of the same entries in random order (misfit ${rounded(evidence.visible_misfit)}; 1 ` +
        "is typical) and its largest eigenvalue lies among those of the permuted matrices (score " +
        `${rounded(evidence.edge_score)} among 99 permutations; the edge is crossed above 2.75).`,
    );
  });

  const sentence = (
    phase: PhaseName,
    changed: Partial<PhaseEvidence>,
    found: Partial<PermutationNull> = {},
    path: Parameters<typeof explainPhase>[2]["path"] = [],
  ): string =>
    explainPhase(
      phase,
      { ...evidence, ...changed },
      { path, alphaReason: "none", permuted: { ...permuted, ...found } },
    );

  it.each([
    [2.75, 0, "lies among those of the permuted"],
    [2.76, 0, "lies just beyond those"],
    [2, 1, "lies just beyond those"],
  ])("of random-like, with a score of %d and %d spikes among the permutations: %s", (edge_score, spikes, words) => {
    expect(sentence("random-like", { edge_score }, { spikes })).toContain(words);
  });

  it.each([
    ["bleeding-out", 0, "and its largest eigenvalue leaks past its edge (score 4 among"],
    ["bleeding-out", 1, "and 1 eigenvalue leaks past its edge (score 4 among"],
    ["bleeding-out", 3, "and 3 eigenvalues leak past its edge (score 4 among"],
    ["bulk+spikes", 2, "and 2 eigenvalues lie well outside it (score 4 among"],
  ] as const)("of %s counts the %d spikes that the row counts", (phase, spikes, words) => {
    expect(sentence(phase, { edge_score: 4, spikes: 9 }, { spikes })).toContain(words);
  });

  it("gives the misfit to the permuted entries on either side of 1.7, not that to the law", () => {
    const misfits = (visible_misfit: number) => ({ visible_misfit, bulk_misfit: 77 });
    expect(sentence("bulk-decay", misfits(1.7))).toMatch(
      /^The bulk is nearly that of the same entries in random order \(misfit 1\.7;/,
    );
    expect(sentence("bulk-decay", misfits(1.71))).toMatch(
      /^The bulk is not that of the same entries in random order \(misfit 1\.71;/,
    );
    expect(sentence("heavy-tailed", misfits(9))).toMatch(
      /^The bulk is not that of the same entries in random order \(misfit 9;/,
    );
    expect(sentence("undecided", misfits(9))).toMatch(
      /^The bulk is not that of the same entries in random order \(misfit 9;/,
    );
    expect(sentence("random-like", misfits(1.7))).toMatch(
      /^The bulk is that of the same entries in random order \(misfit 1\.7;/,
    );
    expect(sentence("random-like", misfits(1.71))).toMatch(
      /^The bulk is close to that of the same entries in random order \(misfit 1\.71;/,
    );
  });
});

describe("the numbers of the sentences", () => {
  /** No two are alike, so that no sentence can give one for another. */
  const evidence: PhaseEvidence = {
    zero_fraction: 0.11,
    jump_decades: 2.2,
    jump_fraction: 0.33,
    near_zero_fraction: 0.94,
    trailing_decades: 1.55,
    relative_width: 0.66,
    bulk_misfit: 1.07,
    visible_misfit: 1.08,
    bulk_ks: 0.0099,
    bulk_p: 0.12,
    edge_gap: 13,
    edge_p: 0.014,
    edge_score: 1.5,
    spikes: 0,
    spike_fraction: 0.17,
    crowding: 0.18,
    spike_weight: 0.19,
    mp_soft_rank: 0.21,
    mp_soft_rank_se: 0.022,
    tail_index: 0.23,
    tail_index_se: 0.024,
    tail_index_low: -0.025,
    tail_index_high: 0.26,
    tail_index_k: 27,
    tail_index_excess: 0.28,
    alpha: 2.9,
    ks: 0.031,
    tail_fraction: 0.32,
    tail_decades: 0.34,
    versus_exponential: 3.5,
    versus_lognormal: 3.6,
  };
  const step = (question: string, probability = 0.9) =>
    ({ question, statistic: "crowding", value: 0, error: 0, threshold: 0, probability, answer: "yes" }) as const;
  const sentence = (
    phase: PhaseName,
    changed: Partial<PhaseEvidence> = {},
    path: Parameters<typeof explainPhase>[2]["path"] = [],
    alphaReason: string | null = "why not",
  ): string => explainPhase(phase, { ...evidence, ...changed }, { path, alphaReason });
  const WHOLE = "The bulk is Marchenko-Pastur (misfit 1.07; 1 is typical of a true bulk)";

  it("of a bulk with nothing beyond its edge, or little, are its misfit and the p of the edge", () => {
    const within = "its largest eigenvalue lies within the Tracy-Widom fluctuation of the edge";
    expect(sentence("random-like")).toBe(`${WHOLE} and ${within} (p = 0.014).`);
    expect(sentence("random-like", { edge_p: 0.00099 })).toContain("(p = 9.9e-4).");
    expect(sentence("random-like", { edge_p: 0.001 })).toContain("(p = 0.001).");
    expect(sentence("random-like", { edge_p: null })).toContain("(p = n/a).");
    const past = (spikes: number) => sentence("random-like", { spikes });
    expect(past(1)).toBe(
      `${WHOLE} and 1 eigenvalue lies past the edge, but hardly further than by chance (p = 0.014).`,
    );
    expect(past(2)).toBe(
      `${WHOLE} and 2 eigenvalues lie past the edge, but hardly further than by chance (p = 0.014).`,
    );
  });

  it("of a bulk say on each side of 1.7 whether it is one, and what of a misfit is seen", () => {
    const bulk = (bulk_misfit: number | null, visible_misfit: number | null) =>
      sentence("random-like", { bulk_misfit, visible_misfit });
    expect(bulk(1.7, 1.7)).toMatch(/^The bulk is Marchenko-Pastur \(misfit 1\.7; 1 is typical of a true bulk\)/);
    expect(bulk(1.71, 1.7)).toMatch(
      /^The bulk is Marchenko-Pastur \(misfit 1\.71, but at most 0\.99 % of its eigenvalues are out of place\)/,
    );
    expect(bulk(1.72, 1.71)).toMatch(/^The bulk is close to Marchenko-Pastur \(misfit 1\.72; 1 is typical/);
    expect(bulk(null, null)).toMatch(/^The bulk cannot be fitted and/);
  });

  it("of spikes are their number, how far they lie and the soft rank", () => {
    expect(sentence("bleeding-out", { spikes: 3 })).toBe(
      `${WHOLE}, and 3 eigenvalues leak past its edge: up to 13 Tracy-Widom scales, soft rank 0.21 ` +
        "(bulk+spikes begins below 0.845).",
    );
    expect(sentence("bulk+spikes", { spikes: 1 })).toBe(
      `${WHOLE}, and 1 eigenvalue lies well outside it: soft rank 0.21, below 0.845.`,
    );
  });

  it(
    "of a tail are the misfit, the index with its interval against 0.2, and alpha with its share and distance " +
      "or why not",
    () => {
      const broken = { bulk_misfit: 1.71, visible_misfit: 1.71 };
      expect(sentence("bulk-decay", broken)).toBe(
        "The bulk is not Marchenko-Pastur (misfit 1.71; a true bulk rarely exceeds 1.7), and the tail decays: " +
          "its index is 0.23 (-0.025 to 0.26); a power law has more than 0.2. Alpha is not valid: why not.",
      );
      expect(sentence("heavy-tailed", { bulk_misfit: null }, [], null)).toBe(
        "No Marchenko-Pastur bulk holds half of the eigenvalues, and the tail is heavy: its index is 0.23 " +
          "(-0.025 to 0.26), above 0.2, where power laws begin. A power law with alpha 2.9 describes the upper " +
          "32 % of the spectrum (D = 0.031).",
      );
      expect(sentence("bulk-decay", { bulk_misfit: 1.9, visible_misfit: 1.7 })).toMatch(
        /^The bulk is nearly Marchenko-Pastur \(misfit 1\.9\), at the border of decay, and the tail decays/,
      );
      expect(sentence("bulk-decay", { ...broken, tail_index: null })).toContain(
        "and the tail decays: its index cannot be measured; a power law",
      );
    },
  );

  it("of a crowded bulk are the spikes, their share, and whether they are too many or at the limit", () => {
    const crowded = (probability: number) => sentence("bulk-decay", { spikes: 17 }, [step("crowded", probability)]);
    expect(crowded(0.5)).toMatch(
      /^17 eigenvalues lie beyond the edge of the bulk \(17 %\), too many to be called spikes, and/,
    );
    expect(crowded(0.49)).toMatch(
      /^17 eigenvalues lie beyond the edge of the bulk \(17 %\), at the limit of what is called spikes, and/,
    );
  });

  it("of a collapse are those of the question that decided", () => {
    const collapse = (question: string) => sentence("rank-collapse", {}, [step(question)]);
    expect(collapse("rank-lost")).toBe(
      "11 % of the directions carry nothing, more than 4 %: the matrix has lost rank.",
    );
    expect(collapse("rank-fallen")).toBe(
      "33 % of the eigenvalues lie 2.2 decades below the rest (the limit is 1.5) and carry less than 1 % of " +
        "the variance: apart from noise, the matrix has lost rank.",
    );
    expect(collapse("collapsing")).toBe(
      "94 % of the eigenvalues lie below a hundredth of the largest and trail off to zero (their lower half " +
        "spans 1.55 decades more than a random matrix's): nearly all of the rank has collapsed.",
    );
  });

  it("of no phase are the width, or the index of the edge that the tail ends at", () => {
    expect(sentence("undecided", {}, [step("narrower")])).toBe(
      "Narrower than random: the spectrum has 0.66 of the width of a random matrix's (below 0.75 no phase " +
        "describes it). An orthogonal initialisation looks like this.",
    );
    const broken = { bulk_misfit: 1.8, visible_misfit: 1.8 };
    expect(sentence("undecided", broken, [step("tail-open")])).toBe(
      "The bulk is not Marchenko-Pastur (misfit 1.8; a true bulk rarely exceeds 1.7), yet the spectrum ends " +
        "at an edge, as a bulk does: its index is 0.23 (-0.025 to 0.26). No phase describes it. Directions " +
        "whose variances have an upper bound look like this.",
    );
    expect(sentence("undecided", { ...broken, tail_index: null }, [step("tail-open")])).toContain(
      "yet no tail of one law follows: a gap separates the largest eigenvalues from the rest. No phase",
    );
  });
});
