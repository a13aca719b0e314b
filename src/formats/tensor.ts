/**
 * The storage type of a value, in safetensors' names; quantised formats append theirs ("uint8-affine", later "Q4_K",
 * ...).
 */
export type DType =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "F8_E4M3"
  | "F8_E5M2"
  | "F8_E4M3FNUZ"
  | "F8_E5M2FNUZ"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U64"
  | "U32"
  | "U16"
  | "U8"
  | "BOOL"
  | (string & {});

/**
 * Axis order of convolution kernels, any number of spatial axes: "oihw" (out, in, height, width: PyTorch, ONNX), "hwio"
 * (height, width, in, out: TensorFlow, Keras, Flax), "ohwi" (out, height, width, in: TFLite, MLX) or "1hwo" (1, height,
 * width, out: TFLite's depthwise kernels).
 */
export type KernelLayout = "oihw" | "hwio" | "ohwi" | "1hwo";

/** Decoded values. f64 only if the stored type needs it. */
export type Values = Float32Array | Float64Array;

export interface ValueRange {
  /** First element (C order) and one past the last. Default: all. */
  readonly from?: number;
  readonly to?: number;
  /** Largest number of elements per chunk. Default: a few MiB. */
  readonly chunk?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One named tensor in a file: what is known without reading its data, and a way to stream it.
 * `values` yields the elements in C (row-major) order of `shape` whatever the order on disk, decoded and dequantised,
 * in consecutive chunks that the consumer owns. Throws `FormatError` (by rejection) if the bytes cannot be read or
 * decoded.
 */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /**
   * Bits that carry a stored value (bf16 16, f8 8, uint8 affine 8): they determine the precision worth computing in.
   */
  readonly storedBits: number;
  /** True for floating-point (or dequantised) values: only these are weights. */
  readonly floating: boolean;
  /** True if `values` dequantises integers. */
  readonly quantised: boolean;
  /** File within the set, and number of stored bytes. */
  readonly file: string;
  readonly byteLength: number;
  /** Identity of the stored bytes; two tensors with the same key are tied (one storage, same view). */
  readonly storageKey: string;
  /** Hints from the format or its graph about the tensor; absent if there are none. */
  readonly hints?: TensorHints | undefined;
  /**
   * Set if the values cannot be read whatever the element type: what the tensor is ("a sparse tensor ...").
   * `floating` is then false.
   */
  readonly unreadable?: string | undefined;
  values(range?: ValueRange): AsyncIterable<Values>;
}

/** Facts from the file's own graph or metadata that layers/ would otherwise guess from names and shapes. */
export interface TensorHints {
  readonly role?:
    | "dense"
    | "embedding"
    | "conv"
    | "depthwise-conv"
    | "transposed-conv"
    | "recurrent"
    | "norm"
    | "bias"
    | "scale"
    | undefined;
  readonly kernelLayout?: KernelLayout | undefined;
  /** Axis order of a dense matrix: "out-in" (PyTorch) or "in-out" (TensorFlow). */
  readonly denseLayout?: "out-in" | "in-out" | undefined;
  /**
   * The gates of a recurrent cell that one tensor holds: along which of its last two axes, with which names, in stored
   * order.
   */
  readonly gates?: { readonly along: "rows" | "columns"; readonly names: readonly string[] } | undefined;
  /**
   * Projections that the graph shows to lie side by side in one matrix: along which axis, their names, and the size of
   * each. With `runs`, every head has one run of each projection instead, and `sizes` are those of one head.
   */
  readonly projections?:
    | {
        readonly along: "rows" | "columns";
        readonly names: readonly string[];
        readonly sizes: readonly number[];
        readonly runs?: number;
        /** Heads of each projection, if it is not one per run. */
        readonly heads?: readonly number[];
      }
    | undefined;
  /** Name of the tensor of which this is a part: its codes or scales, which are read there, dequantised. */
  readonly partOf?: string;
  /** Why the tensor is not read: it is part of a weight whose scheme of codes and scales was recognised, not read. */
  readonly refusal?: string | undefined;
  /**
   * The operators that take the tensor, if the graph shows that none of them multiplies, convolves or looks up by it:
   * ["Add"]. Empty: no operator takes it. Absent if one does, or if the graph does not show it.
   */
  readonly onlyFeeds?: readonly string[];
  /**
   * The graph's name for the one place where the tensor is used, if the tensor's own name says nothing
   * ("onnx::MatMul_1234").
   */
  readonly label?: string;
}

/**
 * The order of a file's tensors: the graph's operators ("graph"), the layers of the model's configuration
 * ("configuration"), or the file's own order ("file").
 */
export type TensorOrder = "graph" | "configuration" | "file";

/** A weight file (or a sharded set of them) that was opened: its directory, no data. */
export interface WeightFile {
  /** "safetensors", "npy", "npz", "tfjs", ... */
  readonly format: string;
  /** In the order given by `order`. */
  readonly tensors: readonly Tensor[];
  /** Default: "file". */
  readonly order?: TensorOrder;
  /** All files of the model, with sizes: the report's provenance. */
  readonly files: readonly { readonly name: string; readonly byteLength: number }[];
  /**
   * Names of optional files that were looked for and are not there. If one appears, the tensors may have other values.
   */
  readonly absent?: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * `length` bytes of a tensor's data as stored (little-endian), from byte `offset` on. Absent if the format stores no
   * plain run of bytes: packed codes are then put together from values.
   */
  readonly readStored?:
    | ((
        tensor: string,
        range: { readonly offset: number; readonly length: number; readonly signal?: AbortSignal | undefined },
      ) => Promise<Uint8Array>)
    | undefined;
  /** Problems that a reader noticed but could continue from ("3 of 5 shards hold no tensor named in the index"). */
  readonly warnings: readonly string[];
  close(): Promise<void>;
}
