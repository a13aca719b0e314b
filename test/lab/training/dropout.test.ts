import { describe, expect, it } from "vitest";
import { type DropoutPattern, dropoutPattern, isKept } from "#eigenscope/lab/training/dropout.js";

const COUNT = 20_000;
const kept = (pattern: DropoutPattern): boolean[] =>
  Array.from({ length: COUNT }, (_, index) => isKept(pattern, index));
const share = (values: readonly boolean[]): number => values.filter(Boolean).length / values.length;

describe("a dropout pattern", () => {
  it.each([0, 0.1, 0.5, 0.9])("drops a share of %d and scales so that the mean stays", (rate) => {
    const pattern = dropoutPattern({ seed: 1, step: 3, layer: 2, rate });
    // Four standard deviations of a share.
    expect(Math.abs(share(kept(pattern)) - (1 - rate))).toBeLessThanOrEqual(4 * Math.sqrt((rate * (1 - rate)) / COUNT));
    // One division and one product of f64.
    expect(pattern.scale * (1 - rate)).toBeCloseTo(1, 15);
  });

  it("of another seed, step or layer is another one: they agree on half of the values", () => {
    const place = { seed: 1, step: 3, layer: 2, rate: 0.5 };
    const one = kept(dropoutPattern(place));
    for (const other of [
      { ...place, seed: 2 },
      { ...place, step: 4 },
      { ...place, layer: 3 },
    ]) {
      const two = kept(dropoutPattern(other));
      expect(Math.abs(share(one.map((value, index) => value === two[index])) - 0.5)).toBeLessThan(
        4 * Math.sqrt(0.25 / COUNT),
      );
    }
  });
});
