import type { LayerRecord, Report } from "../analysis/report.js";
import { VERSION } from "../analysis/version.js";
import type { OptionError } from "../formats/index.js";
import { type Architecture, architectureOf } from "./architecture.js";
import { comparabilityOf } from "./comparability.js";
import { correlate } from "./correlate.js";
import { GROUP_MEANINGS, GROUPS } from "./groups.js";
import { type SortOptions, sortModels } from "./order.js";
import type { RankedModel } from "./ranked-model.js";
import { RANKING_SCHEMA_VERSION, type Ranking } from "./ranking.js";
import { warningsOf } from "./warnings.js";

/** A model that is done or has failed. */
export interface RankedOne {
  readonly model: RankedModel;
  /** Undefined for a model that failed. */
  readonly architecture?: Architecture;
  readonly options?: Report["options"];
  /** Set if an option does not fit the model. */
  readonly refused?: OptionError;
}

export function architectureOfLayers(layers: readonly LayerRecord[]): Architecture {
  return architectureOf(layers.map(({ longname, N, M, rf }) => ({ name: longname, N, M, rf })));
}

/** The ranking of models that are done, failed ones among them. Pure. */
export function assembleRanking(ranked: readonly RankedOne[], order: SortOptions): Ranking {
  const comparable = comparabilityOf(
    ranked.flatMap(({ model: { name }, architecture }) => (architecture === undefined ? [] : [{ name, architecture }])),
  );
  const familyOf = new Map(
    comparable.families.flatMap(({ family, models }) => models.map((name): [string, number] => [name, family])),
  );
  const placed = ranked.map(({ model }) => ({ ...model, family: familyOf.get(model.name) ?? null }));
  const models = sortModels(placed, order, comparable);
  const { rows, bound } = correlate(models);
  return {
    schemaVersion: RANKING_SCHEMA_VERSION,
    tool: { name: "eigenscope", version: VERSION },
    options: ranked.find(({ options }) => options !== undefined)?.options ?? null,
    models,
    groups: GROUPS.map((group) => ({
      ...{ group, meaning: GROUP_MEANINGS[group] },
      models: models.filter((model) => model.group === group).map(({ name }) => name),
    })).filter(({ models }) => models.length > 0),
    correlations: rows,
    chance_bound: bound,
    comparable,
    warnings: warningsOf(models, rows, { comparable, order }),
  };
}
