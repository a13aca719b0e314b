import { fromBase64, kernelBuilds } from "../../../spectra/wasm/kernel-builds.js";
import { FUSED_KERNELS, PLAIN_KERNELS } from "../../generated/kernels.js";

/**
 * The kernels' exports. Addresses and byte counts are unsigned 32-bit. The sources in kernels/lab/ document each
 * kernel.
 */
export interface Kernels {
  heapBase(): number;
  clear(to: number, count: number): void;
  fillRows(from: number, rows: number, columns: number, to: number): void;
  sumRows(from: number, rows: number, columns: number, to: number): void;
  sumOfSquares(from: number, count: number): number;
  rectifyInPlace(x: number, count: number): void;
  rectifyGradientInPlace(y: number, gradient: number, count: number): void;
  dropOut(from: number, count: number, key: number, threshold: number, scale: number, to: number): void;
  descend(w: number, v: number, g: number, count: number, rate: number, momentum: number, decay: number): void;
  addForward: AddForward;
  addInputGradient: AddInputGradient;
  addWeightGradient: AddWeightGradient;
  descendAlongProduct: DescendAlongProduct;
  gatherPatches: MovePatches;
  scatterPatches: MovePatches;
  maxPool: MaxPool;
  scatterToPlaces(gradient: number, places: number, count: number, to: number): void;
  channelMoments(x: number, rows: number, channels: number, mean: number, variance: number, sums: number): void;
  moveAverage(average: number, value: number, channels: number, momentum: number, factor: number): void;
  normalise: Normalise;
  normalisationGradient: NormalisationGradient;
}

type AddForward = (
  x: number,
  xRow: number,
  rows: number,
  inputs: number,
  w: number,
  units: number,
  y: number,
  yRow: number,
  work: number,
) => void;
type AddInputGradient = (
  dy: number,
  yRow: number,
  rows: number,
  units: number,
  w: number,
  inputs: number,
  dx: number,
  xRow: number,
  work: number,
) => void;
type AddWeightGradient = (
  x: number,
  xRow: number,
  rows: number,
  inputs: number,
  dy: number,
  yRow: number,
  units: number,
  g: number,
  work: number,
) => void;
type DescendAlongProduct = (
  x: number,
  xRow: number,
  rows: number,
  inputs: number,
  dy: number,
  yRow: number,
  units: number,
  w: number,
  v: number,
  rate: number,
  momentum: number,
  decay: number,
  work: number,
) => void;
type MovePatches = (
  images: number,
  height: number,
  width: number,
  channels: number,
  kernel: number,
  top: number,
  left: number,
  outHeight: number,
  outWidth: number,
  first: number,
  count: number,
  patches: number,
) => void;
type MaxPool = (
  images: number,
  count: number,
  height: number,
  width: number,
  channels: number,
  size: number,
  stride: number,
  top: number,
  left: number,
  outHeight: number,
  outWidth: number,
  to: number,
  places: number,
) => void;
type Normalise = (
  x: number,
  rows: number,
  channels: number,
  mean: number,
  variance: number,
  epsilon: number,
  scale: number,
  shift: number,
  y: number,
  sums: number,
) => void;
type NormalisationGradient = (
  x: number,
  dy: number,
  rows: number,
  channels: number,
  mean: number,
  variance: number,
  epsilon: number,
  scale: number,
  dScale: number,
  dShift: number,
  dx: number,
  sums: number,
) => void;

const builds = /* @__PURE__ */ kernelBuilds<Kernels>((build) =>
  fromBase64(build === "fused" ? FUSED_KERNELS : PLAIN_KERNELS),
);
export const preferredBuild = builds.preferred;
export const instantiateKernels = builds.instantiate;
