import type { TorchDtype } from "./dtypes.js";

/** A storage as a pickle refers to it. */
export interface StorageReference {
  readonly key: string;
  readonly type: TorchDtype;
  /** Elements of `type` in the whole storage. */
  readonly numel: number;
  /** First element of the part that the tensor is relative to (old files' views of storages). */
  readonly viewOffset: number;
}

/** A tensor as PyTorch rebuilds it: a strided view of a storage. Not checked against the storage yet. */
export interface StridedTensor {
  readonly kind: "strided";
  readonly storage: StorageReference;
  readonly type: TorchDtype;
  /** In elements of `type`. */
  readonly offset: number;
  readonly size: readonly number[];
  readonly stride: readonly number[];
}

/** A tensor that exists but has no plain values to read, and why. */
export interface UnreadableTensor {
  readonly kind: "unreadable";
  readonly dtype: string;
  readonly size: readonly number[];
  readonly reason: string;
  /** True if the file has one rank's part of it. */
  readonly ofRank?: true;
}

export type TorchTensor = StridedTensor | UnreadableTensor;
