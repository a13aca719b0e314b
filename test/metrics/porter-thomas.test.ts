import { describe, expect, it } from "vitest";
import { isNotPorterThomas, porterThomasDistance } from "#eigenscope/metrics/index.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";

function unit(values: Float64Array): Float64Array {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return values.map((value) => value / length);
}

describe("Porter and Thomas' law", () => {
  it.each([20, 64, 500])("is rejected of 5 in 100 random vectors of %i components", (M) => {
    const normal = normalSampler(createRng(M));
    const draws = 4000;
    let rejected = 0;
    for (let draw = 0; draw < draws; draw++) {
      if (isNotPorterThomas(porterThomasDistance(unit(Float64Array.from({ length: M }, normal))), M)) rejected++;
    }
    // Standard deviation of the share 0.0034; the five-per-cent point is interpolated in M to about 0.005.
    expect(Math.abs(rejected / draws - 0.05)).toBeLessThan(0.015);
  });

  it("is rejected above 1.165 of the distance times sqrt(M) + 0.2, not below", () => {
    // sqrt(25) + 0.2 and sqrt(400) + 0.2.
    for (const [M, scale] of [
      [25, 5.2],
      [400, 20.2],
    ])
      expect([1.1649, 1.1651].map((scaled) => isNotPorterThomas(scaled / scale, M))).toEqual([false, true]);
  });

  it("is rejected of a vector on a third of its components, and of an even one", () => {
    const normal = normalSampler(createRng(5));
    const localised = unit(Float64Array.from({ length: 120 }, (_, k) => (k % 3 === 0 ? normal() : 0)));
    const even = unit(new Float64Array(120).fill(1));
    for (const vector of [localised, even]) expect(isNotPorterThomas(porterThomasDistance(vector), 120)).toBe(true);
    // All components of an even vector are 1 on the scale of the law.
    expect(porterThomasDistance(even)).toBeCloseTo(0.6826894921370859, 12);
  });
});
