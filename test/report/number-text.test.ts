import { describe, expect, it } from "vitest";
import { bytesText, countText, numberText, plural, plusMinus, shapeText } from "#eigenscope/report/number-text.js";

describe("numberText", () => {
  it.each([
    [3.4512, "3.45"],
    [0.04561, "0.0456"],
    [99.96, "100"],
    [225.14, "225"],
    [12345.6, "12346"],
    [999999.7, "1.00e6"],
    [1234567, "1.23e6"],
    [0.000123, "1.23e-4"],
    [-7.25, "-7.25"],
    [0, "0"],
    [3, "3"],
    [9.996, "10.0"],
  ])("writes %d as %s", (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  it.each([null, Number.NaN, Number.POSITIVE_INFINITY])("writes %s as n/a", (value) => {
    expect(numberText(value)).toBe("n/a");
  });
});

describe("plusMinus", () => {
  it("gives the error the decimals of the value", () => {
    expect(plusMinus(3.4512, 0.1234)).toBe("3.45±0.12");
    expect(plusMinus(12.345, 1.26)).toBe("12.3±1.3");
    expect(plusMinus(2, 0.1)).toBe("2.00±0.10");
    expect(plusMinus(3.4512, 0.1234, " ")).toBe("3.45 ± 0.12");
  });

  it("leaves an error that is not known away", () => {
    expect(plusMinus(3.4512, null)).toBe("3.45");
  });
});

it("groups counts, names sizes and shapes", () => {
  expect(countText(2272458)).toBe("2,272,458");
  expect(countText(999)).toBe("999");
  expect(plural(1, "layer")).toBe("1 layer");
  expect(plural(1200, "layer")).toBe("1,200 layers");
  expect(bytesText(812)).toBe("812 B");
  expect(bytesText(942_340)).toBe("942 kB");
  expect(bytesText(4.7e9)).toBe("4.70 GB");
  expect(shapeText([64, 3, 7, 7])).toBe("64x3x7x7");
  expect(shapeText([])).toBe("scalar");
});
