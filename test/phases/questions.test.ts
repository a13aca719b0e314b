import { describe, expect, it } from "vitest";
import { probabilityOfYes, walkQuestions } from "#eigenscope/phases/decide.js";
import {
  classifyPhase,
  PHASE_NAMES,
  type PhaseEvidence,
  QUESTIONS,
  type Question,
  type QuestionName,
} from "#eigenscope/phases/index.js";
import { FIRST_QUESTION } from "#eigenscope/phases/questions.js";
import { HEAVY_INDEX } from "#eigenscope/tails/index.js";

const SIZE = 384;

/** FC1 of an untrained network: nothing speaks for anything. */
const PLAIN: PhaseEvidence = {
  zero_fraction: 0,
  jump_decades: 0.02,
  jump_fraction: 0.5,
  near_zero_fraction: 0,
  trailing_decades: null,
  relative_width: 1,
  bulk_misfit: 1,
  visible_misfit: 1,
  bulk_ks: 0.006,
  bulk_p: 0.5,
  edge_gap: -1,
  edge_p: 0.5,
  edge_score: 0,
  spikes: 0,
  spike_fraction: 0,
  crowding: 0,
  spike_weight: 0,
  mp_soft_rank: 1,
  mp_soft_rank_se: 0,
  tail_index: -0.6,
  tail_index_se: 0.1,
  tail_index_low: -0.8,
  tail_index_high: -0.4,
  tail_index_k: 77,
  tail_index_excess: 0,
  alpha: 12,
  ks: 0.1,
  tail_fraction: 0.1,
  tail_decades: 0.2,
  versus_exponential: 0,
  versus_lognormal: 0,
};

/** Evidence that leads to each question: the answers on the way to it, and nothing near a threshold. */
const LEADING: Readonly<Record<QuestionName, Partial<PhaseEvidence>>> = {
  "rank-lost": {},
  "rank-fallen": {},
  collapsing: { near_zero_fraction: 0.97, trailing_decades: 0 },
  narrower: {},
  "bulk-broken": { tail_index: 0, tail_index_excess: 0.6 },
  crowded: { edge_score: 30, spikes: 30, mp_soft_rank: 0.3, tail_index: 0, tail_index_excess: 0.6 },
  "tail-open": { visible_misfit: 6, bulk_misfit: 6, tail_index: -0.3, tail_index_se: 0.05 },
  heavy: { visible_misfit: 6, bulk_misfit: 6, tail_index_excess: 0.8, tail_index_se: 0.05 },
  "edge-crossed": { mp_soft_rank: 0.95 },
  "spikes-apart": { edge_score: 30, spikes: 5 },
};

const decide = (evidence: Partial<PhaseEvidence>) =>
  classifyPhase({ ...PLAIN, ...evidence }, { size: SIZE, alphaReason: () => "none" });

/** The statistic at so many standard errors on the side of a yes. */
function at(question: Question, evidence: PhaseEvidence, errors: number): Partial<PhaseEvidence> {
  const side = question.yesWhen === "above" ? 1 : -1;
  // The error may depend on the statistic itself; a step of it is small enough here.
  return { [question.statistic]: question.threshold + side * errors * question.error(evidence, SIZE) };
}

