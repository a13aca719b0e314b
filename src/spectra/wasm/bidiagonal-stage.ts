import type { Values } from "../../formats/tensor.js";
import { singularValuesInPlace } from "../bidiagonal-qr.js";
import { type Arena, doubles, layOut, zero } from "./arena.js";
import { type Packing, packTallRows, packWideColumns, stagingBytes } from "./packer.js";
import { type Refinable, refineEigenvalues, refinementRegions } from "./refinement.js";
import { ROW_BYTES, TILE, TILE_BYTES } from "./tile.js";

/** Columns of a wide matrix packed at once; any number gives the same bits. */
const COLUMNS_AT_ONCE = 256;

interface Shape {
  readonly N: number;
  readonly M: number;
  readonly wide: boolean;
}

/** Memory of the bidiagonal route from `start` on: W as column panels of 32, then the square R. */
export function bidiagonalRegions({ N, M }: Shape, start: number) {
  const n = Math.ceil(M / TILE) * TILE;
  const rows = Math.ceil(N / TILE) * TILE;
  return layOut(start, {
    staging: stagingBytes(M),
    panels: (n / TILE) * rows * ROW_BYTES,
    square: n * n * 8,
    factor: TILE_BYTES,
    upper: TILE_BYTES,
    tau: ROW_BYTES,
    work: Math.max(2 * TILE_BYTES, ROW_BYTES + 2 * rows * 8, 4 * n * 8),
    diagonal: n * 8,
    superdiagonal: n * 8,
  });
}

type Regions = ReturnType<typeof bidiagonalRegions>;

/**
 * Singular values of 2^-exponent W in no order, from W itself: QR by panels, bidiagonalisation of R, implicit QR,
 * bisection. `blocks` holds the stored rows of W. Absolute error a few eps * svMax; 2 N M^2 + 2 M^3 operations.
 */
export function singularValues(
  arena: Arena,
  blocks: readonly Values[],
  shape: Shape & { readonly exponent: number },
): Float64Array {
  const { M } = shape;
  const regions = bidiagonalRegions(shape, arena.base);
  packPanels(arena, blocks, shape, regions);
  factorise(arena, shape, regions);
  const n = Math.ceil(M / TILE) * TILE;
  const { square, work, diagonal, superdiagonal } = regions;
  arena.kernels.beginBidiagonal(square, n, work);
  // Rows and columns of R from M on are zero and stay so.
  for (let k = 0; k < M; k++) arena.kernels.bidiagonalStep(square, n, k, work, diagonal, superdiagonal);
  const d = doubles(arena, diagonal, M).slice();
  const e = doubles(arena, superdiagonal, M).slice();
  const estimates = singularValuesInPlace(d.slice(), e.slice()).sort();
  // R is no longer needed: its memory is reused.
  return refineEigenvalues(arena, golubKahanForm(d, e, estimates), refinementRegions(2 * M, square));
}

/**
 * The singular values of a bidiagonal matrix are the upper half of the eigenvalues of the tridiagonal matrix with a
 * zero diagonal and its entries, alternating, as off-diagonal [GVL13, 8.6].
 */
function golubKahanForm(diagonal: Float64Array, superdiagonal: Float64Array, estimates: Float64Array): Refinable {
  const M = diagonal.length;
  const squares = new Float64Array(2 * M);
  for (let i = 0; i < M; i++) {
    squares[2 * i] = diagonal[i] ** 2;
    squares[2 * i + 1] = i < M - 1 ? superdiagonal[i] ** 2 : 0;
  }
  return { diagonal: new Float64Array(2 * M), squares, estimates, firstIndex: M, norm: estimates[M - 1] };
}

function packPanels(
  arena: Arena,
  blocks: readonly Values[],
  { N, M, wide, exponent }: Shape & { exponent: number },
  regions: Regions,
): void {
  const groupBytes = Math.ceil(N / TILE) * TILE * ROW_BYTES;
  zero(arena, regions.panels, Math.ceil(M / TILE) * groupBytes);
  const packing: Packing = {
    staging: regions.staging,
    to: regions.panels,
    type: "F64",
    width: 5,
    groupBytes,
    scaleFor: () => 2 ** -exponent,
  };
  if (wide) {
    for (let from = 0; from < N; from += COLUMNS_AT_ONCE) {
      packWideColumns(arena, blocks, {
        N,
        range: { from, to: Math.min(N, from + COLUMNS_AT_ONCE), at: from },
        packing,
      });
    }
    return;
  }
  let at = 0;
  for (const rows of blocks) {
    packTallRows(arena, rows, { M, at, packing });
    at += rows.length / M;
  }
}

/** QR of W panel by panel; R goes to the square. */
function factorise({ kernels }: Arena, { N, M }: Shape, { panels, square, factor, upper, tau, work }: Regions): void {
  const tiles = Math.ceil(M / TILE);
  const rows = Math.ceil(N / TILE) * TILE;
  for (let p = 0; p < tiles; p++) {
    const whole = panels + p * rows * ROW_BYTES;
    const panel = whole + p * TILE_BYTES;
    const rowsLeft = rows - p * TILE;
    kernels.factoriseColumns(panel, rowsLeft, tau, work, upper, factor);
    for (let q = p + 1; q < tiles; q++) {
      kernels.applyReflectors(panel, rowsLeft, factor, panels + q * rows * ROW_BYTES + p * TILE_BYTES, work);
    }
    kernels.copyColumns(whole, p * TILE, square, tiles * TILE, p);
    kernels.copyTile(upper, square, tiles * TILE, p);
  }
}
