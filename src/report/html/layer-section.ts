import type { Percentile } from "../../analysis/atlas/reference-values.js";
import type { LayerRecord } from "../../analysis/report.js";
import { printable } from "../../bytes/errors.js";
import { decisionChart } from "../charts/decision-chart.js";
import { columnsIn, EVIDENCE_COLUMNS } from "../columns.js";
import { numberText, plural, plusMinus, shapeText } from "../number-text.js";
import { phaseLabelOf } from "../phase-style.js";
import type { LayerPicture } from "../picture.js";
import { printableSentence } from "../printable-sentence.js";
import { placesText } from "../reference-text.js";
import { charts } from "./layer-charts.js";
import { sectionId } from "./layer-table.js";
import { html, type Markup, trusted } from "./markup.js";
import { phaseName } from "./phase-mark.js";
import { type FieldValue, valueText } from "./value-text.js";

/** Columns that other lines of the section show. */
const SHOWN_ELSEWHERE = new Set<keyof LayerRecord>([
  ...([
    "layer_id",
    "name",
    "longname",
    "layer_type",
    "shape",
    "dtype",
    "transposed",
    "status",
    "reason",
    "alpha_valid",
    "alpha_reason",
  ] as const),
  ...([
    "warning",
    "phase",
    "phase_confidence",
    "phase_evidence",
    "phase_reason",
    "phase_path",
    "notes",
    "route",
  ] as const),
  ...(["verdict", "verdict_reason"] as const),
]);
const DECISION_WIDTH = 640;
/** Columns computed from alpha. */
const ALPHA_COLUMNS = new Set<keyof LayerRecord>([
  "alpha",
  "alpha_weighted",
  "log_alpha_norm",
  "sigma",
  "erg_delta_lambda_min",
  "erg_log_det",
]);

/** Where the layer lies among those of known networks. */
function placeLine(places: readonly Percentile[]): Markup {
  const text = placesText(places);
  return text === "" ? html`` : html`<p class="small quiet">${text}.</p>`;
}

/** One layer: shape and kind, phase and reason, its spectrum on two kinds of axes, and all its numbers. */
export function layerSection(
  layer: LayerRecord,
  picture: LayerPicture | null,
  { index, places }: { readonly index: number; readonly places: readonly Percentile[] },
): Markup {
  return html`<section class="layer" id="${sectionId(index)}" aria-labelledby="${sectionId(index)}-name">
<h3 id="${sectionId(index)}-name">${printable(layer.name)}</h3>
<p class="quiet small">${identity(layer)}</p>
${phaseLine(layer)}
${verdictLine(layer)}
${placeLine(places)}
${picture !== null && charts(picture)}
${remarks(layer).map((remark) => html`<p class="small quiet">${remark}</p>`)}
${decision(layer)}
${numbers(layer)}
</section>
`;
}

function identity({ layer_type, shape, dtype, transposed, N, M, Q, rf, num_evals, route }: LayerRecord): string {
  const matrices = rf === 1 ? `W ${N}×${M}${transposed ? " (transposed)" : ""}` : `${rf} matrices ${N}×${M}, pooled`;
  const parts = [
    layer_type,
    shapeText(shape, "×"),
    printable(dtype),
    matrices,
    `Q ${numberText(Q)}`,
    plural(num_evals, "eigenvalue"),
  ];
  return [...parts, route === null ? null : `${route} route`].filter((part) => part !== null).join(" · ");
}

function phaseLine(layer: LayerRecord): Markup {
  const { phase, phase_confidence, phase_reason, reason } = layer;
  if (phaseLabelOf(layer) === "failed")
    return html`<p><strong>Failed:</strong> ${printableSentence(reason ?? "no reason was given")}.</p>`;
  const sure =
    phase !== null && phase_confidence !== null
      ? html` <span class="quiet">(confidence ${Math.round(100 * phase_confidence)} %)</span>`
      : null;
  const phaseMark = phaseName(phaseLabelOf(layer));
  return html`<p><strong>${phaseMark}</strong>${sure} ${printableSentence(phase_reason ?? "")}</p>`;
}

function verdictLine({ verdict, verdict_reason, lambda_max }: LayerRecord): Markup | null {
  return lambda_max === null
    ? null
    : html`<p>Verdict: <strong>${verdict}</strong>. ${printableSentence(verdict_reason)}</p>`;
}

function remarks({
  alpha_valid,
  alpha_reason,
  alpha,
  sigma,
  lambda_max,
  reason,
  warning,
  notes,
  longname,
  name,
}: LayerRecord): string[] {
  if (lambda_max === null) return notes.map(printableSentence);
  const labelled = warning === "" ? "" : `: WeightWatcher labels it "${printable(warning)}"`;
  return [
    alpha_valid && alpha !== null ? `alpha ${plusMinus(alpha, sigma, " ")}${labelled}.` : null,
    alpha_valid ? null : `No alpha: ${printableSentence(alpha_reason ?? "a power law does not describe the tail")}`,
    reason === null ? null : printableSentence(reason),
    longname === name ? null : `In the file: ${printable(longname)}`,
    ...notes.map(printableSentence),
  ].filter((remark) => remark !== null);
}

function decision({ phase, phase_confidence, phase_path }: LayerRecord): Markup | null {
  const decided = { phase, confidence: phase_confidence ?? 0 };
  const chart = decisionChart(phase_path ?? [], { width: DECISION_WIDTH, decided });
  if (chart === "") return null;
  return html`<details><summary>How the phase was decided</summary>
<figure class="path" aria-label="Chart of the questions and their answers">${trusted(chart)}</figure>
<p class="small quiet">The questions in order, each with its answer and how probable it is. A dot right of the line
speaks for yes; its distance from the line is certainty (up to 4 standard errors), not size.</p></details>`;
}

/**
 * The evidence and every other value of the row. If alpha is not valid, numbers computed from it are only in the JSON.
 */
function numbers(layer: LayerRecord): Markup | null {
  const { phase_evidence: evidence, alpha_valid, lambda_max } = layer;
  if (lambda_max === null) return null;
  const fields = columnsIn([layer]).filter(
    ({ name }) => !SHOWN_ELSEWHERE.has(name) && (alpha_valid || !ALPHA_COLUMNS.has(name)),
  );
  const statistics = EVIDENCE_COLUMNS.filter(({ name }) => alpha_valid || name !== "alpha");
  return html`${
    evidence !== null &&
    html`<details><summary>Evidence for the phase</summary>
<dl class="numbers">${statistics.map(({ name }) => term(`evidence-${name}`, name, evidence[name]))}</dl></details>`
  }
<details><summary>All numbers</summary>
<dl class="numbers">${fields.map(({ name }) => term(name, name, layer[name]))}</dl></details>`;
}

function term(key: string, name: string, value: FieldValue): Markup {
  return html`<div><dt data-c="${key}">${name}</dt><dd>${valueText(value, 5)}</dd></div>`;
}
