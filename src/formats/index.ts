/**
 * Bytes to named tensors: one reader per format behind `openWeightFile`, which detects the format by content. A reader
 * reads ranges of a `ByteSource`; no file is held in memory as a whole.
 *
 * @module formats
 */

export { type ByteSource, bytesInMemory, type Room } from "../bytes/byte-source.js";
export { FormatError, type FormatErrorDetails, type FormatErrorKind } from "../bytes/errors.js";
export type { FileSet, SharedFiles } from "../bytes/file-set.js";
export { OptionError } from "../bytes/option-error.js";
export type { Pace, Steps } from "../bytes/pace.js";
export { READERS } from "./detection.js";
export { openWeightFile } from "./open-weight-file.js";
export type { FormatReader, OpenedFile, OpenOptions } from "./reader.js";
export type {
  DType,
  KernelLayout,
  Tensor,
  TensorHints,
  TensorOrder,
  ValueRange,
  Values,
  WeightFile,
} from "./tensor.js";
