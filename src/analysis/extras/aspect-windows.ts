import type { Values } from "../../formats/index.js";
import type { MatrixSource } from "../../layers/index.js";
import { matrixBlocks } from "../matrix-blocks.js";
import { withRecipe } from "../workers/recipe.js";

/**
 * Cuts every matrix of a stack into square windows. Their side is the smaller side of the matrix. They are spread
 * evenly along the longer side, one at each end, and overlap by about half. A square matrix has one window, itself.
 * FARMS [HGKY25] removes the effect of the aspect ratio this way.
 */
export function squareWindows(source: MatrixSource): MatrixSource & { readonly windows: number } {
  const { count, rows, cols } = source;
  const side = Math.min(rows, cols);
  const starts = windowStarts(Math.max(rows, cols), side);
  const cut = rows >= cols ? rowWindows : columnWindows;
  const windows: MatrixSource & { readonly windows: number } = {
    count: count * starts.length,
    rows: side,
    cols: side,
    windows: starts.length,
    blocks: (signal) => cut(source, { starts, side }, signal),
  };
  return withRecipe(windows, [source], (of) => ({ kind: "windows", of }));
}

function windowStarts(length: number, side: number): number[] {
  const steps = Math.ceil((2 * (length - side)) / side);
  return Array.from({ length: steps + 1 }, (_, k) => (steps === 0 ? 0 : Math.round((k * (length - side)) / steps)));
}

interface Windows {
  readonly starts: readonly number[];
  readonly side: number;
}

/** Windows of rows. A row belongs to two or three windows, so incomplete windows are held until they are full. */
async function* rowWindows(
  source: MatrixSource,
  { starts, side }: Windows,
  signal?: AbortSignal,
): AsyncGenerator<Values> {
  const { cols } = source;
  const open = new Map<number, Values>();
  for await (const { firstRow, rows, values } of matrixBlocks(source, signal)) {
    for (const [k, start] of starts.entries()) {
      const from = Math.max(firstRow, start);
      const to = Math.min(firstRow + rows, start + side);
      if (from >= to) continue;
      const window = open.get(k) ?? sameKind(values, side * cols);
      open.set(k, window);
      window.set(values.subarray((from - firstRow) * cols, (to - firstRow) * cols), (from - start) * cols);
      if (to < start + side) continue;
      open.delete(k);
      yield window;
    }
  }
}

/** Windows of columns. They are complete only at the end of the matrix, so the whole matrix is held. */
async function* columnWindows(
  source: MatrixSource,
  { starts, side }: Windows,
  signal?: AbortSignal,
): AsyncGenerator<Values> {
  const { cols } = source;
  let windows: Values[] = [];
  for await (const { firstRow, rows, values } of matrixBlocks(source, signal)) {
    if (firstRow === 0) windows = starts.map(() => sameKind(values, side * side));
    for (let row = 0; row < rows; row++) {
      for (const [k, start] of starts.entries()) {
        windows[k].set(values.subarray(row * cols + start, row * cols + start + side), (firstRow + row) * side);
      }
    }
    if (firstRow + rows === source.rows) yield* windows;
  }
}

function sameKind(values: Values, length: number): Values {
  return values instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
}
