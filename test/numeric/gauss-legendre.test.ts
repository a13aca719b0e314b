import { describe, expect, it } from "vitest";
import { gaussLegendre } from "#eigenscope/numeric/index.js";

describe("gaussLegendre", () => {
  it.each([1, 2, 3, 16, 48, 101])("with %d nodes integrates every monomial up to degree 2n - 1", (n) => {
    const { nodes, weights } = gaussLegendre(n);
    for (let degree = 0; degree < 2 * n; degree++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += weights[i] * nodes[i] ** degree;
      // Weights and nodes carry a few eps each; weights sum to 2.
      expect(Math.abs(sum - (degree % 2 === 0 ? 2 / (degree + 1) : 0))).toBeLessThan(1e-14 * Math.max(2, Math.sqrt(n)));
    }
  });

  it("has ascending nodes, symmetric about 0", () => {
    const { nodes } = gaussLegendre(48);
    for (let i = 1; i < 48; i++) expect(nodes[i]).toBeGreaterThan(nodes[i - 1]);
    for (let i = 0; i < 48; i++) expect(nodes[i]).toBe(-nodes[47 - i]);
  });

  it("refuses a number of nodes that is none", () => {
    expect(() => gaussLegendre(0)).toThrow(RangeError);
    expect(() => gaussLegendre(2.5)).toThrow(RangeError);
  });
});
