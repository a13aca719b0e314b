import { ASPECT_RATIOS, BULK_INDICES, SHARES, SIDES } from "./bulk-tail-index-table.js";

/** Shape and tail of a bulk: N x M matrices, `rf` of them pooled (default 1), and the number k of excesses. */
export interface BulkTail {
  readonly N: number;
  readonly M: number;
  readonly k: number;
  readonly rf?: number;
}

/**
 * The result of `tailIndex` for a pure Marchenko-Pastur bulk of this shape at this k: median and standard deviation of
 * xi. Interpolated in a table of seeded Wishart spectra, in ln M, in 1/sqrt(Q) and in k/M. The square-root edge has
 * -2/3 in the limit k/M -> 0; at k = M/5 it is about -0.6. Eigenvalues repel, so the standard deviation is a third of
 * that of independent values. For pooled bulks: the median for one of the same side, and the deviation divided by
 * sqrt(rf).
 */
export function bulkTailIndex({ N, M, k, rf = 1 }: BulkTail): { xi: number; sd: number } {
  const side = placeIn(SIDES.map(Math.log), Math.log(M));
  const aspect = placeIn(
    ASPECT_RATIOS.map((Q) => -1 / Math.sqrt(Q)),
    -1 / Math.sqrt(N / M),
  );
  const share = placeIn(SHARES, k / (M * rf));
  const at = (column: 0 | 1): number => {
    const corner = (s: number, a: number, h: number): number =>
      BULK_INDICES[(side.index + s) * ASPECT_RATIOS.length + aspect.index + a][share.index + h][column];
    const line = (s: number, a: number): number => mix(corner(s, a, 0), corner(s, a, 1), share.share);
    return mix(mix(line(0, 0), line(0, 1), aspect.share), mix(line(1, 0), line(1, 1), aspect.share), side.share);
  };
  return { xi: at(0), sd: at(1) / Math.sqrt(rf) };
}

function mix(a: number, b: number, share: number): number {
  return a + share * (b - a);
}

/** The position of x on an ascending grid, clamped to its ends. */
function placeIn(grid: readonly number[], x: number): { index: number; share: number } {
  let index = 0;
  while (index < grid.length - 2 && x > grid[index + 1]) index++;
  return { index, share: Math.max(0, Math.min(1, (x - grid[index]) / (grid[index + 1] - grid[index]))) };
}
