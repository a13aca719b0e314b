import { describe, expect, it } from "vitest";
import { type EntryShape, recogniseInitialisation } from "#eigenscope/metrics/index.js";
import { createRng, normalQuantile, normalSampler, type Rng } from "#eigenscope/numeric/index.js";
import { entryCensus } from "#eigenscope/spectra/entry-statistics.js";

function recognise(sample: () => number, { N = 200, M = 100, rf = 1 } = {}) {
  const census = entryCensus({ rows: N, cols: M });
  for (let k = 0; k < rf; k++) census.takeRows(Float64Array.from({ length: N * M }, sample));
  return recogniseInitialisation({ N, M, rf, ...census.statistics() });
}
const uniform = (bound: number, rng: Rng) => () => bound * (2 * rng() - 1);
function truncated(deviation: number, rng: Rng): () => number {
  const normal = normalSampler(rng);
  return () => {
    for (;;) {
      const z = normal();
      if (Math.abs(z) < 2) return deviation * z;
    }
  };
}

describe("recogniseInitialisation", () => {
  const seeds = [1, 2, 3, 4, 5];
  it.each([
    ["Glorot", Math.sqrt(6 / 300)],
    ["He", Math.sqrt(6 / 200)],
    ["He", Math.sqrt(6 / 100)],
    ["LeCun", Math.sqrt(3 / 200)],
    ["PyTorch's default", 1 / Math.sqrt(100)],
  ])("knows uniform entries within %s's bound %d", (recipe, bound) => {
    for (const seed of seeds) {
      const found = recognise(uniform(bound, createRng(seed)));
      expect(found).toMatchObject({ law: "uniform", recipe });
      expect(Math.abs(found!.scale / bound - 1)).toBeLessThan(0.02);
    }
  });

  it.each([
    ["Glorot", Math.sqrt(2 / 300)],
    ["0.02", 0.02],
  ])("knows normal and truncated normal entries of %s's deviation", (recipe, deviation) => {
    for (const seed of seeds) {
      const normal = normalSampler(createRng(seed));
      expect(recognise(() => deviation * normal())).toMatchObject({ law: "normal", recipe });
      expect(recognise(truncated(deviation, createRng(seed)))).toMatchObject({ law: "truncated normal", recipe });
    }
  });

  it("counts the fans of a convolution with its kernel", () => {
    expect(recognise(uniform(Math.sqrt(6 / (9 * 96)), createRng(1)), { N: 64, M: 32, rf: 9 })).toMatchObject({
      recipe: "Glorot",
    });
  });

  it("names the law alone where no recipe has the scale", () => {
    expect(recognise(uniform(1.2345, createRng(1)))).toMatchObject({ law: "uniform", recipe: null, scaleRatio: null });
    expect(recognise(uniform(1.2345, createRng(1)))!.sentence).toMatch(
      /^The entries are uniform \(bound 1.2[34]\), as before training\.$/,
    );
  });

  it("does not know what training or pruning made of the entries", () => {
    const rng = createRng(4);
    const normal = normalSampler(rng);
    // Uniform with normal changes of a fifth of its deviation, Laplace, a shifted mean, a mask.
    expect(recognise(() => 2 * rng() - 1 + 0.2 * 0.577 * normal())).toBeNull();
    expect(recognise(() => (rng() < 0.5 ? -1 : 1) * Math.log(1 - rng()))).toBeNull();
    expect(recognise(() => normal() + 0.1)).toBeNull();
    expect(recognise(() => (rng() < 0.02 ? 0 : normal()))).toBeNull();
    expect(recognise(() => normal(), { N: 40, M: 20 })).toBeNull();
    // One giant among normal entries.
    let count = 0;
    expect(recognise(() => (count++ === 5 ? 12 : normal()))).toBeNull();
  });

  it("names its evidence, each within the tolerance that it states", () => {
    const { evidence } = recognise(uniform(1, createRng(9)))!;
    expect(evidence.map(({ statistic }) => statistic)).toEqual(["kurtosis", "median of |w| / rms", "max of |w| / rms"]);
    for (const { value, expected, tolerance } of evidence)
      expect(Math.abs(value - expected)).toBeLessThanOrEqual(tolerance);
  });
});

