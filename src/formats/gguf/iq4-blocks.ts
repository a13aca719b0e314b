import { halfTable } from "../element-types.js";
import type { BlockDecoder } from "./block-decoder.js";

/** The 16 levels of the non-linear 4-bit types, denser near zero [ggml, ggml-common.h, kvalues_iq4nl]. */
const LEVELS = Float64Array.of(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

/** w = d level(q) in blocks of 32: d, 16 bytes of codes, the first 16 values in the low halves. */
export const decodeIQ4NL: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  for (let at = 0, to = 0; to < values.length; at += 18, to += 32) {
    const d = half[bytes[at] | (bytes[at + 1] << 8)];
    for (let k = 0; k < 16; k++) {
      const codes = bytes[at + 2 + k];
      values[to + k] = d * LEVELS[codes & 15];
      values[to + k + 16] = d * LEVELS[codes >> 4];
    }
  }
};

/**
 * w = d (s - 32) level(q) in blocks of 256, groups of 32: d, 8 upper 2 bits of s, 8 lower 4 bits of s, 16 bytes of
 * codes per group.
 */
export const decodeIQ4XS: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  for (let at = 0, to = 0; to < values.length; at += 136) {
    const d = half[bytes[at] | (bytes[at + 1] << 8)];
    const high = bytes[at + 2] | (bytes[at + 3] << 8);
    for (let group = 0; group < 8; group++, to += 32) {
      const low = (bytes[at + 4 + (group >> 1)] >> (4 * (group & 1))) & 15;
      const scale = d * ((low | (((high >> (2 * group)) & 3) << 4)) - 32);
      for (let k = 0; k < 16; k++) {
        const codes = bytes[at + 8 + 16 * group + k];
        values[to + k] = scale * LEVELS[codes & 15];
        values[to + k + 16] = scale * LEVELS[codes >> 4];
      }
    }
  }
};
