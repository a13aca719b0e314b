import type { Tensor } from "../formats/tensor.js";
import type { StackView } from "./layer.js";
import type { HeadEvidence } from "./layer-heads.js";
import { configFor, type HeadCounts, headCounts, type ModelConfig } from "./model-config.js";
import { contiguousView, type Part, type ReadingContext, type Sides } from "./reading.js";
import { roleWord } from "./tensor-name.js";

/**
 * Queries, keys and values, stored one after the other in that order: PyTorch's MultiheadAttention, GPT-2, ViT, CLIP,
 * MPT, Phi-3, GGUF.
 */
export const QKV_IN_ORDER = /^(?:in_proj_weight|qkv|qkv_proj|Wqkv|c_attn|attn_qkv|to_qkv)$/;
/** The same projections, in a layout that differs by family: NeoX, BLOOM, Falcon, ChatGLM, InternLM 2, Megatron. */
export const QKV_BY_FAMILY = /^(?:query_key_value|wqkv|linear_qkv)$/;

/**
 * Families whose fused tensor holds, for each head of keys and values, its queries, then its key, then its value. With
 * as many query heads as key heads that is [heads, 3, size] (NeoX, BLOOM); with one key head the parts are in order
 * (Falcon 7B, StarCoder).
 */
const BY_GROUP = new RegExp(
  `^(?:${[
    "gpt_neox|gpt_neox_japanese|bloom|persimmon|falcon|RefinedWeb|RefinedWebModel",
    "gpt_bigcode|phi3small|internlm2|internlm2_5",
  ].join("|")})$`,
  "i",
);
/** Families that use a name of the second kind for parts in order. */
const IN_ORDER = /^(?:glm|glm4|bailing_moe.*|bailing.*)$/i;

/** The axis to cut along and the position of each part on it; or why not to cut. */
export type Cut =
  | {
      readonly along: "rows" | "columns";
      readonly sizes: readonly number[];
      readonly group?: readonly number[];
      readonly note: string;
      /** Heads of each part, if the graph gives them. */
      readonly heads?: readonly number[] | undefined;
    }
  | { readonly reason: string };

interface Matrix {
  readonly rows: number;
  readonly cols: number;
}

/** The parts of a fused matrix, as views of its rows or columns. */
export function partsOf(
  names: readonly string[],
  { along, sizes, group, heads }: Exclude<Cut, { readonly reason: string }>,
  { rows, cols }: Matrix,
): Part[] {
  const evidence = (k: number): HeadEvidence => ({
    outputs: [along],
    shown: heads === undefined ? undefined : { count: heads[k], along, from: "the graph's operator" },
  });
  const before = (k: number, all: readonly number[]): number => all.slice(0, k).reduce((sum, size) => sum + size, 0);
  return names.map((name, k): Part => {
    const size = sizes[k];
    const suffix = `[${name}]`;
    if (along === "columns") {
      const view: StackView = {
        count: 1,
        rows,
        cols: size,
        offset: before(k, group ?? sizes),
        matrixStride: 0,
        rowStride: cols,
        colStride: 1,
        ...(group === undefined ? {} : { columnRuns: { cols: group[k], stride: before(group.length, group) } }),
      };
      return { suffix, shape: [rows, size], view, eigenvalueScale: 1, heads: evidence(k) };
    }
    const view = contiguousView(1, size, cols, before(k, group ?? sizes) * cols);
    const part = { suffix, shape: [size, cols], eigenvalueScale: 1, heads: evidence(k) };
    if (group === undefined) return { ...part, view };
    const runs = { rows: group[k], stride: before(group.length, group) * cols };
    return { ...part, view: { ...view, runs } };
  });
}

/** How a fused projection of attention is cut into queries, keys and values; a reason if that is not certain. */
export function cutOfAttention(tensor: Tensor, word: string, context: ReadingContext): Cut {
  const config = configFor(tensor.name, context.config);
  const counts = config === undefined ? undefined : headCounts(config);
  const order = orderOf(word, config);
  if (typeof order !== "string") return order;
  const byHeads = counts === undefined ? undefined : cutByHeads(tensor, counts, order);
  if (byHeads !== undefined) return byHeads;
  if (order === "by group")
    return { reason: "its heads interleave, and only config.json with the number of heads can separate them" };
  return cutLikeOrEqually(tensor, 3, context);
}

function orderOf(word: string, config: ModelConfig | undefined): "in order" | "by group" | { readonly reason: string } {
  const family = config?.modelType;
  if (word === "attn_qkv") return "in order";
  if (family === "codegen") return { reason: "CodeGen's order of heads is not supported" };
  if (family === "chatglm" && word === "query_key_value")
    return config?.keyValueHeads === config?.heads ? "by group" : "in order";
  if (family !== undefined && BY_GROUP.test(family)) return "by group";
  if (!QKV_BY_FAMILY.test(word) || (family !== undefined && IN_ORDER.test(family))) return "in order";
  return { reason: `the order within ${word} differs by family; only config.json with a known model_type can decide` };
}

