// Quantisers of ggml's block types, by the layouts of ggml-common.h. Q8_0 and Q4_0 choose scales as ggml's reference
// quantisers do (quantize_row_*_ref); Q4_K takes the range of each group, without ggml's search for better scales.
import { halfBits, halfValue } from "./half.mjs";

/** Types by name: their number in a GGUF file, values and bytes per block, and the quantiser of one block. */
export const BLOCK_TYPES = {
  Q8_0: { number: 8, size: 32, bytes: 34, quantise: quantiseQ8Zero },
  Q4_0: { number: 2, size: 32, bytes: 18, quantise: quantiseQ4Zero },
  Q4_K: { number: 12, size: 256, bytes: 144, quantise: quantiseQ4K },
};

/** Values in blocks of a type. Throws RangeError if the rows are not whole blocks. */
export function quantiseBlocks(values, type, cols) {
  const { size, bytes, quantise } = BLOCK_TYPES[type];
  if (cols % size !== 0) throw new RangeError(`rows of ${cols} values are not whole blocks of ${size} (${type})`);
  const out = new Uint8Array((values.length / size) * bytes);
  for (let block = 0; block < values.length / size; block++)
    quantise(values.subarray(block * size, (block + 1) * size), out.subarray(block * bytes, (block + 1) * bytes));
  return out;
}

/** w = d q: d, 32 signed bytes. */
function quantiseQ8Zero(values, out) {
  const d = largest(values) / 127;
  putHalf(out, 0, d);
  for (let k = 0; k < 32; k++) out[2 + k] = d === 0 ? 0 : Math.round(values[k] / d) & 255;
}

/** w = d (q - 8): d, 16 bytes of codes of 4 bits. The largest magnitude gets the code 0, one step further out. */
function quantiseQ4Zero(values, out) {
  const extreme = values.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  const d = extreme / -8;
  putHalf(out, 0, d);
  const code = (value) => (d === 0 ? 8 : Math.min(15, Math.floor(value / d + 8.5)));
  for (let k = 0; k < 16; k++) out[2 + k] = code(values[k]) | (code(values[k + 16]) << 4);
}

/** w = d s q - dmin m: d, dmin, 12 bytes of s and m (6 bits each), 128 of codes of 4 bits. Groups of 32. */
function quantiseQ4K(values, out) {
  const groups = Array.from({ length: 8 }, (_, group) => values.subarray(32 * group, 32 * group + 32));
  const mins = groups.map((group) => Math.max(0, -Math.min(...group)));
  const scales = groups.map((group, k) => (Math.max(0, ...group) + mins[k]) / 15);
  const d = putHalf(out, 0, Math.max(...scales) / 63);
  const dmin = putHalf(out, 2, Math.max(...mins) / 63);
  const sixBits = (value, unit) => (unit === 0 ? 0 : Math.min(63, Math.round(value / unit)));
  const s = scales.map((scale) => sixBits(scale, d));
  const m = mins.map((min) => sixBits(min, dmin));
  for (let k = 0; k < 4; k++) {
    out[4 + k] = s[k] | ((s[k + 4] >> 4) << 6);
    out[8 + k] = m[k] | ((m[k + 4] >> 4) << 6);
    out[12 + k] = (s[k + 4] & 15) | ((m[k + 4] & 15) << 4);
  }
  const codes = groups.map((group, k) =>
    Array.from(group, (value) => {
      const step = d * s[k];
      return step === 0 ? 0 : Math.max(0, Math.min(15, Math.round((value + dmin * m[k]) / step)));
    }),
  );
  for (let pair = 0; pair < 4; pair++)
    for (let k = 0; k < 32; k++) out[16 + 32 * pair + k] = codes[2 * pair][k] | (codes[2 * pair + 1][k] << 4);
}

function largest(values) {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Writes the nearest half and returns its value, by which the codes are chosen. */
function putHalf(out, at, value) {
  const bits = halfBits(value);
  out[at] = bits & 255;
  out[at + 1] = bits >> 8;
  return halfValue(bits);
}
