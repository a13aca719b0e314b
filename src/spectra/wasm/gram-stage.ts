import type { Values } from "../../formats/tensor.js";
import { binaryExponent } from "../matrix-solver.js";
import type { Arena } from "./arena.js";
import { type Packing, packTallRows, packWideColumns } from "./packer.js";
import { lowerTriangleBytes, TILE } from "./tile.js";

/** Rows of W in a panel: sums of 256 products stay in registers, and 8 strips of it (64 KiB) in the second-level cache. Fixed, since it fixes the order of summation. */
const PANEL_ROWS = 256;
const STRIP_BYTES = PANEL_ROWS * 4 * 8;
const STRIPS_A_TILE = TILE / 4;
/** Rows of tiles multiplied by one column of tiles before the next is fetched: 4 x 64 KiB stay in the second-level cache. */
const TILE_ROWS_AT_ONCE = 4;

/** Bytes of the packed panel for a Gram matrix of `tiles` x `tiles` tiles. */
export function panelBytes(tiles: number): number {
  return tiles * STRIPS_A_TILE * STRIP_BYTES;
}

/**
 * Sums the Gram matrix of one matrix, scaled by a power of two so that its largest entry lies in [1/2, 1): squares then neither overflow nor
 * underflow. The power grows when a larger entry comes; all rescaling is exact. The order of summation depends on the row (for a wide
 * matrix: column) number alone, so that the bits do not depend on how the rows were cut into blocks.
 */
export interface GramStage {
  /** Rows of a tall matrix, in order. */
  takeRows(rows: Values): void;
  /** All of a wide matrix. */
  takeWide(blocks: readonly Values[], N: number): void;
  /** Adds what is left in the panel; returns e where the Gram matrix is that of 2^-e W. */
  finish(): number;
}

export function beginGram(arena: Arena, regions: { staging: number; gram: number; panel: number }, M: number): GramStage {
  const { kernels } = arena;
  const { staging, gram, panel } = regions;
  const tiles = Math.ceil(M / TILE);
  const gramEnd = gram + lowerTriangleBytes(tiles);
  const panelEnd = panel + panelBytes(tiles);
  let filled = 0;
  let exponent: number | undefined;

  arena.zero(gram, gramEnd - gram);
  // The strips of the last tile that hold no column of W stay zero.
  arena.zero(panel + Math.floor(M / 4) * STRIP_BYTES, (tiles * STRIPS_A_TILE - Math.floor(M / 4)) * STRIP_BYTES);

  const packing: Packing = {
    staging,
    to: panel,
    width: 2,
    groupBytes: STRIP_BYTES,
    scaleFor(largest) {
      if (largest > 0) {
        const needed = binaryExponent(largest);
        if (exponent === undefined) exponent = needed;
        else if (needed > exponent) {
          kernels.scaleInPlace(gram, gramEnd, 2 ** (2 * (exponent - needed)));
          kernels.scaleInPlace(panel, panelEnd, 2 ** (exponent - needed));
          exponent = needed;
        }
      }
      return 2 ** -(exponent ?? 0);
    },
  };

  const flush = (): void => {
    for (let first = 0; first < tiles; first += TILE_ROWS_AT_ONCE) {
      kernels.gramTileRows(gram, panel, STRIP_BYTES, filled, first, Math.min(tiles, first + TILE_ROWS_AT_ONCE));
    }
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
      return exponent ?? 0;
    },
  };
}
