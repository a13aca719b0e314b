import type { LayerRecord, Mean, Report, ReportSummary } from "../analysis/report.js";
import { printable } from "../formats/errors.js";
import { COLUMNS_BY_OPTION } from "./columns.js";
import { countText, numberText, plural } from "./number-text.js";
import { countStandings, type Painter, painter, paintStanding, type Standing, standingOf } from "./phase-style.js";
import { printableSentence } from "./printable-sentence.js";
import type { TerminalLook } from "./table.js";
import { pad, wrap } from "./text-layout.js";

/** Width of the headings on the left. */
const MARGIN = 12;
/** Names given under one reason before "and n more". */
const NAMED = 3;
/** Added columns named before "and n more": with one, the line fits 80 columns. */
const ADDED_NAMED = 1;
/** Longest bar. */
const BAR = 24;

/**
 * The summary under the table: phases with bars, means with the number of layers behind each, what stands out, what
 * failed and what was left out.
 */
export function renderSummary(report: Report, { width = 80, color = false }: TerminalLook = {}): string {
  const paint = painter(color);
  const margin = " ".repeat(MARGIN);
  const wrapped = (sentences: readonly string[]): string[] =>
    sentences.flatMap((sentence) => wrap(sentence, width, { first: margin, rest: `${margin}  ` }));
  const blocks: [heading: string, lines: string[]][] = [
    ["layers", wrapped([layersLine(report.summary)])],
    // The bars bring their own spacing and colour, and fit.
    ["phases", phaseLines(report, width, paint).map((line) => margin + line)],
    ["means", wrapped(meanLines(report.summary))],
    ["stands out", wrapped(report.summary.findings.map(printableSentence))],
    ["undecided", wrapped(reasonLines(report.layers, "undecided", ({ phase_reason }) => phase_reason))],
    ["failed", wrapped(reasonLines(report.layers, "failed", ({ reason }) => reason))],
    ["left out", wrapped(leftOutLines(report))],
    ["added", wrapped(addedLines(report.layers))],
    ["scale", wrapped(["Eigenvalues are those of W'W, not divided by N; logarithms are decimal."])],
  ];
  return blocks
    .filter(([, lines]) => lines.length > 0)
    .map(([heading, lines]) => block(heading, lines, paint))
    .join("");
}

/** Lines that stand behind the margin already; the heading goes into the first one's. */
function block(heading: string, [first, ...rest]: readonly string[], paint: Painter): string {
  return `${[paint.bold(pad(heading, MARGIN, "left")) + first.slice(MARGIN), ...rest].join("\n")}\n`;
}

function layersLine({ analysed, failed, eigenvalues }: ReportSummary): string {
  const failures = failed > 0 ? `, ${countText(failed)} failed` : "";
  return `${countText(analysed)} analysed${failures}; ${plural(eigenvalues, "eigenvalue")}`;
}

function phaseLines({ layers }: Report, width: number, paint: Painter): string[] {
  const counts = countStandings(layers).filter(({ standing }) => standing !== "failed");
  const most = Math.max(...counts.map(({ count }) => count));
  const room = Math.max(4, Math.min(BAR, width - MARGIN - 24));
  return counts.map(({ standing, count }) => {
    const bar = "█".repeat(Math.max(1, Math.round((room * count) / most)));
    return `${pad(standing, 14, "left")}${pad(countText(count), 5, "right")} ${paintStanding(bar, standing, paint)}`;
  });
}

function meanLines(summary: ReportSummary): string[] {
  if (summary.analysed === 0) return [];
  const { alpha } = summary;
  const alphaLine =
    alpha.mean === null
      ? "alpha n/a: no layer's tail is described by a power law"
      : `alpha ${numberText(alpha.mean)} over the ${plural(alpha.layers, "layer")} with a power law, of ${countText(summary.analysed)}; ` +
        `alpha_weighted ${say(summary.alpha_weighted)}, log_alpha_norm ${say(summary.log_alpha_norm)}`;
  return [
    alphaLine,
    `log_norm ${say(summary.log_norm)}, log_spectral_norm ${say(summary.log_spectral_norm)}`,
    `stable rank ${say(summary.stable_rank)}, soft rank ${say(summary.mp_soft_rank)}`,
  ];
}

function say({ mean }: Mean): string {
  return numberText(mean);
}

function leftOutLines({ summary }: Report): string[] {
  if (summary.skipped === 0) return [];
  return [`${plural(summary.skipped, "tensor")} (biases, norms, ...); "weightscope describe" lists each with its reason`];
}

/** The columns that options have added: the table has no room for them. */
function addedLines(layers: readonly LayerRecord[]): string[] {
  return COLUMNS_BY_OPTION.flatMap(({ option, columns }) => {
    const names = columns.filter(({ name }) => layers.some((layer) => layer[name] !== undefined)).map(({ name }) => name);
    if (names.length === 0) return [];
    const more = names.length > ADDED_NAMED ? ` and ${names.length - ADDED_NAMED} more` : "";
    return [`${option}: ${names.slice(0, ADDED_NAMED).join(", ")}${more}, in --json, --csv, --html`];
  });
}

/** Layers that stand apart, by reason: `name, name, name and 4 more: reason.` */
function reasonLines(layers: readonly LayerRecord[], standing: Standing, reasonOf: (layer: LayerRecord) => string | null): string[] {
  const byReason = new Map<string, string[]>();
  for (const layer of layers.filter((each) => standingOf(each) === standing)) {
    const reason = printableSentence(reasonOf(layer) ?? "no reason was given").replace(/\.$/, "");
    byReason.set(reason, [...(byReason.get(reason) ?? []), printable(layer.name)]);
  }
  return [...byReason].map(([reason, names]) => {
    const more = names.length > NAMED ? ` and ${countText(names.length - NAMED)} more` : "";
    return `${names.slice(0, NAMED).join(", ")}${more}: ${reason}.`;
  });
}
