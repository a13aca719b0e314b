import { halfTable } from "../element-types.js";
import type { BlockDecoder } from "./block-decoder.js";
import { iq1Grid } from "./iq-grids.js";

/**
 * Blocks of 256 values, w = d (2 s + 1) (grid(index) +- 1/8): eight values per codeword, of -1, 0 and 1 [ggml,
 * ggml-common.h; gguf-py 0.19, quants.py].
 */
const DELTA = 0.125;

/**
 * d, 32 bytes of indices, for each 32 values a word of four times 3 upper bits of the indices, 3 bits of s, 1 of the
 * sign of delta.
 */
export const decodeIQ1S: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  const grid = iq1Grid();
  for (let at = 0, to = 0; to < values.length; at += 50) {
    const d = half[bytes[at] | (bytes[at + 1] << 8)];
    for (let group = 0; group < 8; group++) {
      const word = bytes[at + 34 + 2 * group] | (bytes[at + 35 + 2 * group] << 8);
      const scale = d * (2 * ((word >> 12) & 7) + 1);
      const delta = (word & 0x8000) === 0 ? DELTA : -DELTA;
      for (let k = 0; k < 4; k++, to += 8) {
        const codeword = 8 * (bytes[at + 2 + 4 * group + k] | (((word >> (3 * k)) & 7) << 8));
        for (let j = 0; j < 8; j++) values[to + j] = scale * (grid[codeword + j] + delta);
      }
    }
  }
};

/**
 * 32 bytes of indices, 16 of their upper 3 bits and the sign of delta (half a byte for 8 values), four words of four
 * times 3 bits of s whose upper 4 bits together are d. Groups of 16.
 */
export const decodeIQ1M: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  const grid = iq1Grid();
  for (let at = 0, to = 0; to < values.length; at += 56) {
    const scales = at + 48;
    const d =
      half[
        (bytes[scales + 1] >> 4) |
          (bytes[scales + 3] & 0xf0) |
          ((bytes[scales + 5] & 0xf0) << 4) |
          ((bytes[scales + 7] & 0xf0) << 8)
      ];
    for (let k = 0; k < 32; k++, to += 8) {
      const group = k >> 1;
      const word = bytes[scales + 2 * (group >> 2)] | (bytes[scales + 2 * (group >> 2) + 1] << 8);
      const scale = d * (2 * ((word >> (3 * (group & 3))) & 7) + 1);
      const upper = bytes[at + 32 + (k >> 1)] >> (4 * (k & 1));
      const delta = (upper & 8) === 0 ? DELTA : -DELTA;
      const codeword = 8 * (bytes[at + k] | ((upper & 7) << 8));
      for (let j = 0; j < 8; j++) values[to + j] = scale * (grid[codeword + j] + delta);
    }
  }
};
