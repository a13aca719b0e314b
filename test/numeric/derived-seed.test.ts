import { describe, expect, it } from "vitest";
import { createRng, deriveSeed } from "#eigenscope/numeric/index.js";

describe("deriveSeed", () => {
  it("keeps its numbers for ever: results are quoted with their seeds", () => {
    expect([deriveSeed(1, 0), deriveSeed(1, 1), deriveSeed(2, 0)]).toMatchInlineSnapshot(`
      [
        2571226413,
        2917640190,
        3248948688,
      ]
    `);
  });

  it("gives every task of a family its own seed", () => {
    expect(new Set(Array.from({ length: 20_000 }, (_, index) => deriveSeed(7, index))).size).toBe(20_000);
  });

  it("leaves no trace of the order of the tasks in their first numbers", () => {
    const first = Array.from({ length: 10_000 }, (_, index) => createRng(deriveSeed(3, index))());
    const mean = first.reduce((sum, value) => sum + value, 0) / first.length;
    let lagged = 0;
    for (let i = 1; i < first.length; i++) lagged += (first[i] - 0.5) * (first[i - 1] - 0.5);
    // 5 standard errors of 10 000 uniform numbers and of their products.
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / 10_000));
    expect(Math.abs(lagged / first.length)).toBeLessThan(5 / 12 / 100);
  });

  it.each([
    [-1, 0],
    [0, 1.5],
    [2 ** 32, 0],
  ])("refuses %d, %d", (seed, index) => {
    expect(() => deriveSeed(seed, index)).toThrow(/integers in \[0, 2\^32\)/);
  });
});
