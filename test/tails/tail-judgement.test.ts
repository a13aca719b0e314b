import { describe, expect, it } from "vitest";
import { createRng, normalSampler, type Rng } from "#eigenscope/numeric/index.js";
import { wishartSpectrum } from "#eigenscope/rmt/index.js";
import {
  alphaInterval,
  compareTailLaws,
  decideLaw,
  fitPowerLaw,
  HEAVY_INDEX,
  judgeTail,
  powerLawP,
  type TailComparison,
  tailIndexAbove,
} from "#eigenscope/tails/index.js";
import { MIN_HEAVY, type TailEvidence, tailObjection } from "#eigenscope/tails/tail-judgement.js";
import { humpAndTail, pareto, sample } from "./samples.js";

const exponential = (rng: Rng): number => -Math.log(1 - rng());
const lognormal = (rng: Rng): number => Math.exp(normalSampler(rng)());

/** Verdicts over seeds. */
const judged = (n: number, draw: (rng: Rng) => number, seeds = 40) =>
  Array.from({ length: seeds }, (_, seed) => judgeTail(sample(n, 100 + seed, draw), { independent: true }));
const validIn = (n: number, draw: (rng: Rng) => number): number =>
  judged(n, draw).filter(({ alphaValid }) => alphaValid).length;

describe("judgeTail", () => {
  it("lets alpha of exact power laws be read, from 32 values up", () => {
    // The threshold on D grows with 1/sqrt(nTail): a fixed one rejected a third of them at 32.
    expect(validIn(32, (rng) => pareto(rng, 2))).toBeGreaterThan(26);
    expect(validIn(300, (rng) => pareto(rng, 2.5))).toBeGreaterThan(35);
    expect(validIn(300, humpAndTail(2.2))).toBeGreaterThan(35);
  });

  it("does not let it be read on an exponential tail, a bulk, or spikes on a bulk", () => {
    expect(validIn(300, exponential)).toBeLessThan(6);
    expect(validIn(1000, exponential)).toBe(0);
    const bulks = Array.from({ length: 20 }, (_, seed) =>
      judgeTail(wishartSpectrum({ N: 400, M: 200 }, createRng(seed))),
    );
    expect(bulks.filter(({ alphaValid }) => alphaValid)).toEqual([]);
    expect(bulks.every(({ reason }) => reason !== null)).toBe(true);
    const bulk = wishartSpectrum({ N: 600, M: 300 }, createRng(1));
    const edge = bulk[299];
    const { reason } = judgeTail(Float64Array.from([...bulk, 2 * edge, 2.2 * edge, 2.5 * edge]));
    expect(reason).toMatch(/does not fit|3 largest eigenvalues, which a gap separates/);
  });

  it("has P(index > 0.2) as its probability of a heavy tail, and alpha is valid only from a half up", () => {
    for (const judgement of [...judged(100, exponential), ...judged(100, (rng) => pareto(rng, 3))]) {
      expect(judgement.heavy).toBe(tailIndexAbove(judgement.index!, HEAVY_INDEX));
      if (judgement.alphaValid) expect(judgement.heavy!).toBeGreaterThanOrEqual(MIN_HEAVY);
      expect(judgement.reason === null).toBe(judgement.alphaValid);
    }
    expect(HEAVY_INDEX).toBe(1 / (6 - 1));
  });

  it("says which law displaces the power law, with its p", () => {
    const wide = (rng: Rng): number => Math.exp(2 * normalSampler(rng)());
    const reasons = judged(1000, wide).map(({ reason }) => reason);
    expect(
      reasons.filter((reason) => reason !== null && /lognormal|cut-off|stretched/.test(reason)).length,
    ).toBeGreaterThan(10);
    expect(reasons.find((reason) => reason !== null && /describes the tail better/.test(reason))).toMatch(
      /ratio -\d+\.\d, p = /,
    );
  });

  it("compares the laws above the xmin or above the threshold of the index, whichever leaves more values", () => {
    for (const { index, powerLaw, versus } of judged(200, exponential, 10)) {
      expect(versus!.count).toBe(Math.max(powerLaw!.nTail, index!.k + index!.dropped));
    }
  });

  it("counts what the index leaves out at the top among the values whose laws it compares", () => {
    // A bulk that ends at an edge, and three values far beyond it.
    const edge = Float64Array.from({ length: 200 }, (_, i) => 22 - 2 * (1 - (i + 0.5) / 200) ** 0.3);
    const { index, powerLaw, versus } = judgeTail(Float64Array.from([...edge, 220, 2200, 22_000]));
    expect(index).toMatchObject({ dropped: 3, k: 41 });
    expect(powerLaw!.nTail).toBeLessThan(44);
    expect(versus!.count).toBe(44);
  });

  it("leaves what lies at the floor out of index and power law", () => {
    const rest = sample(100, 5, (rng) => pareto(rng, 2.5));
    const values = Float64Array.from([...new Array<number>(50).fill(1e-9), ...rest]);
    const fit = fitPowerLaw(values);
    const judgement = judgeTail(values, { fit, floor: 1e-9 });
    expect(judgement.powerLaw).toBe(fit);
    expect(judgement.index!.k).toBe(20);
    const whole = judgeTail(values, { fit });
    expect(whole.powerLaw).not.toBe(fit);
    expect(whole.index!.k).toBe(30);
  });

  it("is the same on any scale, also where WeightWatcher's bound of 1e-5 would cut the spectrum", () => {
    const values = sample(200, 4, (rng) => pareto(rng, 2.2));
    const [a, b] = [judgeTail(values), judgeTail(values.map((value) => value * 2 ** -40))];
    expect(b.alphaValid).toBe(a.alphaValid);
    expect(b.powerLaw!.alpha).toBeCloseTo(a.powerLaw!.alpha, 10);
    expect(b.versus!.exponential.ratio).toBeCloseTo(a.versus!.exponential.ratio, 8);
    expect(b.bestLaw).toBe(a.bestLaw);
  });

  it("judges nothing where there are too few different values", () => {
    expect(judgeTail(new Float64Array(50).fill(1))).toMatchObject({
      powerLaw: null,
      index: null,
      alphaValid: false,
      reason: "no power law could be fitted",
    });
    const few = judgeTail(Float64Array.from({ length: 12 }, (_, i) => 2 ** i));
    expect(few.alphaValid).toBe(false);
    expect(few.reason).toMatch(/too few distinct eigenvalues|only \d+ eigenvalues/);
    expect(judgeTail(new Float64Array()).reason).toBe("no power law could be fitted");
  });
});

