import { halfTable } from "../element-types.js";
import type { BlockDecoder } from "./block-decoder.js";
import { EVEN_SIGNS, iq3SGrid, iq3XxsGrid } from "./iq-grids.js";

/**
 * Blocks of 256 values in groups of 32: four values per codeword, signs stored separately [ggml, ggml-common.h; gguf-py
 * 0.19, quants.py].
 */

/**
 * w = +-d (s + 1/2)/2 grid(index): d, 64 bytes of indices, for each group a word of four times 7 signs and 4 bits of s.
 */
export const decodeIQ3XXS: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  const grid = iq3XxsGrid();
  for (let at = 0, to = 0; to < values.length; at += 98) {
    const d = half[bytes[at] | (bytes[at + 1] << 8)];
    for (let group = 0; group < 8; group++) {
      const word = at + 66 + 4 * group;
      const packed = bytes[word] | (bytes[word + 1] << 8) | (bytes[word + 2] << 16) | (bytes[word + 3] << 24);
      const scale = (d * ((packed >>> 28) + 0.5)) / 2;
      for (let k = 0; k < 8; k++, to += 4) {
        const signs = EVEN_SIGNS[(packed >>> (7 * (k >> 1))) & 127] >> (4 * (k & 1));
        const codeword = 4 * bytes[at + 2 + 8 * group + k];
        for (let j = 0; j < 4; j++) {
          const value = scale * grid[codeword + j];
          values[to + j] = ((signs >> j) & 1) === 0 ? value : -value;
        }
      }
    }
  }
};

/**
 * w = +-d (2 s + 1) grid(index): d, 64 bytes of indices, 64 ninth bits of them, 32 bytes of signs, 8 halves of a byte
 * of s.
 */
export const decodeIQ3S: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  const grid = iq3SGrid();
  for (let at = 0, to = 0; to < values.length; at += 110) {
    const d = half[bytes[at] | (bytes[at + 1] << 8)];
    for (let k = 0; k < 64; k++, to += 4) {
      const group = k >> 3;
      const scale = d * (1 + 2 * ((bytes[at + 106 + (group >> 1)] >> (4 * (group & 1))) & 15));
      const signs = bytes[at + 74 + (k >> 1)] >> (4 * (k & 1));
      const codeword = 4 * (bytes[at + 2 + k] | (((bytes[at + 66 + group] >> (k & 7)) & 1) << 8));
      for (let j = 0; j < 4; j++) {
        const value = scale * grid[codeword + j];
        values[to + j] = ((signs >> j) & 1) === 0 ? value : -value;
      }
    }
  }
};
