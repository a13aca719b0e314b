import { halfTable } from "../element-types.js";
import type { BlockDecoder } from "./block-decoder.js";

/**
 * Blocks of 32 values with one scale d, and in the "_1" types a minimum m [ggml, ggml-common.h; gguf-py 0.19,
 * quants.py]. Codes: the first 16 values in the low halves of the bytes.
 */

/** w = d (q - 8): d, 16 bytes of codes of 4 bits. */
export const decodeQ4Zero: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  for (let at = 0, to = 0; to < values.length; at += 18, to += 32) {
    const d = half[bytes[at] | (bytes[at + 1] << 8)];
    for (let k = 0; k < 16; k++) {
      const codes = bytes[at + 2 + k];
      values[to + k] = d * ((codes & 15) - 8);
      values[to + k + 16] = d * ((codes >> 4) - 8);
    }
  }
};

/** w = d q + m: d, m, 16 bytes of codes of 4 bits. */
export const decodeQ4One: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  for (let at = 0, to = 0; to < values.length; at += 20, to += 32) {
    const d = half[bytes[at] | (bytes[at + 1] << 8)];
    const m = half[bytes[at + 2] | (bytes[at + 3] << 8)];
    for (let k = 0; k < 16; k++) {
      const codes = bytes[at + 4 + k];
      values[to + k] = d * (codes & 15) + m;
      values[to + k + 16] = d * (codes >> 4) + m;
    }
  }
};

/** w = d (q - 16): d, 32 fifth bits, 16 bytes of the lower 4. */
export const decodeQ5Zero: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  for (let at = 0, to = 0; to < values.length; at += 22, to += 32) {
    const d = half[bytes[at] | (bytes[at + 1] << 8)];
    const high = word(bytes, at + 2);
    for (let k = 0; k < 16; k++) {
      const codes = bytes[at + 6 + k];
      values[to + k] = d * (((codes & 15) | (((high >>> k) & 1) << 4)) - 16);
      values[to + k + 16] = d * (((codes >> 4) | (((high >>> (k + 16)) & 1) << 4)) - 16);
    }
  }
};

/** w = d q + m: d, m, 32 fifth bits, 16 bytes of the lower 4. */
export const decodeQ5One: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  for (let at = 0, to = 0; to < values.length; at += 24, to += 32) {
    const d = half[bytes[at] | (bytes[at + 1] << 8)];
    const m = half[bytes[at + 2] | (bytes[at + 3] << 8)];
    const high = word(bytes, at + 4);
    for (let k = 0; k < 16; k++) {
      const codes = bytes[at + 8 + k];
      values[to + k] = d * ((codes & 15) | (((high >>> k) & 1) << 4)) + m;
      values[to + k + 16] = d * ((codes >> 4) | (((high >>> (k + 16)) & 1) << 4)) + m;
    }
  }
};

/** w = d q: d, 32 signed bytes. */
export const decodeQ8Zero: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  for (let at = 0, to = 0; to < values.length; at += 34, to += 32) {
    const d = half[bytes[at] | (bytes[at + 1] << 8)];
    for (let k = 0; k < 32; k++) values[to + k] = d * ((bytes[at + 2 + k] << 24) >> 24);
  }
};

function word(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}
