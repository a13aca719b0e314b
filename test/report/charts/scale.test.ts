import { describe, expect, it } from "vitest";
import {
  at,
  atInside,
  invert,
  isInside,
  linearScale,
  linearTicks,
  logScale,
  logTicks,
  ticks,
} from "#eigenscope/report/charts/scale.js";
import { tickText, tickTexts } from "#eigenscope/report/charts/tick-text.js";

const linear = linearScale([-2, 6], [100, 20]);
const log = logScale([0.01, 1000], [40, 440]);

describe("a scale", () => {
  it("maps the ends of its domain to the ends of its range, and the middle to the middle", () => {
    expect([at(linear, -2), at(linear, 2), at(linear, 6)]).toEqual([100, 60, 20]);
    expect([at(log, 0.01), at(log, 1000)]).toEqual([40, 440]);
    expect(at(log, 1)).toBeCloseTo(200, 9);
  });

  it.each([
    ["linear", linear, [-2, -0.3, 0, 1.7, 6, 9]],
    ["log", log, [0.01, 0.033, 1, 4.2, 1000, 2e4]],
  ] as const)("is undone by invert: %s", (_, scale, values) => {
    // Two roundings of a double, relative to the value.
    for (const value of values) expect(invert(scale, at(scale, value))).toBeCloseTo(value, 9);
  });

  it("keeps values outside at its ends, and says which values are inside", () => {
    expect([atInside(linear, -3), atInside(linear, 7), atInside(linear, 2)]).toEqual([100, 20, 60]);
    expect([-2.001, -2, 6, 6.001].map((value) => isInside(linear, value))).toEqual([false, true, true, false]);
  });

  it.each([
    [[1, 1], "from a smaller to a larger"],
    [[2, 1], "got 2 to 1"],
    [[Number.NaN, 1], "got NaN"],
    [[0, Number.POSITIVE_INFINITY], "Infinity"],
  ] as const)("refuses the domain %j", (domain, words) => {
    expect(() => linearScale(domain, [0, 1])).toThrow(words);
  });

  it("refuses a logarithmic domain that reaches 0", () => {
    expect(() => logScale([0, 1], [0, 1])).toThrow("needs a domain above 0, got 0 to 1");
    expect(logScale([1e-300, 1], [0, 1]).kind).toBe("log");
  });
});

describe("the ticks of a linear axis", () => {
  it("are the finest multiples of 1, 2 or 5 of which not too many lie inside, the ends included", () => {
    expect(linearTicks(0, 10, 11)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(linearTicks(0, 10, 10)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(linearTicks(0, 10, 5)).toEqual([0, 5, 10]);
    expect(linearTicks(0.1, 0.3, 3)).toEqual([0.1, 0.2, 0.3]);
    expect(linearTicks(-0.25, 0.26, 4)).toEqual([-0.2, 0, 0.2]);
  });

  it("lie inside the domain, and are never more than asked for: 300 seeded domains", () => {
    for (let i = 1; i <= 300; i++) {
      const from = Math.sin(i) * 10 ** (i % 7);
      const to = from + 10 ** ((i % 5) - 2) * (1 + Math.abs(Math.cos(i)));
      const most = 2 + (i % 9);
      const found = linearTicks(from, to, most);
      expect(found.length).toBeLessThanOrEqual(most);
      // A tick may differ from an end by the rounding of its twelve digits.
      for (const tick of found) expect(tick).toBeGreaterThanOrEqual(from - 1e-8 * (to - from) - 1e-11 * Math.abs(from));
      for (const tick of found) expect(tick).toBeLessThanOrEqual(to + 1e-8 * (to - from) + 1e-11 * Math.abs(to));
    }
  });
});

describe("the ticks of a logarithmic axis", () => {
  it("are powers of ten over many decades, and finer steps where there is room", () => {
    expect(logTicks(1e-6, 1e6, 7)).toEqual([1e-6, 1e-4, 1e-2, 1, 100, 1e4, 1e6]);
    expect(logTicks(0.9, 60, 6)).toEqual([1, 2, 5, 10, 20, 50]);
    expect(logTicks(0.9, 60, 5)).toEqual([1, 3, 10, 30]);
    expect(logTicks(0.9, 60, 3)).toEqual([1, 10]);
    expect(logTicks(2.5, 7, 7)).toEqual([3, 4, 5, 6, 7]);
  });

  it("are evenly spaced where fewer than two round numbers lie inside", () => {
    expect(logTicks(2.1, 2.4, 9)).toEqual([2.1, 2.2, 2.3, 2.4]);
    expect(logTicks(1.9, 3.1, 9)).toEqual([2, 3]);
  });

  it("lie inside the domain, and are never more than asked for: 200 seeded domains", () => {
    for (let i = 1; i <= 200; i++) {
      const from = 10 ** (8 * Math.sin(i));
      const to = from * 10 ** (0.05 + 9 * Math.abs(Math.cos(i)));
      const found = ticks(logScale([from, to], [0, 1]), 2 + (i % 9));
      expect(found.length).toBeLessThanOrEqual(2 + (i % 9));
      for (const tick of found) expect(tick >= from * (1 - 2e-9) && tick <= to * (1 + 2e-9)).toBe(true);
    }
  });
});

describe("the text of a tick", () => {
  it("is a decimal near 1 and a power beyond, on a logarithmic axis", () => {
    const values = [0.001, 0.2, 1, 5000, 1e4, 2e-5];
    expect(tickTexts("log", values)).toEqual(["0.001", "0.2", "1", "5000", "10⁴", "2·10⁻⁵"]);
  });

  it("is a whole number with groups of three on a linear axis, as steps are", () => {
    expect(tickTexts("linear", [0, 6000, 12_000])).toEqual(["0", "6,000", "12,000"]);
    expect(tickTexts("linear", [-2, 0, 2])).toEqual(["−2", "0", "2"]);
    expect(tickTexts("linear", [0, 1e7])).toEqual(["0", "10⁷"]);
  });

  it("has the digits that distinguish it from its neighbour", () => {
    expect(tickTexts("linear", [0.5, 0.75, 1])).toEqual(["0.5", "0.75", "1"]);
    expect(tickTexts("linear", [2.0001, 2.0002])).toEqual(["2.0001", "2.0002"]);
    expect(tickTexts("log", [2.1, 2.2, 2.3])).toEqual(["2.1", "2.2", "2.3"]);
  });

  it("has a minus sign, and no trailing zeros", () => {
    expect([tickText(-0.5, 3), tickText(0, 3), tickText(1.5e-7, 3)]).toEqual(["−0.5", "0", "1.5·10⁻⁷"]);
  });
});
