/**
 * Many models, one row each: averages over their layers, groups, correlations with a score, and what can be compared
 * over them. The package's main export has `rank` with the files and workers of Node or of a browser.
 *
 * @module rank
 */

export { RELATIONS, type Relation } from "./architecture.js";
export {
  type Averages,
  type PerPhase,
  RANK_COLUMNS,
  type RankColumn,
  WEIGHTWATCHER_SUMMARY,
  type WeightWatcherSummary,
} from "./columns.js";
export type { Comparable, Statement } from "./comparability.js";
export { type Correlation, type Correlations, correlate, type Statistic } from "./correlate.js";
export { GROUP_MEANINGS, GROUPS, type Group, type GroupInput, groupOf } from "./groups.js";
export { FLAT_COLUMNS, type FlatColumn, type SortOptions, sortColumn, sortModels } from "./order.js";
export { type RankControls, type RankInput, rankModels } from "./rank-models.js";
export { type ReportToRank, rankReports } from "./rank-reports.js";
export type { ModelSummary, RankedModel } from "./ranked-model.js";
export { RANKING_SCHEMA_VERSION, type Ranking } from "./ranking.js";
export { matchScores, type NamedScore, parseScores } from "./scores.js";
export { summariseModel } from "./summarise-model.js";
export type { SummarisedLayer } from "./weightwatcher-summary.js";
