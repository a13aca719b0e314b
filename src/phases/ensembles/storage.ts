/** A storage type: how it rounds weights, and what the classifier knows about it. */
export interface Storage {
  readonly dtype: string;
  readonly storedBits: number;
  /** Rounds the values. */
  readonly store: (W: Float64Array) => Float64Array;
}

/** Rounds to `bits` bits of significand. */
const toSignificand =
  (bits: number) =>
  (value: number): number => {
    if (value === 0) return 0;
    const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - bits + 1);
    return Math.round(value / unit) * unit;
  };

/** Rounds to one of 2^bits - 1 equidistant codes with one scale for the whole matrix. */
function toCodes(W: Float64Array, bits: number): Float64Array {
  const step = (2 * W.reduce((most, value) => Math.max(most, Math.abs(value)), 0)) / (2 ** bits - 2);
  return step === 0 ? W : W.map((value) => Math.round(value / step) * step);
}

const floats = (dtype: string, storedBits: number, bits: number): Storage => ({
  dtype,
  storedBits,
  store: (W) => W.map(toSignificand(bits)),
});

/** The storage types that every family is drawn with. */
export const STORAGES: readonly Storage[] = [
  { dtype: "F32", storedBits: 32, store: (W) => W.map(Math.fround) },
  floats("BF16", 16, 8),
  floats("F16", 16, 11),
  floats("F8_E4M3", 8, 4),
  { dtype: "uint8-affine", storedBits: 8, store: (W) => toCodes(W, 8) },
  { dtype: "uint4-affine", storedBits: 4, store: (W) => toCodes(W, 4) },
];
