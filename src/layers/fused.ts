import type { Tensor, TensorHints } from "../formats/tensor.js";
import { type Cut, cutLikeOrEqually, cutOfAttention, partsOf, QKV_BY_FAMILY, QKV_IN_ORDER } from "./fused-cuts.js";
import type { Layer } from "./layer.js";
import { type Reading, type ReadingContext, type Rule, wholeMatrix } from "./reading.js";
import { roleWord } from "./tensor-name.js";

const QKV = ["q", "k", "v"] as const;
const ANALYSED_AS_ONE = " are stored in one matrix and were analysed as one: ";
const GATE_UP = ["gate", "up"] as const;

/** Gate and up projection, one after the other: Phi-3, GLM-4, DINOv2's SwiGLU. */
const GATE_UP_IN_ORDER = /^(?:gate_up_proj|gate_up|w12)$/;
/** Keys and values of cross attention. */
const KV_IN_ORDER = /^to_kv$/;

/**
 * Projections that one matrix holds side by side. They are split if the sizes of the parts are certain: from the heads
 * in the configuration, or because the parts are equal by name. Otherwise (and with --fused whole) they stay one
 * matrix, with a note that gives the reason: its spectrum is not the union of the parts' spectra.
 */
export const readFused: Rule = (tensor, context) => {
  const role = tensor.hints?.role;
  if (tensor.shape.length !== 2 || (role !== undefined && role !== "dense")) return undefined;
  const projections = tensor.hints?.projections;
  if (projections !== undefined) return read(tensor, projections.names, { context, cut: cutByGraph(projections) });
  // A graph may know the role of a tensor whose own name says nothing.
  const name = tensor.hints?.label ?? tensor.name;
  const word = roleWord(name);
  const attention =
    word === "in_proj" ? /attn|attention/i.test(name) : QKV_IN_ORDER.test(word) || QKV_BY_FAMILY.test(word);
  if (attention) return read(tensor, QKV, { context, cut: cutOfAttention(tensor, word, context) });
  if (GATE_UP_IN_ORDER.test(word)) return read(tensor, GATE_UP, { context, cut: cutLikeOrEqually(tensor, 2, context) });
  if (KV_IN_ORDER.test(word)) return read(tensor, ["k", "v"], { context, cut: cutLikeOrEqually(tensor, 2, context) });
  return undefined;
};

/** Why a fused tensor was analysed whole and not in parts; undefined for any other layer. */
export function whyWhole({ notes }: Pick<Layer, "notes">): string | undefined {
  const note = notes.find((text) => text.includes(ANALYSED_AS_ONE));
  return note?.slice(note.indexOf(ANALYSED_AS_ONE) + ANALYSED_AS_ONE.length);
}

function read(
  tensor: Tensor,
  names: readonly string[],
  { context, cut }: { readonly context: ReadingContext; readonly cut: Cut },
): Reading {
  const [rows, cols] = tensor.shape;
  const reason = context.fused === "whole" ? "as --fused whole asks" : "reason" in cut ? cut.reason : undefined;
  if (reason !== undefined || "reason" in cut) {
    return {
      type: "dense",
      parts: [wholeMatrix(tensor, rows, cols)],
      notes: [`${names.join(", ")}${ANALYSED_AS_ONE}${reason}`],
    };
  }
  return {
    type: "dense",
    parts: partsOf(names, cut, { rows, cols }),
    notes: [`one of ${names.join(", ")}, which are stored in one matrix${cut.note}`],
  };
}

/** Sizes of the parts as the graph's operator gives them; with `runs`, one run of each part for every head. */
function cutByGraph({
  along,
  names,
  sizes,
  runs,
  heads = runs === undefined ? undefined : names.map(() => runs),
}: NonNullable<TensorHints["projections"]>): Cut {
  const note =
    runs === undefined ? " (by the graph's operator)" : ` (by the graph's operator, for each of ${runs} heads)`;
  return runs === undefined
    ? { along, sizes, note, heads }
    : { along, sizes: sizes.map((size) => size * runs), group: sizes, note, heads };
}
