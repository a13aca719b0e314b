import type { LayerRecord, Mean, Report, ReportSummary } from "../analysis/report.js";
import { printable } from "../bytes/errors.js";
import { attentionLines } from "./attention.js";
import { COLUMNS_BY_OPTION } from "./columns.js";
import { countText, numberText, plural } from "./number-text.js";
import { type Painter, painter, paintPhase } from "./paint-phase.js";
import { countByPhaseLabel, type PhaseLabel, phaseLabelOf } from "./phase-style.js";
import { printableSentence } from "./printable-sentence.js";
import { referenceLines } from "./reference-text.js";
import { skippedKinds } from "./skipped-kinds.js";
import type { TerminalLook } from "./table.js";
import { pad, wrap } from "./text-layout.js";

/** Width of the headings on the left. */
const MARGIN = 12;
/** Most names under one reason before "and n more". */
const MAX_NAMES = 3;
/** Most added columns before "and n more". With one, the line fits 80 cells. */
const MAX_ADDED_NAMES = 1;
/** Cells of the longest bar. */
const MAX_BAR_WIDTH = 24;

/**
 * The summary below the table: the answer and what to look at, phases with bars, means with the number of their layers,
 * findings, undecided and failed layers, and skipped tensors.
 */
export function renderSummary(report: Report, { width = 80, color = false }: TerminalLook = {}): string {
  const paint = painter(color);
  const margin = " ".repeat(MARGIN);
  const wrapped = (sentences: readonly string[]): string[] =>
    sentences.flatMap((sentence) => wrap(sentence, width, { first: margin, rest: `${margin}  ` }));
  const blocks: [heading: string, lines: string[]][] = [
    ["answer", wrapped([printableSentence(report.summary.headline)])],
    ["look at", wrapped(attentionLines(report.findings))],
    ["layers", wrapped([layersLine(report.summary)])],
    // The bars have their own spacing and colour, and fit without wrapping.
    ["phases", phaseLines(report, width, paint).map((line) => margin + line)],
    ["means", wrapped(meanLines(report.summary))],
    ["findings", wrapped(report.summary.findings.map(printableSentence))],
    ["reference", wrapped(referenceLines(report.reference))],
    ["undecided", wrapped(layersByReason(report.layers, "undecided", ({ phase_reason }) => phase_reason))],
    ["failed", wrapped(layersByReason(report.layers, "failed", ({ reason }) => reason))],
    ["skipped", wrapped(skippedLines(report))],
    ["added", wrapped(addedLines(report.layers))],
    ["scale", wrapped(["Eigenvalues are those of W'W, not divided by N; logarithms are decimal."])],
  ];
  return blocks
    .filter(([, lines]) => lines.length > 0)
    .map(([heading, lines]) => block(heading, lines, paint))
    .join("");
}

/** Puts a heading into the margin of the first line. All lines begin with the margin. */
function block(heading: string, [first, ...rest]: readonly string[], paint: Painter): string {
  return `${[paint.bold(pad(heading, MARGIN, "left")) + first.slice(MARGIN), ...rest].join("\n")}\n`;
}

function layersLine({ analysed, failed, eigenvalues }: ReportSummary): string {
  const failures = failed > 0 ? `, ${countText(failed)} failed` : "";
  return `${countText(analysed)} analysed${failures}; ${plural(eigenvalues, "eigenvalue")}`;
}

function phaseLines({ layers }: Report, width: number, paint: Painter): string[] {
  const counts = countByPhaseLabel(layers).filter(({ phaseLabel }) => phaseLabel !== "failed");
  const most = Math.max(...counts.map(({ count }) => count));
  const room = Math.max(4, Math.min(MAX_BAR_WIDTH, width - MARGIN - 24));
  return counts.map(({ phaseLabel, count }) => {
    const bar = "█".repeat(Math.max(1, Math.round((room * count) / most)));
    return `${pad(phaseLabel, 14, "left")}${pad(countText(count), 5, "right")} ${paintPhase(bar, phaseLabel, paint)}`;
  });
}

function meanLines(summary: ReportSummary): string[] {
  if (summary.analysed === 0) return [];
  const { alpha } = summary;
  const alphaLine =
    alpha.mean === null
      ? "alpha n/a: no layer has a power-law tail"
      : `alpha ${numberText(alpha.mean)} over the ${plural(alpha.layers, "layer")} with a power law, of ` +
        `${countText(summary.analysed)}; ` +
        `alpha_weighted ${meanText(summary.alpha_weighted)}, log_alpha_norm ${meanText(summary.log_alpha_norm)}`;
  return [
    alphaLine,
    `log_norm ${meanText(summary.log_norm)}, log_spectral_norm ${meanText(summary.log_spectral_norm)}`,
    `stable rank ${meanText(summary.stable_rank)}, soft rank ${meanText(summary.mp_soft_rank)}`,
  ];
}

function meanText({ mean }: Mean): string {
  return numberText(mean);
}

function skippedLines({ skipped }: Report): string[] {
  if (skipped.length === 0) return [];
  return [`${plural(skipped.length, "tensor")}: ${skippedKinds(skipped)}. "eigenscope describe" gives the reasons.`];
}

/** The columns that options have added. The table has no room for them. */
function addedLines(layers: readonly LayerRecord[]): string[] {
  return COLUMNS_BY_OPTION.flatMap(({ option, columns }) => {
    const names = columns
      .filter(({ name }) => layers.some((layer) => layer[name] !== undefined))
      .map(({ name }) => name);
    if (names.length === 0) return [];
    const more = names.length > MAX_ADDED_NAMES ? ` and ${names.length - MAX_ADDED_NAMES} more` : "";
    return [`${option}: ${names.slice(0, MAX_ADDED_NAMES).join(", ")}${more}, in --json, --csv, --html`];
  });
}

/** The layers with one label, by reason: `name, name, name and 4 more: reason.` */
function layersByReason(
  layers: readonly LayerRecord[],
  phaseLabel: PhaseLabel,
  reasonOf: (layer: LayerRecord) => string | null,
): string[] {
  const byReason = new Map<string, string[]>();
  for (const layer of layers.filter((each) => phaseLabelOf(each) === phaseLabel)) {
    const reason = printableSentence(reasonOf(layer) ?? "no reason was given").replace(/\.$/, "");
    const names = byReason.get(reason);
    if (names === undefined) byReason.set(reason, [printable(layer.name)]);
    else names.push(printable(layer.name));
  }
  return [...byReason].map(([reason, names]) => {
    const more = names.length > MAX_NAMES ? ` and ${countText(names.length - MAX_NAMES)} more` : "";
    return `${names.slice(0, MAX_NAMES).join(", ")}${more}: ${reason}.`;
  });
}
