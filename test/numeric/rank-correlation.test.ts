import { describe, expect, it } from "vitest";
import {
  bestOfManyP,
  createRng,
  kendallInterval,
  kendallTauB,
  midranks,
  normalSampler,
  permutationP,
  shuffleInPlace,
  spearman,
  spearmanInterval,
} from "#eigenscope/numeric/index.js";

/** scipy 1.17.1: spearmanr, kendalltau (tau-b), rankdata. The third, fifth and seventh have ties. */
const SCIPY = [
  {
    x: [-0.802, -1.324, -0.248, 0.42, 1.136],
    y: [-0.393, -1.237, -0.777, 0.851, 1.989],
    rho: 0.8999999999999998,
    tau: 0.7999999999999999,
    ranks: [2, 1, 3, 4, 5],
  },
  {
    x: [0.273, -1.233, -0.958, 1.6, 0.203, -1.732, -0.084, -1.163],
    y: [-0.34, -1.13, -1.146, 1.403, 0.071, -1.511, 0.277, -0.034],
    rho: 0.7380952380952381,
    tau: 0.5714285714285714,
    ranks: [7, 2, 4, 8, 6, 1, 5, 3],
  },
  {
    x: [-2, 0, -1, 0, -1, 0, 0, 0, -1],
    y: [-3, -2, -3, 0, -3, 2, 1, -4, -1],
    rho: 0.4548588261473421,
    tau: 0.3992747047523453,
    ranks: [1, 7, 3, 7, 3, 7, 7, 7, 3],
  },
  {
    x: [-1.102, 0.033, 0.044, -1.988, -0.233, -0.256, 0.962, -1.181, 0.738, -1.099, -0.331, -0.84],
    y: [0.498, 0.474, 1.972, -0.68, 0.536, 0.519, 0.092, -0.765, 1.523, -0.977, -0.048, -0.521],
    rho: 0.6783216783216784,
    tau: 0.5151515151515151,
    ranks: [3, 9, 10, 1, 8, 7, 12, 2, 11, 4, 6, 5],
  },
  {
    x: [1, -1, 0, 0, 0, -1, 1, -2, -2, -2, 1, -1],
    y: [-1, -2, 0, -1, -2, 0, -1, -2, -1, -2, 1, 2],
    rho: 0.3588941786189083,
    tau: 0.28038607704602214,
    ranks: [11, 5, 8, 8, 8, 5, 11, 2, 2, 2, 11, 5],
  },
  {
    x: [
      -0.517, -1.259, -1.837, -0.205, -0.352, 0.265, -0.464, -0.479, -0.721, -0.52, 0.16, -0.38, 0.1, 1.901, 0.479,
      -1.576, 1.734, 0.348, -0.941, 0.907, 0.018, -0.615, -0.634, -0.993, 0.048, 1.069, -0.325,
    ],
    y: [
      0.027, 0.745, -2.074, 0.083, -0.457, -0.688, -1.099, -0.299, -0.086, -0.737, 0.14, 0.35, 0.298, 1.836, 0.657,
      -0.555, 2.501, 0.708, -0.461, 1.112, -0.725, -0.639, 0.254, -0.091, 1.268, 0.65, -1.365,
    ],
    rho: 0.5494505494505495,
    tau: 0.39601139601139607,
    ranks: [10, 3, 1, 16, 14, 21, 12, 11, 6, 9, 20, 13, 19, 27, 23, 2, 26, 22, 5, 24, 17, 8, 7, 4, 18, 25, 15],
  },
  {
    x: [5, 3, -3, 3, 0, -5, -1, -1, 4, -2, -1, -1, -1, -2, 1, 3, 2, -2, -3, 0, -2, -2, -4, 5, 2, -2, 2],
    y: [4, -3, -2, 1, 1, -2, -1, -1, 5, 3, -1, -2, 4, -3, -1, 1, 2, 1, -1, -1, 0, 0, 1, 2, -1, -3, 3],
    rho: 0.4271672643574717,
    tau: 0.3253791301000585,
    ranks: [
      26.5, 23, 3.5, 23, 16.5, 1, 13, 13, 25, 7.5, 13, 13, 13, 7.5, 18, 23, 20, 7.5, 3.5, 16.5, 7.5, 7.5, 2, 26.5, 20,
      7.5, 20,
    ],
  },
];

