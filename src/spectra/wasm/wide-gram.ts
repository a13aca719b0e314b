import type { Values } from "../../formats/tensor.js";
import { PANEL_ROWS } from "../route.js";
import { type Arena, layOut, zero } from "./arena.js";
import { columnsAStrip, STRIP_BYTES } from "./gram-stage.js";
import { type Packing, packWideColumns, stagingBytes } from "./packer.js";
import type { PanelType } from "./panel-type.js";
import { growingScale } from "./scaling.js";
import { lowerTriangle, TILE, TILE_BYTES } from "./tile.js";

/** A wide matrix of more than this many bytes of f32 is read in passes instead of being kept. */
const MAX_KEPT_BYTES = 2 ** 28;
/** Packed rows held in memory during a pass. The more, the fewer passes. */
const MAX_HELD_BYTES = 2 ** 28;

/** How a wide matrix (M stored rows of N values, N > M) is read. */
export interface WidePlan {
  /** Rows of tiles that are held, packed, during a pass. */
  readonly held: number;
  /** How often all rows are read. */
  readonly passes: number;
}

/** Bytes of 32 stored rows, packed: for each panel of 256 columns the strips of one tile. */
function packedRowBytes(N: number, type: PanelType): number {
  return Math.ceil(N / PANEL_ROWS) * tilePanelBytes(type);
}

function tilePanelBytes(type: PanelType): number {
  return (TILE / columnsAStrip(type)) * STRIP_BYTES;
}

/** The plan for a wide matrix; undefined if it is small enough to be kept. */
export function widePlan({ N, M }: { readonly N: number; readonly M: number }, type: PanelType): WidePlan | undefined {
  if (N * M * 4 <= MAX_KEPT_BYTES) return undefined;
  const tiles = Math.ceil(M / TILE);
  const held = Math.max(1, Math.min(tiles, Math.floor(MAX_HELD_BYTES / packedRowBytes(N, type))));
  return { held, passes: Math.ceil(tiles / held) };
}

/** The memory of the passes besides the Gram matrix, from `start` on. */
export function wideRegions({ N, type, held }: { N: number; type: PanelType; held: number }, start: number) {
  return layOut(start, {
    staging: stagingBytes(PANEL_ROWS),
    operands: (held + 1) * packedRowBytes(N, type),
  });
}

/**
 * The Gram matrix of a wide matrix from passes over its stored rows: pass b holds the b-th group of rows and multiplies
 * it by itself and by all later rows. A tile of G is the sum over the same panels of 256 columns in the same order as
 * if the matrix were kept, so that the bits are the same.
 */
export interface WideGram {
  /** The next stored rows; after the last row the first comes again, `passes` times in all. */
  takeRows(rows: Values): void;
  /** Returns e if the Gram matrix is that of 2^-e W. */
  finish(): number;
}

export function beginWideGram(
  arena: Arena,
  regions: { gram: number } & ReturnType<typeof wideRegions>,
  { N, M, type, plan }: { N: number; M: number; type: PanelType; plan: WidePlan },
): WideGram {
  const { gram, staging, operands } = regions;
  const rowBytes = packedRowBytes(N, type);
  const panels = Math.ceil(N / PANEL_ROWS);
  const gramEnd = gram + lowerTriangle(Math.ceil(M / TILE)) * TILE_BYTES;
  const spare = operands + plan.held * rowBytes;
  const scaling = growingScale(arena, {
    gram: { from: gram, end: gramEnd },
    operands: { from: operands, end: spare + rowBytes },
    type,
  });
  let row = 0;
  let firstHeld = 0;
  zero(arena, gram, gramEnd - gram);
  zero(arena, operands, spare + rowBytes - operands);

  /** The address of the packed row of tiles I: its slot among the held ones, or the spare slot. */
  const slotOf = (I: number): number => (I < firstHeld + plan.held ? operands + (I - firstHeld) * rowBytes : spare);

  const packRows = (rows: Values): void => {
    const slot = slotOf(Math.floor(row / TILE));
    if (row % TILE === 0) zero(arena, slot, rowBytes);
    for (let q = 0; q < panels; q++) {
      const packing: Packing = {
        staging,
        to: slot + q * tilePanelBytes(type),
        type,
        width: type === "F64" ? 2 : 3,
        groupBytes: STRIP_BYTES,
        scaleFor: scaling.scaleFor,
      };
      const range = { from: q * PANEL_ROWS, to: Math.min(N, (q + 1) * PANEL_ROWS), at: 0 };
      packWideColumns(arena, [rows], { N, range, packing, column: row % TILE });
    }
  };

  const multiply = (I: number): void => {
    const lastDepth = N - (panels - 1) * PANEL_ROWS;
    arena.team.run(
      `gramWideTile${type}`,
      [gram, I, firstHeld, slotOf(I), operands, STRIP_BYTES, panels, lastDepth],
      Math.min(plan.held, I - firstHeld + 1),
    );
  };

  return {
    takeRows(rows) {
      for (let from = 0; from < rows.length; ) {
        const count = Math.min(TILE - (row % TILE), M - row, (rows.length - from) / N);
        const I = Math.floor(row / TILE);
        if (I >= firstHeld) packRows(rows.subarray(from, from + count * N));
        row += count;
        from += count * N;
        if (I >= firstHeld && (row % TILE === 0 || row === M)) multiply(I);
        if (row === M) {
          row = 0;
          firstHeld += plan.held;
        }
      }
    },
    finish: scaling.exponent,
  };
}
