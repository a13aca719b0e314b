import type { Values } from "../formats/index.js";
import type { MatrixSource } from "../layers/index.js";
import { withRecipe } from "./workers/recipe.js";

/** Thrown for weights without a useful spectrum. The message is the reason in the report. */
export class DegenerateWeights extends Error {
  override readonly name = "DegenerateWeights";
  constructor(
    message: string,
    /** The value that all weights have. Undefined if some are not finite. */
    readonly value?: number,
  ) {
    super(message);
  }
}

/** Counts over a stream of weights so far. */
interface WeightCounts {
  count: number;
  nan: number;
  infinite: number;
  first: number;
  constant: boolean;
}

/**
 * The same source with a check. Its stream rejects with `DegenerateWeights` at the first block with NaN or Inf (the
 * message counts those of that block), and at its end if all weights are equal.
 */
export function withDegeneracyCheck(source: MatrixSource): MatrixSource {
  const { count, rows, cols } = source;
  const total = count * rows * cols;
  const checked: MatrixSource = {
    count,
    rows,
    cols,
    async *blocks(signal) {
      const counts: WeightCounts = { count: 0, nan: 0, infinite: 0, first: Number.NaN, constant: true };
      for await (const block of source.blocks(signal)) {
        countWeights(counts, block);
        if (counts.nan + counts.infinite > 0) throw new DegenerateWeights(notFinite(counts, total));
        yield block;
      }
      if (counts.constant) {
        const equal =
          counts.first === 0 ? `all ${total} weights are zero` : `all ${total} weights equal ${counts.first}`;
        throw new DegenerateWeights(equal, counts.first);
      }
    },
  };
  return withRecipe(checked, [source], (of) => ({ kind: "checked", of }));
}

function countWeights(counts: WeightCounts, block: Values): void {
  if (counts.count === 0) counts.first = block[0];
  if (counts.constant) counts.constant = block.every((value) => value === counts.first);
  let nan = 0;
  let infinite = 0;
  for (let i = 0; i < block.length; i++) {
    const value = block[i];
    if (value - value === 0) continue;
    if (Number.isNaN(value)) nan++;
    else infinite++;
  }
  counts.nan += nan;
  counts.infinite += infinite;
  counts.count += block.length;
}

function notFinite({ nan, infinite, count }: WeightCounts, total: number): string {
  const seen = count < total ? `of the first ${count}` : `of ${total}`;
  return `${nan + infinite} ${seen} weights are not finite (${nan} NaN, ${infinite} Inf)`;
}