describe("rank correlations", () => {
  it.each(SCIPY)("are scipy's, with and without ties ($rho, $tau)", ({ x, y, rho, tau, ranks }) => {
    // A few roundings of sums of at most 27 products.
    expect(Math.abs((spearman(x, y) as number) - rho)).toBeLessThan(1e-14);
    expect(Math.abs((kendallTauB(x, y) as number) - tau)).toBeLessThan(1e-14);
    expect([...midranks(x)]).toEqual(ranks);
  });

  it("are exactly 1 and -1 for the same and the reversed order, whatever the values", () => {
    const x = [0.1, 0.7, 3, 1e9];
    const y = [-5, -4, -3, 100];
    expect([spearman(x, y), kendallTauB(x, y)]).toEqual([1, 1]);
    expect([spearman(x, y.toReversed()), kendallTauB(x, y.toReversed())]).toEqual([-1, -1]);
    const tied = [1, 1, 2, 3, 3, 3];
    expect([spearman(tied, tied), kendallTauB(tied, tied)]).toEqual([1, 1]);
  });

  it("are null where one side is constant or there is one pair, and refuse sides of different lengths", () => {
    expect([spearman([1, 2, 3], [4, 4, 4]), kendallTauB([4, 4, 4], [1, 2, 3])]).toEqual([null, null]);
    expect([spearman([1], [2]), kendallTauB([], [])]).toEqual([null, null]);
    expect(() => spearman([1, 2], [1])).toThrow("found 2 and 1 values");
    expect(() => kendallTauB([1, 2], [1])).toThrow(RangeError);
  });
});

describe("the intervals", () => {
  it("are Fisher's, with the variances of Bonett and Wright, and of Fieller, Hartley and Pearson", () => {
    // tanh(atanh(r) +- 1.959964 s): s^2 = (1 + 0.25/2)/24 for rho = 0.5, 0.437/23 for tau = 0.5, n = 27.
    const ofRho = spearmanInterval(0.5, 27) as { low: number; high: number };
    expect(ofRho.low).toBeCloseTo(Math.tanh(Math.atanh(0.5) - 1.959963985 * Math.sqrt(1.125 / 24)), 9);
    expect(ofRho.high).toBeCloseTo(Math.tanh(Math.atanh(0.5) + 1.959963985 * Math.sqrt(1.125 / 24)), 9);
    const ofTau = kendallInterval(-0.5, 27) as { low: number; high: number };
    expect(ofTau.low).toBeCloseTo(Math.tanh(Math.atanh(-0.5) - 1.959963985 * Math.sqrt(0.437 / 23)), 9);
    expect(ofTau.high).toBeCloseTo(Math.tanh(Math.atanh(-0.5) + 1.959963985 * Math.sqrt(0.437 / 23)), 9);
    const wider = spearmanInterval(0.5, 27, 0.99) as { low: number };
    expect(wider.low).toBeLessThan(ofRho.low);
  });

  it("of a perfect order of few pairs reach far below 1: up to 4 pairs below 0, from 5 on above", () => {
    for (const [n, sign] of [
      [4, -1],
      [5, 1],
      [6, 1],
    ]) {
      const { low, high } = spearmanInterval(1, n) as { low: number; high: number };
      expect(Math.sign(low), `n = ${n}`).toBe(sign);
      expect(high).toBe(1);
      const mirrored = spearmanInterval(-1, n) as { low: number; high: number };
      expect([mirrored.low, mirrored.high]).toEqual([-1, -low]);
    }
    expect(kendallInterval(1, 4)).toEqual({ low: -1, high: 1 });
    expect(kendallInterval(1, 5)?.low).toBeGreaterThan(0);
    expect(kendallInterval(1, 5)?.high).toBe(1);
  });

  it("are null for fewer than four pairs", () => {
    expect([spearmanInterval(0.5, 3), kendallInterval(0.5, 3)]).toEqual([null, null]);
    expect(spearmanInterval(0.5, 4)).not.toBeNull();
  });

  // 2000 draws: standard error 0.5 %. The larger study is scripts/validate-rank-correlation.mjs.
  it.each([
    [5, 0.5],
    [12, 0],
    [12, 0.8],
    [27, 0.5],
    [27, 0.95],
  ])("cover the truth in 91 to 99.9 % of samples of %d normal pairs with correlation %d", (n, r) => {
    const normal = normalSampler(createRng(17 * n));
    const truth = { rho: (6 / Math.PI) * Math.asin(r / 2), tau: (2 / Math.PI) * Math.asin(r) };
    const covered = { rho: 0, tau: 0 };
    const draws = 2000;
    for (let draw = 0; draw < draws; draw++) {
      const x = Array.from({ length: n }, normal);
      const y = x.map((value) => r * value + Math.sqrt(1 - r * r) * normal());
      const ofRho = spearmanInterval(spearman(x, y) as number, n) as { low: number; high: number };
      const ofTau = kendallInterval(kendallTauB(x, y) as number, n) as { low: number; high: number };
      if (ofRho.low <= truth.rho && truth.rho <= ofRho.high) covered.rho++;
      if (ofTau.low <= truth.tau && truth.tau <= ofTau.high) covered.tau++;
    }
    for (const count of Object.values(covered)) {
      expect(count / draws).toBeGreaterThan(0.91);
      expect(count / draws).toBeLessThan(n === 5 ? 0.999 : 0.98);
    }
  });
});

