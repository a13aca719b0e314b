import { printable } from "../bytes/errors.js";
import { FLAT_COLUMNS, type Ranking } from "../rank/index.js";
import { csvField } from "./csv.js";
import { jsonText } from "./json-text.js";
import { plural } from "./number-text.js";
import { painter } from "./paint-phase.js";
import { printableSentence } from "./printable-sentence.js";
import { correlationLines } from "./ranking-correlations.js";
import { type RankingLook, rankingTable } from "./ranking-table.js";
import { wrap } from "./text-layout.js";

/**
 * A ranking for a terminal: the models in their groups, the correlations with the scores, what can be compared over
 * these models, and warnings. No line of the tables is longer than `width`.
 */
export function renderRanking(ranking: Ranking, look: RankingLook = {}): string {
  const { width = 80, color = false } = look;
  const say = (sentence: string): string[] => wrap(sentence, width, { rest: "  " });
  const { models, comparable, warnings } = ranking;
  const failed = models.filter(({ status }) => status === "failed");
  const reused = models.reduce((sum, model) => sum + model.reused, 0);
  const solved = models.reduce((sum, model) => sum + model.solved, 0);
  const lines = [
    ...rankingTable(ranking, look),
    "",
    ...correlationLines(ranking, { width, color }),
    ...say(`${RELATION_WORDS[comparable.relation]}.`),
    ...comparable.statements.flatMap(({ columns, comparable: may, over, reason, sources }) =>
      say(
        `${may ? "Comparable" : "Not comparable"}${may ? ` (over ${over} layers)` : ""}: ${columns.join(", ")}: ` +
          `${reason} ${sources.map((key) => `[${key}]`).join(" ")}.`,
      ),
    ),
    ...(models.length > 1 ? say(`${plural(solved, "spectrum", "spectra")} solved, ${reused} reused.`) : []),
    ...failed.flatMap(({ name, reason }) => say(`Failed: ${printable(name)}: ${printableSentence(reason ?? "")}`)),
    ...warnings.flatMap((warning) => say(painter(color).yellow(`Warning: ${printableSentence(warning)}.`))),
  ];
  return `${lines.join("\n")}\n`;
}

const RELATION_WORDS: Readonly<Record<Ranking["comparable"]["relation"], string>> = {
  "one-model": "One model: there is nothing to compare it with",
  "same-architecture": "The models have the same layers with the same shapes",
  "depth-series": "The models are a depth series: layers of the same kinds and shapes, in different numbers",
  "size-series": "The models are a size series: layers of the same kinds with different shapes",
  different: "The models have different architectures",
};

/** The ranking as JSON (schema/rank.schema.json), indented, with a final newline. */
export function renderRankingJson(ranking: Ranking): string {
  return jsonText(ranking, 2);
}

/**
 * One row per model, RFC 4180 like the CSV of the layers. `mean_`, `valid_mean_`, `median_` and `valid_median_` come
 * before the name of a layer's column. null is empty.
 */
export function renderRankingCsv(
  { models }: Pick<Ranking, "models">,
  { terminal = false }: { readonly terminal?: boolean } = {},
): string {
  const header = FLAT_COLUMNS.map(({ name }) => name).join(",");
  const rows = models.map((model) => FLAT_COLUMNS.map(({ value }) => csvField(value(model), terminal)).join(","));
  return `${[header, ...rows].join("\n")}\n`;
}
