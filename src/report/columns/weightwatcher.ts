import type { WeightWatcherColumns } from "../../analysis/optional-columns.js";
import {
  ABOVE_0,
  ANY,
  atLeast,
  COUNT,
  columnsOf,
  type Definition,
  EIGENVALUE,
  POSITIVE,
  WEIGHT,
  WHOLE,
  WHOLE_FROM_1,
} from "./column.js";

const MP_FIT = "[WW] (its mp_fit)";
const DETX = "[WW] (its detX); [SETOL25]";
const RANDOMIZE = "[WW] (its randomize)";
const VECTORS = "[WW] (its vectors); [MM21] section 3.3";

/** WeightWatcher's fit of a bulk, to the layer's eigenvalues or to those of its randomised weights. */
function bulkFit(of: string) {
  return {
    num_spikes: {
      definition: `Number of eigenvalues ${of}beyond WeightWatcher's bulk edge and its Tracy-Widom width.`,
      formula: "#{r > b + sqrt(Q^-1/2 b^(2/3) M^(-2/3))}, r = lambda W_scale^2, b = sigma_mp^2 (1 + 1/sqrt(Q))^2",
      range: WHOLE,
      unit: COUNT,
      source: MP_FIT,
    },
    sigma_mp: {
      definition:
        `Width of the Marchenko-Pastur law that WeightWatcher fits to a kernel estimate of the density ${of}on ` +
        "the scale of W_scale; only an amplitude where Q is 1.",
      formula:
        "least squares on a grid from 0 to max r + 0.5, triangular kernel of half-width 0.1, a search over " +
        "widths, then Nelder-Mead",
      range: ABOVE_0,
      source: MP_FIT,
    },
    mp_softrank: {
      definition:
        `WeightWatcher's bulk edge over the largest eigenvalue${of === "" ? "" : ` ${of.trim()}`}; it may ` +
        "exceed 1. Ours is mp_soft_rank.",
      formula: "b/max r",
      range: POSITIVE,
      source: MP_FIT,
    },
    W_scale: {
      definition: `What scales W to a mean eigenvalue of 1${of === "" ? "" : `, ${of.trim()}`}.`,
      formula: "sqrt(n/sum lambda)",
      range: ABOVE_0,
      unit: `1/(${WEIGHT})`,
      source: MP_FIT,
    },
    bulk_max: {
      definition: `Upper edge of WeightWatcher's bulk${of === "" ? "" : ` ${of.trim()}`}.`,
      formula: "b/W_scale^2",
      range: POSITIVE,
      unit: EIGENVALUE,
      source: MP_FIT,
    },
    bulk_min: {
      definition: `Lower edge of WeightWatcher's bulk${of === "" ? "" : ` ${of.trim()}`}.`,
      formula: "sigma_mp^2 (1 - 1/sqrt(Q))^2/W_scale^2",
      range: POSITIVE,
      unit: EIGENVALUE,
      source: MP_FIT,
    },
  } as const satisfies Record<string, Definition>;
}

/** WeightWatcher's measures of eigenvectors: their mean or variance over a part of the spectrum. */
function vectorMeasures(moment: "Mean" | "Variance", part: string) {
  const of = (measure: string): string => `${moment} ${measure} over the eigenvectors of W'W ${part}.`;
  return {
    vec_entropy: {
      definition: of("entropy of the components' sizes"),
      formula: "entropy of a histogram of |v| - mean|v| in 100 bins, in nats",
      range: "0 to ln 100",
      values: atLeast(0),
      source: VECTORS,
    },
    loc_ratio: {
      definition: of("localisation ratio"),
      formula: "|v|_1/|v|_inf",
      range: "1 to M",
      values: atLeast(0),
      source: VECTORS,
    },
    part_ratio: {
      definition: of("participation ratio"),
      formula: "|v|_2/|v|_4",
      range: "1 to M^(1/4)",
      values: atLeast(0),
      source: VECTORS,
    },
  } as const satisfies Record<string, Definition>;
}

/** `{prefix}{name}` for every name. */
function prefixed<Prefix extends string, Name extends string>(
  prefix: Prefix,
  definitions: Readonly<Record<Name, Definition>>,
) {
  return Object.fromEntries(
    Object.entries<Definition>(definitions).map(([name, each]) => [`${prefix}${name}`, each]),
  ) as Record<`${Prefix}${Name}`, Definition>;
}

const BELOW = "below xmin";
const ABOVE = "from xmin up";

/**
 * WeightWatcher's optional columns, computed as WeightWatcher does, including its oddities: present with
 * `--weightwatcher`.
 */
export const WEIGHTWATCHER_COLUMNS = columnsOf<keyof WeightWatcherColumns>({
  ...bulkFit(""),
  detX_num: {
    definition: "Number of largest eigenvalues, scaled to mean 1, whose product first falls below 1.",
    range: WHOLE_FROM_1,
    unit: COUNT,
    source: DETX,
  },
  detX_val: {
    definition: "The smallest of the detX_num largest eigenvalues.",
    range: POSITIVE,
    unit: EIGENVALUE,
    source: DETX,
  },
  detX_val_unrescaled: {
    definition: "detX_val with the mean eigenvalue scaled to 1 (WeightWatcher swaps these two names).",
    range: POSITIVE,
    unit: "mean eigenvalues",
    source: DETX,
  },
  max_rand_eval: {
    definition: "Largest eigenvalue of the randomised weights (of five randomisations for fewer than 100 eigenvalues).",
    range: POSITIVE,
    unit: EIGENVALUE,
    source: RANDOMIZE,
  },
  rand_distance: {
    definition:
      "Jensen-Shannon distance of the sorted eigenvalues to those of one more randomisation, each normalised " +
      "to sum 1 as if it were a distribution over ranks.",
    formula: "sqrt((KL(p|m) + KL(q|m))/2), natural logarithms",
    range: "0 to sqrt(ln 2)",
    values: atLeast(0),
    source: RANDOMIZE,
  },
  ww_softrank: {
    definition: "Largest eigenvalue of that randomisation over lambda_max.",
    formula: "lambda_max(randomised)/lambda_max",
    range: POSITIVE,
    source: RANDOMIZE,
  },
  ww_maxdist: {
    definition: "lambda_max minus the largest eigenvalue of that randomisation.",
    formula: "lambda_max - lambda_max(randomised)",
    range: ANY,
    unit: EIGENVALUE,
    source: RANDOMIZE,
  },
  ...prefixed("rand_", bulkFit("of the randomised weights ")),
  ...prefixed("bulk_mean_", vectorMeasures("Mean", BELOW)),
  ...prefixed("bulk_var_", vectorMeasures("Variance", BELOW)),
  ...prefixed("tail_mean_", vectorMeasures("Mean", ABOVE)),
  ...prefixed("tail_var_", vectorMeasures("Variance", ABOVE)),
});
