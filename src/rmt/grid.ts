/** Where a value lies on a monotone grid: between index and index + 1, this share of the way. */
export interface GridPlace {
  readonly index: number;
  readonly share: number;
}

/** The place of x on a grid (ascending or descending); beyond the ends it is the end. A grid of one point has one place. */
export function placeInGrid(grid: readonly number[], x: number): GridPlace {
  if (grid.length < 2) return { index: 0, share: 0 };
  const rising = grid[grid.length - 1] > grid[0];
  let index = 0;
  while (index < grid.length - 2 && (rising ? x > grid[index + 1] : x < grid[index + 1])) index++;
  const share = (x - grid[index]) / (grid[index + 1] - grid[index]);
  return { index, share: Math.max(0, Math.min(1, share)) };
}
