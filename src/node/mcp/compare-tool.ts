import * as z from "zod";
import type { Comparison, LayerComparison } from "../../analysis/index.js";
import { compareNamed } from "../serve/several-models.js";
import { rounded } from "./answer.js";
import {
  cursor,
  layerGlobs,
  maybeText,
  modelPath,
  nextCursor,
  number,
  rowLimit,
  rowsTotal,
  sentences,
  text,
} from "./fields.js";
import { MAX_NOTES_BYTES } from "./limits.js";
import { fitting, KeptResults } from "./pages.js";
import { type Desk, type Tool, tool, UNTRUSTED } from "./tool.js";

const MAX_WARNINGS = 10;

const row = z.object({
  layer: text.describe("The layer's name in a."),
  layer_b: text.describe("Its name in b."),
  status: text.describe("changed, unchanged or failed."),
  kind: maybeText.describe("What kind of change it was; explain has the words."),
  relative_change: number.describe("Frobenius norm of the difference over that of a's weights."),
  dw_rank: number.describe("Rank of the part of the difference that is not random."),
  phase_a: maybeText,
  phase_b: maybeText,
  alpha_a: number.describe("null if a power law does not describe the tail."),
  alpha_b: number,
  reason: maybeText,
});

const output = z.object({
  a: text,
  b: text,
  headline: text.describe("The answer in one or two sentences. Quote this first."),
  kind: maybeText,
  compared: z.int(),
  unchanged: z.int(),
  failed: z.int(),
  relative_change: number.describe("Over all compared layers."),
  transitions: z.array(z.object({ from: maybeText, to: maybeText, layers: z.int() })).describe("Changes of phase."),
  only_in_a: z.int().describe("Layers without a partner in b."),
  only_in_b: z.int(),
  mismatched: z.int().describe("Layers of equal name with other shapes."),
  warnings: sentences,
  rows: z.array(row),
  rows_total: rowsTotal,
  next_cursor: nextCursor,
});

/** `compare`: what `eigenscope compare` says of two models. */
export function compareTool({ finder, queue }: Desk): Tool {
  const kept = new KeptResults<Comparison>();
  return tool({
    name: "compare",
    title: "Compare two models layer by layer",
    description:
      "Compares two states of a model, such as a base and its fine-tuned or quantised version: how much each layer " +
      "changed, whether the change is random, of low rank or rounding, and how phases moved. a is the earlier one. " +
      `Large models take minutes. ${UNTRUSTED}`,
    input: z.object({ a: modelPath, b: modelPath, layers: layerGlobs, rows: rowLimit, cursor }),
    output,
    async run({ a, b, layers = [], rows: most, cursor: at }, { signal, progress }) {
      const subject = JSON.stringify([a, b, layers]);
      const compared = (): Promise<Comparison> =>
        compareNamed(
          finder,
          { a, b },
          {
            layers,
            signal,
            onProgress: ({ layersDone, layersTotal, workDone, workTotal }) =>
              progress(workDone, workTotal, `${layersDone} of ${layersTotal} layers`),
          },
        );
      const { result, from } =
        at === undefined ? { result: await queue.run(compared, signal), from: 0 } : kept.at(at, subject);
      const page = kept.page({ subject, result }, result.layers.map(rowOf), { from, most });
      return { ...headOf(result), ...page } as z.input<typeof output>;
    },
  });
}

function headOf({ a, b, summary, warnings, only_in_a, only_in_b, mismatched }: Comparison): object {
  const { headline, kind, compared, unchanged, failed, relative_change, transitions } = summary;
  return {
    ...{ a: a.label, b: b.label, headline, kind, compared, unchanged, failed, transitions },
    relative_change: rounded(relative_change),
    ...{ only_in_a: only_in_a.length, only_in_b: only_in_b.length, mismatched: mismatched.length },
    warnings: fitting([...warnings, ...a.warnings, ...b.warnings], { most: MAX_WARNINGS, bytes: MAX_NOTES_BYTES }),
  };
}

function rowOf(layer: LayerComparison): Record<string, unknown> {
  const { name, name_b, status, kind, relative_change, dw_rank, phase_a, phase_b, columns, reason } = layer;
  return {
    ...{ layer: name, layer_b: name_b, status, kind, dw_rank, phase_a, phase_b, reason },
    relative_change: rounded(relative_change),
    alpha_a: layer.alpha_valid_a ? rounded(columns.alpha?.a) : null,
    alpha_b: layer.alpha_valid_b ? rounded(columns.alpha?.b) : null,
  };
}
