import type { Comparable } from "./comparability.js";
import { COMBINED, SCALE } from "./comparability.js";
import type { Correlation } from "./correlate.js";
import { orders, type SortOptions, sortColumn } from "./order.js";
import type { RankedModel } from "./ranked-model.js";

/**
 * Columns that fall from worse to better models of one family, if a higher score is better [MPM21]. The sign is known
 * to flip along one training, where norms grow while the accuracy does.
 */
const FALLS_WITH_QUALITY: readonly string[] = ["alpha", ...COMBINED, ...SCALE];

/** What the reader of a ranking must know before using its order. */
export function warningsOf(
  models: readonly RankedModel[],
  correlations: readonly Correlation[],
  { comparable, order }: { readonly comparable: Comparable; readonly order: SortOptions },
): string[] {
  const { relation, families, series } = comparable;
  const warnings: string[] = [];
  if (relation === "different")
    warnings.push(
      `the models have ${families.length} different architectures: no column ranks them against each other [MPM21] ` +
        "[MM21b]; compare within each family",
    );
  if (relation === "depth-series" || relation === "size-series")
    warnings.push(
      "the models differ in depth or size: do not rank them by the mean alpha (Simpson's paradox [MM21b]); " +
        "alpha_weighted and log_alpha_norm are made for this [MPM21]",
    );
  if (order.sort !== undefined && relation !== "one-model") {
    const column = sortColumn(order.sort);
    if (!orders(column, comparable) && families.length > 1)
      warnings.push(`${column.name} does not order different architectures: each family is ordered by itself`);
    else if (!orders(column, comparable))
      warnings.push(`${column.name} is not comparable over these models; its order says little`);
  }
  if (series)
    warnings.push(
      "the models look like steps of one training: neighbours are alike, so that intervals are too narrow " +
        "and p too small",
    );
  if (relation !== "one-model" && relation !== "different")
    warnings.push(...(correlations.length > 0 ? flippedSigns(correlations) : [SIGN_UNKNOWN]));
  warnings.push(...paradox(models, correlations));
  return warnings;
}

const SIGN_UNKNOWN =
  "no scores were given: across models of a family smaller alpha, alpha_weighted and norms mean better ones [MPM21], " +
  "but along one training norms grow while the model improves; --scores shows the sign that holds here";

/** Means whose sign is surely the reverse of what the papers find across models. */
function flippedSigns(correlations: readonly Correlation[]): string[] {
  const flipped = correlations.filter(
    ({ column, statistic, spearman_low }) =>
      statistic === "mean" && FALLS_WITH_QUALITY.includes(column) && spearman_low !== null && spearman_low > 0,
  );
  if (flipped.length === 0) return [];
  const names = flipped.map(({ column, over, spearman }) => `${column} (${over}, ${spearman?.toFixed(2)})`);
  return [
    `${names.join(", ")} rise${flipped.length === 1 ? "s" : ""} with the score here. If a higher score is ` +
      "better, that is the reverse of what [MPM21] finds across models of a family: do not carry the sign over to " +
      "other models",
  ];
}

/** Fewest models of one depth for a correlation within it. */
const MIN_WITHIN = 4;

/** Simpson's paradox in these data: the sign over all models is the reverse of that within every depth. */
function paradox(models: readonly RankedModel[], correlations: readonly Correlation[]): string[] {
  const byDepth = new Map<string, RankedModel[]>();
  for (const model of models) {
    if (model.status === "failed" || model.score === null) continue;
    const key = `${model.family}, ${model.layers} layers`;
    byDepth.set(key, [...(byDepth.get(key) ?? []), model]);
  }
  const groups = [...byDepth.values()].filter(({ length }) => length >= MIN_WITHIN);
  if (byDepth.size < 2 || groups.length === 0) return [];
  const reversed = correlations.filter(({ column, statistic, over, spearman }) => {
    if (statistic !== "mean" || spearman === null || !FALLS_WITH_QUALITY.includes(column)) return false;
    const within = groups.map((group) => concordance(group, column, over));
    return within.every((sign) => sign !== 0 && sign === -Math.sign(spearman));
  });
  if (reversed.length === 0) return [];
  const names = reversed.map(({ column, over }) => `${column} (${over})`).join(", ");
  return [
    `Simpson's paradox [MM21b]: over all models ${names} goes one way with the score, within each depth the other`,
  ];
}

/** The sign of the concordant less the discordant pairs of a column's mean and the score. */
function concordance(models: readonly RankedModel[], column: string, over: "all" | "valid"): number {
  const pairs = models.flatMap(({ means, valid_means, score }) => {
    const value = (over === "all" ? means : valid_means)[column as keyof typeof means];
    return value === null || score === null ? [] : [{ value, score }];
  });
  let sum = 0;
  for (const [i, a] of pairs.entries())
    for (const b of pairs.slice(0, i)) sum += Math.sign(a.value - b.value) * Math.sign(a.score - b.score);
  return Math.sign(sum);
}
