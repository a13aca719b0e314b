import type { Values } from "../formats/index.js";
import type { MatrixSource } from "../layers/index.js";

/** Weights that have no spectrum worth computing; the message is the sentence for the report. */
export class DegenerateWeights extends Error {
  override readonly name = "DegenerateWeights";
  constructor(
    message: string,
    /** What all weights are equal to; undefined where some are not finite. */
    readonly value?: number,
  ) {
    super(message);
  }
}

/** What was seen of a stream of weights so far. */
interface Census {
  count: number;
  nan: number;
  infinite: number;
  first: number;
  constant: boolean;
}

/**
 * The same source, watched: its stream rejects with `DegenerateWeights` at the first block with NaN or Inf (after
 * counting that block's), and at its end where all weights are zero or all are equal.
 */
export function watched(source: MatrixSource): MatrixSource {
  const { count, rows, cols } = source;
  const total = count * rows * cols;
  return {
    count,
    rows,
    cols,
    async *blocks(signal) {
      const census: Census = { count: 0, nan: 0, infinite: 0, first: Number.NaN, constant: true };
      for await (const block of source.blocks(signal)) {
        take(census, block);
        if (census.nan + census.infinite > 0) throw new DegenerateWeights(notFinite(census, total));
        yield block;
      }
      if (census.constant) {
        const equal = census.first === 0 ? `all ${total} weights are zero` : `all ${total} weights equal ${census.first}`;
        throw new DegenerateWeights(equal, census.first);
      }
    },
  };
}

function take(census: Census, block: Values): void {
  if (census.count === 0) census.first = block[0];
  for (let i = 0; i < block.length; i++) {
    const value = block[i];
    if (value !== census.first) census.constant = false;
    if (value - value !== 0) {
      if (Number.isNaN(value)) census.nan++;
      else census.infinite++;
    }
  }
  census.count += block.length;
}

function notFinite({ nan, infinite, count }: Census, total: number): string {
  const seen = count < total ? `of the first ${count}` : `of ${total}`;
  return `${nan + infinite} ${seen} weights are not finite (${nan} NaN, ${infinite} Inf)`;
}
