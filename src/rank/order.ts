import { naturalOrder } from "../bytes/natural-order.js";
import { PHASE_NAMES } from "../phases/index.js";
import { type Averages, RANK_COLUMNS, WEIGHTWATCHER_SUMMARY } from "./columns.js";
import { type Comparable, mayOrder } from "./comparability.js";
import type { RankedModel } from "./ranked-model.js";

/** A cell of a flat table: one value per model. */
export interface FlatColumn {
  readonly name: string;
  readonly type: "text" | "count" | "number";
  readonly value: (model: RankedModel) => string | number | null;
  /** The column of a layer that it averages. */
  readonly of?: string;
}

/** The averages of a model, each with the prefix of its columns in a flat table. */
const AVERAGES: readonly { readonly prefix: string; readonly of: (model: RankedModel) => Averages }[] = [
  { prefix: "mean_", of: ({ means }) => means },
  { prefix: "valid_mean_", of: ({ valid_means }) => valid_means },
  { prefix: "median_", of: ({ medians }) => medians },
  { prefix: "valid_median_", of: ({ valid_medians }) => valid_medians },
];

const text = (name: string, value: (model: RankedModel) => string | null): FlatColumn => ({
  name,
  type: "text",
  value,
});
const count = (name: string, value: (model: RankedModel) => number | null): FlatColumn => ({
  name,
  type: "count",
  value,
});
const number = (name: string, value: (model: RankedModel) => number | null, of?: string): FlatColumn => ({
  ...{ name, type: "number", value },
  ...(of !== undefined && { of }),
});

/** Every value of a model, as the CSV and the Parquet file have them. */
export const FLAT_COLUMNS: readonly FlatColumn[] = [
  text("name", ({ name }) => name),
  text("path", ({ path }) => path),
  text("status", ({ status }) => status),
  text("reason", ({ reason }) => reason),
  text("group", ({ group }) => group),
  count("family", ({ family }) => family),
  number("score", ({ score }) => score),
  count("layers", ({ layers }) => layers),
  count("failed_layers", ({ failed_layers }) => failed_layers),
  count("valid_layers", ({ valid_layers }) => valid_layers),
  ...PHASE_NAMES.map((phase) => count(`layers_${wordOf(phase)}`, ({ phases }) => phases[phase])),
  ...PHASE_NAMES.map((phase) => number(`share_${wordOf(phase)}`, ({ phase_shares }) => phase_shares?.[phase] ?? null)),
  ...WEIGHTWATCHER_SUMMARY.map((name) =>
    number(`weightwatcher_${name}`, ({ weightwatcher }) => weightwatcher[name], name),
  ),
  ...AVERAGES.flatMap(({ prefix, of }) =>
    RANK_COLUMNS.map((column) => number(prefix + column, (model) => of(model)[column], column)),
  ),
  count("solved", ({ solved }) => solved),
  count("reused", ({ reused }) => reused),
];

function wordOf(phase: string): string {
  return phase.replace(/\W/g, "_");
}

const BY_NAME = new Map(FLAT_COLUMNS.map((column) => [column.name, column]));

/**
 * The column that a name means: a column of the CSV, or the plain name of a layer's column, which means its mean over
 * all layers. Throws `RangeError` for another name.
 */
export function sortColumn(name: string): FlatColumn {
  const found = BY_NAME.get(name) ?? BY_NAME.get(`mean_${name}`);
  if (found === undefined) throw new RangeError(`found "${name}", expected ${expectedNames(name)}`);
  return found;
}

function expectedNames(name: string): string {
  const near = FLAT_COLUMNS.filter((column) => column.name.includes(name)).slice(0, 5);
  const some =
    near.length > 0 ? near : ["score", "alpha_weighted", "valid_mean_alpha", "share_random_like"].map(sortColumn);
  return `a column of the CSV such as ${some.map((column) => column.name).join(", ")}`;
}

export interface SortOptions {
  /** A column of the flat table, or the plain name of a layer's column. Default: the order in which they were given. */
  readonly sort?: string | undefined;
  readonly descending?: boolean | undefined;
}

/**
 * The models in order. Without a value, and failed, last, whatever the direction; equal ones in the order that they
 * had. If the papers do not let the column order these models, each family stays together, in its own order.
 */
export function sortModels(
  models: readonly RankedModel[],
  { sort, descending = false }: SortOptions,
  comparable: Pick<Comparable, "relation" | "statements">,
): RankedModel[] {
  if (sort === undefined) return descending ? models.slice().reverse() : models.slice();
  const column = sortColumn(sort);
  const apart = !orders(column, comparable);
  const sign = descending ? -1 : 1;
  return models.slice().sort((a, b) => {
    if (apart && a.family !== b.family) return (a.family ?? Infinity) - (b.family ?? Infinity);
    const [x, y] = [column.value(a), column.value(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return sign * (typeof x === "string" ? naturalOrder(x, y as string) : x - (y as number));
  });
}

/** Whether a flat column may order these models. Names, counts and scores always may. */
export function orders({ of }: FlatColumn, comparable: Pick<Comparable, "relation" | "statements">): boolean {
  return of === undefined || mayOrder(of, comparable);
}
