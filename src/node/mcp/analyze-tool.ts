import * as z from "zod";
import { finiteReport } from "../../analysis/finite.js";
import type { LayerRecord, Report } from "../../analysis/index.js";
import { analyze } from "../analyze.js";
import { explained } from "../serve/explained.js";
import { Refusal } from "../serve/refusal.js";
import { rounded } from "./answer.js";
import {
  counts,
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
import { MAX_FINDINGS_BYTES, MAX_NOTES_BYTES } from "./limits.js";
import { fitting, KeptResults } from "./pages.js";
import { type Desk, type Tool, tool, UNTRUSTED } from "./tool.js";

/** Most findings in one answer, worst first. */
const MAX_FINDINGS = 20;
const MAX_WARNINGS = 10;

const row = z.looseObject({
  layer: text.describe("The layer's full name."),
  shape: z.array(z.int()),
  phase: maybeText.describe("One of the 5+1 phases, or undecided; null if there is no spectrum."),
  phase_confidence: number.describe("0 to 1."),
  alpha: number.describe("Exponent of the power-law tail; null if a power law does not describe it."),
  alpha_low: number.describe("95 % interval of alpha."),
  alpha_high: number,
  spikes: number.describe("Eigenvalues beyond the edge of the random bulk."),
  stable_rank: number,
  mp_soft_rank: number,
  verdict: text,
  reason: maybeText.describe("Why the layer has no result, or no phase; null if it has both."),
});

const finding = z.object({
  layer: text,
  kind: text,
  severity: text,
  certainty: number.describe("0 to 1; null if there is none."),
  what: text,
  advice: text,
});

const output = z.object({
  model: text,
  format: text,
  verdict: text.describe("The answer in one word."),
  headline: text.describe("The answer in one or two sentences. Quote this first."),
  layers_failed: z.int(),
  tensors_skipped: z.int(),
  phases: counts.describe("How many layers are in each phase."),
  alpha: z.object({ mean: number, layers: z.int() }).describe("Mean over the layers whose alpha is valid."),
  findings: z.array(finding).optional().describe("What stands out, worst first. In the first answer only."),
  findings_more: z.int().optional().describe("Findings that are not listed."),
  warnings: sentences.optional(),
  rows: z.array(row).describe("Layers in the model's order."),
  rows_total: rowsTotal,
  next_cursor: nextCursor,
});

/** `analyze`: what `eigenscope analyze` says of a model, answer first, then layers page by page. */
export function analyzeTool({ finder, queue }: Desk): Tool {
  const kept = new KeptResults<Report>();
  return tool({
    name: "analyze",
    title: "Analyse a model's weights",
    description:
      "Reads the quality of a neural network off its weights, without data: the spectrum of each layer, fits of " +
      "random-matrix theory, and the 5+1 phases of Martin and Mahoney. The answer has a headline, findings and a row " +
      `per layer. Large models take minutes. Call explain for the words. ${UNTRUSTED}`,
    input: z.object({
      path: modelPath,
      layers: layerGlobs,
      columns: z
        .enum(["main", "all"])
        .default("main")
        .describe('"all": every column of the report for each layer (long); best with layers.'),
      rows: rowLimit,
      cursor,
    }),
    output,
    async run({ path, layers = [], columns, rows: most, cursor: at }, { signal, progress }) {
      const subject = JSON.stringify([path, layers]);
      const analysed = async (): Promise<Report> => {
        const input = await finder.find(path, signal);
        if (input.kind !== "files")
          throw new Refusal(400, `${input.label} is the folder of a run. Name the weights themselves.`);
        return queue.run(async () => {
          const analysis = analyze(input.files, {
            layers,
            signal,
            onProgress: ({ layersDone, layersTotal, workDone, workTotal }) =>
              progress(workDone, workTotal, `${layersDone} of ${layersTotal} layers`),
          });
          return finiteReport(await analysis.report());
        }, signal);
      };
      const { result, from } = at === undefined ? { result: await explained(analysed), from: 0 } : kept.at(at, subject);
      const rowOf = columns === "all" ? allColumns : mainColumns;
      const page = kept.page({ subject, result }, result.layers.map(rowOf), { from, most });
      return { ...headOf(result), ...(at === undefined && notesOf(result)), ...page } as z.input<typeof output>;
    },
  });
}

function headOf({ input, summary }: Report): object {
  const { verdict, headline, failed, skipped, phases, undecided, alpha } = summary;
  return {
    ...{ model: input.label, format: input.format, verdict, headline },
    ...{ layers_failed: failed, tensors_skipped: skipped },
    phases: { ...phases, undecided },
    alpha: { mean: rounded(alpha.mean), layers: alpha.layers },
  };
}

function notesOf({ findings, input }: Report): object {
  const told = findings.map(({ layer, kind, severity, certainty, what, advice }) => {
    return { layer, kind, severity, certainty: rounded(certainty), what, advice };
  });
  const listed = fitting(told, { most: MAX_FINDINGS, bytes: MAX_FINDINGS_BYTES });
  return {
    findings: listed,
    findings_more: findings.length - listed.length,
    warnings: fitting(input.warnings, { most: MAX_WARNINGS, bytes: MAX_NOTES_BYTES }),
  };
}

function mainColumns(layer: LayerRecord): Record<string, unknown> {
  const { longname, shape, phase, phase_confidence, alpha_valid, alpha, alpha_low, alpha_high } = layer;
  const { spikes, stable_rank, mp_soft_rank, verdict, status, reason, phase_reason } = layer;
  const hasPhase = phase !== null && phase !== "undecided";
  return {
    layer: longname,
    shape,
    phase,
    phase_confidence: rounded(phase_confidence),
    alpha: alpha_valid ? rounded(alpha) : null,
    alpha_low: alpha_valid ? rounded(alpha_low) : null,
    alpha_high: alpha_valid ? rounded(alpha_high) : null,
    spikes,
    stable_rank: rounded(stable_rank),
    mp_soft_rank: rounded(mp_soft_rank),
    verdict,
    reason: status === "failed" ? reason : hasPhase ? null : phase_reason,
  };
}

/** All columns under their own names, beside the main ones. An alpha that is not valid is there, with alpha_valid. */
function allColumns(layer: LayerRecord): Record<string, unknown> {
  return { ...layer, layer: layer.longname };
}
