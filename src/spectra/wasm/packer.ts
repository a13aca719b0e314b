import type { Values } from "../../formats/tensor.js";
import { type Arena, write } from "./arena.js";

/**
 * Bytes copied into the memory at once: small enough for the second-level cache, large enough that the cost of calls is
 * negligible.
 */
const STAGING_BYTES = 2 ** 18;

/** Bytes for staged values; a whole row always fits. */
export function stagingBytes(cols: number): number {
  return Math.max(STAGING_BYTES, cols * 8);
}

/** The destination of packed values: groups of 2^width columns of W, `groupBytes` apart (see kernels/packing.ts). */
export interface Packing {
  readonly staging: number;
  readonly to: number;
  readonly type: "F32" | "F64";
  readonly width: 2 | 3 | 5;
  readonly groupBytes: number;
  /** The scale factor for values whose largest absolute value is `largest`. */
  scaleFor(largest: number): number;
}

/** Packs whole stored rows of a tall matrix of M columns as rows `at` ... of W. */
export function packTallRows(
  arena: Arena,
  rows: Values,
  { M, at, packing }: { M: number; at: number; packing: Packing },
): void {
  const { kernels } = arena;
  const { staging, to, type, width, groupBytes } = packing;
  const stored = rows instanceof Float32Array ? "F32" : "F64";
  const largestOf = kernels[`largest${stored}`];
  const pack = kernels[`packRows${stored}To${type}`];
  const step = Math.max(1, Math.floor(STAGING_BYTES / (M * 8))) * M;
  for (let from = 0; from < rows.length; from += step) {
    const piece = rows.subarray(from, from + step);
    write(arena, piece, staging);
    const scale = packing.scaleFor(largestOf(staging, piece.length));
    pack(staging, piece.length / M, M, to, width, groupBytes, at + from / M, scale);
  }
}

/** A range of columns of a wide stored matrix: rows of W. */
export interface ColumnRange {
  readonly from: number;
  readonly to: number;
  /** Row of the packed matrix that `from` becomes. */
  readonly at: number;
}

/**
 * Packs columns from ... to - 1 of a wide matrix of N columns, whose whole stored rows are in `blocks`: stored row i
 * becomes column `column` + i of W.
 */
export function packWideColumns(
  arena: Arena,
  blocks: readonly Values[],
  { N, range, packing, column = 0 }: { N: number; range: ColumnRange; packing: Packing; column?: number },
): void {
  const { kernels } = arena;
  const { staging, to, type, width, groupBytes } = packing;
  const length = range.to - range.from;
  let at = column;
  for (const block of blocks) {
    const stored = block instanceof Float32Array ? "F32" : "F64";
    const largestOf = kernels[`largest${stored}`];
    const pack = kernels[`packColumns${stored}To${type}`];
    const rows = block.length / N;
    const step = Math.max(1, Math.floor(STAGING_BYTES / (length * 8)));
    for (let first = 0; first < rows; first += step) {
      const end = Math.min(rows, first + step);
      for (let i = first; i < end; i++) {
        write(
          arena,
          block.subarray(i * N + range.from, i * N + range.to),
          staging + (i - first) * length * block.BYTES_PER_ELEMENT,
        );
      }
      const scale = packing.scaleFor(largestOf(staging, (end - first) * length));
      pack(staging, end - first, length, to, width, groupBytes, at, range.at, scale);
      at += end - first;
    }
  }
}
