const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The bits of the BF16 number nearest to a value (ties to even); NaN stays NaN. */
export function bf16Bits(value: number): number {
  float[0] = value;
  const [whole] = bits;
  if ((whole & 0x7fffffff) > 0x7f800000) return (whole >>> 16) | 0x40;
  return ((whole + 0x7fff + ((whole >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The bits of the F16 number nearest to a value (ties to even); NaN stays NaN, what is too large becomes infinite. */
export function f16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  // The next number after 65504 would be 65536; halfway between them is rounded to even, which is infinity.
  if (size >= 65520) return sign | 0x7c00;
  // Subnormal numbers are multiples of 2^-24; others have 10 bits after the leading one.
  const exponent = Math.max(-14, Math.floor(Math.log2(size === 0 ? 2 ** -24 : size)));
  const step = 2 ** (exponent - 10);
  const steps = roundToEven(size / step);
  return sign | (((exponent + 14) << 10) + steps);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The value of F16 bits. */
export function f16Value(code: number): number {
  const sign = code & 0x8000 ? -1 : 1;
  const exponent = (code >> 10) & 0x1f;
  const fraction = code & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The value of BF16 bits. */
export function bf16Value(code: number): number {
  bits[0] = code << 16;
  return float[0];
}
