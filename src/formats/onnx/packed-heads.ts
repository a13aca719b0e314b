import type { TensorHints } from "../tensor.js";
import type { Use } from "./scope.js";

/** Between a product and its attention lie a bias, reshapes and perhaps a cast. */
const MAX_STEPS = 6;
const PASSES: ReadonlySet<string> = new Set(["Add", "Reshape", "Cast", "Identity", "Unsqueeze", "Squeeze"]);

/**
 * The projections in the columns of a matrix whose product feeds one of ONNX Runtime's attention operators [ONNX
 * Runtime, ContribOperators.md]: MultiHeadAttention takes packed projections by head (heads, 3, size), or keys and
 * values (heads, 2, size); GroupQueryAttention takes queries, keys and values in order. Undefined for any other
 * product.
 */
export function packedHeads(product: Use, width: number): TensorHints["projections"] {
  let { scope } = product;
  let name = product.node.outputs[0] ?? "";
  for (let step = 0; step < MAX_STEPS; step++) {
    const uses = scope.uses(name);
    const use = uses[0];
    if (use === undefined || uses.length > 1) return undefined;
    const { op, inputs, integers } = use.node;
    if (op === "MultiHeadAttention") {
      const heads = integers.get("num_heads")?.[0] ?? 0;
      if (use.input === 0 && isAbsent(inputs, 1) && isAbsent(inputs, 2)) return byHead(["q", "k", "v"], heads, width);
      return use.input === 1 && isAbsent(inputs, 2) ? byHead(["k", "v"], heads, width) : undefined;
    }
    if (op === "GroupQueryAttention" && use.input === 0 && isAbsent(inputs, 1) && isAbsent(inputs, 2))
      return inOrder(integers.get("num_heads")?.[0] ?? 0, integers.get("kv_num_heads")?.[0] ?? 0, width);
    if (!PASSES.has(op)) return undefined;
    name = use.node.outputs[0] ?? "";
    scope = use.scope;
  }
  return undefined;
}

function isAbsent(inputs: readonly string[], k: number): boolean {
  return (inputs[k] ?? "") === "";
}

function byHead(names: readonly string[], heads: number, width: number): TensorHints["projections"] {
  const size = width / (heads * names.length);
  return Number.isInteger(size) && size > 0
    ? { along: "columns", names, sizes: names.map(() => size), runs: heads }
    : undefined;
}

function inOrder(heads: number, keys: number, width: number): TensorHints["projections"] {
  const size = width / (heads + 2 * keys);
  if (!(Number.isInteger(size) && size > 0 && keys > 0)) return undefined;
  const counts = [heads, keys, keys];
  return { along: "columns", names: ["q", "k", "v"], sizes: counts.map((count) => count * size), heads: counts };
}
