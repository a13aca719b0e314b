import type { Report } from "../analysis/report.js";
import type { Comparable } from "./comparability.js";
import type { Correlation } from "./correlate.js";
import type { Group } from "./groups.js";
import type { RankedModel } from "./ranked-model.js";

/** Version of the JSON of a ranking. The major number changes when a field changes its meaning or is removed. */
export const RANKING_SCHEMA_VERSION = "1.0.0";

/** Several models, in the order that was asked for. */
export interface Ranking {
  readonly schemaVersion: string;
  readonly tool: { readonly name: "eigenscope"; readonly version: string };
  /** The options used, with the defaults filled in; null if no model could be read. */
  readonly options: Report["options"] | null;
  readonly models: readonly RankedModel[];
  /** The models by group, best standing first; groups without a model are left out. */
  readonly groups: readonly { readonly group: Group; readonly meaning: string; readonly models: readonly string[] }[];
  /** Empty without scores. */
  readonly correlations: readonly Correlation[];
  /** The |spearman| that the best of all columns exceeds by chance in 5 % of random orders. null without scores. */
  readonly chance_bound: number | null;
  readonly comparable: Comparable;
  readonly warnings: readonly string[];
}
