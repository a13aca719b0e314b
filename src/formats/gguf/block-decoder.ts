/**
 * Decodes whole blocks laid end to end, as many as `values` has room for. All arithmetic is in double precision with
 * one rounding to float32 at the end; products and sums of a binary16 scale with codes of at most 8 bits are exact in
 * between, so that the result is that of gguf-py's float32 arithmetic, bit for bit.
 */
export type BlockDecoder = (bytes: Uint8Array, values: Float32Array) => void;
