import { normalQuantile, normalSurvival } from "../numeric/index.js";
import type { LayerRecord } from "./report.js";

/** What says where alpha lies: alpha with its 95 % interval. */
export type AlphaWithInterval = Pick<LayerRecord, "alpha" | "alpha_valid" | "alpha_low" | "alpha_high">;

/** The ends of a 95 % interval, in standard deviations of a normal law. */
const INTERVAL_END = normalQuantile(0.975);

/** Whether alpha is valid and its whole 95 % interval lies below `threshold`. False without an interval. */
export function surelyBelow(layer: AlphaWithInterval, threshold: number): boolean {
  return hasAlpha(layer) && layer.alpha_high !== null && layer.alpha_high < threshold;
}

/**
 * Whether alpha is valid and its 95 % interval, or alpha itself if there is none, reaches below `threshold`. True
 * wherever `surelyBelow` is.
 */
export function maybeBelow(layer: AlphaWithInterval, threshold: number): boolean {
  return hasAlpha(layer) && (layer.alpha_low ?? (layer.alpha as number)) < threshold;
}

/**
 * The probability that the exponent lies below `threshold`: ln(alpha - 1) is normal, with 2.5 % below `alpha_low` and
 * 2.5 % above `alpha_high`. So it is above 97.5 % exactly where `surelyBelow` holds. (The interval of every row is one
 * of ln(alpha - 1): `alphaInterval`.) null if alpha is not valid, or without an interval above 1.
 */
export function probabilityBelow(layer: AlphaWithInterval, threshold: number): number | null {
  const { alpha_low: low, alpha_high: high } = layer;
  if (!hasAlpha(layer) || low === null || high === null || !(low > 1 && high > low)) return null;
  const [from, to] = [Math.log(low - 1), Math.log(high - 1)];
  const place = (Math.log(threshold - 1) - from) / (to - from);
  return normalSurvival(INTERVAL_END * (1 - 2 * place));
}

function hasAlpha({ alpha, alpha_valid }: AlphaWithInterval): boolean {
  return alpha_valid && alpha !== null;
}
