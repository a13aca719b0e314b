import type { Interval } from "./bootstrap.js";
import type { PowerLawFit } from "./power-law.js";
import { DISTANCE_SURVIVAL, DISTANCES, ERROR_LEVELS, ERRORS, TAILS } from "./power-law-pivots-table.js";

/** The smallest p that is returned. */
const MIN_P = 1e-6;

/**
 * P(an exact power law has at least this distance D to its own best fit), including the choice of xmin. The
 * distribution of sqrt(nTail) D does not depend on alpha, so it is tabulated over nTail (power-law-pivots-table.ts);
 * [CSN09] section 4.1 simulates it for each spectrum. Beyond the table ln p is extrapolated linearly. Eigenvalues repel
 * and lie closer to their law than independent values, so a small p is reliable.
 */
export function powerLawP({ ks, nTail }: Pick<PowerLawFit, "ks" | "nTail">): number {
  const scaled = Math.sqrt(nTail) * ks;
  const points = rowAt(DISTANCES, nTail);
  if (scaled <= points[0]) return 1 - (scaled / points[0]) * (1 - DISTANCE_SURVIVAL[0]);
  let k = 0;
  while (k < points.length - 2 && scaled > points[k + 1]) k++;
  const share = (scaled - points[k]) / (points[k + 1] - points[k]);
  // Add the exponents before exp: far beyond the table the two powers would be infinity and zero.
  return Math.max(
    MIN_P,
    Math.exp((1 - share) * Math.log(DISTANCE_SURVIVAL[k]) + share * Math.log(DISTANCE_SURVIVAL[k + 1])),
  );
}

/**
 * The 95 % interval of alpha, including the choice of xmin. The distribution of sqrt(nTail) ln((fitted alpha -
 * 1)/(alpha - 1)) does not depend on alpha, and its quantiles for exact power laws are tabulated over nTail. The fit's
 * own (alpha - 1)/sqrt(nTail) ignores the choice of xmin and covers 91 to 94 % (docs/decisions/0018).
 */
export function alphaInterval({ alpha, nTail }: Pick<PowerLawFit, "alpha" | "nTail">): Interval {
  const errors = rowAt(ERRORS, nTail);
  const end = (level: number): number =>
    1 + (alpha - 1) * Math.exp(-errors[ERROR_LEVELS.indexOf(level)] / Math.sqrt(nTail));
  return { low: end(0.975), high: end(0.025) };
}

/** The row of a table at n, linear in ln n and clamped to the ends of the table. */
function rowAt(table: readonly (readonly number[])[], n: number): readonly number[] {
  let i = 0;
  while (i < TAILS.length - 2 && n > TAILS[i + 1]) i++;
  const share = Math.max(0, Math.min(1, Math.log(n / TAILS[i]) / Math.log(TAILS[i + 1] / TAILS[i])));
  return table[i].map((value, column) => value + share * (table[i + 1][column] - value));
}