/** Sum of products about the mean rank: Pearson's correlation up to a factor that is the same for every order. */
function centredSum(x: Float64Array, y: Float64Array): number {
  const mean = (x.length + 1) / 2;
  return x.reduce((sum, value, i) => sum + (value - mean) * (y[i] - mean), 0);
}

describe("permutationP", () => {
  const ofRanks = (x: readonly number[], y: readonly number[]): number => permutationP(midranks(x), midranks(y));

  it("counts every order up to nine pairs: the published tails of Spearman's rho", () => {
    // Perfect orders: 2/n!. Zar 1972: P(|rho| >= 0.9) = 10/120 for n = 5.
    expect(ofRanks([1, 2, 3, 4], [2, 4, 6, 9])).toBe(2 / 24);
    expect(ofRanks([1, 2, 3, 4, 5], [9, 8, 7, 6, 1])).toBe(2 / 120);
    expect(ofRanks(SCIPY[0].x, SCIPY[0].y)).toBe(10 / 120);
    expect(ofRanks(SCIPY[1].x, SCIPY[1].y)).toBe(1848 / 40320);
    expect(ofRanks([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 5, 6, 7, 8, 9])).toBe(2 / 362_880);
  });

  it("counts ties as they are", () => {
    // Counted by itertools.permutations of Python: 416 of 5040.
    expect(ofRanks([1, 2, 2, 3, 5, 5, 7], [2, 2, 3, 1, 4, 6, 6])).toBe(416 / 5040);
    expect(ofRanks([1, 1, 1, 1], [1, 2, 3, 4])).toBe(1);
  });

  it.each([
    { n: 10, same: 1, seed: 3 },
    { n: 10, same: 5, seed: 3 },
    { n: 12, same: 5, seed: 3 },
    { n: 27, same: 1, seed: 3 },
  ])("beyond nine is within 5 % of a counted one ($n pairs, of which $same are equal)", ({ n, same, seed }) => {
    const x = midranks(Array.from({ length: n }, (_, i) => Math.max(i, same - 1)));
    const rng = createRng(seed);
    // An order whose p lies between 0.01 and 0.1.
    const y = midranks(Array.from({ length: n }, (_, i) => i));
    do shuffleInPlace(y, rng);
    while (permutationP(x, y) < 0.01 || permutationP(x, y) > 0.1);
    const least = Math.abs(centredSum(x, y)) - 1e-9;
    const other = y.slice();
    let extreme = 0;
    const orders = 200_000;
    for (let k = 0; k < orders; k++) if (Math.abs(centredSum(x, shuffleInPlace(other, rng))) >= least) extreme++;
    // The counted share has a standard error of 1/sqrt(extreme), 2 % for p = 0.01; three of them beside the 5 %.
    expect(Math.abs(permutationP(x, y) / (extreme / orders) - 1)).toBeLessThan(0.05 + 3 / Math.sqrt(extreme));
  });

  it("draws orders where one side is coarse: of one value that differs it is how often that is so far out", () => {
    // The only different value of 12 is at the largest or the smallest score: 2 of 12. Standard error 0.0026.
    const x = midranks(Array.from({ length: 12 }, (_, i) => (i === 11 ? 1 : 0)));
    const y = midranks(Array.from({ length: 12 }, (_, i) => i));
    expect(Math.abs(permutationP(x, y) - 2 / 12)).toBeLessThan(0.011);
    expect(permutationP(x, y)).toBe(permutationP(x, y));
    // Four different values are drawn, five are not: its smallest p is far below what draws can tell.
    const levels = (count: number) => midranks(Array.from({ length: 40 }, (_, i) => Math.floor((i * count) / 40)));
    const scores = midranks(Array.from({ length: 40 }, (_, i) => i));
    expect(permutationP(levels(4), scores)).toBe(1 / 20_001);
    expect(permutationP(levels(5), scores)).toBeLessThan(1e-9);
    // 21 equal values of 40 are drawn, 20 are not.
    const equal = (count: number) => midranks(Array.from({ length: 40 }, (_, i) => Math.max(i, count - 1)));
    expect(permutationP(equal(21), scores)).toBe(1 / 20_001);
    expect(permutationP(equal(20), scores)).toBeLessThan(1e-7);
  });

  it("without ties is close to Student's test beyond nine pairs", () => {
    // n = 27, rho = 0.5: t = 2.887 with 25 degrees of freedom, two-sided p = 0.0079.
    const x = Array.from({ length: 27 }, (_, i) => i);
    const rng = createRng(11);
    const y = x.slice();
    do shuffleInPlace(y, rng);
    while (Math.abs(Math.abs(spearman(x, y) as number) - 0.5) > 0.002);
    expect(ofRanks(x, y)).toBeGreaterThan(0.0072);
    expect(ofRanks(x, y)).toBeLessThan(0.0088);
  });
});

