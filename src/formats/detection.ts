import type { ByteSource } from "../bytes/byte-source.js";
import { FormatError } from "../bytes/errors.js";
import { readRange } from "../bytes/stored-bytes.js";
import { type ForeignContents, foreignContents, refuseForeign } from "./foreign-contents.js";
import { ggufReader } from "./gguf/gguf-reader.js";
import { hdf5Reader } from "./hdf5/hdf5-reader.js";
import { kerasArchiveReader } from "./hdf5/keras-archive-reader.js";
import { kerasShardsReader } from "./hdf5/keras-shards-reader.js";
import { flaxReader } from "./msgpack/flax-reader.js";
import { npyReader } from "./numpy/npy-reader.js";
import { npzReader } from "./numpy/npz-reader.js";
import { onnxReader } from "./onnx/onnx-reader.js";
import { distributedReader } from "./pytorch/distributed/distributed-reader.js";
import { pytorchIndexReader } from "./pytorch/index-reader.js";
import { pytorchReader } from "./pytorch/pytorch-reader.js";
import type { FormatReader } from "./reader.js";
import { safetensorsReader } from "./safetensors/file-reader.js";
import { safetensorsIndexReader } from "./safetensors/index-reader.js";
import { TENSORFLOW_READERS, tensorflowIndexReader } from "./tensorflow/tensorflow-readers.js";
import { tfjsReader } from "./tfjs/tfjs-reader.js";
import { tfliteReader } from "./tflite/tflite-reader.js";

/**
 * The readers of all formats. Formats are detected by content. If two readers accept a file, the first in this list
 * wins.
 */
export const READERS: readonly FormatReader[] = [
  npyReader,
  npzReader,
  kerasShardsReader,
  distributedReader,
  pytorchReader,
  safetensorsReader,
  pytorchIndexReader,
  safetensorsIndexReader,
  tfjsReader,
  ggufReader,
  onnxReader,
  tfliteReader,
  hdf5Reader,
  kerasArchiveReader,
  flaxReader,
  ...TENSORFLOW_READERS,
];

/** Bytes at the start of a file that the recognisers see. */
const HEAD_BYTES = 4096;

/**
 * If no reader recognises the content, the reader for the file's extension reports the error: "header too long" says
 * more than "unknown format".
 */
const BY_EXTENSION: readonly (readonly [string, FormatReader])[] = [
  [".safetensors", safetensorsReader],
  [".npy", npyReader],
  [".npz", npzReader],
  [".pt", pytorchReader],
  [".pth", pytorchReader],
  [".gguf", ggufReader],
  [".onnx", onnxReader],
  [".tflite", tfliteReader],
  [".h5", hdf5Reader],
  [".keras", kerasArchiveReader],
  [".msgpack", flaxReader],
  [".index", tensorflowIndexReader],
];

/** The format found in a file's first bytes. */
export interface DetectedFormat {
  readonly reader?: FormatReader;
  /** Set if no reader accepts the contents, but they are recognised. */
  readonly foreign?: ForeignContents | undefined;
}

/** Detects a format from the first bytes of a file. Reads nothing else. */
export async function detectFormat(source: ByteSource, name: string, signal?: AbortSignal): Promise<DetectedFormat> {
  const length = Math.min(HEAD_BYTES, source.byteLength);
  const head = await readRange(source, { file: name, offset: 0, length, signal });
  const reader = READERS.find((candidate) => candidate.recognises(head, name, source.byteLength));
  return reader === undefined ? { foreign: foreignContents(head, name, source.byteLength) } : { reader };
}

/** The reader for a file that the user named. If there is none, throws an error that says what to do. */
export async function readerFor(source: ByteSource, name: string, signal?: AbortSignal): Promise<FormatReader> {
  const { reader, foreign } = await detectFormat(source, name, signal);
  if (reader !== undefined) return reader;
  if (foreign !== undefined) throw refuseForeign(foreign, name);
  const owner = BY_EXTENSION.find(([extension]) => name.endsWith(extension));
  if (owner !== undefined) return owner[1];
  throw new FormatError("its contents are of no format that this version reads", {
    kind: "unknown-format",
    file: name,
    remedy: `Readable formats are ${READABLE}.${/\.[^./]+$/.test(name) ? "" : UNNAMED}`,
  });
}

/** A file without an extension may be one whose name says more than its contents. */
const UNNAMED =
  " Some of them are recognised by the file's name, and this one has no extension: give the file its own name, " +
  "and name it.";

/** The formats in words, for messages. */
export const READABLE =
  "safetensors and PyTorch files and their index.json, NumPy .npy and .npz, TensorFlow.js model.json, ONNX, " +
  "TFLite, GGUF, HDF5 and Keras files, Flax msgpack, torch.distributed.checkpoint folders, TensorFlow " +
  "checkpoints and SavedModels";
