import {
  bestOfManyP,
  createRng,
  kendallInterval,
  kendallTauB,
  MIN_PAIRS,
  midranks,
  permutationP,
  spearman,
  spearmanInterval,
} from "../numeric/index.js";
import { PHASE_NAMES } from "../phases/index.js";
import { RANK_COLUMNS, WEIGHTWATCHER_SUMMARY } from "./columns.js";
import type { RankedModel } from "./ranked-model.js";

/** What a correlation is with: a mean or median over layers, a share or number of layers, WeightWatcher's own mean. */
export type Statistic = "mean" | "median" | "share" | "count" | "weightwatcher";

/** How a column goes with the score. null where fewer than four models have both, or all of them the same value. */
export interface Correlation {
  readonly column: string;
  readonly statistic: Statistic;
  readonly over: "all" | "valid";
  /** Models that have the column and a score. */
  readonly n: number;
  /** Spearman's rho and Kendall's tau-b with approximate 95 % intervals. */
  readonly spearman: number | null;
  readonly spearman_low: number | null;
  readonly spearman_high: number | null;
  readonly kendall: number | null;
  readonly kendall_low: number | null;
  readonly kendall_high: number | null;
  /** P(a random order of the scores gives as large a |rho|), by permutation. */
  readonly p: number | null;
  /** P(the best of all columns does). null if some scored model does not have the column. */
  readonly p_any: number | null;
}

export interface Correlations {
  readonly rows: readonly Correlation[];
  /** See `Ranking.chance_bound`. */
  readonly bound: number | null;
}

/** The scores are permuted with this seed. */
const SEED = 20_210_701;

type Source = Pick<Correlation, "column" | "statistic" | "over"> & {
  readonly value: (model: RankedModel) => number | null;
};

/** Every number of a model that may go with a score. */
const SOURCES: readonly Source[] = [
  ...RANK_COLUMNS.flatMap((column): Source[] => [
    { column, statistic: "mean", over: "all", value: ({ means }) => means[column] },
    { column, statistic: "mean", over: "valid", value: ({ valid_means }) => valid_means[column] },
    { column, statistic: "median", over: "all", value: ({ medians }) => medians[column] },
    { column, statistic: "median", over: "valid", value: ({ valid_medians }) => valid_medians[column] },
  ]),
  ...PHASE_NAMES.map(
    (phase): Source => ({
      ...{ column: phase, statistic: "share", over: "all" },
      value: ({ phase_shares }) => phase_shares?.[phase] ?? null,
    }),
  ),
  { column: "layers", statistic: "count", over: "all", value: ({ layers }) => layers },
  { column: "layers", statistic: "count", over: "valid", value: ({ valid_layers }) => valid_layers },
  ...WEIGHTWATCHER_SUMMARY.map(
    (column): Source => ({
      ...{ column, statistic: "weightwatcher", over: "all" },
      value: ({ weightwatcher }) => weightwatcher[column],
    }),
  ),
];

/** The correlation of every column with the score, over the models that have one. Empty if no model has a score. */
export function correlate(models: readonly RankedModel[]): Correlations {
  const scored = models.filter(({ status, score }) => status === "success" && score !== null);
  if (scored.length === 0) return { rows: [], bound: null };
  const scores = scored.map(({ score }) => score as number);
  const columns = SOURCES.map(({ value }) => scored.map(value));
  const rows = SOURCES.map((source, i) => correlation(source, columns[i], scores));
  // Only columns without gaps can share random orders.
  const whole = rows.flatMap(({ n, spearman }, i) => (n === scored.length && spearman !== null ? [i] : []));
  if (scored.length < MIN_PAIRS || whole.length === 0) return { rows, bound: null };
  const best = bestOfManyP(
    whole.map((i) => midranks(columns[i] as number[])),
    midranks(scores),
    { rng: createRng(SEED) },
  );
  const pAny = new Map(whole.map((column, k) => [column, best.p[k]]));
  return { rows: rows.map((row, i) => ({ ...row, p_any: pAny.get(i) ?? null })), bound: best.bound };
}

function correlation(
  { column, statistic, over }: Source,
  values: readonly (number | null)[],
  scores: readonly number[],
): Correlation {
  const present = values.flatMap((value, i) => (value === null ? [] : [i]));
  const x = present.map((i) => values[i] as number);
  const y = present.map((i) => scores[i]);
  const n = present.length;
  const named = { column, statistic, over, n };
  const nothing = { spearman: null, spearman_low: null, spearman_high: null };
  const tau = n < MIN_PAIRS ? null : kendallTauB(x, y);
  const rho = n < MIN_PAIRS ? null : spearman(x, y);
  if (rho === null || tau === null)
    return { ...named, ...nothing, kendall: null, kendall_low: null, kendall_high: null, p: null, p_any: null };
  const [ofRho, ofTau] = [spearmanInterval(rho, n), kendallInterval(tau, n)];
  return {
    ...named,
    spearman: rho,
    spearman_low: ofRho?.low ?? null,
    spearman_high: ofRho?.high ?? null,
    kendall: tau,
    kendall_low: ofTau?.low ?? null,
    kendall_high: ofTau?.high ?? null,
    p: permutationP(midranks(x), midranks(y)),
    p_any: null,
  };
}
