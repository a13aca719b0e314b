import { printable } from "../bytes/errors.js";
import { type RankedModel, type Ranking, sortColumn } from "../rank/index.js";
import { NOT_AVAILABLE, numberText, plural } from "./number-text.js";
import { type Painter, painter } from "./paint-phase.js";
import { printableSentence } from "./printable-sentence.js";
import type { TerminalLook } from "./table.js";
import { cut, pad, shortenNames, textWidth, wrap } from "./text-layout.js";

export interface RankingLook extends TerminalLook {
  /** The column that orders the models: it is shown too. */
  readonly sort?: string | undefined;
}

interface Column {
  readonly heading: string;
  /** What the heading means, if it does not say so itself. */
  readonly meaning?: string;
  readonly cell: (model: RankedModel) => string;
  /** If the table is too wide, columns are dropped in this order, lowest first. Undefined: never dropped. */
  readonly dropOrder?: number;
}

const COLUMNS: readonly Column[] = [
  { heading: "layers", cell: ({ layers }) => String(layers), dropOrder: 3 },
  {
    heading: "valid",
    meaning: "layers with a valid alpha",
    cell: ({ valid_layers }) => String(valid_layers),
    dropOrder: 5,
  },
  {
    heading: "alpha",
    meaning: "mean alpha of those",
    cell: ({ valid_means }) => numberText(valid_means.alpha),
    dropOrder: 9,
  },
  {
    heading: "alpha_w",
    meaning: "mean alpha_weighted of all",
    cell: ({ means }) => numberText(means.alpha_weighted),
    dropOrder: 8,
  },
  {
    heading: "log_a",
    meaning: "mean log_alpha_norm of all",
    cell: ({ means }) => numberText(means.log_alpha_norm),
    dropOrder: 2,
  },
  { heading: "log_n", meaning: "mean log_norm of all", cell: ({ means }) => numberText(means.log_norm), dropOrder: 1 },
  { heading: "index", meaning: "mean tail_index", cell: ({ means }) => numberText(means.tail_index), dropOrder: 4 },
  {
    heading: "stable",
    meaning: "mean stable_rank",
    cell: ({ means }) => numberText(means.stable_rank),
    dropOrder: 0,
  },
  {
    heading: "random",
    meaning: "layers that look random",
    cell: ({ phases }) => String(phases["random-like"]),
    dropOrder: 6,
  },
  {
    heading: "lost",
    meaning: "layers that lost rank",
    cell: ({ phases }) => String(phases["rank-collapse"]),
    dropOrder: 7,
  },
];
/** The headings that are not a column's own name, and the columns that they show. */
export const RANKING_HEADINGS: readonly { readonly heading: string; readonly field: string }[] = [
  { heading: "valid", field: "alpha_valid" },
  { heading: "alpha_w", field: "alpha_weighted" },
  { heading: "log_a", field: "log_alpha_norm" },
  { heading: "log_n", field: "log_norm" },
  { heading: "index", field: "tail_index" },
  { heading: "stable", field: "stable_rank" },
];
const MAX_DROP_ORDER = 9;
/** Columns are dropped until names have at least this many cells; the last two only below the second width. */
const MIN_NAME_WIDTH = 16;
const TIGHT_NAME_WIDTH = 8;
const LAST_TO_DROP = 8;

