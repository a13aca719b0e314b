import { coordinate, type Pixel } from "./svg.js";

/** A cell of a grid. */
export interface GridCell {
  readonly row: number;
  readonly column: number;
}

/**
 * The `d` of some cells of a grid, given by rows from left to right. Neighbours in a row are one rectangle, so that
 * thousands of cells are a short text.
 */
export function cellsPath(
  cells: readonly GridCell[],
  side: { readonly width: number; readonly height: number },
  at: (row: number, column: number) => Pixel,
): string {
  let path = "";
  for (let k = 0; k < cells.length; ) {
    const { row, column } = cells[k];
    let length = 1;
    while (cells[k + length]?.row === row && cells[k + length].column === column + length) length++;
    const [x, y] = at(row, column);
    const [right] = at(row, column + length);
    path += `M${coordinate(x)} ${coordinate(y)}H${coordinate(right)}V${coordinate(y + side.height)}H${coordinate(x)}z`;
    k += length;
  }
  return path;
}
