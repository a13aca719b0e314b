import { halfTable } from "../element-types.js";
import type { BlockDecoder } from "./block-decoder.js";
import { EVEN_SIGNS, iq2SGrid, iq2XsGrid, iq2XxsGrid } from "./iq-grids.js";

/**
 * Blocks of 256 values, w = +-d (s + 1/2)/4 grid(index): eight values per codeword, signs stored separately [ggml,
 * ggml-common.h; gguf-py 0.19, quants.py].
 */

/** d, then for each 32 values 4 bytes of indices and a word of four times 7 signs and 4 bits of s. */
export const decodeIQ2XXS: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  const grid = iq2XxsGrid();
  for (let at = 0, to = 0; to < values.length; at += 66) {
    const d = half[bytes[at] | (bytes[at + 1] << 8)];
    for (let group = 0; group < 8; group++) {
      const indices = at + 2 + 8 * group;
      const word =
        bytes[indices + 4] | (bytes[indices + 5] << 8) | (bytes[indices + 6] << 16) | (bytes[indices + 7] << 24);
      const scale = (d * ((word >>> 28) + 0.5)) / 4;
      for (let k = 0; k < 4; k++, to += 8) {
        const signs = EVEN_SIGNS[(word >>> (7 * k)) & 127];
        writeCodewordInPlace(values, to, { grid, codeword: 8 * bytes[indices + k], scale, signs });
      }
    }
  }
};

/** d, 32 words of 9 bits of index and 7 of signs, 16 halves of a byte of s. Groups of 16. */
export const decodeIQ2XS: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  const grid = iq2XsGrid();
  for (let at = 0, to = 0; to < values.length; at += 74) {
    const d = half[bytes[at] | (bytes[at + 1] << 8)];
    for (let k = 0; k < 32; k++, to += 8) {
      const word = bytes[at + 2 + 2 * k] | (bytes[at + 3 + 2 * k] << 8);
      const scale = (d * (nibble(bytes, at + 66, k >> 1) + 0.5)) / 4;
      writeCodewordInPlace(values, to, { grid, codeword: 8 * (word & 511), scale, signs: EVEN_SIGNS[word >> 9] });
    }
  }
};

/** d, 32 bytes of indices, 32 of signs, 32 upper 2 bits of the indices, 16 halves of a byte of s. Groups of 16. */
export const decodeIQ2S: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  const grid = iq2SGrid();
  for (let at = 0, to = 0; to < values.length; at += 82) {
    const d = half[bytes[at] | (bytes[at + 1] << 8)];
    for (let k = 0; k < 32; k++, to += 8) {
      const high = (bytes[at + 66 + (k >> 2)] >> (2 * (k & 3))) & 3;
      const scale = (d * (nibble(bytes, at + 74, k >> 1) + 0.5)) / 4;
      writeCodewordInPlace(values, to, {
        grid,
        codeword: 8 * (bytes[at + 2 + k] | (high << 8)),
        scale,
        signs: bytes[at + 34 + k],
      });
    }
  }
};

function nibble(bytes: Uint8Array, at: number, k: number): number {
  return (bytes[at + (k >> 1)] >> (4 * (k & 1))) & 15;
}

interface Codeword {
  readonly grid: Int8Array;
  /** Index in the grid of the first of its 8 values. */
  readonly codeword: number;
  readonly scale: number;
  readonly signs: number;
}

function writeCodewordInPlace(values: Float32Array, to: number, { grid, codeword, scale, signs }: Codeword): void {
  for (let j = 0; j < 8; j++) {
    const value = scale * grid[codeword + j];
    values[to + j] = ((signs >> j) & 1) === 0 ? value : -value;
  }
}
