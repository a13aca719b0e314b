import * as z from "zod";
import { GROUP_MEANINGS } from "../../rank/groups.js";
import { type Correlation, type RankedModel, type Ranking, sortColumn } from "../../rank/index.js";
import { MAX_RANKED } from "../serve/limits.js";
import { Refusal } from "../serve/refusal.js";
import { rankNamed } from "../serve/several-models.js";
import { rounded } from "./answer.js";
import { cursor, maybeText, modelPath, nextCursor, number, rowLimit, rowsTotal, sentences, text } from "./fields.js";
import { MAX_NOTES_BYTES } from "./limits.js";
import { fitting, KeptResults } from "./pages.js";
import { type Desk, type Tool, tool, UNTRUSTED } from "./tool.js";

/** Most correlations in one answer, strongest first. */
const MAX_CORRELATIONS = 10;
const MAX_WARNINGS = 10;

const row = z.object({
  model: text,
  path: text,
  status: text,
  reason: maybeText,
  group: maybeText.describe("Where the spectra put the model: groups, not a score."),
  layers: z.int(),
  valid_layers: z.int().describe("Layers whose alpha is valid."),
  alpha: number.describe("Mean over those layers."),
  alpha_weighted: number,
  log_spectral_norm: number.describe("Mean over all layers, decimal logarithm."),
  score: number,
});

const output = z.object({
  rows: z.array(row).describe("Models in the order in which they were given, or by sort."),
  rows_total: rowsTotal,
  next_cursor: nextCursor,
  groups: z.array(z.object({ group: text, meaning: text, models: z.int() })).describe("Best standing first."),
  relation: text.describe("How the models are related: it decides what may be compared."),
  comparable: z.array(z.object({ columns: sentences, comparable: z.boolean(), reason: text })),
  correlations: z
    .array(z.object({ column: text, statistic: text, n: z.int(), spearman: number, p: number }))
    .describe("With scores: columns by |Spearman's rho|."),
  chance_bound: number.describe("The |rho| that the best of all columns exceeds by chance in 5 % of random orders."),
  warnings: sentences,
});

/** `rank`: what `eigenscope rank` says of many models. */
export function rankTool({ finder, queue }: Desk): Tool {
  const kept = new KeptResults<Ranking>();
  return tool({
    name: "rank",
    title: "Rank many models by their weights",
    description:
      "Analyses many models, such as the checkpoints of a training or a hyperparameter sweep, and compares them: one " +
      "row per model, groups from usual to hardly begun, and with scores the columns that go with them. Says what " +
      `may be compared at all. It analyses every model: this may take long. ${UNTRUSTED}`,
    input: z.object({
      paths: z.array(modelPath).min(1).max(MAX_RANKED).describe("Models, or folders whose models are all taken."),
      scores: z
        .array(z.object({ name: z.string(), score: z.number() }))
        .max(MAX_RANKED)
        .optional()
        .describe("A known quality of each model, such as its accuracy, by its path or short name."),
      sort: z
        .string()
        .max(100)
        .optional()
        .describe('A column to order by, such as "mean_alpha_weighted" or "score". Default: the order of the groups.'),
      rows: rowLimit,
      cursor,
    }),
    output,
    async run({ paths, scores, sort, rows: most, cursor: at }, { signal, progress }) {
      if (sort !== undefined) assertSort(sort, scores !== undefined);
      const subject = JSON.stringify([paths, scores ?? null, sort ?? null]);
      const ranked = (): Promise<Ranking> =>
        rankNamed(
          finder,
          { paths, scores },
          {
            sort,
            signal,
            onProgress: ({ layersDone, layersTotal }, { model, models }) =>
              progress(model + layersDone / layersTotal, models, `model ${model + 1} of ${models}`),
          },
        );
      const { result, from } =
        at === undefined ? { result: await queue.run(ranked, signal), from: 0 } : kept.at(at, subject);
      const page = kept.page({ subject, result }, result.models.map(rowOf), { from, most });
      return { ...page, ...restOf(result) } as z.input<typeof output>;
    },
  });
}

/** Throws a `Refusal` for a column that models cannot be ordered by. */
function assertSort(sort: string, hasScores: boolean): void {
  if (sort === "score" && !hasScores) throw new Refusal(400, 'sort "score" needs scores.');
  try {
    sortColumn(sort);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new Refusal(400, `sort: ${cause.message}`);
  }
}

function restOf({ groups, comparable, correlations, chance_bound, warnings, models }: Ranking): object {
  const told = [...warnings, ...models.flatMap((model) => model.warnings)];
  return {
    groups: groups.map(({ group, models: members }) => ({
      ...{ group, meaning: GROUP_MEANINGS[group], models: members.length },
    })),
    relation: comparable.relation,
    comparable: comparable.statements.map(({ columns, comparable: may, reason }) => ({
      ...{ columns, comparable: may, reason },
    })),
    correlations: [...correlations].sort(byStrength).slice(0, MAX_CORRELATIONS).map(correlationOf),
    chance_bound: rounded(chance_bound),
    warnings: fitting(told, { most: MAX_WARNINGS, bytes: MAX_NOTES_BYTES }),
  };
}

function byStrength(a: Correlation, b: Correlation): number {
  return Math.abs(b.spearman ?? 0) - Math.abs(a.spearman ?? 0);
}

function correlationOf({ column, statistic, n, spearman, p }: Correlation): object {
  return { column, statistic, n, spearman: rounded(spearman), p: rounded(p) };
}

function rowOf(model: RankedModel): Record<string, unknown> {
  const { name, path, status, reason, group, layers, valid_layers, valid_means, means, score } = model;
  return {
    ...{ model: name, path, status, reason, group, layers, valid_layers, score },
    alpha: rounded(valid_means.alpha),
    alpha_weighted: rounded(valid_means.alpha_weighted),
    log_spectral_norm: rounded(means.log_spectral_norm),
  };
}
