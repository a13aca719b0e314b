import type { BlockDecoder } from "./block-decoder.js";

/** Four-bit floats (E2M1) with one scale per block [OCPMX23; ggml, ggml-common.h; gguf-py 0.19, quants.py]. */

/**
 * Twice the value of each E2M1 code, sign in the highest bit. ggml's tables hold integers, so its scales are halved.
 */
const TWICE_E2M1 = Float64Array.of(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

/** Half of the E8M0 scale 2^(e - 127). */
const HALF_E8M0 = Float64Array.from({ length: 256 }, (_, e) => 2 ** (e - 128));

/** w = 2^(e - 127) q: e, 16 bytes of codes, the first 16 values in the low halves. */
export const decodeMxfp4: BlockDecoder = (bytes, values) => {
  for (let at = 0, to = 0; to < values.length; at += 17, to += 32) {
    const d = HALF_E8M0[bytes[at]];
    for (let k = 0; k < 16; k++) {
      const codes = bytes[at + 1 + k];
      values[to + k] = d * TWICE_E2M1[codes & 15];
      values[to + k + 16] = d * TWICE_E2M1[codes >> 4];
    }
  }
};

/** Half of the unsigned E4M3 scale: bit 7 is ignored, code 0x7f (NaN elsewhere) is 0 as gguf-py reads it. */
const HALF_UE4M3 = Float64Array.from({ length: 256 }, (_, code) => {
  const exponent = (code >> 3) & 15;
  const fraction = code & 7;
  if (code === 0x7f) return 0;
  return (exponent === 0 ? fraction * 2 ** -9 : (1 + fraction / 8) * 2 ** (exponent - 7)) / 2;
});

/** w = s q in four groups of 16: 4 scales s, then 8 bytes of codes per group, its first 8 values in the low halves. */
export const decodeNvfp4: BlockDecoder = (bytes, values) => {
  for (let at = 0, to = 0; to < values.length; at += 36) {
    for (let group = 0; group < 4; group++, to += 16) {
      const scale = HALF_UE4M3[bytes[at + group]];
      for (let k = 0; k < 8; k++) {
        const codes = bytes[at + 4 + 8 * group + k];
        values[to + k] = scale * TWICE_E2M1[codes & 15];
        values[to + k + 8] = scale * TWICE_E2M1[codes >> 4];
      }
    }
  }
};
