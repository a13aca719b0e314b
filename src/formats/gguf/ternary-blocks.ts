import { halfTable } from "../element-types.js";
import type { BlockDecoder } from "./block-decoder.js";

/** Blocks of 256 values -d, 0 or d [ggml, ggml-common.h; gguf-py 0.19, quants.py]. */

const POWERS_OF_3 = [1, 3, 9, 27, 81];

/**
 * Five base-3 digits per byte, as the fraction byte/256: 32 bytes of five, 16 of five, 4 of four, d. A digit is
 * extracted by multiplying modulo 256 and taking the third that contains the result.
 */
export const decodeTQ1Zero: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  for (let at = 0, to = 0; to < values.length; at += 54) {
    const d = half[bytes[at + 52] | (bytes[at + 53] << 8)];
    for (const [from, width, digits] of TQ1_RUNS) {
      for (let digit = 0; digit < digits; digit++) {
        const power = POWERS_OF_3[digit];
        for (let k = 0; k < width; k++) values[to++] = d * (((((bytes[at + from + k] * power) & 255) * 3) >> 8) - 1);
      }
    }
  }
};

/** Runs of bytes: first byte, number of bytes, digits per byte. */
const TQ1_RUNS = [
  [0, 32, 5],
  [32, 16, 5],
  [48, 4, 4],
] as const;

/** w = d (q - 1): 64 bytes of codes of 2 bits, d. */
export const decodeTQ2Zero: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  for (let at = 0, to = 0; to < values.length; at += 66) {
    const d = half[bytes[at + 64] | (bytes[at + 65] << 8)];
    for (let part = 0; part < 8; part++) {
      const codes = at + 32 * (part >> 2);
      const shift = 2 * (part & 3);
      for (let k = 0; k < 32; k++) values[to++] = d * (((bytes[codes + k] >> shift) & 3) - 1);
    }
  }
};