describe("bestOfManyP", () => {
  const scores = Array.from({ length: 12 }, (_, i) => i);
  const noise = (count: number, seed: number): number[][] => {
    const rng = createRng(seed);
    return Array.from({ length: count }, () => [...shuffleInPlace(scores.slice(), rng)]);
  };

  it("of one column is its own p, and grows with the number of columns", () => {
    const [column] = noise(1, 3);
    const alone = bestOfManyP([column], scores, { rng: createRng(1), draws: 20_000 });
    // Standard error of the share of 20,000 draws: at most 0.0035.
    expect(Math.abs(alone.p[0] - permutationP(column, scores))).toBeLessThan(0.012);
    const among = bestOfManyP([column, ...noise(40, 4)], scores, { rng: createRng(1), draws: 2000 });
    expect(among.p[0]).toBeGreaterThan(alone.p[0]);
    expect(among.bound).toBeGreaterThan(alone.bound);
    // One column of 12: |rho| = 0.58 at p = 0.05.
    expect(alone.bound).toBeGreaterThan(0.55);
    expect(alone.bound).toBeLessThan(0.61);
  });

  it("does not count the same column twice: columns that go together cost nothing", () => {
    const [column] = noise(1, 3);
    const alone = bestOfManyP([column], scores, { rng: createRng(1) });
    const repeated = bestOfManyP([column, column, column.map((value) => -value)], scores, { rng: createRng(1) });
    expect(repeated.p).toEqual([alone.p[0], alone.p[0], alone.p[0]]);
    expect(repeated.bound).toBe(alone.bound);
  });

  it("is never 0, and 1 for a constant column", () => {
    const { p } = bestOfManyP([scores, scores.map(() => 3)], scores, { rng: createRng(1), draws: 99 });
    expect(p[0]).toBe(1 / 100);
    expect(p[1]).toBe(1);
  });

  it("leaves the scores as they are", () => {
    const mine = scores.slice();
    bestOfManyP([scores], mine, { rng: createRng(1), draws: 10 });
    expect(mine).toEqual(scores);
  });
});
