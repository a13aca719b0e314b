import { normalQuantile } from "../numeric/index.js";

/** The law of a layer's initial weights, and its scale compared with the common recipes for a layer of that shape. */
export interface Initialisation {
  readonly law: "uniform" | "normal" | "truncated normal";
  /** "Glorot", "He", ... if the scale is that of a recipe for this shape; null if only the law is recognised. */
  readonly recipe: string | null;
  /** Bound of the uniform law, or standard deviation of the entries for the others. */
  readonly scale: number;
  /** The scale divided by that of the recipe; null without a recipe. */
  readonly scaleRatio: number | null;
  /** The statistics of the entries, each with the value that the law expects. */
  readonly evidence: readonly InitialisationEvidence[];
  /** "uniform entries within the bound of Glorot's initialisation (0.0612)" */
  readonly sentence: string;
}

export interface InitialisationEvidence {
  readonly statistic: "kurtosis" | "median of |w| / rms" | "max of |w| / rms";
  readonly value: number;
  /** The value of the law, and the tolerance for this number of entries. */
  readonly expected: number;
  readonly tolerance: number;
}

/** Statistics of the entries; `EntryStatistics` has these fields. */
export interface EntryShape {
  /** Sides of one matrix, and the number of matrices (the kernel positions of a convolution; 1 for a dense layer). */
  readonly N: number;
  readonly M: number;
  readonly rf: number;

  readonly count: number;
  readonly zeros: number;
  readonly mean: number;
  readonly meanSquare: number;
  readonly kurtosis: number | null;
  readonly maxAbs: number;
  readonly medianAbs: number | null;
}

/** With fewer entries no law is recognised. */
const MIN_ENTRIES = 1000;
/**
 * Tolerance of a statistic, in standard errors. All three statistics of an initial layer then pass in 999 of 1000
 * cases.
 */
const MAX_STANDARD_ERRORS = 4;
/**
 * Relative errors that do not shrink with the number of entries: `medianAbs` is interpolated in bins, and bf16 rounds
 * to 2^-9.
 */
const MEDIAN_ERROR = 0.02;
const ROUNDING = 0.004;
/** An initial layer has no zeros; rounding to f16 or 8 bits makes a few. */
const MAX_ZERO_SHARE = 0.01;
/**
 * Lower limit for the relative tolerance of the scale. Four standard errors of the standard deviation are 9 % for 1000
 * normal entries and 3 % for 10,000.
 */
const MIN_SCALE_TOLERANCE = 0.01;

interface Law {
  readonly law: Initialisation["law"];
  readonly kurtosis: number;
  /** Standard error of the sample's kurtosis times sqrt(count). */
  readonly kurtosisError: number;
  /** Median of |w| divided by the root mean square. */
  readonly median: number;
  /** Largest |w| divided by the root mean square; null if the law has no bound. */
  readonly bound: number | null;
}

/**
 * Moments: uniform E w^2n = 1/(2n + 1), normal E w^2n = (2n - 1)!!, and, for the normal law cut off at two standard
 * deviations, partial integration. The standard error of the kurtosis is the standard deviation of w^4/m2^2 - 2 kappa
 * w^2/m2 + kappa divided by sqrt(count).
 */
const LAWS: readonly Law[] = [
  { law: "uniform", kurtosis: 1.8, kurtosisError: 1.1474, median: Math.sqrt(3) / 2, bound: Math.sqrt(3) },
  { law: "truncated normal", kurtosis: 2.36554, kurtosisError: 1.9617, median: 0.72657, bound: 2.27369 },
  { law: "normal", kurtosis: 3, kurtosisError: Math.sqrt(24), median: 0.67449, bound: null },
];

/** Standard deviation of a normal law cut off at two standard deviations, relative to the uncut law. */
const CUT_DEVIATION = 0.879626;

/**
 * Recognises weights as they are before training: the law of the entries by kurtosis, median and largest value, each
 * within its sampling error, and the scale by the recipes for a layer of that shape ([GB10], [He15], [LBOM98],
 * PyTorch's default, 0.02). A few training steps move no statistic beyond its error, so the result means "not trained,
 * or hardly". null if no law fits, below 1000 entries, or if more than 1 % are zero.
 */
export function recogniseInitialisation(entries: EntryShape): Initialisation | null {
  const { count, zeros, meanSquare, kurtosis, mean } = entries;
  const rms = Math.sqrt(meanSquare);
  if (count < MIN_ENTRIES || zeros > MAX_ZERO_SHARE * count || kurtosis === null || !(rms > 0)) return null;
  // A mean beyond its error rules out a symmetric law.
  if (Math.abs(mean) > (MAX_STANDARD_ERRORS * rms) / Math.sqrt(count) + ROUNDING * rms) return null;
  for (const law of LAWS) {
    const evidence = evidenceFor(law, entries, rms);
    if (evidence.some(({ value, expected, tolerance }) => !(Math.abs(value - expected) <= tolerance))) continue;
    return { law: law.law, evidence, ...recipeOf(law, entries, rms) };
  }
  return null;
}

