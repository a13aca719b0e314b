import type { Precision } from "../engine.js";
import { keepsMatrix } from "../route.js";
import { layOut } from "./arena.js";
import { bidiagonalRegions } from "./bidiagonal-stage.js";
import { panelBytes } from "./gram-stage.js";
import { stagingBytes } from "./packer.js";
import type { PanelType } from "./panel-type.js";
import { reductionRegions } from "./reduction.js";
import { lowerTriangle, TILE, TILE_BYTES } from "./tile.js";
import { type WidePlan, widePlan, wideRegions } from "./wide-gram.js";

/** The type of the panels of rows for a precision. */
export function panelType(precision: Precision): PanelType {
  return precision === "f64" ? "F64" : "F32";
}

interface Filling {
  readonly precision: Precision;
  /** Set if the matrix is read in passes. */
  readonly plan?: WidePlan | undefined;
}

/** The Gram matrix, and one shared region: first for the buffers that fill it, then for those that reduce it. */
export function gramRegions(
  { N, M }: { readonly N: number; readonly M: number },
  { precision, plan }: Filling,
  start: number,
) {
  const type = panelType(precision);
  const tiles = Math.ceil(M / TILE);
  const { gram, end: scratch } = layOut(start, { gram: lowerTriangle(tiles) * TILE_BYTES });
  const filling = layOut(scratch, {
    staging: stagingBytes(M),
    panel: plan === undefined ? panelBytes(tiles, type) : 0,
  });
  const wide = wideRegions({ N, type, held: plan?.held ?? 0 }, scratch);
  return {
    gram,
    scratch,
    staging: filling.staging,
    panel: filling.panel,
    wide,
    end: Math.max(plan === undefined ? filling.end : wide.end, reductionRegions(tiles, scratch).end),
  };
}

/**
 * Bytes for one matrix while it is solved: 4 M^2 for the lower triangle of its Gram matrix in f64, M^2/2 for sums
 * between shares, and about 2 KiB per column. To this comes W itself if it is small enough for the bidiagonal route, or
 * wide and not read in passes. docs/performance.md has examples.
 */
export function engineBytes(
  { rows, cols }: { readonly rows: number; readonly cols: number },
  precision: Precision = "f64",
): number {
  const shape = { N: Math.max(rows, cols), M: Math.min(rows, cols) };
  const small = keepsMatrix(shape);
  const plan = rows < cols && !small ? widePlan(shape, panelType(precision)) : undefined;
  const regions = Math.max(
    gramRegions(shape, { precision, plan }, 0).end,
    small ? bidiagonalRegions({ ...shape, wide: false }, 0).end : 0,
  );
  return regions + (small || (rows < cols && plan === undefined) ? rows * cols * 8 : 0);
}