describe("tailObjection", () => {
  const SAME = { ratio: 0.5, p: 0.6, logLikelihoodPowerLaw: 0, logLikelihoodOther: 0 };
  const SOUND: TailEvidence = {
    index: {
      xi: 0.5,
      se: 0.1,
      low: 0.3,
      high: 0.7,
      k: 40,
      dropped: 0,
      raw: 0.5,
      repulsion: 1,
      applies: true,
      reason: null,
    },
    heavy: 0.9,
    powerLaw: { alpha: 3, xmin: 1, xmax: 50, sigma: 0.2, ks: 0.05, nTail: 40, n: 200 },
    alphaInterval: null,
    goodnessP: 0.5,
    versus: { exponential: SAME, lognormal: SAME, truncated: SAME, stretched: SAME, xmin: 1, count: 40 },
    bestLaw: "PL",
  };
  const better = (p: number) => ({ ...SAME, ratio: -2.5, p });
  /** Just inside and just outside each bound, and what the sentence then says. */
  const BOUNDS: readonly (readonly [
    name: string,
    inside: Partial<TailEvidence>,
    outside: Partial<TailEvidence>,
    says: RegExp,
  ])[] = [
    [
      "8 values in the tail",
      { powerLaw: { ...SOUND.powerLaw!, nTail: 8 } },
      { powerLaw: { ...SOUND.powerLaw!, nTail: 7 } },
      /only 7 eigenvalues/,
    ],
    ["a goodness p of 0.01", { goodnessP: 0.0101 }, { goodnessP: 0.0099 }, /does not fit: D = 0.050 \(p = 0.010/],
    ["an index of one law", {}, { index: { ...SOUND.index!, applies: false, reason: "a gap" } }, /a gap/],
    [
      "a heavy tail likelier than not",
      { heavy: 0.501 },
      { heavy: 0.499 },
      /the tail is not heavy: its index is 0.50 \(0.30 to 0.70\)/,
    ],
    ...(["exponential", "lognormal", "truncated", "stretched"] as const).map(
      (law) =>
        [
          `p = 0.01 against the ${law} law`,
          { versus: { ...SOUND.versus!, [law]: better(0.0101) } },
          { versus: { ...SOUND.versus!, [law]: better(0.0099) } },
          /describes the tail better \(normalised log-likelihood ratio -2.5, p = 0.010\)/,
        ] as const,
    ),
  ];

  it("has none where nothing speaks against the power law", () => {
    expect(tailObjection(SOUND)).toBeNull();
    // A law that is significantly worse is no objection.
    expect(
      tailObjection({ ...SOUND, versus: { ...SOUND.versus!, exponential: { ...SAME, ratio: 4, p: 1e-5 } } }),
    ).toBeNull();
  });

  it.each(BOUNDS)("asks for %s", (_, inside, outside, says) => {
    expect(tailObjection({ ...SOUND, ...inside })).toBeNull();
    expect(tailObjection({ ...SOUND, ...outside })).toMatch(says);
  });

  it("calls a tail an edge where the whole interval lies below zero, and names what stands apart", () => {
    const light = (high: number, dropped: number): string =>
      tailObjection({ ...SOUND, heavy: 0, index: { ...SOUND.index!, xi: -0.5, low: -0.7, high, dropped } })!;
    expect(light(-0.01, 0)).toMatch(/^the spectrum ends at an edge/);
    expect(light(0.01, 0)).toMatch(/^the tail is not heavy/);
    expect(light(-0.01, 3)).toMatch(
      /^without the 3 largest eigenvalues, which a gap separates, the spectrum ends at an edge/,
    );
  });
});

describe("powerLawP", () => {
  it.each([20, 64, 300])("rejects an exact power law of %i values at no more than the level", (n) => {
    const p = Array.from({ length: 400 }, (_, seed) =>
      powerLawP(fitPowerLaw(sample(n, seed, (rng) => pareto(rng, 2.5)))!),
    );
    // The larger of two nulls: at most the level; four binomial standard deviations.
    for (const level of [0.05, 0.25])
      expect(p.filter((value) => value < level).length).toBeLessThan(
        400 * level + 4 * Math.sqrt(400 * level * (1 - level)),
      );
    expect(p.filter((value) => value < 0.5).length).toBeGreaterThan(400 * 0.2);
  });

  it("falls with D at a given size and with the size at a given D", () => {
    const at = (ks: number, nTail: number): number => powerLawP({ ks, nTail });
    for (const [smaller, larger] of [
      [0, 0.02],
      [0.02, 0.05],
      [0.05, 0.08],
      [0.08, 0.12],
      [0.12, 0.2],
    ])
      expect(at(larger, 100)).toBeLessThan(at(smaller, 100));
    expect(at(0.12, 20)).toBeGreaterThan(0.25);
    expect(at(0.12, 200)).toBeLessThan(0.01);
    expect(at(0, 100)).toBe(1);
    expect(at(1, 1000)).toBe(1e-6);
  });
});

describe("alphaInterval", () => {
  it.each([20, 100, 300])(
    "covers alpha of %i exact Pareto values in 95 %, where alpha +- 1.96 sigma covers less",
    (n) => {
      const fits = Array.from({ length: 600 }, (_, seed) => fitPowerLaw(sample(n, seed, (rng) => pareto(rng, 3)))!);
      const covering = fits.filter((fit) => alphaInterval(fit).low <= 3 && 3 <= alphaInterval(fit).high).length;
      // 570 are expected; four binomial standard deviations.
      expect(Math.abs(covering - 570)).toBeLessThan(4 * Math.sqrt(600 * 0.95 * 0.05));
      for (const fit of fits)
        expect(alphaInterval(fit).low < fit.alpha && fit.alpha < alphaInterval(fit).high).toBe(true);
    },
  );
});

describe("decideLaw", () => {
  const labels = (n: number, draw: (rng: Rng) => number) =>
    Array.from({ length: 40 }, (_, seed) => {
      const values = sample(n, seed, draw);
      const u = values.reduce((sum, x) => sum + Math.log(x / values[0]), 0);
      return decideLaw(compareTailLaws(values, { alpha: 1 + n / u, xmin: values[0], nTail: n })!);
    });
  const count = (list: readonly string[], label: string): number => list.filter((found) => found === label).length;

  it("names the one-parameter law that made the data, and never the other", () => {
    const [power, decay] = [labels(500, (rng) => pareto(rng, 2.5)), labels(500, (rng) => 1 + exponential(rng))];
    expect(count(power, "PL")).toBeGreaterThan(19);
    expect(count(power, "EXP")).toBe(0);
    expect(count(decay, "EXP")).toBeGreaterThan(19);
    expect(count(decay, "PL")).toBe(0);
  });

  it("asks for a ratio of 1.96, a gain of 3.84, and no more than 1.07 of noise, on each side", () => {
    /** Laws whose doubled log-likelihoods, over that of the power law, are these; `ratio` against the exponential. */
    const decided = (ratio: number, gains: { EXP?: number; TPL?: number; S_EXP?: number; LOG_N?: number }): string => {
      const law = (name: string, gain: number) => ({ name, logLikelihood: gain / 2 });
      const laws = {
        PL: law("PL", 0),
        EXP: law("EXP", gains.EXP ?? -9),
        TPL: law("TPL", gains.TPL ?? 0),
        S_EXP: law("S_EXP", gains.S_EXP ?? 0),
        LOG_N: law("LOG_N", gains.LOG_N ?? 0),
      };
      return decideLaw({ laws, againstPowerLaw: { EXP: { ratio } } } as unknown as TailComparison);
    };
    expect([decided(1.97, {}), decided(1.95, {})]).toEqual(["PL", "not decided"]);
    expect([decided(1.97, { TPL: 1.06 }), decided(1.97, { TPL: 1.08 })]).toEqual(["PL", "not decided"]);
    expect([
      decided(-1.97, { EXP: 20, S_EXP: 21.06 }),
      decided(-1.97, { EXP: 20, S_EXP: 21.08 }),
      decided(-1.95, { EXP: 20, S_EXP: 20 }),
    ]).toEqual(["EXP", "not decided", "not decided"]);
    expect([decided(0, { LOG_N: 3.85 }), decided(0, { LOG_N: 3.83 })]).toEqual(["LOG_N", "not decided"]);
    // Against each of the simple laws and of the other two.
    expect([decided(0, { EXP: 6.1, LOG_N: 10 }), decided(0, { EXP: 6.2, LOG_N: 10 })]).toEqual([
      "LOG_N",
      "not decided",
    ]);
    expect([decided(0, { TPL: 10, S_EXP: 6.1 }), decided(0, { TPL: 10, S_EXP: 6.2 })]).toEqual(["TPL", "not decided"]);
  });

  it("names a law of two parameters only where it beats all the others", () => {
    const stretched = labels(2000, (rng) => (1 + 3 * exponential(rng)) ** (1 / 1.8));
    expect(count(stretched, "S_EXP")).toBeGreaterThan(30);
    const bent = labels(300, (rng) => Math.exp(0.5 * normalSampler(rng)() + 1));
    expect(bent.every((label) => label !== "PL")).toBe(true);
  });

  it("does not decide where the data cannot tell: 30 values of an exponential or of a power law of alpha 4", () => {
    expect(
      count(
        labels(30, (rng) => 3 + exponential(rng)),
        "not decided",
      ),
    ).toBeGreaterThan(25);
    expect(
      count(
        labels(30, (rng) => pareto(rng, 6)),
        "not decided",
      ),
    ).toBeGreaterThan(25);
    expect(count(labels(30, lognormal), "PL")).toBeLessThan(4);
  });
});
