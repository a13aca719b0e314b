/**
 * The kernels of a training: in WebAssembly (kernels/lab/, which documents each) or in C (native/lab.h). Addresses and
 * steps are bytes of one memory. Call them as methods.
 */
export interface Kernels {
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

/** Kernels with the memory that they work on, for one training. */
export interface KernelHost {
  readonly kernels: Kernels;
  /** Units that a strip of weights holds side by side. */
  readonly stripUnits: number;
  /** The first free address. */
  readonly heapBase: number;
  /**
   * Provides the memory up to this address, filled with zeros: once, before the first call of a kernel. Throws
   * `RangeError` if that much cannot be had; `subject` is what needs it.
   */
  allocate(end: number, subject: string): void;
  /** A view of numbers in the memory. */
  floats(address: number, count: number): Float32Array;
}
