import { halfTable } from "../element-types.js";
import type { BlockDecoder } from "./block-decoder.js";

/**
 * The "K" types: blocks of 256 values in groups of 16 or 32, whose scales are themselves codes times the block's d (and
 * dmin) [ggml, ggml-common.h; gguf-py 0.19, quants.py].
 */

/** w = d s q - dmin m: 16 bytes of s and m (4 bits each), 64 of codes of 2 bits, d, dmin. Groups of 16. */
export const decodeQ2K: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  for (let at = 0, to = 0; to < values.length; at += 84) {
    const d = half[bytes[at + 80] | (bytes[at + 81] << 8)];
    const dmin = half[bytes[at + 82] | (bytes[at + 83] << 8)];
    for (let group = 0; group < 16; group++) {
      const scale = d * (bytes[at + group] & 15);
      const min = dmin * (bytes[at + group] >> 4);
      const codes = at + 16 + quarter(group);
      const shift = group & 6;
      for (let k = 0; k < 16; k++) values[to++] = scale * ((bytes[codes + k] >> shift) & 3) - min;
    }
  }
};

/**
 * w = d (s - 32) (q - 4 [h = 0]): 32 bytes of third bits h, 64 of codes of 2 bits, 12 of s (6 bits each), d. Groups
 * of 16.
 */
export const decodeQ3K: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  for (let at = 0, to = 0; to < values.length; at += 110) {
    const d = half[bytes[at + 108] | (bytes[at + 109] << 8)];
    const scales = at + 96;
    for (let group = 0; group < 16; group++) {
      // Low 4 bits: in bytes 0-7, the second eight in their upper halves; high 2 bits: in bytes 8-11, four per byte.
      const low = group < 8 ? bytes[scales + group] & 15 : bytes[scales + group - 8] >> 4;
      const high = (bytes[scales + 8 + (group & 3)] >> (2 * (group >> 2))) & 3;
      const scale = d * ((low | (high << 4)) - 32);
      const codes = at + 32 + quarter(group);
      const bits = at + 16 * (group & 1);
      const shift = group & 6;
      const bit = group >> 1;
      for (let k = 0; k < 16; k++) {
        const below = ((bytes[bits + k] >> bit) & 1) === 0 ? 4 : 0;
        values[to++] = scale * (((bytes[codes + k] >> shift) & 3) - below);
      }
    }
  }
};

/** w = d s q - dmin m: d, dmin, 12 bytes of s and m (6 bits each), 128 of codes of 4 bits. Groups of 32. */
export const decodeQ4K: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  for (let at = 0, to = 0; to < values.length; at += 144, to += 256) {
    const d = half[bytes[at] | (bytes[at + 1] << 8)];
    const dmin = half[bytes[at + 2] | (bytes[at + 3] << 8)];
    for (let pair = 0; pair < 4; pair++) {
      const lowScale = d * sixBitScale(bytes, at + 4, 2 * pair);
      const lowMin = dmin * sixBitMin(bytes, at + 4, 2 * pair);
      const highScale = d * sixBitScale(bytes, at + 4, 2 * pair + 1);
      const highMin = dmin * sixBitMin(bytes, at + 4, 2 * pair + 1);
      const from = at + 16 + 32 * pair;
      const first = to + 64 * pair;
      for (let k = 0; k < 32; k++) {
        const codes = bytes[from + k];
        values[first + k] = lowScale * (codes & 15) - lowMin;
        values[first + k + 32] = highScale * (codes >> 4) - highMin;
      }
    }
  }
};

/**
 * w = d s q - dmin m: d, dmin, 12 bytes of s and m (6 bits each), 32 of fifth bits, 128 of the lower 4. Groups of 32.
 */
export const decodeQ5K: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  for (let at = 0, to = 0; to < values.length; at += 176, to += 256) {
    const d = half[bytes[at] | (bytes[at + 1] << 8)];
    const dmin = half[bytes[at + 2] | (bytes[at + 3] << 8)];
    for (let pair = 0; pair < 4; pair++) {
      const lowScale = d * sixBitScale(bytes, at + 4, 2 * pair);
      const lowMin = dmin * sixBitMin(bytes, at + 4, 2 * pair);
      const highScale = d * sixBitScale(bytes, at + 4, 2 * pair + 1);
      const highMin = dmin * sixBitMin(bytes, at + 4, 2 * pair + 1);
      const from = at + 48 + 32 * pair;
      const first = to + 64 * pair;
      for (let k = 0; k < 32; k++) {
        const codes = bytes[from + k];
        const fifth = bytes[at + 16 + k] >> (2 * pair);
        values[first + k] = lowScale * ((codes & 15) | ((fifth & 1) << 4)) - lowMin;
        values[first + k + 32] = highScale * ((codes >> 4) | ((fifth & 2) << 3)) - highMin;
      }
    }
  }
};

/** w = d s (q - 32): 128 bytes of the lower 4 bits, 64 of the upper 2, 16 signed s, d. Groups of 16. */
export const decodeQ6K: BlockDecoder = (bytes, values) => {
  const half = halfTable();
  for (let at = 0, to = 0; to < values.length; at += 210) {
    const d = half[bytes[at + 208] | (bytes[at + 209] << 8)];
    for (let group = 0; group < 16; group++) {
      const scale = d * ((bytes[at + 192 + group] << 24) >> 24);
      const inHalf = group & 7;
      const low = at + 64 * (group >> 3) + 16 * (inHalf & 3);
      const lowShift = inHalf & 4;
      const high = at + 128 + 32 * (group >> 3) + 16 * (inHalf & 1);
      const highShift = inHalf & 6;
      for (let k = 0; k < 16; k++) {
        const q = ((bytes[low + k] >> lowShift) & 15) | (((bytes[high + k] >> highShift) & 3) << 4);
        values[to++] = scale * (q - 32);
      }
    }
  }
};

/**
 * Codes of 2 bits are stored four per byte, 32 bytes for each half of 128 values: the offset of a group of 16. Its
 * shift is twice its index in the four, `group & 6`.
 */
function quarter(group: number): number {
  return 32 * (group >> 3) + 16 * (group & 1);
}

/**
 * Scale of group 0-7 in the 12 packed bytes: the first four in the low 6 bits of bytes 0-3; of the others 4 bits in
 * bytes 8-11, 2 above the first four.
 */
function sixBitScale(bytes: Uint8Array, at: number, group: number): number {
  return group < 4 ? bytes[at + group] & 63 : (bytes[at + group + 4] & 15) | ((bytes[at + group - 4] >> 2) & 48);
}

/** Minimum of group 0-7: like the scales, in bytes 4-7 and the upper halves of bytes 8-11. */
function sixBitMin(bytes: Uint8Array, at: number, group: number): number {
  return group < 4 ? bytes[at + group + 4] & 63 : (bytes[at + group + 4] >> 4) | ((bytes[at + group] >> 2) & 48);
}
