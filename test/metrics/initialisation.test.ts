import { describe, expect, it } from "vitest";
import { recogniseInitialisation } from "#weightscope/metrics/index.js";
import { createRng, normalSampler, type Rng } from "#weightscope/numeric/index.js";
import { entryCensus } from "#weightscope/spectra/index.js";

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
    expect(recognise(uniform(Math.sqrt(6 / (9 * 96)), createRng(1)), { N: 64, M: 32, rf: 9 })).toMatchObject({ recipe: "Glorot" });
  });

  it("names the law alone where no recipe has the scale", () => {
    expect(recognise(uniform(1.2345, createRng(1)))).toMatchObject({ law: "uniform", recipe: null, scaleRatio: null });
    expect(recognise(uniform(1.2345, createRng(1)))!.sentence).toMatch(/^The entries are uniform \(bound 1.2[34]\), as before training\.$/);
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
    for (const { value, expected, tolerance } of evidence) expect(Math.abs(value - expected)).toBeLessThanOrEqual(tolerance);
  });
});
