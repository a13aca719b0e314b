import type { Interval } from "./bootstrap.js";
import type { PowerLawFit } from "./power-law.js";
import { DISTANCE_SURVIVAL, DISTANCES, ERROR_LEVELS, ERRORS, TAILS } from "./power-law-pivots-table.js";

/** A p-value is not told below this. */
const SMALLEST_P = 1e-6;

/**
 * P(an exact power law lies at least as far, D, from its own best fit), the choice of xmin included. sqrt(nTail) D does
 * not depend on alpha, so that its distribution is tabulated over nTail (power-law-pivots-table.ts), where [CSN09]
 * section 4.1 simulates it for each spectrum; ln p goes on linearly beyond the table. Eigenvalues repel and lie closer
 * to their law than independent values: for them a small p means what it says.
 */
export function powerLawP({ ks, nTail }: Pick<PowerLawFit, "ks" | "nTail">): number {
  const scaled = Math.sqrt(nTail) * ks;
  const points = rowAt(DISTANCES, nTail);
  if (scaled <= points[0]) return 1 - (scaled / points[0]) * (1 - DISTANCE_SURVIVAL[0]);
  let k = 0;
  while (k < points.length - 2 && scaled > points[k + 1]) k++;
  const share = (scaled - points[k]) / (points[k + 1] - points[k]);
  // One exponent: far beyond the table the two powers would be infinity and zero.
  return Math.max(SMALLEST_P, Math.exp((1 - share) * Math.log(DISTANCE_SURVIVAL[k]) + share * Math.log(DISTANCE_SURVIVAL[k + 1])));
}

/**
 * The interval of alpha at 95 %, the choice of xmin included: sqrt(nTail) ln((fitted alpha - 1)/(alpha - 1)) does not
 * depend on alpha, and its quantiles for exact power laws are tabulated over nTail. The fit's own (alpha -
 * 1)/sqrt(nTail) takes xmin for known and covers in 91 to 94 % (docs/decisions/0018).
 */
export function alphaInterval({ alpha, nTail }: Pick<PowerLawFit, "alpha" | "nTail">): Interval {
  const errors = rowAt(ERRORS, nTail);
  const end = (level: number): number => 1 + (alpha - 1) * Math.exp(-errors[ERROR_LEVELS.indexOf(level)] / Math.sqrt(nTail));
  return { low: end(0.975), high: end(0.025) };
}

/** The row of a table at n, linear in ln n, that of the nearest end outside. */
function rowAt(table: readonly (readonly number[])[], n: number): readonly number[] {
  let i = 0;
  while (i < TAILS.length - 2 && n > TAILS[i + 1]) i++;
  const share = Math.max(0, Math.min(1, Math.log(n / TAILS[i]) / Math.log(TAILS[i + 1] / TAILS[i])));
  return table[i].map((value, column) => value + share * (table[i + 1][column] - value));
}
