import type { Table, Vector } from "./flatbuffer.js";

/** An operator's use of its inputs. */
export interface Operator {
  /** The builtin operator's number; 32 for a custom one. */
  readonly code: number;
  readonly custom: string;
  /** Tensors by index, -1 if an optional one is omitted. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: Table | undefined;
}

/** The integers' scales and zero points: a single one, or one for each position along an axis. */
export interface QuantizationParameters {
  readonly scales: Vector;
  readonly zeros: Vector;
  readonly axis: number;
  /** True for schemes of other kinds (blocks, custom). */
  readonly other: boolean;
}

export interface LiteTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  readonly buffer: number;
  readonly quantization?: QuantizationParameters | undefined;
  readonly sparse: boolean;
  /** Offset of its table. */
  readonly offset: number;
}

export interface Subgraph {
  readonly name: string;
  readonly tensors: readonly LiteTensor[];
  readonly operators: readonly Operator[];
}

/** The location of a buffer's bytes in the file; length 0 for tensors that are only computed. */
export type BufferSpan = Vector;

export interface Model {
  readonly version: number;
  readonly description: string;
  readonly buffers: readonly BufferSpan[];
  readonly subgraphs: readonly Subgraph[];
}
