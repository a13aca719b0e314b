import { tracyWidomQuantile } from "./tracy-widom.js";

const quantiles = new Map<string, number>();

/**
 * The Tracy-Widom quantile at (1 - level)^(1/rf): the largest eigenvalue of `rf` pure bulks exceeds it with probability
 * `level`. Cached: all layers of a model need the same few.
 */
export function spikeQuantile(level: number, rf: number): number {
  const key = `${level}/${rf}`;
  let quantile = quantiles.get(key);
  if (quantile === undefined) {
    quantile = tracyWidomQuantile((1 - level) ** (1 / rf));
    quantiles.set(key, quantile);
  }
  return quantile;
}
