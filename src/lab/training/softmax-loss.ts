import type { Loss } from "./engine.js";

/** A batch of logits and the array for its gradients: `count` x `classes`, row-major. */
export interface LogitBatch {
  readonly loss: Loss;
  readonly logits: Float32Array | Float64Array;
  /** Output: d(mean loss)/d(logit). Omitted in an evaluation. */
  readonly gradients?: Float32Array | Float64Array;
  readonly labels: Uint8Array;
  readonly count: number;
  readonly classes: number;
}

/** Sums over the batch, not means. */
export interface BatchLoss {
  readonly loss: number;
  /** Examples whose largest logit (the first one among equals) is that of their class. */
  readonly correct: number;
}

/**
 * Softmax p_k = exp(z_k)/sum_j exp(z_j). For an example of class t and C classes:
 *
 * - cross-entropy: L = -ln p_t, dL/dz_k = p_k - [k = t];
 * - mean squared error: L = sum_k (p_k - [k = t])^2/C; with d_k = 2 (p_k - [k = t])/C, dL/dz_k = p_k (d_k - sum_j d_j
 *   p_j).
 *
 * All in f64. Gradients are those of the mean over the batch. A logit that is not finite makes the loss NaN.
 */
export function softmaxLoss({ loss, logits, gradients, labels, count, classes }: LogitBatch): BatchLoss {
  let sum = 0;
  let correct = 0;
  const p = new Float64Array(classes);
  for (let n = 0; n < count; n++) {
    const row = n * classes;
    const label = labels[n];
    let top = 0;
    for (let k = 1; k < classes; k++) if (logits[row + k] > logits[row + top]) top = k;
    if (top === label) correct++;

    // With the largest logit subtracted, no exponential overflows and the sum is at least 1.
    let total = 0;
    for (let k = 0; k < classes; k++) total += p[k] = Math.exp(logits[row + k] - logits[row + top]);
    if (loss === "cross-entropy") {
      sum += Math.log(total) + logits[row + top] - logits[row + label];
      for (let k = 0; gradients !== undefined && k < classes; k++)
        gradients[row + k] = (p[k] / total - (k === label ? 1 : 0)) / count;
    } else {
      let inner = 0;
      for (let k = 0; k < classes; k++) {
        p[k] /= total;
        const difference = p[k] - (k === label ? 1 : 0);
        sum += (difference * difference) / classes;
        inner += ((2 * difference) / classes) * p[k];
      }
      for (let k = 0; gradients !== undefined && k < classes; k++) {
        const d = (2 * (p[k] - (k === label ? 1 : 0))) / classes;
        gradients[row + k] = (p[k] * (d - inner)) / count;
      }
    }
  }
  return { loss: sum, correct };
}
