import { type GridPlace, placeInGrid } from "./grid.js";

/** What a simulation tabulated of a true bulk, over matrices pooled, aspect ratio and side. */
export interface NullTableData {
  readonly pooled: readonly number[];
  readonly aspectRatios: readonly number[];
  readonly sides: readonly number[];
  /** "rf/Q/M" -> values, as many in each cell. Pooled spectra may end at a smaller side than single ones. */
  readonly cells: Readonly<Record<string, readonly number[]>>;
}

/** Smaller side and aspect ratio of one matrix, and how many matrices are pooled. */
export interface NullShape {
  readonly M: number;
  readonly Q: number;
  readonly rf: number;
}

/** The value this share of the way from `here` to `next`; `here` for share 0. */
export type Between = (here: number, next: number, share: number) => number;

export const linear: Between = (here, next, share) => here * (1 - share) + next * share;
/** A straight line in logarithms. */
export const geometric: Between = (here, next, share) => here ** (1 - share) * next ** share;

/** The values of a cell, interpolated to a shape; beyond the ends of the table they are those of its ends. */
export type NullTable = (shape: NullShape) => number[];

/**
 * Prepares a table for `NullTable`: linear in ln M, then in 1/sqrt(Q), then by `overPooled` in ln rf. Each layer looks
 * up several: the grids are built once, here.
 */
export function nullTable({ pooled, aspectRatios, sides, cells }: NullTableData, overPooled: Between = linear): NullTable {
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
