import type { Values } from "../formats/index.js";
import type { Layer, LayerHeads, MatrixSource } from "../layers/index.js";
import { matrixBlocks, wholeMatrices } from "./matrix-blocks.js";
import { permutationObjection } from "./permuted-source.js";

/** The layer of one head: its rows or columns of the layer's matrix. Its name has "[head k]" after the layer's. */
export function headLayer(layer: Layer, head: number, blocks: MatrixSource["blocks"]): Layer {
  const { count, size, along } = layer.heads as LayerHeads;
  if (head >= count) throw new RangeError(`head: found ${head}, expected a number below ${count}`);
  const { rows, cols } = layer.source;
  const own = along === "rows" ? { rows: size, cols } : { rows, cols: size };
  const N = Math.max(own.rows, own.cols);
  const M = Math.min(own.rows, own.cols);
  const { knownRank } = layer;
  return {
    ...layer,
    name: `${layer.name}[head ${head}]`,
    shape: [own.rows, own.cols],
    ...{ N, M, Q: N / M, transposed: own.rows < own.cols },
    ...(knownRank !== undefined && { knownRank: Math.min(knownRank, M) }),
    notes: [],
    source: { count: 1, ...own, blocks: (signal) => headBlocks(layer, head, blocks(signal)) },
  };
}

/**
 * The blocks of a layer's matrix, for all of its heads: read once if the matrix may be held in memory, else read again
 * for each head.
 */
export async function layerBlocks({ source }: Pick<Layer, "source">, signal?: AbortSignal) {
  if (permutationObjection(source) !== null) return source.blocks;
  const matrices: Values[] = [];
  for await (const values of wholeMatrices(source, signal)) matrices.push(values);
  return async function* (): AsyncGenerator<Values> {
    yield* matrices;
  };
}

/** The part of each block that belongs to one head, as a copy: the consumer may overwrite it. */
async function* headBlocks(
  { source, heads }: Pick<Layer, "source" | "heads">,
  head: number,
  blocks: AsyncIterable<Values>,
): AsyncGenerator<Values> {
  const { size, along } = heads as LayerHeads;
  const { rows, cols } = source;
  const [first, end] = [head * size, (head + 1) * size];
  for await (const { firstRow, rows: height, values } of matrixBlocks({ count: 1, rows, cols, blocks: () => blocks })) {
    if (along === "rows") {
      const [from, to] = [Math.max(first, firstRow), Math.min(end, firstRow + height)];
      if (from < to) yield values.slice((from - firstRow) * cols, (to - firstRow) * cols);
      continue;
    }
    const part = values.slice(0, height * size);
    for (let i = 0; i < height; i++) part.set(values.subarray(i * cols + first, i * cols + end), i * size);
    yield part;
  }
}
