import { MODEL_VERDICTS } from "../analysis/findings/finding.js";
import type { LayerRecord, Report } from "../analysis/report.js";
import { quantile } from "../numeric/quantile.js";
import { PHASE_NAMES } from "../phases/index.js";
import { cardCommand } from "./card-command.js";
import { markdownCode, markdownCommand, markdownText } from "./markdown-text.js";
import { NOT_AVAILABLE, numberText, plural } from "./number-text.js";

/** Most findings on a card; their number is there. */
const MAX_FINDINGS = 10;
const HOME = "https://github.com/eigenscope/eigenscope";

/** A number of each layer; null where a layer has none. */
interface Statistic {
  readonly name: string;
  readonly of: (layer: LayerRecord) => number | null;
}

const validAlpha = ({ alpha, alpha_valid }: LayerRecord): number | null => (alpha_valid ? alpha : null);

const STATISTICS: readonly Statistic[] = [
  { name: "alpha", of: validAlpha },
  { name: "tail index", of: ({ tail_index }) => tail_index },
  { name: "stable rank", of: ({ stable_rank }) => stable_rank },
  { name: "MP soft rank", of: ({ mp_soft_rank }) => mp_soft_rank },
  { name: "log10 of the spectral norm", of: ({ log_spectral_norm }) => log_spectral_norm },
];

/**
 * A section for the model card of a repository, as Markdown: headline and verdict, phases, statistics with intervals,
 * what is worth a look, the command that made it, and its limits in one sentence. The same report gives the same text.
 * Names from the file become no markup, and folders of this machine are left out.
 */
export function renderModelCard(report: Report): string {
  const { summary, layers, tool } = report;
  const verdict = MODEL_VERDICTS.find((known) => known === summary.verdict) ?? "nothing-known";
  const parts = [
    "## Spectra of the weights",
    `${markdownText(summary.headline)} Verdict: **${verdict.replaceAll("-", " ")}**.`,
    table(["phase", "layers"], phaseRows(layers)),
    table(
      ["statistic", "value", "interval", "layers"],
      [...STATISTICS.flatMap(medianRow(layers)), ...alphaRow(layers)],
    ),
    ...findingParts(report),
    `Made by [eigenscope](${HOME}) ${markdownText(String(tool.version))}:`,
    markdownCommand(cardCommand(report)),
    "These numbers are read off the weights alone, without data. They say which layers are worth a look; they do not " +
      "measure how well the model does its task.",
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

type Cells = readonly string[];

/** A table whose cells are Markdown already; "" without rows. */
function table(head: Cells, rows: readonly Cells[]): string {
  if (rows.length === 0) return "";
  const line = (cells: Cells): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function phaseRows(layers: readonly LayerRecord[]): Cells[] {
  const known = layers.filter(({ status }) => status !== "failed");
  const count = (phase: string): number => known.filter((layer) => (layer.phase ?? "undecided") === phase).length;
  const rows = PHASE_NAMES.map((phase): [string, number] => [phase, count(phase)]);
  return [...rows, ["failed", layers.length - known.length] as const]
    .filter(([, found]) => found > 0)
    .map(([phase, found]) => [phase, String(found)]);
}

/** The median over the layers that have the number, and the middle half of them. */
function medianRow(layers: readonly LayerRecord[]): (statistic: Statistic) => Cells[] {
  return ({ name, of }) => {
    const values = Float64Array.from(layers.map(of).filter((value) => Number.isFinite(value)) as number[]).sort();
    if (values.length === 0) return [[`${name}, median`, NOT_AVAILABLE, "", "0"]];
    const [low, middle, high] = [0.25, 0.5, 0.75].map((p) => numberText(quantile(values, p)));
    return [[`${name}, median`, middle, `${low} to ${high} (middle half)`, String(values.length)]];
  };
}

/** The smallest valid alpha, with its own 95 % interval. */
function alphaRow(layers: readonly LayerRecord[]): Cells[] {
  const valid = layers.filter((layer) => Number.isFinite(validAlpha(layer)));
  if (valid.length === 0) return [];
  const smallest = valid.reduce((least, layer) => ((layer.alpha as number) < (least.alpha as number) ? layer : least));
  const { alpha, alpha_low, alpha_high, longname } = smallest;
  const interval = `${numberText(alpha_low)} to ${numberText(alpha_high)} (95 %)`;
  return [["alpha, smallest", numberText(alpha), interval, markdownCode(String(longname))]];
}

function findingParts({ findings }: Report): string[] {
  if (findings.length === 0) return [];
  const rows = findings
    .slice(0, MAX_FINDINGS)
    .map(({ layer, what }) => [markdownCode(String(layer)), markdownText(String(what))]);
  const more = findings.length - rows.length;
  return [table(["worth a look", "what was found"], rows), more > 0 ? `And ${plural(more, "more finding")}.` : ""];
}