function evidenceFor(
  law: Law,
  { count, kurtosis, medianAbs, maxAbs }: EntryShape,
  rms: number,
): InitialisationEvidence[] {
  const root = Math.sqrt(count);
  return [
    {
      statistic: "kurtosis",
      value: kurtosis as number,
      expected: law.kurtosis,
      tolerance: (MAX_STANDARD_ERRORS * law.kurtosisError) / root + ROUNDING,
    },
    {
      statistic: "median of |w| / rms",
      value: (medianAbs as number) / rms,
      expected: law.median,
      // The standard error of the median of n values is 1/(2 f sqrt n), f the density there: at most 0.87 rms/sqrt(n)
      // here.
      tolerance: MAX_STANDARD_ERRORS / root + MEDIAN_ERROR * law.median,
    },
    { statistic: "max of |w| / rms", value: maxAbs / rms, ...largestOf(law, count) },
  ];
}

/**
 * Expected value and tolerance of the largest of `count` entries: the bound, or the range between its 0.1 % and 99.9 %
 * quantiles.
 */
function largestOf({ bound, kurtosis }: Law, count: number): { readonly expected: number; readonly tolerance: number } {
  if (bound !== null) {
    // The relative standard error of the rms is sqrt((kappa - 1)/(4 n)). The largest entry lies a few gaps below the
    // bound, where the densities are at least 0.1.
    const sampling = MAX_STANDARD_ERRORS * Math.sqrt((kurtosis - 1) / (4 * count)) + 60 / count;
    return { expected: bound, tolerance: bound * (sampling + ROUNDING) };
  }
  const low = normalQuantile(1 - Math.log(1000) / (2 * count));
  const high = normalQuantile(1 - 0.001 / (2 * count));
  return { expected: (low + high) / 2, tolerance: (high - low) / 2 + ROUNDING * high };
}

/** An initialisation recipe: its name and the standard deviation of the entries. */
interface Recipe {
  readonly name: string;
  readonly deviation: number;
}

function recipeOf(
  { law, kurtosis, bound }: Law,
  { N, M, rf, count }: EntryShape,
  rms: number,
): Pick<Initialisation, "recipe" | "scale" | "scaleRatio" | "sentence"> {
  const fans = [N * rf, M * rf];
  const variances: { readonly name: string; readonly variance: number }[] = [
    { name: "Glorot", variance: 2 / (fans[0] + fans[1]) },
    ...fans.map((fan) => ({ name: "He", variance: 2 / fan })),
    ...fans.map((fan) => ({ name: "LeCun", variance: 1 / fan })),
    ...(law === "uniform" ? fans.map((fan) => ({ name: "PyTorch's default", variance: 1 / (3 * fan) })) : []),
    ...(law === "uniform"
      ? []
      : [0.02, 0.01].map((deviation) => ({ name: String(deviation), variance: deviation ** 2 }))),
  ];
  const recipes = variances.flatMap(({ name, variance }): Recipe[] => {
    const deviation = Math.sqrt(variance);
    // Some libraries rescale after the cut, others do not.
    return law === "truncated normal"
      ? [
          { name, deviation },
          { name, deviation: CUT_DEVIATION * deviation },
        ]
      : [{ name, deviation }];
  });
  const tolerance = Math.max(MIN_SCALE_TOLERANCE, MAX_STANDARD_ERRORS * Math.sqrt((kurtosis - 1) / (4 * count)));
  const off = ({ deviation }: Recipe): number => Math.abs(rms / deviation - 1);
  const nearest = recipes.reduce((best, recipe) => (off(recipe) < off(best) ? recipe : best));
  const found = off(nearest) <= tolerance ? nearest : null;
  const scale = law === "uniform" ? rms * (bound as number) : rms;
  const what = law === "uniform" ? `bound ${scale.toPrecision(3)}` : `standard deviation ${scale.toPrecision(3)}`;
  return {
    recipe: found?.name ?? null,
    scale,
    scaleRatio: found === null ? null : rms / found.deviation,
    sentence:
      found === null
        ? `The entries are ${law} (${what}), as before training.`
        : `The entries are ${law} with the scale of ${nameOf(found.name)} (${what}), as before training.`,
  };
}

function nameOf(recipe: string): string {
  if (recipe === "PyTorch's default") return "PyTorch's default initialisation";
  return /^[0-9]/.test(recipe) ? `a deviation of ${recipe}` : `${recipe}'s initialisation`;
}
