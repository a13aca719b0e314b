import { rotateToDiagonal } from "../../numeric/tridiagonal.js";
import { type Arena, doubles, zero } from "./arena.js";
import type { Part, Regions, State } from "./conquer-memory.js";
import { ABOVE, BELOW, BOTH, deflate } from "./deflation.js";
import { ROW_BYTES, TILE } from "./tile.js";

/** A symmetric tridiagonal matrix. */
export interface TridiagonalMatrix {
  readonly diagonal: Float64Array;
  /** Entry i couples i and i + 1. */
  readonly offDiagonal: Float64Array;
}

/** Eigenvalues in the order of the columns at `panels`, and the columns in the order of ascending eigenvalues. */
export interface ConqueredEigensystem {
  readonly values: Float64Array;
  readonly order: Int32Array;
  /**
   * The address of the eigenvectors: column panels of 32 columns with as many rows as there are columns, padded to
   * whole tiles with zeros.
   */
  readonly panels: number;
}

/**
 * Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by divide and conquer [Cup81; GE95]: blocks of 32 by
 * QL, then pairs of neighbours joined by a rank-one change, whose eigenvectors are products of tiles. O(n^2) operations
 * for the values, at most 4/3 n^3 for the vectors, fewer if eigenvalues deflate. Residuals and orthogonality of order n
 * eps. Throws if QL does not converge, which has never been observed.
 */
export function divideAndConquer(
  arena: Arena,
  { diagonal, offDiagonal }: TridiagonalMatrix,
  regions: Regions,
): ConqueredEigensystem {
  const n = diagonal.length;
  const tiles = Math.ceil(n / TILE);
  const exponent = largestExponent(diagonal, offDiagonal);
  const [d, e] = [diagonal, offDiagonal].map((entries) => entries.map((entry) => entry * 2 ** -exponent));
  const state: State = {
    arena,
    regions,
    n,
    rows: tiles * TILE,
    values: d,
    order: Int32Array.from({ length: n }, (_, i) => i),
    panels: regions.panels,
    others: regions.others,
  };
  zero(arena, regions.panels, tiles * state.rows * ROW_BYTES);
  // Each coupling between blocks is subtracted from the two diagonal entries beside it.
  for (let cut = TILE; cut < n; cut += TILE) {
    d[cut - 1] -= Math.abs(e[cut - 1]);
    d[cut] -= Math.abs(e[cut - 1]);
  }
  for (let lo = 0; lo < n; lo += TILE) solveBlock(state, lo, e);
  for (let width = TILE; width < n; width *= 2) {
    zero(arena, state.others, tiles * state.rows * ROW_BYTES);
    for (let lo = 0; lo < n; lo += 2 * width) {
      const [mid, hi] = [Math.min(n, lo + width), Math.min(n, lo + 2 * width)];
      if (mid === hi) copyPart(state, lo, hi);
      else merge(state, { lo, mid, hi, coupling: e[mid - 1] });
    }
    [state.panels, state.others] = [state.others, state.panels];
  }
  return { values: d.map((value) => value * 2 ** exponent), order: state.order, panels: state.panels };
}

/** The exponent e with all entries below 2^e. */
function largestExponent(diagonal: Float64Array, offDiagonal: Float64Array): number {
  let largest = 0;
  for (const entry of diagonal) largest = Math.max(largest, Math.abs(entry));
  for (const entry of offDiagonal) largest = Math.max(largest, Math.abs(entry));
  return largest > 0 ? Math.min(1023, Math.max(-1000, Math.floor(Math.log2(largest)) + 1)) : 0;
}

/** The eigensystem of the block of 32 (or the rest) from `lo` on, by QL. */
function solveBlock({ arena, panels, rows, n, values, order }: State, lo: number, e: Float64Array): void {
  const side = Math.min(TILE, n - lo);
  const block = {
    diagonal: values.subarray(lo, lo + side),
    offDiagonal: Float64Array.from({ length: side }, (_, i) => (i + 1 < side ? e[lo + i] : 0)),
    rows: Float64Array.from({ length: side * side }, (_, k) => (k % (side + 1) === 0 ? 1 : 0)),
  };
  if (!rotateToDiagonal(block, side))
    throw new Error(`the eigenvectors of a tridiagonal matrix of side ${n} did not converge`);
  const tile = doubles(arena, panels + ((lo / TILE) * rows + lo) * ROW_BYTES, TILE * TILE);
  for (let i = 0; i < side; i++) for (let j = 0; j < side; j++) tile[i * TILE + j] = block.rows[j * side + i];
  order.subarray(lo, lo + side).sort((i, j) => values[i] - values[j]);
}

