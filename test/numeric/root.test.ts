import { describe, expect, it } from "vitest";
import { findRoot } from "#eigenscope/numeric/index.js";

describe("findRoot", () => {
  it("finds simple, flat and steep roots to the last bits", () => {
    expect(findRoot((x) => x * x - 2, [0, 2])).toBeCloseTo(Math.SQRT2, 15);
    // A root of multiplicity 9: f is below 1e-15 within 0.02 of it, so that only the sign can find it.
    expect(Math.abs(findRoot((x) => (x - 0.3) ** 9, [-1, 5]) - 0.3)).toBeLessThan(1e-12);
    expect(findRoot((x) => Math.tan(x), [3, 3.3])).toBeCloseTo(Math.PI, 14);
    expect(findRoot((x) => x, [0, 1])).toBe(0);
  });

  it("refuses an interval without a change of sign", () => {
    expect(() => findRoot((x) => x * x + 1, [-1, 1])).toThrow(/same sign/);
  });
});
