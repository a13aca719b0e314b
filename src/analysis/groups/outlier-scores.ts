import { median } from "../../numeric/median.js";
import { robustDeviation } from "../../numeric/robust-deviation.js";

/** Least and additional robust deviations of an outlier: `outlierScore`. */
const MIN_OUTLIER_SCORE = 10;
const OUTLIER_SCORE_OFFSET = 3;

/**
 * Beyond so many robust deviations, one of `n` members is an outlier: the larger of 10 and 3 + ln n. The largest of n
 * grows as ln n if logarithms have an exponential tail. Of such groups of equal random members, 8 or more per block
 * and up to 15,616, at most 2.6 % have a false outlier in one statistic; of those with 4 per block at most 4 %; of
 * groups of Gaussian ones at most 0.5 % and 2.5 %. It does not hold where one entry makes a matrix (scripts/
 * calibrate-group-outliers.mjs, decision 26).
 */
export function outlierScore(n: number): number {
  return Math.max(MIN_OUTLIER_SCORE, OUTLIER_SCORE_OFFSET + Math.log(n));
}
/** Fewer members with the number in a block have no median to compare with. */
export const MIN_IN_BLOCK = 4;
/** Fewer members with the number in the whole group do not show how much members differ by chance. */
export const MIN_IN_GROUP = 8;
/** Least robust deviation of a decimal logarithm: smaller differences, of 0.02 %, are rounding. */
export const MIN_DEVIATION = 1e-4;

export interface MemberScore {
  readonly row: number;
  readonly column: number;
  /** The median of its row. */
  readonly median: number;
  /** Robust deviations of the logarithm from that of the median. */
  readonly score: number;
}

/**
 * How far each value of a grid is from its row: (log10 x - median of its row) / (1.4826 MAD), with one MAD of all rows,
 * at least `MIN_DEVIATION`. Blocks may differ from each other, so that a member is compared with those of its own
 * block; the deviation comes from all blocks, because a block has few members. Values that are null or not positive
 * have no score. Empty if fewer than `MIN_IN_GROUP` values are in rows of `MIN_IN_BLOCK` or more.
 */
export function memberScores(grid: readonly (readonly (number | null)[])[]): MemberScore[] {
  const residuals = grid.flatMap((values, row) => residualsOf(values).map((residual) => ({ row, ...residual })));
  if (residuals.length < MIN_IN_GROUP) return [];
  const scale = Math.max(MIN_DEVIATION, robustDeviation(residuals.map(({ residual }) => residual)));
  return residuals.map(({ row, column, centre, residual }) => ({
    row,
    column,
    median: 10 ** centre,
    score: residual / scale,
  }));
}

function residualsOf(values: readonly (number | null)[]) {
  const known = values.flatMap((value, column) =>
    value !== null && value > 0 && Number.isFinite(value) ? [{ column, log: Math.log10(value) }] : [],
  );
  if (known.length < MIN_IN_BLOCK) return [];
  const centre = median(known.map(({ log }) => log));
  return known.map(({ column, log }) => ({ column, centre, residual: log - centre }));
}
