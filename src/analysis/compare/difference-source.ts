import type { MatrixSource } from "../../layers/index.js";
import { pairedBlocks } from "../matrix-blocks.js";
import { withRecipe } from "../workers/recipe.js";

/** B - A as a stack in f64. Both are streamed in step, so it needs the memory of two blocks. */
export function differenceSource(a: MatrixSource, b: MatrixSource): MatrixSource {
  const difference: MatrixSource = {
    count: b.count,
    rows: b.rows,
    cols: b.cols,
    async *blocks(signal) {
      for await (const rows of pairedBlocks(a, b, signal)) {
        const difference = new Float64Array(rows.b.length);
        for (let i = 0; i < difference.length; i++) difference[i] = rows.b[i] - rows.a[i];
        yield difference;
      }
    },
  };
  return withRecipe(difference, [a, b], (inA, inB) => ({ kind: "difference", a: inA, b: inB }));
}
