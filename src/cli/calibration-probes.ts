import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { safetensorsBytes, type WritableTensor } from "../formats/safetensors/writer.js";
import { createRng, normalSampler } from "../numeric/index.js";
import type { Precision } from "../spectra/index.js";
import { COMPILED_LAYERS } from "./rates.js";

/** A file of random weights that is analysed to measure a machine. */
export interface Probe {
  readonly name: string;
  readonly N: number;
  readonly M: number;
  /** Matrices per layer. */
  readonly rf: 1 | 9;
  readonly layers: number;
  /** The layers are spread over so many files. */
  readonly files: number;
}

/** A file that is analysed, and with which arithmetic. */
export interface Measurement {
  readonly probe: Probe;
  readonly precision: Precision;
}

/** Smaller sides of the matrices, and layers per file: a file takes about a tenth of a second. */
const LAYERS: Readonly<Record<number, number>> = { 16: 64, 64: 48, 128: 24, 256: 8, 512: 3, 1024: 1, 2048: 1 };
/** From this side on, the arithmetic makes a difference. Below, a layer's time is not that of its operations. */
const MIN_SIDE_BY_PRECISION = 256;
/** Above this side one height is measured, because the other would take too long. */
const MAX_SIDE_WITH_HEIGHT = 1024;
/** The greater side of tall matrices is at least this: rows are then most of their time. */
const MIN_TALL = 1024;
/** Layers that run at once to measure how they slow each other down. */
const MAX_CROWD = 16;

function probe(N: number, M: number, { rf = 1, layers = 1, files = 1 }: Partial<Probe> = {}): Probe {
  return { name: `${layers}-of-${N}x${M}x${rf}-in-${files}`, ...{ N, M, rf, layers, files } };
}

/** One layer: what is left of its time is that of the model. */
export const ONE = probe(20, 16);
/** A small model, on this thread. */
export const SMALL = probe(80, 64, { layers: 48 });
/** Enough layers for a worker's code to be compiled. */
export const WARMING = probe(80, 64, { layers: COMPILED_LAYERS });
/** The same layers in one file and in several. */
export const JOINED = probe(20, 16, { layers: 33 });
export const SPREAD = probe(20, 16, { layers: 33, files: 33 });
/** Convolutions: nine matrices for one layer. */
export const CONVOLUTIONS = probe(80, 64, { rf: 9, layers: 12 });

/** So many layers at once, and as many more. */
export function crowdOf(cores: number): Probe {
  return probe(640, 512, { layers: 2 * Math.min(cores, MAX_CROWD) });
}

/** All measurements of an engine, for matrices of up to `maxSide` columns. */
export function measurements(maxSide = Number.POSITIVE_INFINITY): Measurement[] {
  const sides = Object.keys(LAYERS)
    .map(Number)
    .filter((M) => M <= maxSide);
  return [
    { probe: CONVOLUTIONS, precision: "f64" },
    ...sides.flatMap((M) => {
      const layers = LAYERS[M];
      const low = probe((5 / 4) * M, M, { layers });
      const tall = probe(Math.max(4 * M, MIN_TALL), M, { layers: Math.ceil(layers / 2) });
      const precisions: readonly Precision[] = M < MIN_SIDE_BY_PRECISION ? ["f64"] : ["f64", "mixed", "f32"];
      const shapes = M > MAX_SIDE_WITH_HEIGHT ? [low] : [low, tall];
      return shapes.flatMap((one) => precisions.map((precision) => ({ probe: one, precision })));
    }),
  ];
}

/** Writes probes into a folder, each once. */
export function probeFiles(folder: string): (probe: Probe) => Promise<string> {
  const written = new Map<string, Promise<string>>();
  return (one) => {
    const path = written.get(one.name) ?? write(join(folder, one.name), one);
    written.set(one.name, path);
    return path;
  };
}

/** Begins the values of one layer behind those of the one before: no two layers are equal. */
const STRIDE = 977;

async function write(path: string, { N, M, rf, layers, files }: Probe): Promise<string> {
  const size = N * M * rf;
  const values = Float32Array.from({ length: size + layers * STRIDE }, normalSampler(createRng(size)));
  const tensors: WritableTensor[] = Array.from({ length: layers }, (_, k) => ({
    name: `layers.${k}.weight`,
    shape: rf === 1 ? [N, M] : [N, M, 3, 3],
    values: values.subarray(k * STRIDE, k * STRIDE + size),
  }));
  if (files === 1) {
    await writeFile(`${path}.safetensors`, safetensorsBytes(tensors));
    return `${path}.safetensors`;
  }
  await mkdir(path);
  const number = (k: number): string => String(k).padStart(5, "0");
  for (let k = 0; k < files; k++)
    await writeFile(
      join(path, `model-${number(k + 1)}-of-${number(files)}.safetensors`),
      safetensorsBytes(tensors.filter((_, layer) => layer % files === k)),
    );
  return path;
}
