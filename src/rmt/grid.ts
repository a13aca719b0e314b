/** The position of a value on a monotone grid: between index and index + 1, at this fraction of the step. */
export interface GridPlace {
  readonly index: number;
  readonly share: number;
}

/**
 * The position of x on a grid (ascending or descending). Beyond the ends it is the end; a grid of one point has one
 * position.
 */
export function placeInGrid(grid: readonly number[], x: number): GridPlace {
  if (grid.length < 2) return { index: 0, share: 0 };
  const rising = grid[grid.length - 1] > grid[0];
  let index = 0;
  while (index < grid.length - 2 && (rising ? x > grid[index + 1] : x < grid[index + 1])) index++;
  const share = (x - grid[index]) / (grid[index + 1] - grid[index]);
  return { index, share: Math.max(0, Math.min(1, share)) };
}
