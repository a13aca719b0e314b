import { describe, expect, it } from "vitest";
import { precisionOf } from "#eigenscope/analysis/precision.js";

describe("the precision of a layer", () => {
  it("is f32 where products of stored numbers are exact in it, and f64 beyond", () => {
    for (const [storedBits, quantised, precision] of [
      [8, false, "f32"],
      [16, false, "f32"],
      [17, false, "f64"],
      // Mixed precision would change phases (docs/performance.md, Precision).
      [32, false, "f64"],
      [64, false, "f64"],
      [32, true, "f32"],
    ] as const)
      expect(precisionOf({ storedBits, quantised }, "auto"), `${storedBits} ${quantised}`).toBe(precision);
  });

  it("is what the user asked for, however the weights are stored", () => {
    for (const asked of ["f64", "mixed", "f32"] as const)
      for (const storedBits of [8, 32]) expect(precisionOf({ storedBits, quantised: false }, asked)).toBe(asked);
  });
});
