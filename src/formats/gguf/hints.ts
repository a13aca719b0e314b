import type { TensorHints } from "../tensor.js";

/**
 * llama.cpp's tables of vectors [gguf-py, constants.py, TENSOR_NAMES]: tokens, positions, token types, and those of the
 * vision towers.
 */
const EMBEDDING = /(^|\.)(token_embd|position_embd|token_types|per_layer_token_embd)\.weight$/;
/** "attn_norm", "attn_norm_2", "output_norm"; "ln1" and "post_ln" of the vision towers. */
const NORM = /(norm(_[a-z0-9]+)?|(^|[._])ln\d?)\.(weight|bias)$/;

/**
 * Hints from llama.cpp's names. Its matrices are stored as they multiply, y = W x with the inputs along the rows, and
 * its kernels as PyTorch's; shapes are row-major here.
 */
export function hintsFor(name: string, shape: readonly number[]): TensorHints | undefined {
  if (NORM.test(name) && shape.length < 2) return { role: "norm" };
  if (name.endsWith(".bias")) return { role: "bias" };
  if (EMBEDDING.test(name)) return { role: "embedding" };
  if (shape.length === 4) return { role: "conv", kernelLayout: "oihw" };
  return shape.length === 2 ? { role: "dense", denseLayout: "out-in" } : undefined;
}
