import { describe, expect, it } from "vitest";
import { airyAi } from "#eigenscope/numeric/index.js";

describe("airyAi", () => {
  // Abramowitz and Stegun, Table 10.11 and scipy.special.airy to 16 digits.
  it.each([
    [-10, 0.04024123848644319],
    [-5, 0.3507610090241143],
    [-2, 0.2274074282016856],
    [-1, 0.5355608832923521],
    [0, 0.3550280538878172],
    [1, 0.13529241631288144],
    [2, 0.03492413042327438],
    [5, 1.0834442813607442e-4],
    [10, 1.1047532552898685e-10],
    [20, 1.69167286867054e-27],
  ])("equals the tabulated value at %d", (x, value) => {
    const tolerance = x > 0 ? 1e-13 * value : 1e-14;
    expect(Math.abs(airyAi(x) - value)).toBeLessThan(tolerance);
  });

  it("satisfies its differential equation y'' = x y between the centres of its expansions", () => {
    const h = 1e-3;
    for (let x = -9.93; x < 9; x += 0.37) {
      const second = (airyAi(x + h) - 2 * airyAi(x) + airyAi(x - h)) / (h * h);
      // Truncation h^2/12 y'''' with |y''''| below (x^2 + 2) |y| and more; rounding 4 eps/h^2.
      expect(Math.abs(second - x * airyAi(x))).toBeLessThan(1e-4 * (1 + x * x) * 0.05 + 1e-9);
    }
  });

  it("refuses arguments outside its range and underflows far to the right", () => {
    expect(() => airyAi(-31)).toThrow(/at least -30/);
    expect(() => airyAi(Number.NaN)).toThrow(RangeError);
    expect(airyAi(101)).toBe(0);
  });
});
