import type { Tensor, Values, WeightFile } from "#eigenscope/formats/index.js";
import { type Layer, type PlanOptions, planLayers } from "#eigenscope/layers/index.js";

export type TensorParts = Partial<
  Pick<Tensor, "dtype" | "floating" | "quantised" | "storedBits" | "storageKey" | "hints">
>;

/**
 * A tensor of the numbers 0, 1, 2, ... in C order: an entry's value is its place. `yields` is the longest chunk,
 * whatever is asked for.
 */
export function counting(
  name: string,
  shape: readonly number[],
  { yields = Number.POSITIVE_INFINITY, ...parts }: TensorParts & { yields?: number } = {},
): Tensor {
  const count = shape.reduce((product, side) => product * side, 1);
  return {
    name,
    shape,
    dtype: "F32",
    storedBits: 32,
    floating: true,
    quantised: false,
    file: "memory",
    byteLength: count * 4,
    storageKey: name,
    ...parts,
    async *values({ from = 0, to = count, chunk = count, signal } = {}) {
      for (let at = from; at < to; ) {
        signal?.throwIfAborted();
        const length = Math.min(chunk, yields, to - at);
        const start = at;
        yield Float32Array.from({ length }, (_, k) => start + k);
        at += length;
      }
    },
  };
}

/** A tensor of given numbers in C order. */
export function holding(
  name: string,
  shape: readonly number[],
  numbers: readonly number[],
  parts: TensorParts = {},
): Tensor {
  const places = counting(name, shape, parts);
  return {
    ...places,
    async *values(range) {
      for await (const chunk of places.values(range)) yield Float32Array.from(chunk, (place) => numbers[place]);
    },
  };
}

export function fileOf(
  tensors: readonly Tensor[],
  format = "safetensors",
  metadata: WeightFile["metadata"] = {},
): WeightFile {
  return { format, tensors, files: [], metadata, warnings: [], close: async () => {} };
}

export const EVERYTHING: PlanOptions = { conv: "slices", include: [], exclude: [], minEigenvalues: 1 };

export function plan(tensors: readonly Tensor[], options: Partial<PlanOptions> = {}) {
  return planLayers(fileOf(tensors), { ...EVERYTHING, ...options });
}

/** The one layer of one tensor. */
export function layerOf(tensor: Tensor, options: Partial<PlanOptions> = {}): Layer {
  const { layers, skipped } = plan([tensor], options);
  if (layers.length !== 1) throw new Error(`${layers.length} layers: ${JSON.stringify(skipped)}`);
  return layers[0];
}

/** A layer's matrices as arrays of rows. */
export async function matricesOf({ source }: Layer): Promise<number[][][]> {
  const values: number[] = [];
  for await (const block of source.blocks()) {
    if (block.length % source.cols !== 0)
      throw new Error(`a block of ${block.length} values is no whole number of rows of ${source.cols}`);
    for (const value of block as Values) values.push(value);
  }
  const { count, rows, cols } = source;
  return Array.from({ length: count }, (_, k) =>
    Array.from({ length: rows }, (_, i) => values.slice((k * rows + i) * cols, (k * rows + i + 1) * cols)),
  );
}

/** A matrix written out by its entries. */
export function matrix(rows: number, cols: number, entry: (i: number, j: number) => number): number[][] {
  return Array.from({ length: rows }, (_, i) => Array.from({ length: cols }, (_, j) => entry(i, j)));
}
