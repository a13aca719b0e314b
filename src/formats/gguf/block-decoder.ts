/**
 * Decodes consecutive whole blocks, as many as fit in `values`. All arithmetic is in double precision with one rounding
 * to float32 at the end. Products and sums of a binary16 scale with codes of at most 8 bits are exact in between, so
 * the result equals gguf-py's float32 arithmetic bit for bit.
 */
export type BlockDecoder = (bytes: Uint8Array, values: Float32Array) => void;
