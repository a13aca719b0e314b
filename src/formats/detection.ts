import type { ByteSource } from "./byte-source.js";
import { FormatError } from "./errors.js";
import { type ForeignContents, foreignContents, refuseForeign } from "./foreign-contents.js";
import { ggufReader } from "./gguf/gguf-reader.js";
import { hdf5Reader } from "./hdf5/hdf5-reader.js";
import { kerasArchiveReader } from "./hdf5/keras-archive-reader.js";
import { npyReader } from "./numpy/npy-reader.js";
import { npzReader } from "./numpy/npz-reader.js";
import { onnxReader } from "./onnx/onnx-reader.js";
import { pytorchIndexReader } from "./pytorch/index-reader.js";
import { pytorchReader } from "./pytorch/pytorch-reader.js";
import type { FormatReader } from "./reader.js";
import { safetensorsReader } from "./safetensors/file-reader.js";
import { safetensorsIndexReader } from "./safetensors/index-reader.js";
import { readRange } from "./stored-bytes.js";
import { TENSORFLOW_READERS, tensorflowIndexReader } from "./tensorflow/tensorflow-readers.js";
import { tfjsReader } from "./tfjs/tfjs-reader.js";
import { tfliteReader } from "./tflite/tflite-reader.js";

/** Every format's reader: the place to add one. Contents decide; the order only settles what two of them would take. */
export const READERS: readonly FormatReader[] = [
  npyReader,
  npzReader,
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
  ...TENSORFLOW_READERS,
];

/** What the recognisers get to see of a file. */
const HEAD_BYTES = 4096;

/** Extensions whose owner gives the better error where the contents are nobody's: "header too long" beats "unknown". */
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
  [".index", tensorflowIndexReader],
];

/** What one look at a file's head tells. */
export interface Sighting {
  readonly reader?: FormatReader;
  /** Set where no reader takes the contents, but they are known. */
  readonly foreign?: ForeignContents;
}

/** Looks at the first bytes of a file. Reads nothing else. */
export async function sight(source: ByteSource, name: string, signal?: AbortSignal): Promise<Sighting> {
  const length = Math.min(HEAD_BYTES, source.byteLength);
  const head = await readRange(source, { file: name, offset: 0, length, signal });
  const reader = READERS.find((candidate) => candidate.recognises(head, name, source.byteLength));
  return reader === undefined ? { foreign: foreignContents(head, name, source.byteLength) } : { reader };
}

/** The reader for a file that the user named. Throws the sentence that helps where there is none. */
export async function readerFor(source: ByteSource, name: string, signal?: AbortSignal): Promise<FormatReader> {
  const { reader, foreign } = await sight(source, name, signal);
  if (reader !== undefined) return reader;
  if (foreign !== undefined) throw refuseForeign(foreign, name);
  const owner = BY_EXTENSION.find(([extension]) => name.endsWith(extension));
  if (owner !== undefined) return owner[1];
  throw new FormatError("its contents are of no format that this version reads", {
    kind: "unknown-format",
    file: name,
    remedy: `Readable are ${READABLE}.`,
  });
}

/** The formats in words, for messages. */
export const READABLE =
  "safetensors and PyTorch files and their index.json, NumPy .npy and .npz, TensorFlow.js model.json, ONNX, TFLite, GGUF, HDF5 and Keras files, TensorFlow checkpoints and SavedModels";
