import { type GridPlace, placeInGrid } from "./grid.js";

/** Simulated values for a true bulk, tabulated over pooled matrices, aspect ratio and side. */
export interface NullTableData {
  readonly pooled: readonly number[];
  readonly aspectRatios: readonly number[];
  readonly sides: readonly number[];
  /**
   * "rf/Q/M" -> values, the same number in each cell. The table of pooled spectra may end at a smaller side than that
   * of single ones.
   */
  readonly cells: Readonly<Record<string, readonly number[]>>;
}

/** Shorter side and aspect ratio of one matrix, and the number of pooled matrices. */
export interface NullShape {
  readonly M: number;
  readonly Q: number;
  readonly rf: number;
}

/** Interpolates between `here` (share 0) and `next` (share 1). */
export type Between = (here: number, next: number, share: number) => number;

export const linear: Between = (here, next, share) => here * (1 - share) + next * share;
/** Linear interpolation of logarithms. */
export const geometric: Between = (here, next, share) => here ** (1 - share) * next ** share;

/** The values of a cell, interpolated to a shape and clamped to the ends of the table. */
export type NullTable = (shape: NullShape) => number[];

/**
 * Prepares a table for `NullTable`: linear in ln M, then in 1/sqrt(Q), then by `overPooled` in ln rf. Each layer looks
 * up several shapes, so the grids are built once, here.
 */
export function nullTable(
  { pooled, aspectRatios, sides, cells }: NullTableData,
  overPooled: Between = linear,
): NullTable {
  const logPooled = pooled.map(Math.log);
  const roots = aspectRatios.map((ratio) => 1 / Math.sqrt(ratio));
  const rows = pooled.map((rf) =>
    aspectRatios.map((Q) => {
      const present = sides.filter((side) => `${rf}/${Q}/${side}` in cells);
      return { logSides: present.map(Math.log), values: present.map((side) => cells[`${rf}/${Q}/${side}`]) };
    }),
  );
  const columns = rows[0][0].values[0].length;

  return ({ M, Q, rf }) => {
    const aspect = placeInGrid(roots, 1 / Math.sqrt(Q));
    const pool = placeInGrid(logPooled, Math.log(rf));
    const here = ofRow(rows[pool.index], Math.log(M), aspect);
    if (pool.share === 0) return here;
    const next = ofRow(rows[pool.index + 1], Math.log(M), aspect);
    for (let column = 0; column < columns; column++) here[column] = overPooled(here[column], next[column], pool.share);
    return here;
  };

  function ofRow(row: readonly Cells[], logSide: number, aspect: GridPlace): number[] {
    const [here, next] = [row[aspect.index], row[aspect.index + 1]];
    const [side, nextSide] = [placeInGrid(here.logSides, logSide), placeInGrid(next.logSides, logSide)];
    const values = new Array<number>(columns);
    for (let column = 0; column < columns; column++) {
      values[column] = linear(alongSides(here, side, column), alongSides(next, nextSide, column), aspect.share);
    }
    return values;
  }
}

interface Cells {
  readonly logSides: readonly number[];
  readonly values: readonly (readonly number[])[];
}

function alongSides({ values }: Cells, { index, share }: GridPlace, column: number): number {
  return linear(values[index][column], values[index + 1][column], share);
}
