import { describe, expect, it } from "vitest";
import { productEdge } from "#eigenscope/rmt/product-edge.js";

describe("the edge of the product of two random matrices", () => {
  it.each([1, 0.25, 0.01, 4])("is Marchenko-Pastur's with one factor alone, ratio %d", (g) => {
    expect(productEdge(g, 0)).toBeCloseTo((1 + Math.sqrt(g)) ** 2, 12);
    expect(productEdge(0, g)).toBeCloseTo((1 + Math.sqrt(g)) ** 2, 12);
  });

  it("is 27/4 for two square factors, the largest point of the Fuss-Catalan law of order 2", () => {
    expect(productEdge(1, 1)).toBeCloseTo(27 / 4, 12);
  });

  it("is the value at z = 3/2 for two factors of ratio 1/6, and symmetric", () => {
    expect(productEdge(1 / 6, 1 / 6)).toBeCloseTo((2.5 * 1.25 ** 2) / 1.5, 12);
    expect(productEdge(0.1, 0.7)).toBeCloseTo(productEdge(0.7, 0.1), 12);
  });

  it("lies beyond the edge of the law whose ratio is the sum", () => {
    expect(productEdge(1 / 6, 1 / 6)).toBeGreaterThan((1 + Math.sqrt(1 / 3)) ** 2);
  });

  it.each([
    [-1, 1],
    [0, 0],
    [Number.NaN, 1],
    [1, Number.POSITIVE_INFINITY],
  ])("refuses the ratios %d and %d", (a, b) => {
    expect(() => productEdge(a, b)).toThrow(RangeError);
  });
});
