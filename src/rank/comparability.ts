import { type Architecture, familiesOf, type Relation, relationOf } from "./architecture.js";
import type { RankColumn } from "./columns.js";

/** What can be said of some columns over these models. */
export interface Statement {
  readonly columns: readonly RankColumn[];
  /** Whether they may order these models. */
  readonly comparable: boolean;
  /** The layers to average over. */
  readonly over: "all" | "valid";
  readonly reason: string;
  /** Keys of REFERENCES.md. */
  readonly sources: readonly string[];
}

/** Which columns can be compared over these models. */
export interface Comparable {
  readonly relation: Relation;
  /** Whether the names look like steps of one training. Neighbouring steps are not independent of each other. */
  readonly series: boolean;
  /** Models whose layers have the same roles, by their names. */
  readonly families: readonly {
    readonly family: number;
    readonly relation: Relation;
    readonly models: readonly string[];
  }[];
  readonly statements: readonly Statement[];
}

/** Shape of the spectrum, scale of the weights, and both in one number: the words of [MM21b]. */
export const SHAPE: readonly RankColumn[] = ["alpha", "alpha_hill", "tail_index", "D"];
export const SCALE: readonly RankColumn[] = ["log_norm", "log_spectral_norm"];
export const COMBINED: readonly RankColumn[] = ["alpha_weighted", "log_alpha_norm"];

/** What the papers say, by how the models are related. */
const STATEMENTS: Readonly<Record<Relation, readonly Statement[]>> = {
  "one-model": [],
  "same-architecture": [
    {
      ...{ columns: SHAPE, comparable: true, over: "valid" },
      reason: "depth and shapes are the same; at fixed depth the shape of the tail orders models best",
      sources: ["MM21b", "YTH23"],
    },
    {
      ...{ columns: COMBINED, comparable: true, over: "all" },
      reason:
        "they order models of one architecture; along one training they also follow the growing norms, which may " +
        "reverse the sign",
      sources: ["MPM21", "MM21b"],
    },
    {
      ...{ columns: SCALE, comparable: true, over: "all" },
      reason: "shapes are the same, but at fixed depth norms often order models wrongly or in reverse",
      sources: ["MM21b"],
    },
  ],
  "depth-series": [
    {
      ...{ columns: COMBINED, comparable: true, over: "all" },
      reason: "they order models of one family over depth: smaller is better",
      sources: ["MPM21"],
    },
    {
      ...{ columns: SCALE, comparable: true, over: "all" },
      reason: "norms follow the trend over depth, but not the order of models of one depth",
      sources: ["MM21b"],
    },
    {
      ...{ columns: SHAPE, comparable: false, over: "valid" },
      reason: "over models of several depths the average alpha may point the other way (Simpson's paradox)",
      sources: ["MM21b"],
    },
  ],
  "size-series": [
    {
      ...{ columns: COMBINED, comparable: true, over: "all" },
      reason: "they order models of one family, with care: the shapes differ too",
      sources: ["MPM21"],
    },
    {
      ...{ columns: SCALE, comparable: false, over: "all" },
      reason: "eigenvalues of W'W grow with the sides of W",
      sources: ["MM21"],
    },
    {
      ...{ columns: SHAPE, comparable: false, over: "valid" },
      reason: "alpha depends on the aspect ratio of a layer, and its average on the depth",
      sources: ["HGKY25", "MM21b"],
    },
  ],
  different: [
    {
      ...{ columns: [...SHAPE, ...COMBINED, ...SCALE], comparable: false, over: "all" },
      reason: "the papers compare models of one family only, and do not hold for every family",
      sources: ["MPM21", "MM21b"],
    },
  ],
};

export interface NamedArchitecture {
  readonly name: string;
  readonly architecture: Architecture;
}

/** How the models are related, their families, and what can be compared over them. */
export function comparabilityOf(models: readonly NamedArchitecture[]): Comparable {
  const relation = relationOf(models.map(({ architecture }) => architecture));
  const numbers = familiesOf(models.map(({ architecture }) => architecture));
  const families = [...new Set(numbers)].map((number) => {
    const members = models.filter((_, i) => numbers[i] === number);
    return {
      family: number + 1,
      relation: relationOf(members.map(({ architecture }) => architecture)),
      models: members.map(({ name }) => name),
    };
  });
  const series = relation === "same-architecture" && isSeries(models.map(({ name }) => name));
  return { relation, series, families, statements: STATEMENTS[relation] };
}

/** Words before the number of a step: step-500, epoch_3, checkpoint-1000. Seeds and sizes are no steps. */
const STEP_WORD = /(?:^|\b[es]|step|epoch|iter|iteration|checkpoint|ckpt)[-_. ]?$/i;

/** Three or more names that differ in one number only, that of a step. */
function isSeries(names: readonly string[]): boolean {
  if (names.length < 3) return false;
  const parts = names.map((name) => name.split(/(\d+)/));
  const differing = parts[0].flatMap((part, i) => (parts.every((other) => other[i] === part) ? [] : [i]));
  const [at] = differing;
  const alike = parts.every(({ length }) => length === parts[0].length);
  return alike && differing.length === 1 && at % 2 === 1 && STEP_WORD.test(parts[0][at - 1]);
}

/** Whether the papers let a column order these models. Of columns that no statement names nothing is known: true. */
export function mayOrder(
  column: string,
  { relation, statements }: Pick<Comparable, "relation" | "statements">,
): boolean {
  if (relation === "different") return false;
  return !statements.some(({ columns, comparable }) => !comparable && (columns as readonly string[]).includes(column));
}