function cutByHeads(
  tensor: Tensor,
  { heads, keyValueHeads, headDim }: HeadCounts,
  order: "in order" | "by group",
): Cut | undefined {
  const sizes = [heads * headDim, keyValueHeads * headDim, keyValueHeads * headDim];
  const total = sizes[0] + sizes[1] + sizes[2];
  const along = axes(tensor).find((axis) => tensor.shape[axis === "rows" ? 0 : 1] === total);
  if (along === undefined) return undefined;
  const note = ` (${heads} heads of ${headDim}, ${keyValueHeads} of keys and values)`;
  if (order === "in order" || keyValueHeads === 1) return { along, sizes, note };
  if (along === "columns") return { reason: "its heads interleave along its columns" };
  return { along, sizes, note, group: sizes.map((size) => size / keyValueHeads) };
}

/** Sizes given by another model take precedence over equal parts by name. */
export function cutLikeOrEqually(tensor: Tensor, count: number, { partSides }: ReadingContext): Cut {
  const sides = partSides?.get(tensor.name);
  const alike = sides === undefined ? undefined : cutLike(tensor, sides);
  if (alike !== undefined && !("reason" in alike)) return alike;
  const equal = equalParts(tensor, count);
  return "reason" in equal ? (alike ?? equal) : equal;
}

/**
 * Cuts by the sides of parts that another model stores separately, in either orientation: all share one side of the
 * tensor, and their other sides add up to the tensor's other side.
 */
function cutLike(tensor: Tensor, parts: readonly Sides[]): Cut {
  const [rows, cols] = tensor.shape;
  const cuts = axes(tensor).flatMap((along) => {
    const [total, shared] = along === "rows" ? [rows, cols] : [cols, rows];
    const sizes = parts.flatMap(([r, c]) => (c === shared ? [r] : r === shared ? [c] : []));
    const fits = sizes.length === parts.length && sizes.reduce((sum, size) => sum + size, 0) === total;
    return fits ? [{ along, sizes, note: ` (cut into ${sizes.join(", ")} like the other model's)` }] : [];
  });
  const theirs = parts.map(([r, c]) => `${r} x ${c}`).join(", ");
  if (cuts.length === 0) return { reason: `${rows} x ${cols} is not the sum of the other model's parts (${theirs})` };
  if (cuts.length > 1)
    return { reason: `${rows} x ${cols} may be cut along either axis into the other model's parts (${theirs})` };
  return cuts[0];
}

/** Equal parts along the axis of outputs. */
function equalParts(tensor: Tensor, count: number): Cut {
  const [rows, cols] = tensor.shape;
  const sides = { rows, columns: cols };
  const other = { rows: cols, columns: rows };
  // A hidden layer has any width, and its halves are equal by name. Thirds are equal if each is as wide as the model;
  // otherwise there are fewer keys than queries.
  const along = axes(tensor).find((axis) =>
    count === 2 ? sides[axis] % 2 === 0 : sides[axis] === count * other[axis],
  );
  if (along === undefined) {
    const needed = count === 2 ? "" : ", and config.json with the numbers of heads is needed";
    return { reason: `${rows} x ${cols} does not determine the parts' sizes${needed}` };
  }
  return { along, sizes: Array.from({ length: count }, () => sides[along] / count), note: "" };
}

/**
 * The axes of outputs of any projection, the likelier first. GPT-2's Conv1D has a square `c_proj`; `c_attn` beside it
 * shows how both are stored.
 */
export function outputAxes(tensor: Tensor, byName: ReadonlyMap<string, Tensor>): readonly ("rows" | "columns")[] {
  const beside = roleWord(tensor.name) === "c_proj" ? byName.get(tensor.name.replace("c_proj", "c_attn")) : undefined;
  const [rows, cols] = beside?.shape ?? [0, 0];
  return cols > rows ? ["columns", "rows"] : axes(tensor);
}

/**
 * The axes that may be the axis of outputs, the likelier first: rows in PyTorch, columns in GPT-2's Conv1D and in
 * TensorFlow.
 */
function axes({ name, hints }: Tensor): readonly ("rows" | "columns")[] {
  if (hints?.denseLayout !== undefined) return hints.denseLayout === "out-in" ? ["rows"] : ["columns"];
  return roleWord(name) === "c_attn" || /[./]kernel(?::0)?$/.test(name) ? ["columns", "rows"] : ["rows", "columns"];
}
