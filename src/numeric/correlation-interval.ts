import { normalQuantile } from "./normal.js";

/** An interval for a rank correlation, within [-1, 1]. */
export interface CorrelationInterval {
  readonly low: number;
  readonly high: number;
}

/** Fewer pairs than this give no interval, and no correlation that says anything: 4 orders have p >= 1/12. */
export const MIN_PAIRS = 4;
/** The variance of atanh(tau) is 0.437/(n - 4) [FHP57]: no finite interval for four pairs. */
const KENDALL_VARIANCE = 0.437;

/**
 * An approximate interval for the population value behind Spearman's rho of `n` pairs: tanh(atanh(rho) +- z s) with
 * s^2 = (1 + rho^2/2)/(n - 3) [BW00]. scripts/validate-rank-correlation.mjs has its coverage. null for
 * fewer than 4 pairs.
 */
export function spearmanInterval(rho: number, n: number, level = 0.95): CorrelationInterval | null {
  if (n < MIN_PAIRS) return null;
  // The next smaller value: two neighbours exchanged, sum d^2 = 2.
  const step = 12 / (n * (n * n - 1));
  const centre = inside(rho, step);
  return fisher(centre, rho, { deviation: Math.sqrt((1 + centre ** 2 / 2) / (n - 3)), level });
}

/**
 * An approximate interval for the population value behind Kendall's tau of `n` pairs: tanh(atanh(tau) +- z s) with
 * s^2 = 0.437/(n - 4) [FHP57] [BW00]. [-1, 1] for 4 pairs, null for fewer.
 */
export function kendallInterval(tau: number, n: number, level = 0.95): CorrelationInterval | null {
  if (n < MIN_PAIRS) return null;
  if (n === MIN_PAIRS) return { low: -1, high: 1 };
  // The next smaller value: one discordant pair of n (n - 1)/2.
  const step = 4 / (n * (n - 1));
  return fisher(inside(tau, step), tau, { deviation: Math.sqrt(KENDALL_VARIANCE / (n - 4)), level });
}

/**
 * atanh(1) is infinite, and a perfect order of few pairs is no proof of a perfect correlation. A correlation within
 * half a step of +-1 counts as half a step inside: the continuity correction.
 */
function inside(correlation: number, step: number): number {
  const limit = 1 - step / 2;
  return Math.max(-limit, Math.min(limit, correlation));
}

function fisher(
  centre: number,
  observed: number,
  { deviation, level }: { readonly deviation: number; readonly level: number },
): CorrelationInterval {
  const half = normalQuantile((1 + level) / 2) * deviation;
  const z = Math.atanh(centre);
  return {
    low: observed === -1 ? -1 : Math.tanh(z - half),
    high: observed === 1 ? 1 : Math.tanh(z + half),
  };
}
