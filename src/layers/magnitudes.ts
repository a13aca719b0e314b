import type { Values } from "../formats/tensor.js";
import type { Magnitude, MatrixSource } from "./layer.js";
import { loadRows } from "./stored-rows.js";

/** The first words of the note on the product of a DoRA adapter. */
export const DORA = "a DoRA adapter";

/**
 * The matrix with its rows (or columns) at the lengths that a DoRA adapter stores: m_i w_i / ||w_i|| [LWY24]. Rows take
 * one reading of W, columns two. A row of zeros stays zero.
 */
export function rescaled(source: MatrixSource, magnitude: Magnitude | undefined): MatrixSource {
  if (magnitude?.lengths === undefined) return source;
  const { lengths, along } = magnitude;
  const { rows, cols, origin } = source;
  const count = along === "rows" ? rows : cols;
  return {
    ...source,
    ...(origin !== undefined && { origin: { kind: "rescaled", of: origin, along, lengths: lengths.storageKey } }),
    async *blocks(signal) {
      const wanted = await loadRows(lengths, { from: 0, rows: 1, length: count, signal });
      if (along === "rows") {
        let row = 0;
        for await (const block of source.blocks(signal)) {
          const factors = factorsOf(wanted.subarray(row, row + block.length / cols), squaresOfRows(block, cols));
          yield scaledRows(block, factors);
          row += factors.length;
        }
        return;
      }
      const squares = new Float64Array(cols);
      for await (const block of source.blocks(signal))
        for (let i = 0; i < block.length; i++) squares[i % cols] += block[i] ** 2;
      const factors = factorsOf(wanted, squares);
      for await (const block of source.blocks(signal)) {
        const scaled = Float64Array.from(block);
        for (let i = 0; i < scaled.length; i++) scaled[i] *= factors[i % cols];
        yield scaled;
      }
    },
  };
}

function squaresOfRows(block: Values, cols: number): Float64Array {
  const squares = new Float64Array(block.length / cols);
  for (let i = 0; i < block.length; i++) squares[Math.floor(i / cols)] += block[i] ** 2;
  return squares;
}

function factorsOf(wanted: Values, squares: Float64Array): Float64Array {
  return squares.map((square, k) => (square === 0 ? 0 : wanted[k] / Math.sqrt(square)));
}

function scaledRows(block: Values, factors: Float64Array): Float64Array {
  const scaled = Float64Array.from(block);
  const cols = block.length / factors.length;
  for (let i = 0; i < scaled.length; i++) scaled[i] *= factors[Math.floor(i / cols)];
  return scaled;
}