/** E w^2n of a law in units of its variance, n = 0 ... 4. */
const MOMENTS = {
  uniform: [1, 1, 3 ** 2 / 5, 3 ** 3 / 7, 3 ** 4 / 9],
  normal: [1, 1, 3, 15, 105],
  "truncated normal": cutMoments(),
};

/** Of the normal law between -2 and 2, by partial integration: E z^2n = (2n - 1) E z^(2n - 2) - 2^(2n) phi(2)/P. */
function cutMoments(): number[] {
  // phi(2) and P(|z| < 2).
  const edge = Math.exp(-2) / Math.sqrt(2 * Math.PI) / 0.9544997361036416;
  const raw = [1];
  for (let n = 1; n <= 4; n++) raw.push((2 * n - 1) * raw[n - 1] - 2 ** (2 * n) * edge);
  return raw.map((moment, n) => moment / raw[1] ** n);
}

describe("each bound of recogniseInitialisation", () => {
  const count = 40_000;
  const root = Math.sqrt(count);
  const LARGEST = {
    low: normalQuantile(1 - Math.log(1000) / (2 * count)),
    high: normalQuantile(1 - 0.001 / (2 * count)),
  };
  const [cutKurtosis, cutDeviation] = [cutMoments()[2], 0.8796256610342398];
  const LAWS = {
    uniform: { kurtosis: 1.8, medianAbs: Math.sqrt(0.75), maxAbs: Math.sqrt(3) },
    normal: { kurtosis: 3, medianAbs: normalQuantile(0.75), maxAbs: (LARGEST.low + LARGEST.high) / 2 },
    "truncated normal": {
      kurtosis: cutKurtosis,
      medianAbs: normalQuantile(0.5 + 0.9544997361036416 / 4) / cutDeviation,
      maxAbs: 2 / cutDeviation,
    },
  };
  type Law = keyof typeof LAWS;
  const entries = (law: Law, changed: Partial<EntryShape> = {}): EntryShape => ({
    ...{ N: 400, M: 100, rf: 1, count, zeros: 0, mean: 0, meanSquare: 1 },
    ...LAWS[law],
    ...changed,
  });
  /** The law found with the statistic so far from its value, just inside and just outside `tolerance`. */
  const sides = (law: Law, statistic: "kurtosis" | "medianAbs" | "maxAbs", tolerance: number): (string | null)[] =>
    [-1.001, -0.999, 0.999, 1.001].map(
      (share) =>
        recogniseInitialisation(entries(law, { [statistic]: LAWS[law][statistic] + share * tolerance }))?.law ?? null,
    );

  it.each(Object.keys(LAWS) as Law[])("%s: the kurtosis within 4 standard errors and 0.004", (law) => {
    const [, , k, m6, m8] = MOMENTS[law];
    // The deviation of w^4/m2^2 - 2 kappa w^2/m2; the mean is -kappa.
    const deviation = Math.sqrt(m8 - 4 * k * m6 + 4 * k ** 3 - k ** 2);
    // The table has its kurtosis and deviation to five digits: 0.001 of the tolerance is 1e-5 or more.
    const tolerance = (4 * deviation) / root + 0.004;
    expect(sides(law, "kurtosis", tolerance)).toEqual([null, law, law, null]);
  });

  it.each(Object.keys(LAWS) as Law[])("%s: the median of |w| within 4/sqrt(n) and 2 %", (law) => {
    expect(sides(law, "medianAbs", 4 / root + 0.02 * LAWS[law].medianAbs)).toEqual([null, law, law, null]);
  });

  it.each(["uniform", "truncated normal"] as const)(
    "%s: the largest within 4 standard errors, 60 gaps and 0.4 % of its bound",
    (law) => {
      const { kurtosis, maxAbs } = LAWS[law];
      const tolerance = maxAbs * (4 * Math.sqrt((kurtosis - 1) / (4 * count)) + 60 / count + 0.004);
      expect(sides(law, "maxAbs", tolerance)).toEqual([null, law, law, null]);
    },
  );

  it("normal: the largest between its quantiles at 1 and 999 of 1000, and 0.4 %", () => {
    const tolerance = (LARGEST.high - LARGEST.low) / 2 + 0.004 * LARGEST.high;
    expect(sides("normal", "maxAbs", tolerance)).toEqual([null, "normal", "normal", null]);
  });

  it("1000 entries, no more than 1 % of zeros, a mean within 4 standard errors and 0.4 % of the deviation", () => {
    const law = (changed: Partial<EntryShape>): string | null =>
      recogniseInitialisation(entries("uniform", changed))?.law ?? null;
    expect([law({ count: 1000 }), law({ count: 999 })]).toEqual(["uniform", null]);
    expect([law({ zeros: 400 }), law({ zeros: 401 })]).toEqual(["uniform", null]);
    const mean = 4 / root + 0.004;
    expect([0.999 * mean, -0.999 * mean, 1.001 * mean, -1.001 * mean].map((value) => law({ mean: value }))).toEqual([
      "uniform",
      "uniform",
      null,
      null,
    ]);
    expect([law({ kurtosis: null }), law({ meanSquare: 0 })]).toEqual([null, null]);
  });

  /** The recipe found where the deviation is `share` of that of LeCun's initialisation by a fan of 400. */
  const recipe = (law: Law, share: number, changed: Partial<EntryShape> = {}): string | null => {
    const deviation = share / Math.sqrt(400);
    const { medianAbs, maxAbs } = LAWS[law];
    return recogniseInitialisation(
      entries(law, {
        meanSquare: deviation ** 2,
        medianAbs: medianAbs * deviation,
        maxAbs: maxAbs * deviation,
        ...changed,
      }),
    )!.recipe;
  };

  it("a scale within 1 % of a recipe's, or within 4 standard errors of the deviation of few entries", () => {
    // 4 sqrt(2/(4 n)) is 0.0141 for 40,000 normal entries, 4 sqrt(0.8/(4 n)) 0.0089 for uniform ones.
    expect([0.9858, 0.9859, 1.0141, 1.0142].map((share) => recipe("normal", share))).toEqual([
      null,
      "LeCun",
      "LeCun",
      null,
    ]);
    expect([0.9899, 0.9901, 1.0099, 1.0101].map((share) => recipe("uniform", share))).toEqual([
      null,
      "LeCun",
      "LeCun",
      null,
    ]);
  });

  it(
    "the recipes: variances 2/(N + M), 2/fan, 1/fan and 1/(3 fan) by either fan, 0.02 and 0.01, a cut made up " +
      "for or not",
    () => {
      const by = (law: Law, variance: number) => recipe(law, Math.sqrt(400 * variance));
      expect([2 / 500, 2 / 400, 2 / 100, 1 / 400, 1 / 100].map((variance) => by("uniform", variance))).toEqual([
        "Glorot",
        "He",
        "He",
        "LeCun",
        "LeCun",
      ]);
      expect([1 / 1200, 1 / 300].map((variance) => by("uniform", variance))).toEqual([
        "PyTorch's default",
        "PyTorch's default",
      ]);
      expect([1 / 1200, 1 / 300].map((variance) => by("normal", variance))).toEqual([null, null]);
      expect([0.02, 0.01].map((deviation) => by("normal", deviation ** 2))).toEqual(["0.02", "0.01"]);
      expect(by("uniform", 0.02 ** 2)).toBeNull();
      expect([1, cutDeviation].map((cut) => by("truncated normal", (cut * 0.02) ** 2))).toEqual(["0.02", "0.02"]);
      expect(by("normal", (cutDeviation * 0.02) ** 2)).toBeNull();
      // Of a square matrix Glorot's variance is LeCun's: the better known name.
      expect(recipe("normal", 1, { N: 400, M: 400 })).toBe("Glorot");
    },
  );
});
