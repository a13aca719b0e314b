import type { Values } from "../formats/tensor.js";
import type { MatrixSource } from "../layers/layer.js";

/**
 * One reading of a source that is read several times. Throws `RangeError` if rows are missing, so that the next reading
 * is not mistaken for the rest of this one.
 */
export async function* readPass(source: MatrixSource, signal: AbortSignal): AsyncGenerator<Values> {
  const rows = source.count * source.rows;
  let rowsRead = 0;
  for await (const block of source.blocks(signal)) {
    rowsRead += block.length / source.cols;
    yield block;
  }
  if (rowsRead < rows && !signal.aborted)
    throw new RangeError(`${rows - rowsRead} of the matrix's ${rows} rows are missing`);
}
