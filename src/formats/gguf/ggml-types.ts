import { takeBuffer } from "../../bytes/recycled-buffers.js";
import { decodeElements, ELEMENT_TYPES } from "../element-types.js";
import type { Decode } from "../stream-elements.js";
import type { Values } from "../tensor.js";
import type { BlockDecoder } from "./block-decoder.js";
import { decodeMxfp4, decodeNvfp4 } from "./fp4-blocks.js";
import { decodeIQ1M, decodeIQ1S } from "./iq1-blocks.js";
import { decodeIQ2S, decodeIQ2XS, decodeIQ2XXS } from "./iq2-blocks.js";
import { decodeIQ3S, decodeIQ3XXS } from "./iq3-blocks.js";
import { decodeIQ4NL, decodeIQ4XS } from "./iq4-blocks.js";
import { decodeQ2K, decodeQ3K, decodeQ4K, decodeQ5K, decodeQ6K } from "./k-blocks.js";
import { decodeQ4One, decodeQ4Zero, decodeQ5One, decodeQ5Zero, decodeQ8Zero } from "./simple-blocks.js";
import { decodeTQ1Zero, decodeTQ2Zero } from "./ternary-blocks.js";

/** A type of ggml: values come in blocks of `blockSize`, each stored in `blockBytes` bytes. */
export interface GgmlType {
  readonly name: string;
  readonly blockSize: number;
  readonly blockBytes: number;
  readonly floating: boolean;
  readonly quantised: boolean;
  /** Decodes whole blocks to values, which the caller owns; absent if this version does not decode the type. */
  readonly decode?: Decode;
}

/** The types by their numbers in the file [ggml, ggml.h, enum ggml_type]. */
export const GGML_TYPES: ReadonlyMap<number, GgmlType> = new Map([
  [0, plain("F32")],
  [1, plain("F16")],
  [2, blocks("Q4_0", 32, 18, decodeQ4Zero)],
  [3, blocks("Q4_1", 32, 20, decodeQ4One)],
  [6, blocks("Q5_0", 32, 22, decodeQ5Zero)],
  [7, blocks("Q5_1", 32, 24, decodeQ5One)],
  [8, blocks("Q8_0", 32, 34, decodeQ8Zero)],
  // Q8_1 and Q8_K hold activations while a model runs; no weight file has them, and gguf-py does not decode them.
  [9, blocks("Q8_1", 32, 36)],
  [10, blocks("Q2_K", 256, 84, decodeQ2K)],
  [11, blocks("Q3_K", 256, 110, decodeQ3K)],
  [12, blocks("Q4_K", 256, 144, decodeQ4K)],
  [13, blocks("Q5_K", 256, 176, decodeQ5K)],
  [14, blocks("Q6_K", 256, 210, decodeQ6K)],
  [15, blocks("Q8_K", 256, 292)],
  [16, blocks("IQ2_XXS", 256, 66, decodeIQ2XXS)],
  [17, blocks("IQ2_XS", 256, 74, decodeIQ2XS)],
  [18, blocks("IQ3_XXS", 256, 98, decodeIQ3XXS)],
  [19, blocks("IQ1_S", 256, 50, decodeIQ1S)],
  [20, blocks("IQ4_NL", 32, 18, decodeIQ4NL)],
  [21, blocks("IQ3_S", 256, 110, decodeIQ3S)],
  [22, blocks("IQ2_S", 256, 82, decodeIQ2S)],
  [23, blocks("IQ4_XS", 256, 136, decodeIQ4XS)],
  [24, plain("I8")],
  [25, plain("I16")],
  [26, plain("I32")],
  [27, plain("I64")],
  [28, plain("F64")],
  [29, blocks("IQ1_M", 256, 56, decodeIQ1M)],
  [30, plain("BF16")],
  [34, blocks("TQ1_0", 256, 54, decodeTQ1Zero)],
  [35, blocks("TQ2_0", 256, 66, decodeTQ2Zero)],
  [39, blocks("MXFP4", 32, 17, decodeMxfp4)],
  [40, blocks("NVFP4", 64, 36, decodeNvfp4)],
  // Newer than gguf-py 0.19.
  [41, blocks("Q1_0", 128, 18)],
  [42, blocks("Q2_0", 64, 18)],
]);

/** Types, by number, that older files used and that ggml itself no longer reads. */
export const REMOVED_TYPES: ReadonlyMap<number, string> = new Map([
  [4, "Q4_2"],
  [5, "Q4_3"],
  [31, "Q4_0_4_4"],
  [32, "Q4_0_4_8"],
  [33, "Q4_0_8_8"],
  [36, "IQ4_NL_4_4"],
  [37, "IQ4_NL_4_8"],
  [38, "IQ4_NL_8_8"],
]);

/** A plain element type: a block of one. */
function plain(name: string): GgmlType {
  const type = ELEMENT_TYPES.get(name)!;
  return {
    name,
    blockSize: 1,
    blockBytes: type.bytes,
    floating: type.floating,
    quantised: false,
    decode: (bytes, owned) => decodeElements(bytes, type, { owned }),
  };
}

function blocks(name: string, blockSize: number, blockBytes: number, decoder?: BlockDecoder): GgmlType {
  const shape = { name, blockSize, blockBytes, floating: decoder !== undefined, quantised: true };
  if (decoder === undefined) return shape;
  const decode = (bytes: Uint8Array): Values => {
    const values = new Float32Array(takeBuffer((4 * blockSize * bytes.length) / blockBytes));
    decoder(bytes, values);
    return values;
  };
  return { ...shape, decode };
}