describe("the questions", () => {
  it.each(Object.entries(QUESTIONS))(
    "%s: a probability of one half at the threshold, more on its side of a yes, less on the other",
    (name, question) => {
      const base = { ...PLAIN, ...LEADING[name as QuestionName] };
      const yes = (errors: number): number =>
        probabilityOfYes(question, { ...base, ...at(question, base, errors) }, SIZE);
      expect(yes(0)).toBeCloseTo(0.5, 12);
      // The standard normal law at one standard error.
      expect(yes(1)).toBeCloseTo(0.8413447, 2);
      expect(yes(-1)).toBeCloseTo(0.1586553, 2);
    },
  );

  it.each(Object.entries(QUESTIONS))(
    "%s: three errors on each side of its threshold the walk takes the other branch",
    (name, question) => {
      const base = { ...PLAIN, ...LEADING[name as QuestionName] };
      const answers = [3, -3].map(
        (errors) =>
          decide({ ...base, ...at(question, base, errors) }).path.find((step) => step.question === name)?.answer,
      );
      expect(answers).toEqual(["yes", "no"]);
    },
  );

  it("have these thresholds: a change of one is a change of the product", () => {
    expect(
      Object.fromEntries(
        Object.entries(QUESTIONS).map(([name, { statistic, threshold, yesWhen, yes, no }]) => [
          name,
          `${statistic} ${yesWhen} ${threshold}: ${yes}, else ${no}`,
        ]),
      ),
    ).toEqual({
      "rank-lost": "zero_fraction above 0.04: rank-collapse, else rank-fallen",
      "rank-fallen": "jump_decades above 1.5: rank-collapse, else collapsing",
      collapsing: "trailing_decades above 0.95: rank-collapse, else narrower",
      narrower: "relative_width below 0.75: undecided, else bulk-broken",
      "bulk-broken": "visible_misfit above 1.7: tail-open, else crowded",
      crowded: "crowding above 0.0465: tail-open, else edge-crossed",
      "tail-open": "tail_index_excess above 0.1: heavy, else undecided",
      heavy: "tail_index above 0.2: heavy-tailed, else bulk-decay",
      "edge-crossed": "edge_score above 2.75: spikes-apart, else random-like",
      "spikes-apart": "mp_soft_rank below 0.845: bulk+spikes, else bleeding-out",
    });
  });

  it.each([
    [384, 0.1, 0.02],
    [40, 0.3, 0.05],
  ])(
    "have these errors, at %d eigenvalues: of chance alone, of the size, and of what the evidence says",
    (size, tail_index_se, mp_soft_rank_se) => {
      const evidence = { ...PLAIN, tail_index_se, mp_soft_rank_se };
      const errors = Object.entries(QUESTIONS).map(([name, { error }]) => [name, error(evidence, size)]);
      expect(Object.fromEntries(errors)).toEqual({
        "rank-lost": expect.closeTo(0.004 + 0.25 / size, 12),
        "rank-fallen": 0.2,
        collapsing: 0.2,
        narrower: expect.closeTo(0.03 + 1.5 / size, 12),
        "bulk-broken": 0.2,
        crowded: expect.closeTo(0.006 + 0.5 / size, 12),
        "tail-open": expect.closeTo(0.6 * tail_index_se, 12),
        heavy: tail_index_se,
        "edge-crossed": 0.5,
        "spikes-apart": expect.closeTo(0.015 + mp_soft_rank_se, 12),
      });
    },
  );

  it("lead from the first to every name", () => {
    const names = new Set<string>();
    const follow = (name: string): void => {
      if (name in QUESTIONS)
        for (const next of [QUESTIONS[name as QuestionName].yes, QUESTIONS[name as QuestionName].no]) follow(next);
      else names.add(name);
    };
    follow(FIRST_QUESTION);
    expect([...names].sort()).toEqual([...PHASE_NAMES].sort());
  });

  it("that are answered with certainty cost no confidence, and each name costs a small matrix 4/M", () => {
    expect(decide({ zero_fraction: 0.5 }).confidence).toBeCloseTo(1 - 4 / SIZE, 6);
    expect(
      classifyPhase({ ...PLAIN, zero_fraction: 0.5 }, { size: 40, alphaReason: () => "none" }).confidence,
    ).toBeCloseTo(0.9, 6);
  });

  it(
    "answer no where their statistic does not apply, but for the bulk, which is then gone, and for the tail: " +
      "no at 0.6",
    () => {
      const yes = Object.entries(QUESTIONS).map(([name, question]) => [
        name,
        probabilityOfYes(question, { ...PLAIN, [question.statistic]: null }, SIZE),
      ]);
      expect(Object.fromEntries(yes.filter(([, probability]) => probability !== 0))).toEqual({
        "bulk-broken": 1,
        "tail-open": expect.closeTo(0.4, 12),
      });
      const step = decide({ bulk_misfit: null, visible_misfit: null, tail_index_excess: null }).path.find(
        ({ question }) => question === "tail-open",
      );
      expect(step).toMatchObject({ answer: "no", value: null, error: null, probability: expect.closeTo(0.6, 12) });
    },
  );

  it("of a statistic without an error are answered with certainty, and by one half at the threshold itself", () => {
    const heavy = (tail_index: number) =>
      probabilityOfYes(QUESTIONS.heavy, { ...PLAIN, tail_index, tail_index_se: null }, SIZE);
    expect([0.2 - 1e-9, 0.2, 0.2 + 1e-9].map(heavy)).toEqual([0, 0.5, 1]);
  });

  it("lead to a name on several ways: its probability is their sum, and its path the likeliest of them", () => {
    // Narrower with a probability of 0.2 = Phi(-0.8416); else a bulk that is gone and a tail of no law, 0.8 times 0.6.
    const relative_width = 0.75 + 0.8416212 * QUESTIONS.narrower.error(PLAIN, SIZE);
    const walk = walkQuestions(
      { ...PLAIN, relative_width, bulk_misfit: null, visible_misfit: null, tail_index_excess: null },
      SIZE,
    );
    expect(walk.phase).toBe("undecided");
    expect(walk.ranked[0].probability).toBeCloseTo(0.2 + 0.8 * 0.6, 6);
    expect(walk.path.slice(-3).map(({ question, answer }) => `${question} ${answer}`)).toEqual([
      "narrower no",
      "bulk-broken yes",
      "tail-open no",
    ]);
    expect(walk.ranked.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
  });

  it("leave to the other names what the size costs, and those below 1 % are not told", () => {
    // Heavy-tailed but for 3e-5: a decay gets that and the 4/M that the size costs.
    const gone = {
      bulk_misfit: null,
      visible_misfit: null,
      edge_score: null,
      tail_index: 0.6,
      tail_index_se: 0.1,
      tail_index_excess: 1,
    };
    const alternatives = (size: number) =>
      classifyPhase({ ...PLAIN, ...gone }, { size, alphaReason: () => "none" }).alternatives.map(
        ({ phase, confidence }) => ({
          phase,
          confidence: Number(confidence.toFixed(4)),
        }),
      );
    expect(alternatives(384)).toEqual([{ phase: "bulk-decay", confidence: 0.0104 }]);
    expect(alternatives(410)).toEqual([]);
  });

  it("are asked of 16 eigenvalues, and not of 15", () => {
    expect(classifyPhase(PLAIN, { size: 16, alphaReason: () => null }).phase).toBe("random-like");
    expect(classifyPhase(PLAIN, { size: 15, alphaReason: () => null })).toMatchObject({ phase: null, path: [] });
  });
});

describe("the paper's anchors ([MM21] section 7, FC1 of MiniAlexNet, M = 384)", () => {
  const spikes = (count: number, softRank: number): Partial<PhaseEvidence> => ({
    spikes: count,
    spike_fraction: count / SIZE,
    crowding: Math.max(0, count - 5) / SIZE,
    edge_score: 30,
    mp_soft_rank: softRank,
    tail_index: -0.05,
    tail_index_excess: 0.55,
  });

  it.each([
    [1, 0, "random-like"],
    [0.92, 5, "bleeding-out"],
    [0.8, 9, "bulk+spikes"],
    [0.6, 18, "bulk+spikes"],
    [0.44, 33, "bulk-decay"],
    [0.29, 45, "bulk-decay"],
  ])("soft rank %d with %d eigenvalues outside the bulk is %s", (softRank, count, phase) => {
    expect(decide(count === 0 ? {} : spikes(count, softRank)).phase).toBe(phase);
  });

  const gone = (index: number): Partial<PhaseEvidence> => ({
    bulk_misfit: null,
    visible_misfit: null,
    edge_score: null,
    tail_index: index,
    tail_index_se: 0.1,
    tail_index_excess: 1,
  });

  it(
    "a bulk that is gone is heavy-tailed with an index above that of alpha 6, where alpha may be read too, and " +
      "a decay below",
    () => {
      expect(decide(gone(0.21)).phase).toBe("heavy-tailed");
      expect(decide(gone(0.19)).phase).toBe("bulk-decay");
      expect(QUESTIONS.heavy.threshold).toBe(HEAVY_INDEX);
    },
  );
});