/** The models in their groups (in families, if there are several), then what the headings mean. */
export function rankingTable(ranking: Ranking, { width = 80, color = false, sort }: RankingLook): string[] {
  const paint = painter(color);
  const { models } = ranking;
  const longest = Math.max("model".length, ...models.map(({ name }) => textWidth(printable(name))));
  let columns = allColumns(models, sort);
  const wanted = (step: number): number => Math.min(longest, step < LAST_TO_DROP ? MIN_NAME_WIDTH : TIGHT_NAME_WIDTH);
  for (let step = 0; step <= MAX_DROP_ORDER && roomFor(columns, models, width) < wanted(step); step++)
    columns = columns.filter(({ dropOrder }) => dropOrder !== step);
  const names = shortenNames(
    models.map(({ name }, id) => ({ id, name: printable(name) })),
    Math.max("model".length, roomFor(columns, models, width)),
  );
  const nameOf = new Map(models.map((model, i) => [model, names[i]]));
  const nameWidth = Math.max("model".length, ...names.map(textWidth));
  const line = (model: RankedModel): string => rowOf(model, { columns, models, nameOf, nameWidth, width, paint });
  const meanings = columns.flatMap(({ heading, meaning }) => (meaning === undefined ? [] : [`${heading}: ${meaning}`]));
  const heading = [pad("model", nameWidth, "left"), ...columns.map((column) => padded(column.heading, column, models))];
  return [
    paint.bold(heading.join("  ").trimEnd()),
    ...sectionsOf(ranking).flatMap(({ title, members }) => [paint.dim(cut(title, width)), ...members.map(line)]),
    ...wrap(paint.dim(meanings.join("; ")), width),
  ];
}

function allColumns(models: readonly RankedModel[], sort: string | undefined): readonly Column[] {
  const scored = models.some(({ score }) => score !== null);
  const own = sort === undefined ? undefined : sortColumn(sort);
  const shown: readonly string[] = SHOWN;
  return [
    ...COLUMNS,
    ...(own === undefined || shown.includes(own.name)
      ? []
      : [{ heading: own.name, cell: (model: RankedModel) => cellText(own.value(model)) }]),
    ...(scored ? [{ heading: "score", cell: ({ score }: RankedModel) => cellText(score) }] : []),
  ];
}

/** Flat columns that the table shows anyway. */
const SHOWN = [
  ...["name", "path", "group", "score", "layers", "valid_layers", "valid_mean_alpha", "mean_alpha_weighted"],
  ...["mean_log_alpha_norm", "mean_log_norm", "mean_tail_index", "mean_stable_rank"],
  ...["layers_random_like", "layers_rank_collapse"],
];

function cellText(value: string | number | null): string {
  return typeof value === "string" ? printable(value) : value === null ? NOT_AVAILABLE : numberText(value);
}

interface Section {
  readonly title: string;
  readonly members: readonly RankedModel[];
}

/** The groups, of each family if there are several; then what failed. */
function sectionsOf({ models, groups, comparable: { families } }: Ranking): Section[] {
  const several = families.length > 1;
  const sections = (several ? families.map(({ family }) => family) : [null]).flatMap((family) =>
    groups.map(({ group, meaning }): Section => {
      const members = models.filter((model) => model.group === group && (family === null || model.family === family));
      const title = `${several ? `Family ${family}. ` : ""}${meaning} (${plural(members.length, "model")})`;
      return { title, members };
    }),
  );
  const failed = models.filter(({ group }) => group === null);
  return [...sections, { title: `Failed (${plural(failed.length, "model")})`, members: failed }].filter(
    ({ members }) => members.length > 0,
  );
}

function widthOf({ heading, cell }: Column, models: readonly RankedModel[]): number {
  const shown = models.filter(({ status }) => status === "success");
  return Math.max(heading.length, ...shown.map((model) => textWidth(cell(model))));
}

function roomFor(columns: readonly Column[], models: readonly RankedModel[], width: number): number {
  return width - columns.reduce((sum, column) => sum + widthOf(column, models) + 2, 0);
}

function padded(text: string, column: Column, models: readonly RankedModel[]): string {
  return pad(text, widthOf(column, models), "right");
}

interface RowLook {
  readonly columns: readonly Column[];
  readonly models: readonly RankedModel[];
  readonly nameOf: ReadonlyMap<RankedModel, string>;
  readonly nameWidth: number;
  readonly width: number;
  readonly paint: Painter;
}

function rowOf(model: RankedModel, { columns, models, nameOf, nameWidth, width, paint }: RowLook): string {
  const start = pad(nameOf.get(model) as string, nameWidth, "left");
  if (model.status === "failed")
    return `${start}  ${paint.red(cut(`failed: ${printableSentence(model.reason ?? "")}`, width - nameWidth - 2))}`;
  return [start, ...columns.map((column) => padded(column.cell(model), column, models))].join("  ").trimEnd();
}
