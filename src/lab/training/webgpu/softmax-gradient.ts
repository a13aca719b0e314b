import type { Loss } from "../engine.js";
import type { PlannedBuffer } from "./buffer-plan.js";
import type { Kernel } from "./kernel.js";
import { forEach, perExample, real } from "./wgsl.js";

export interface SoftmaxGradient {
  readonly loss: Loss;
  readonly logits: PlannedBuffer;
  readonly labels: PlannedBuffer;
  readonly gradient: PlannedBuffer;
  readonly classes: number;
}

/**
 * d(mean loss)/d(logit) by the formulas of softmax-loss.ts, one invocation per example. With e_k = p_k - [k = t], e_t
 * is computed as minus the sum of the others, because 1 - p_t would lose digits.
 */
export function softmaxGradientKernel({ loss, logits, labels, gradient, classes }: SoftmaxGradient): Kernel {
  const finish =
    loss === "cross-entropy"
      ? `for (var k = row; k < row + ${classes}u; k++) { gradient[k] /= f32(step.count); }`
      : `var inner = 0.0;
  for (var k = 0u; k < ${classes}u; k++) { inner += gradient[row + k] * p(row + k, top, total); }
  for (var k = row; k < row + ${classes}u; k++) {
    gradient[k] = ${real(2 / classes)} * p(k, top, total) * (gradient[k] - inner) / f32(step.count);
  }`;
  const { body, groups } = forEach(
    perExample(1),
    `let row = i * ${classes}u;
  var top = logits[row];
  for (var k = row + 1u; k < row + ${classes}u; k++) { top = max(top, logits[k]); }
  var total = 0.0;
  for (var k = row; k < row + ${classes}u; k++) { total += exp(logits[k] - top); }
  let own = row + labels[i];
  var others = 0.0;
  for (var k = row; k < row + ${classes}u; k++) {
    gradient[k] = p(k, top, total);
    others += select(gradient[k], 0.0, k == own);
  }
  gradient[own] = -others;
  ${finish}`,
  );
  return {
    label: "softmax: gradient",
    reads: { logits, labels },
    writes: { gradient },
    groups,
    body: `fn p(k: u32, top: f32, total: f32) -> f32 { return exp(logits[k] - top) / total; }\n${body}`,
  };
}
