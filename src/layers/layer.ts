import type { DType, Tensor, Values } from "../formats/tensor.js";
import type { LayerHeads } from "./layer-heads.js";
import type { LayerRole } from "./role.js";

/** "lora" is the product of an adapter's two factors, whatever it is added to. */
export type LayerType = "dense" | "embedding" | "conv1d" | "conv2d" | "conv3d" | "recurrent" | "experts" | "lora";

/** The shape of a stack of `count` equally shaped matrices. */
export interface StackShape {
  readonly count: number;
  readonly rows: number;
  readonly cols: number;
}

/**
 * The positions of the entries of a stack of matrices in a tensor: entry (i, j) of matrix k is element
 * `offset + k * matrixStride + i * rowStride + j * colStride` of its values in C order.
 */
export interface StackView extends StackShape {
  readonly offset: number;
  readonly matrixStride: number;
  readonly rowStride: number;
  readonly colStride: number;
  /**
   * Set if rows come in runs (the heads of one projection among those of others): rows per run, and elements from the
   * beginning of one run to the next.
   */
  readonly runs?: { readonly rows: number; readonly stride: number };
  /** The same for columns: columns per run, and elements from the beginning of one run to the next. */
  readonly columnRuns?: { readonly cols: number; readonly stride: number };
}

/**
 * Where the values of a stack come from, as plain data. Together with the identity of the files it identifies them:
 * equal origins in unchanged files are equal values.
 */
export type MatrixOrigin =
  | {
      readonly kind: "stored";
      /** File and name of the tensor (of the one that has the outputs, if it is composed of several). */
      readonly file: string;
      readonly tensor: string;
      /** Its `storageKey`: which stored bytes it is made of. */
      readonly storage: string;
      readonly dtype: DType;
      readonly view: StackView;
    }
  | { readonly kind: "sum"; readonly terms: readonly MatrixOrigin[] }
  /** The same directions of rows or columns with other lengths (DoRA). */
  | {
      readonly kind: "rescaled";
      readonly of: MatrixOrigin;
      readonly along: "rows" | "columns";
      readonly lengths: string;
    };

/**
 * A stack of matrices that arrives in blocks of whole rows: entry (i, j) of matrix k is element (k * rows + i) * cols +
 * j of the concatenated blocks. A block may span matrices. The consumer owns it and may keep, transfer or overwrite it.
 * A matrix of any height costs only one block of memory.
 */
export interface MatrixSource extends StackShape {
  /** Absent if the values were computed: permutations, windows, differences. */
  readonly origin?: MatrixOrigin;
  /**
   * How a worker makes the same values by itself, as plain data; only the room that solves layers reads it. Absent if
   * only this thread can make them.
   */
  readonly recipe?: unknown;
  blocks(signal?: AbortSignal): AsyncIterable<Values>;
}

/**
 * A layer of the network as a stack of weight matrices, planned from the directory alone; `source` reads and arranges
 * its values.
 *
 * `N >= M` are the larger and the smaller side of one matrix, `Q = N/M`, `rf` the number of matrices ("receptive
 * field": kernel positions of a convolution, 1 for a dense layer). `transposed` is true if the stored matrix is wide
 * (rows < cols), so that W is its transpose.
 */
export interface Layer extends LayerDescription {
  /** The stored matrices (rows < cols if `transposed`). Each call of `blocks` reads their values again. */
  readonly source: MatrixSource;
  /** Set for the product of a DoRA adapter: merged onto its base, W + dW gets these lengths. */
  readonly magnitude?: Magnitude;
}

/** What is known of a layer, without the ways to its values. */
export function descriptionOf({ source: _, magnitude: __, ...description }: Layer): LayerDescription {
  return description;
}

/** The lengths that a DoRA adapter gives the rows or columns of W + dW. */
export interface Magnitude {
  /** One positive number per row or column; undefined if they do not fit the matrix, which then cannot be merged. */
  readonly lengths?: Tensor;
  readonly along: "rows" | "columns";
}

/** All that is known of a layer but a way to its values: plain data. */
export interface LayerDescription extends LayerRole {
  /** Position among all candidate layers of the file, from 0: WeightWatcher's `layer_id`. */
  readonly index: number;
  /**
   * Full name, unique in the file: the tensor's name without a trailing ".weight" (or "/kernel", ...), plus "[k]" or
   * "[q]" for a part of a split tensor.
   */
  readonly name: string;
  /**
   * The tensor's own name in the file; for a layer composed of several tensors, the one that has its outputs (lora_B,
   * weight_v).
   */
  readonly tensorName: string;
  readonly type: LayerType;
  /** Shape of the stored tensor (or of the part that this layer is). */
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly storedBits: number;
  readonly quantised: boolean;
  readonly N: number;
  readonly M: number;
  readonly Q: number;
  readonly rf: number;
  /**
   * An upper bound on the rank of each matrix, if it is known beforehand: r of a low-rank adapter. Its other
   * eigenvalues are zero by construction.
   */
  readonly knownRank?: number;
  readonly transposed: boolean;
  /** Set if the option heads asks for it and the number of heads is known. */
  readonly heads?: LayerHeads;
  /**
   * Factor on every eigenvalue: 1, or 1/2 for convolution slices, as WeightWatcher scales them (each slice times
   * sqrt(1/2)).
   */
  readonly eigenvalueScale: number;
  /** Names of other tensors that share this layer's storage. */
  readonly tiedWith: readonly string[];
  /** Notes for the reader of the report ("kernel axes taken as height, width, in, out from the name"). */
  readonly notes: readonly string[];
}

/** A tensor that is not analysed, and why. No tensor is dropped silently. */
export interface SkippedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly reason: string;
}
