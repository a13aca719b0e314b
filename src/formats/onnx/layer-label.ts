import type { GraphNode } from "./node-proto.js";

/**
 * Names that exporters generate: "onnx::MatMul_1234", "123", "val_12", "/encoder/Constant_3_output_0",
 * "const_fold_opt__12".
 */
const GENERATED_NAME = new RegExp(
  [
    "^onnx::",
    String.raw`^\d+$`,
    String.raw`^(val|const|constant|initializer|tensor|t)_*\d+$`,
    String.raw`(^|\/)Constant(_\d+)?(_output_\d+)?$`,
    "^const_fold_opt__",
    "^new_init__",
  ].join("|"),
  "i",
);

interface Consumer {
  readonly tensor: string;
  readonly node: GraphNode;
  /** Which of the operator's weights it is, if it takes several. */
  readonly word?: string | undefined;
}

/**
 * A name for a weight with a generated name, from the path of the node that takes it:
 * "/model/layers.0/self_attn/q_proj/MatMul" gives "model.layers.0.self_attn.q_proj", as PyTorch would call it.
 * Undefined if the tensor has a name of its own, or the node has no path.
 */
export function layerLabel({ tensor, node, word }: Consumer): string | undefined {
  if (!GENERATED_NAME.test(tensor)) return undefined;
  const path = node.name.split("/").filter((segment) => segment !== "");
  // Quantisers append to the operator's name: "MatMul_quant" is that of a MatMulInteger.
  const last = (path[path.length - 1] ?? "").replace(/_(quant|Q\d+)$/i, "");
  if (last !== "" && node.op.startsWith(last)) path.pop();
  const plain = path.length > 1 || (path.length === 1 && !path[0].startsWith(`${node.op}_`));
  if (!plain) return undefined;
  return [...path, ...(word === undefined ? [] : [word])].join(".");
}
