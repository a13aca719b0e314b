import { describe, expect, it } from "vitest";
import {
  type AlphaWithInterval,
  maybeBelow,
  probabilityBelow,
  surelyBelow,
} from "#eigenscope/analysis/alpha-interval.js";
import { findingsOf } from "#eigenscope/analysis/index.js";
import { groupOf } from "#eigenscope/rank/groups.js";
import { alphaInterval } from "#eigenscope/tails/index.js";
import { layerRecord } from "../report/example-report.js";

const at = (alpha_low: number | null, alpha_high: number | null, more: Partial<AlphaWithInterval> = {}) => ({
  ...{ alpha: 2, alpha_valid: true, alpha_low, alpha_high },
  ...more,
});

describe("alpha against a threshold", () => {
  it("is surely below it if the whole interval is, and maybe below if its lower end is", () => {
    expect([surelyBelow(at(1.5, 2.999), 3), surelyBelow(at(1.5, 3), 3)]).toEqual([true, false]);
    expect([maybeBelow(at(2.999, 4), 3), maybeBelow(at(3, 4), 3)]).toEqual([true, false]);
  });

  it("is never surely below without an interval; maybe below if alpha itself is", () => {
    const none = (alpha: number) => at(null, null, { alpha });
    expect([surelyBelow(none(1), 3), maybeBelow(none(2.999), 3), maybeBelow(none(3), 3)]).toEqual([false, true, false]);
    expect(probabilityBelow(none(1), 3)).toBeNull();
  });

  it("is neither, and has no probability, where alpha is not valid or missing", () => {
    for (const more of [{ alpha_valid: false }, { alpha: null }]) {
      const layer = at(1.2, 1.4, more);
      expect([surelyBelow(layer, 3), maybeBelow(layer, 3), probabilityBelow(layer, 3)]).toEqual([false, false, null]);
    }
  });

  it("has a probability of 97.5 % where the interval's upper end is, 2.5 % at its lower end, and 50 % between", () => {
    const layer = at(1.5, 3);
    // The normal law is exact to 1e-9 at its quantiles.
    expect(probabilityBelow(layer, 3)).toBeCloseTo(0.975, 9);
    expect(probabilityBelow(layer, 1.5)).toBeCloseTo(0.025, 9);
    // ln(alpha - 1) is halfway between ln 0.5 and ln 2.
    expect(probabilityBelow(layer, 2)).toBeCloseTo(0.5, 12);
    expect(probabilityBelow(layer, 9)).toBeGreaterThan(0.999);
  });

  it("has none for an interval that is empty or not above 1, where ln(alpha - 1) does not exist", () => {
    expect(probabilityBelow(at(2, 2), 3)).toBeNull();
    expect(probabilityBelow(at(1, 2), 3)).toBeNull();
    expect(probabilityBelow(at(1.001, 2), 3)).not.toBeNull();
  });

  it("is surely below in findings exactly where it is in groups of models, for every tail of the analysis", () => {
    let sure = 0;
    for (const nTail of [10, 40, 200, 900])
      for (let alpha = 1.3; alpha < 2.2; alpha += 0.01) {
        const { low: alpha_low, high: alpha_high } = alphaInterval({ alpha, nTail });
        const sigma = (alpha - 1) / Math.sqrt(nTail);
        const layer = layerRecord({ alpha, sigma, alpha_low, alpha_high, phase: "heavy-tailed" });
        const warned = findingsOf([layer]).some(({ severity }) => severity === "warning");
        expect(warned, `${nTail} ${alpha}`).toBe(groupOf([layer]) === "too-far");
        expect(warned).toBe((probabilityBelow(layer, 2) as number) > 0.975);
        if (warned) sure++;
      }
    expect(sure).toBeGreaterThan(20);
  });
});
