import type { Values } from "../../formats/tensor.js";
import { PANEL_ROWS } from "../route.js";
import { type Arena, zero } from "./arena.js";
import { type Packing, packTallRows, packWideColumns } from "./packer.js";
import type { PanelType } from "./panel-type.js";
import { growingScale } from "./scaling.js";
import { lowerTriangle, TILE, TILE_BYTES } from "./tile.js";

/** A strip is 32 bytes of columns of a panel, 4 f64 or 8 f32. */
export const STRIP_BYTES = PANEL_ROWS * 32;
/** Rows of tiles in a share of the stage: as in kernels/gram.ts. */
const TILE_ROWS = 4;

export const columnsAStrip = (type: PanelType): number => (type === "F64" ? 4 : 8);

/** Bytes of the packed panel for a Gram matrix of `tiles` x `tiles` tiles. */
export function panelBytes(tiles: number, type: PanelType): number {
  return ((tiles * TILE) / columnsAStrip(type)) * STRIP_BYTES;
}

/**
 * Sums the Gram matrix of one matrix, scaled (scaling.ts). The order of summation depends only on the row number (for a
 * wide matrix: column number), so that the bits do not depend on how the rows were cut into blocks.
 */
export interface GramStage {
  /** Rows of a tall matrix, in order. */
  takeRows(rows: Values): void;
  /** All rows of a wide matrix. */
  takeWide(blocks: readonly Values[], N: number): void;
  /** Adds the rest of the panel; returns e if the Gram matrix is that of 2^-e W. */
  finish(): number;
}

export function beginGram(
  arena: Arena,
  regions: { staging: number; gram: number; panel: number },
  { M, type }: { M: number; type: PanelType },
): GramStage {
  const { team } = arena;
  const { staging, gram, panel } = regions;
  const tiles = Math.ceil(M / TILE);
  const gramEnd = gram + lowerTriangle(tiles) * TILE_BYTES;
  const panelEnd = panel + panelBytes(tiles, type);
  const scaling = growingScale(arena, {
    gram: { from: gram, end: gramEnd },
    operands: { from: panel, end: panelEnd },
    type,
  });
  let filled = 0;

  zero(arena, gram, gramEnd - gram);
  // The strips of the last tile that hold no column of W stay zero.
  const filledStrips = panel + Math.floor(M / columnsAStrip(type)) * STRIP_BYTES;
  zero(arena, filledStrips, panelEnd - filledStrips);

  const packing: Packing = {
    staging,
    to: panel,
    type,
    width: type === "F64" ? 2 : 3,
    groupBytes: STRIP_BYTES,
    scaleFor: scaling.scaleFor,
  };

  const flush = (): void => {
    team.run(`gramRows${type}`, [gram, panel, STRIP_BYTES, filled, tiles], Math.ceil(tiles / TILE_ROWS));
    filled = 0;
  };

  return {
    takeRows(rows) {
      for (let from = 0; from < rows.length; ) {
        const piece = rows.subarray(from, from + (PANEL_ROWS - filled) * M);
        packTallRows(arena, piece, { M, at: filled, packing });
        filled += piece.length / M;
        from += piece.length;
        if (filled === PANEL_ROWS) flush();
      }
    },
    takeWide(blocks, N) {
      for (let from = 0; from < N; from += PANEL_ROWS) {
        const to = Math.min(N, from + PANEL_ROWS);
        packWideColumns(arena, blocks, { N, range: { from, to, at: 0 }, packing });
        filled = to - from;
        flush();
      }
    },
    finish() {
      if (filled > 0) flush();
      return scaling.exponent();
    },
  };
}
