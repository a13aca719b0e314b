/** A way to store weights: what it does to them, and what the classifier is told of it. */
export interface Storage {
  readonly dtype: string;
  readonly storedBits: number;
  /** Rounds the values. */
  readonly store: (W: Float64Array) => Float64Array;
}

/** To `bits` bits of significand. */
const toSignificand =
  (bits: number) =>
  (value: number): number => {
    if (value === 0) return 0;
    const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - bits + 1);
    return Math.round(value / unit) * unit;
  };

/** To one of 2^bits - 1 equidistant codes, one scale for each row of `M` (or one for all where `M` is undefined). */
function toCodes(W: Float64Array, bits: number): Float64Array {
  const step = (2 * W.reduce((most, value) => Math.max(most, Math.abs(value)), 0)) / (2 ** bits - 2);
  return step === 0 ? W : W.map((value) => Math.round(value / step) * step);
}

const floats = (dtype: string, storedBits: number, bits: number): Storage => ({
  dtype,
  storedBits,
  store: (W) => W.map(toSignificand(bits)),
});

/** The roundings that every family is also drawn with. */
export const STORAGES: readonly Storage[] = [
  { dtype: "F32", storedBits: 32, store: (W) => W.map(Math.fround) },
  floats("BF16", 16, 8),
  floats("F16", 16, 11),
  floats("F8_E4M3", 8, 4),
  { dtype: "uint8-affine", storedBits: 8, store: (W) => toCodes(W, 8) },
  { dtype: "uint4-affine", storedBits: 4, store: (W) => toCodes(W, 4) },
];
