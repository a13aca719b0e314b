import type { Values } from "../../formats/tensor.js";
import type { StackShape } from "../../layers/layer.js";
import type { EigenvectorSolver } from "../eigenvectors/eigenvector-task.js";
import type { Eigensystem, EigenvectorRequest } from "../engine.js";
import { type Arena, doubles, layOut, zero } from "./arena.js";
import { conquerRegions } from "./conquer-memory.js";
import { divideAndConquer } from "./divide-and-conquer.js";
import { beginGram, type GramStage, panelBytes } from "./gram-stage.js";
import { stagingBytes } from "./packer.js";
import { keptRegions, reductionRegions, subdiagonalOf, tridiagonalise } from "./reduction.js";
import { lowerTriangle, TILE, TILE_BYTES } from "./tile.js";

/**
 * Memory of the route: the Gram matrix, the buffers that fill and reduce it, the kept reflectors, and divide and
 * conquer, which reuses all but the reflectors.
 */
function eigenvectorRegions(M: number, start: number) {
  const tiles = Math.ceil(M / TILE);
  const kept = keptRegions(tiles, start);
  const { gram, end: scratch } = layOut(kept.end, { gram: lowerTriangle(tiles) * TILE_BYTES });
  const filling = layOut(scratch, { staging: stagingBytes(M), panel: panelBytes(tiles, "F64") });
  const reduction = reductionRegions(tiles, scratch);
  const conquer = conquerRegions(tiles, kept.end);
  const { work, end } = layOut(conquer.end, { work: 2 * tiles * TILE_BYTES });
  return { kept, gram, filling, reduction, conquer, work, end: Math.max(filling.end, reduction.end, end) };
}

/** Bytes for one matrix while its eigenvectors are computed, including W itself if its rows are the smaller side. */
export function eigenvectorBytes({ rows, cols }: Pick<StackShape, "rows" | "cols">): number {
  return (
    eigenvectorRegions(Math.min(rows, cols), 0).end +
    (rows <= cols ? rows * cols * 8 : 0) +
    Math.min(rows, cols) ** 2 * 8
  );
}

/**
 * All eigenvectors of the Gram matrix of one matrix after another, in f64: two-stage reduction, divide and conquer, and
 * the reflectors of both stages in blocks. O(N M^2 + 7 M^3) operations, nearly all in products of tiles. Residuals and
 * orthogonality of order M eps. Memory: `eigenvectorBytes`.
 */
export function wasmEigenvectorSolver(
  { rows, cols }: StackShape,
  side: EigenvectorRequest["side"],
  open: (bytes: number) => Arena,
): EigenvectorSolver {
  const [N, M] = side === "rows" ? [cols, rows] : [rows, cols];
  const arena = open(eigenvectorRegions(M, 0).end);
  const regions = eigenvectorRegions(M, arena.base);
  let kept: Values[] = [];
  let gram: GramStage;
  return {
    begin() {
      kept = [];
      gram = beginGram(arena, { gram: regions.gram, ...regions.filling }, { M, type: "F64" });
    },
    take(values) {
      if (side === "rows") kept.push(values);
      else gram.takeRows(values);
    },
    solve() {
      if (side === "rows") gram.takeWide(kept, N);
      kept = [];
      const exponent = gram.finish();
      return eigensystem(arena, regions, { M, exponent });
    },
    release() {
      kept = [];
    },
  };
}

/** The eigensystem of the Gram matrix at `regions.gram`, which is overwritten: values times 4^exponent. */
function eigensystem(
  arena: Arena,
  { kept, gram, reduction, conquer, work }: ReturnType<typeof eigenvectorRegions>,
  { M, exponent }: { readonly M: number; readonly exponent: number },
): Eigensystem {
  const tiles = Math.ceil(M / TILE);
  const rows = tiles * TILE;
  zero(arena, kept.quads, kept.end - kept.quads);
  tridiagonalise(arena, gram, { M, type: "F64", keep: kept }, reduction);
  const tridiagonal = {
    diagonal: doubles(arena, reduction.diagonal, M).slice(),
    offDiagonal: subdiagonalOf(arena, reduction.band, M),
  };
  const { values, order, panels } = divideAndConquer(arena, tridiagonal, conquer);
  if (M > 2) {
    arena.team.run("factoriseQuads", [kept.quads, tiles], Math.ceil((M - 2) / 4));
    arena.team.run("applyChase", [kept.quads, tiles, M, panels, rows], tiles);
  }
  arena.team.run("applyPanels", [tiles, kept.panels, kept.factors, panels, work], tiles);
  const scale = 4 ** exponent;
  return {
    values: Float64Array.from(order, (column) => values[column] * scale),
    vectors: rowsOf(arena, panels, { M, rows, order }),
  };
}

/** The columns at `panels` in the given order, as rows. */
function rowsOf(
  arena: Arena,
  panels: number,
  { M, rows, order }: { readonly M: number; readonly rows: number; readonly order: Int32Array },
): Float64Array {
  const vectors = new Float64Array(M * M);
  const entries = doubles(arena, panels, rows * rows);
  order.forEach((column, rank) => {
    const from = (column >> 5) * rows * TILE + (column & 31);
    for (let i = 0; i < M; i++) vectors[rank * M + i] = entries[from + i * TILE];
  });
  return vectors;
}
