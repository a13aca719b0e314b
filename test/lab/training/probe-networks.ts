import type { Network, NetworkLayer } from "#eigenscope/lab/networks/network.js";
import { sizeOf } from "#eigenscope/lab/networks/shapes.js";
import type { Examples } from "#eigenscope/lab/training/engine.js";
import { createRng, normalSampler } from "#eigenscope/numeric/index.js";

const relu = { activation: "relu", bias: 0.05 } as const;
const logits: NetworkLayer = { type: "dense", name: "logits", units: 5 };
const flatten: NetworkLayer = { type: "flatten" };
const network = (name: string, layers: NetworkLayer[]): Network => ({
  name,
  input: { height: 9, width: 7, channels: 3 },
  layers,
});

/** Small networks whose sides divide by neither 4 nor 8, so that every ragged edge of the kernels is met. */
export const PROBES: Network[] = [
  network("dense", [
    flatten,
    { type: "dense", name: "a", units: 13, ...relu },
    { type: "dense", name: "b", units: 21, ...relu },
    logits,
  ]),
  network("wider than one block of 256", [
    flatten,
    { type: "dense", name: "a", units: 301, ...relu },
    { type: "dense", name: "b", units: 270, l2: 0.01, ...relu },
    logits,
  ]),
  network("convolution, same", [
    { type: "convolution", name: "a", filters: 5, kernel: 5, l2: 0.02, ...relu },
    { type: "convolution", name: "b", filters: 11, kernel: 2, ...relu },
    flatten,
    logits,
  ]),
  network("convolution, valid", [
    { type: "convolution", name: "a", filters: 6, kernel: 2, padding: "valid", ...relu },
    { type: "convolution", name: "b", filters: 9, kernel: 3, padding: "valid" },
    flatten,
    logits,
  ]),
  network("max pooling", [
    { type: "convolution", name: "a", filters: 6, kernel: 3 },
    { type: "max-pooling", size: 3, stride: 2 },
    { type: "convolution", name: "b", filters: 6, kernel: 3, ...relu },
    { type: "max-pooling", size: 2, stride: 2, padding: "valid" },
    flatten,
    logits,
  ]),
  network("batch normalisation", [
    { type: "convolution", name: "a", filters: 6, kernel: 3, ...relu },
    { type: "batch-normalisation", name: "b", momentum: 0.9 },
    flatten,
    { type: "dense", name: "c", units: 10, ...relu },
    { type: "batch-normalisation", name: "d" },
    logits,
  ]),
  network("dropout", [
    { type: "dropout", rate: 0.1 },
    flatten,
    { type: "dense", name: "a", units: 31, ...relu },
    { type: "dropout", rate: 0.4 },
    { type: "dense", name: "b", units: 17, ...relu },
    { type: "dropout", rate: 0.3 },
    logits,
  ]),
];

/** `count` Gaussian images with labels of `classes` classes in turn. */
export function gaussianExamples({ input }: Network, count: number, classes = 5): Examples {
  const normal = normalSampler(createRng(11));
  const images = new Float32Array(count * sizeOf(input)).map(normal);
  return { count, images, labels: Uint8Array.from({ length: count }, (_, index) => index % classes) };
}

/** 0, 1, ..., count - 1. */
export const inOrder = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, index) => index);
