import { type Rule, wholeMatrix } from "./reading.js";
import { lastSegment, nameParts } from "./tensor-name.js";

/** Names of tables of vectors: GPT-2's wte and wpe, GGUF's token_embd, everyone else's "embed...". */
const EMBEDDING = /^(wte|wpe|token_embd|emb|.*embed.*)$/i;

/**
 * A tensor with two axes is a dense layer or an embedding. Whether rows are outputs or inputs does not change the
 * spectrum.
 */
export const readMatrix: Rule = (tensor) => {
  if (tensor.shape.length !== 2) return undefined;
  const { owner, leaf } = nameParts(tensor.name);
  const named = EMBEDDING.test(leaf) || EMBEDDING.test(lastSegment(owner));
  const role = tensor.hints?.role;
  const type =
    role === "embedding" || (role === undefined && named) ? "embedding" : role === "recurrent" ? "recurrent" : "dense";
  return { type, parts: [wholeMatrix(tensor, tensor.shape[0], tensor.shape[1])], notes: [] };
};
