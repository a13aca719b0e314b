import { describe, expect, it } from "vitest";
import { softmaxLoss } from "#eigenscope/lab/training/softmax-loss.js";

const batch = (loss: "cross-entropy" | "mean-squared-error", logits: number[], labels: number[], classes = 2) => {
  const gradients = new Float64Array(logits.length);
  const told = softmaxLoss({
    loss,
    logits: Float64Array.from(logits),
    gradients,
    labels: Uint8Array.from(labels),
    count: labels.length,
    classes,
  });
  return { ...told, gradients: [...gradients] };
};

describe("softmaxLoss", () => {
  // Logits ln 3 and 0: probabilities 3/4 and 1/4. Losses in f64 and gradients that f32 holds exactly: a unit or two in
  // the last place of 1.
  it("is -ln p of the true class, and its gradient p - 1", () => {
    const told = batch("cross-entropy", [Math.log(3), 0], [0]);
    expect(told.loss).toBeCloseTo(Math.log(4 / 3), 15);
    expect(told.gradients[0]).toBeCloseTo(-1 / 4, 15);
    expect(told.gradients[1]).toBeCloseTo(1 / 4, 15);
    expect(told.correct).toBe(1);
  });

  it("is Keras' mean over the classes of the squared difference to the one-hot vector", () => {
    const told = batch("mean-squared-error", [Math.log(3), 0], [0]);
    expect(told.loss).toBeCloseTo(1 / 16, 15);
    // d = (-1/4, 1/4), p.d = -1/8: p (d - p.d) = (3/4)(-1/8) and (1/4)(3/8).
    expect(told.gradients[0]).toBeCloseTo(-3 / 32, 15);
    expect(told.gradients[1]).toBeCloseTo(3 / 32, 15);
  });

  it("sums losses and averages gradients over the batch", () => {
    const one = batch("cross-entropy", [1, 2], [0]);
    const two = batch("cross-entropy", [1, 2, 1, 2], [0, 0]);
    // One more addition of f64 numbers below 1; halving is exact.
    expect(two.loss).toBeCloseTo(2 * one.loss, 15);
    expect(two.gradients[0]).toBeCloseTo(one.gradients[0] / 2, 15);
  });

  it("overflows nowhere, and counts the first of equal logits", () => {
    expect(batch("cross-entropy", [1e4, -1e4], [1]).loss).toBe(2e4);
    expect(batch("mean-squared-error", [1e4, -1e4], [1]).loss).toBe(1);
    expect(batch("cross-entropy", [5, 5, 5], [0], 3).correct).toBe(1);
    expect(batch("cross-entropy", [5, 5, 5], [1], 3).correct).toBe(0);
  });

  it.each(["cross-entropy", "mean-squared-error"] as const)("of a logit that is not finite is NaN: %s", (loss) => {
    expect(batch(loss, [Number.NaN, 0], [0]).loss).toBeNaN();
    expect(batch(loss, [Number.POSITIVE_INFINITY, 0], [0]).loss).toBeNaN();
  });
});
