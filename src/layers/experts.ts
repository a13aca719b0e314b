import type { Tensor } from "../formats/tensor.js";
import { configFor } from "./model-config.js";
import { contiguousView, type Part, type Reading, type ReadingContext } from "./reading.js";
import { roleWord } from "./tensor-name.js";

/** The largest mixtures have 512 experts per layer; a longer first axis is not a stack of layers. */
const MAX_STACK = 1024;

/** Gate and up projection of each expert in one tensor, and the name of the down projection that follows it. */
const GATE_UP: readonly (readonly [gateUp: RegExp, down: string])[] = [
  [/^(?:gate_up_proj|gate_up)$/, "down_proj"],
  [/^w13(?:_weight)?$/, "w2_weight"],
  [/^input_linear$/, "output_linear"],
  [/^ffn_gate_up_exps$/, "ffn_down_exps"],
];

/**
 * A stack of matrices along the first axis, one layer each. Gate and up projections are split into their halves if it
 * is certain which half is which.
 */
export function experts(tensor: Tensor, context: ReadingContext, notes: readonly string[]): Reading {
  const [count, rows, cols] = tensor.shape;
  if (count > MAX_STACK)
    return {
      reason:
        `three axes (${tensor.shape.join(" x ")}) that are neither a kernel nor a stack of at most ` +
        `${MAX_STACK} matrices`,
    };
  const halves = halvesOf(tensor, context);
  if (halves === undefined || "note" in halves) {
    const whole = (k: number): Part => ({
      suffix: `[${k}]`,
      shape: [rows, cols],
      view: contiguousView(1, rows, cols, k * rows * cols),
      eigenvalueScale: 1,
    });
    const said =
      halves === undefined ? [] : [`gate, up are stored in one matrix and were analysed as one: ${halves.note}`];
    return { type: "experts", parts: Array.from({ length: count }, (_, k) => whole(k)), notes: [...notes, ...said] };
  }
  const parts = Array.from({ length: count }, (_, k) =>
    [0, 1].map((half) => halfOf(tensor, { expert: k, half, ...halves })),
  );
  const how = halves.interleaved ? ` in alternate ${halves.along}` : "";
  return {
    type: "experts",
    parts: parts.flat(),
    notes: [...notes, `one of gate, up, which are stored in one matrix${how}`],
  };
}

/** The axis of an expert's matrix along which gate and up lie, and whether they alternate. */
interface Halves {
  readonly along: "rows" | "columns";
  readonly interleaved: boolean;
}

function halfOf(
  { shape: [, rows, cols] }: Tensor,
  { expert, half, along, interleaved }: Halves & { expert: number; half: number },
): Part {
  const [height, width] = along === "rows" ? [rows / 2, cols] : [rows, cols / 2];
  const first = (along === "rows" ? cols : 1) * (interleaved ? 1 : along === "rows" ? height : width);
  const view = {
    count: 1,
    rows: height,
    cols: width,
    offset: expert * rows * cols + half * first,
    matrixStride: 0,
    rowStride: along === "rows" && interleaved ? 2 * cols : cols,
    colStride: along === "columns" && interleaved ? 2 : 1,
  };
  return { suffix: `[${expert}][${half === 0 ? "gate" : "up"}]`, shape: [height, width], view, eigenvalueScale: 1 };
}

/**
 * The halves of a tensor; undefined if its name does not imply halves. gpt-oss and Llama 4 store an expert as in x out
 * (E, d, 2f), the others as out x in (E, 2f, d). The down projection (E, f, d or E, d, f) decides, else the width of
 * the model. gpt-oss alternates gate and up, and is the family with biases [transformers,
 * models/gpt_oss/modeling_gpt_oss.py: gate, up = gate_up[..., ::2], gate_up[..., 1::2]; the others: chunk(2)].
 */
function halvesOf(
  { name, shape: [, rows, cols] }: Tensor,
  context: ReadingContext,
): Halves | { readonly note: string } | undefined {
  const word = roleWord(name);
  const companion = GATE_UP.find(([pattern]) => pattern.test(word))?.[1];
  if (companion === undefined) return undefined;
  if (context.fused === "whole") return { note: "as --fused whole asks" };
  const at = name.lastIndexOf(word);
  const down = context.byName.get(`${name.slice(0, at)}${companion}${name.slice(at + word.length)}`);
  const model = configFor(name, context.config);
  const along = axisByDown([rows, cols], down) ?? axisByWidth([rows, cols], model?.hiddenSize);
  if (along === undefined || (along === "rows" ? rows : cols) % 2 !== 0) {
    return { note: `neither ${companion} nor config.json shows which axis is that of outputs` };
  }
  const interleaved = model?.modelType === "gpt_oss" || context.byName.has(`${name}_bias`);
  return { along, interleaved };
}

type Sides = readonly [rows: number, cols: number];

/** By the down projection: (d, 2f) goes with (f, d), (2f, d) with (d, f). */
function axisByDown([rows, cols]: Sides, down: Tensor | undefined): Halves["along"] | undefined {
  const [, inputs, outputs] = down?.shape ?? [];
  if (cols === 2 * inputs && rows === outputs) return "columns";
  return rows === 2 * outputs && cols === inputs ? "rows" : undefined;
}

/** By the width of the model, which is the side of inputs. */
function axisByWidth([rows, cols]: Sides, width: number | undefined): Halves["along"] | undefined {
  if (rows === cols) return undefined;
  return rows === width ? "columns" : cols === width ? "rows" : undefined;
}