function copyPart({ arena, panels, others, rows }: State, lo: number, hi: number): void {
  for (let column = lo; column < hi; column++) arena.kernels.copyVector(panels, column, others, column, rows, lo, hi);
}

/** Joins the eigensystems of [lo, mid) and [mid, hi): D + rho z z' with z from the rows beside the cut. */
function merge(state: State, part: Part): void {
  const { values, order, regions, arena } = state;
  const { lo, hi, coupling } = part;
  const { kept, z, kinds, deflated } = deflate(state, part);
  const k = kept.length;
  const rho = 2 * Math.abs(coupling);

  // New vectors first, then the deflated ones.
  const oldValues = values.slice(lo, hi);
  if (k > 0) {
    doubles(arena, regions.poles, k).set(kept.map((column) => values[column]));
    doubles(arena, regions.squares, k).set(kept.map((column) => z[column - lo] ** 2));
    doubles(arena, regions.vector, k).set(kept.map((column) => z[column - lo]));
    const shares = Math.ceil(k / TILE);
    const { poles, squares, vector, differences, roots, work, places, factors } = regions;
    arena.team.run("secularRoots", [k, poles, squares, rho, differences, roots, work], shares);
    arena.team.run("loewnerVector", [k, poles, differences, vector], shares);
    multiply(state, part, { kept, kinds, shares, places, factors });
    values.set(doubles(arena, roots, k), lo);
  }
  deflated.forEach((column, i) => {
    arena.kernels.copyVector(state.panels, column, state.others, lo + k + i, state.rows, lo, hi);
    values[lo + k + i] = oldValues[column - lo];
  });
  order.set(
    Int32Array.from({ length: hi - lo }, (_, i) => lo + i).sort((i, j) => values[i] - values[j]),
    lo,
  );
}

interface Factors {
  readonly kept: readonly number[];
  readonly kinds: Uint8Array;
  readonly shares: number;
  readonly places: number;
  readonly factors: number;
}

/**
 * The new vectors: the kept columns, those with entries above the cut first, times the vectors of the secular problem.
 * Rows above the cut use the columns of the first two kinds only, rows below it those of the last two.
 */
function multiply(
  { arena, regions, panels, others, rows }: State,
  { lo, mid, hi }: Part,
  { kept, kinds, shares, places, factors }: Factors,
): void {
  const { memory, team } = arena;
  const k = kept.length;
  const byKind = [ABOVE, BOTH, BELOW].map((kind) =>
    kept.flatMap((column, j) => (kinds[column - lo] === kind ? [j] : [])),
  );
  const sequence = byKind.flat();
  const placeOf = new Int32Array(memory.buffer, places, k);
  sequence.forEach((j, place) => {
    placeOf[j] = place;
  });
  const factorRows = Math.ceil(k / TILE) * TILE + 2 * TILE;
  team.run("secularVectors", [k, regions.vector, regions.differences, places, factors, factorRows], shares);
  const halves = [
    { firstRow: lo, endRow: mid, firstPlace: 0, count: byKind[ABOVE].length + byKind[BOTH].length },
    { firstRow: mid, endRow: hi, firstPlace: byKind[ABOVE].length, count: byKind[BOTH].length + byKind[BELOW].length },
  ];
  for (const { firstRow, endRow, firstPlace, count } of halves) {
    if (count === 0) continue;
    const columns = new Int32Array(memory.buffer, regions.columns, count);
    for (let t = 0; t < count; t++) columns[t] = kept[sequence[firstPlace + t]];
    const tileRows = Math.ceil((endRow - firstRow) / TILE);
    team.run("gatherTiles", [panels, rows, firstRow, regions.columns, count, regions.tiles], tileRows);
    team.run(
      "mergeVectors",
      [
        regions.tiles,
        tileRows,
        Math.ceil(count / TILE),
        factors,
        factorRows,
        firstPlace,
        others,
        rows,
        firstRow,
        lo / TILE,
      ],
      shares,
    );
  }
}
