import type { Correlation, Ranking } from "../rank/index.js";
import { numberText } from "./number-text.js";
import { painter } from "./paint-phase.js";
import type { TerminalLook } from "./table.js";
import { cut, pad, textWidth, wrap } from "./text-layout.js";

/** The means that papers speak of. The JSON has every column. */
const KEY_COLUMNS: readonly string[] = [
  ...["alpha", "alpha_weighted", "log_alpha_norm", "log_norm", "log_spectral_norm"],
  ...["tail_index", "stable_rank", "mp_soft_rank", "matrix_entropy"],
];
/** How many others the table names: those that go with the score best. */
const MAX_OTHERS = 3;
/** A correlation whose corrected p lies below this is marked. */
const SIGNIFICANT = 0.05;

/**
 * The correlations that the papers speak of, and the strongest others; an empty line at the end. Nothing without
 * scores.
 */
export function correlationLines(
  { correlations, chance_bound }: Ranking,
  { width = 80, color = false }: TerminalLook,
): string[] {
  if (correlations.length === 0) return [];
  const paint = painter(color);
  const known = correlations.filter(({ spearman }) => spearman !== null);
  const byStrength = (a: Correlation, b: Correlation): number =>
    Math.abs(b.spearman as number) - Math.abs(a.spearman as number);
  const isKey = ({ column, statistic }: Correlation): boolean =>
    (statistic === "mean" && KEY_COLUMNS.includes(column)) || (statistic === "share" && column === "random-like");
  if (known.length === 0)
    return [...wrap("No correlation: it needs four models with a score, whose values differ.", width), ""];
  const keys = known.filter(isKey).sort(byStrength);
  const others = known.filter((row) => !isKey(row) && row.statistic !== "weightwatcher").sort(byStrength);
  const shown = [...keys, ...others.slice(0, MAX_OTHERS)];
  const narrow = width < MIN_WIDTH_WITH_KENDALL;
  const cells = [
    ["with the score", "n", "spearman", ...(narrow ? [] : ["kendall"]), "p"],
    ...shown.map((row) => [
      labelOf(row),
      String(row.n),
      interval(row.spearman, row.spearman_low, row.spearman_high),
      ...(narrow ? [] : [interval(row.kendall, row.kendall_low, row.kendall_high)]),
      `${probability(row.p)}${row.p_any !== null && row.p_any < SIGNIFICANT ? "*" : " "}`,
    ]),
  ];
  const widths = cells[0].map((_, i) => Math.max(...cells.map((row) => textWidth(row[i]))));
  widths[0] = Math.min(widths[0], width - widths.slice(1).reduce((sum, cell) => sum + cell + 2, 0));
  const lines = cells.map((row) =>
    row
      .map((cell, i) => (i === 0 ? pad(cut(cell, widths[0]), widths[0], "left") : pad(cell, widths[i], "right")))
      .join("  "),
  );
  const chance =
    chance_bound === null
      ? ""
      : ` The best of all ${known.length} numbers reaches ${chance_bound.toFixed(2)} by chance in one of ` +
        "twenty cases; * marks what stays below p = 0.05 with that in mind.";
  return [
    paint.bold(lines[0].trimEnd()),
    ...lines.slice(1).map((line) => line.trimEnd()),
    ...wrap(
      paint.dim(
        "Rank correlations with 95 % intervals, over all layers or the valid ones; p: Spearman's, by " +
          `permutation.${chance}`,
      ),
      width,
    ),
    "",
  ];
}

/** Below this width Kendall's tau is left to the JSON. */
const MIN_WIDTH_WITH_KENDALL = 78;

function labelOf({ column, statistic, over }: Correlation): string {
  if (statistic === "share") return `share of ${column}`;
  const of = statistic === "mean" ? "" : `${statistic === "count" ? "number of" : statistic} `;
  return `${of}${column}${over === "valid" ? ", valid" : ""}`;
}

function interval(value: number | null, low: number | null, high: number | null): string {
  const text = (part: number | null): string => (part === null ? "" : part.toFixed(2).replace("-0.00", "0.00"));
  return `${text(value)} (${text(low)}, ${text(high)})`;
}

function probability(p: number | null): string {
  if (p === null) return "";
  return p < 1e-4 ? "<1e-4" : p < 0.1 ? numberText(p, 2) : p.toFixed(2);
}
