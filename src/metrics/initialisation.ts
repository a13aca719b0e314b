import { normalQuantile } from "../numeric/index.js";

/**
 * A law from which layers are filled before training, and the bound or deviation of the best-known recipes for a layer
 * of that shape.
 */
export interface Initialisation {
  readonly law: "uniform" | "normal" | "truncated normal";
  /** "Glorot", "He", ... where the scale is that of a recipe for this shape; null where only the law is recognised. */
  readonly recipe: string | null;
  /** Bound of the uniform law, or standard deviation of the others as it is in the entries. */
  readonly scale: number;
  /** The scale over that of the recipe; null without one. */
  readonly scaleRatio: number | null;
  /** The statistics of the entries that agree with the law, with what the law has. */
  readonly evidence: readonly InitialisationEvidence[];
  /** "uniform entries within the bound of Glorot's initialisation (0.0612)" */
  readonly sentence: string;
}

export interface InitialisationEvidence {
  readonly statistic: "kurtosis" | "median of |w| / rms" | "max of |w| / rms";
  readonly value: number;
  /** Of the law, and how far the value may lie off for so many entries. */
  readonly expected: number;
  readonly tolerance: number;
}

/** What is known of the entries: `EntryStatistics` has it. */
export interface EntryShape {
  /**
   * Sides of one matrix, and how many matrices a filter has (the positions of a convolution's kernel; 1 for a dense
   * layer).
   */
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

/** Fewer entries do not show a law. */
const MIN_ENTRIES = 1000;
/**
 * Standard errors that a statistic may lie off: the three of a layer at its initial weights then all pass in 999
 * of 1000.
 */
const MAX_STANDARD_ERRORS = 4;
/** Relative errors that do not shrink with the number: `medianAbs` is interpolated in bins, and bf16 rounds to 2^-9. */
const MEDIAN_ERROR = 0.02;
const ROUNDING = 0.004;
/** An initial layer holds no zeros; f16 and 8 bits make a few. */
const MAX_ZERO_SHARE = 0.01;
/**
 * How far the scale may lie from a recipe's: four standard errors of the deviation of 1000 normal entries are 9 %, of
 * 10,000 3 %.
 */
const MIN_SCALE_TOLERANCE = 0.01;

interface Law {
  readonly law: Initialisation["law"];
  readonly kurtosis: number;
  /** Standard error of the sample's kurtosis times sqrt(count). */
  readonly kurtosisError: number;
  /** Median of |w| over the root mean square. */
  readonly median: number;
  /** Largest |w| over the root mean square; null where it has no bound. */
  readonly bound: number | null;
}

/**
 * Moments: uniform E w^2n = 1/(2n + 1), normal E w^2n = (2n - 1)!!, and the normal cut off at two deviations by partial
 * integration. The kurtosis errs by the standard deviation of w^4/m2^2 - 2 kappa w^2/m2 + kappa over sqrt(count).
 */
const LAWS: readonly Law[] = [
  { law: "uniform", kurtosis: 1.8, kurtosisError: 1.1474, median: Math.sqrt(3) / 2, bound: Math.sqrt(3) },
  { law: "truncated normal", kurtosis: 2.36554, kurtosisError: 1.9617, median: 0.72657, bound: 2.27369 },
  { law: "normal", kurtosis: 3, kurtosisError: Math.sqrt(24), median: 0.67449, bound: null },
];

/** Standard deviation of a normal law cut off at two of its deviations, in units of the uncut one. */
const CUT_DEVIATION = 0.879626;

/**
 * Recognises weights as they are before training: the law of the entries by kurtosis, median and largest value, each
 * within its sampling error, and the scale by the recipes for a layer of that shape ([GB10], [He15], [LBOM98],
 * PyTorch's default, 0.02). Training by a few steps moves no statistic beyond its error, so that this says "not
 * trained, or hardly". null where no law fits, below 1000 entries, or where more than 1 % are zero.
 */
export function recogniseInitialisation(entries: EntryShape): Initialisation | null {
  const { count, zeros, meanSquare, kurtosis, mean } = entries;
  const rms = Math.sqrt(meanSquare);
  if (count < MIN_ENTRIES || zeros > MAX_ZERO_SHARE * count || kurtosis === null || !(rms > 0)) return null;
  // A mean beyond its error is that of no symmetric law.
  if (Math.abs(mean) > (MAX_STANDARD_ERRORS * rms) / Math.sqrt(count) + ROUNDING * rms) return null;
  for (const law of LAWS) {
    const evidence = evidenceFor(law, entries, rms);
    if (evidence.some(({ value, expected, tolerance }) => !(Math.abs(value - expected) <= tolerance))) continue;
    return { law: law.law, evidence, ...recipeOf(law, entries, rms) };
  }
  return null;
}

function evidenceFor(law: Law, { count, kurtosis, medianAbs, maxAbs }: EntryShape, rms: number): InitialisationEvidence[] {
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
      // The median of n values errs by 1/(2 f sqrt n), f the density there: at most 0.87 rms/sqrt(n) here.
      tolerance: MAX_STANDARD_ERRORS / root + MEDIAN_ERROR * law.median,
    },
    { statistic: "max of |w| / rms", value: maxAbs / rms, ...largestOf(law, count) },
  ];
}

/** Where the largest of so many entries lies: at the bound, or between its quantiles at 1 and 999 of 1000. */
function largestOf({ bound, kurtosis }: Law, count: number): { readonly expected: number; readonly tolerance: number } {
  if (bound !== null) {
    // The rms errs by sqrt((kappa - 1)/(4 n)); the largest lies a few gaps below the bound, where the densities are at
    // least 0.1.
    const sampling = MAX_STANDARD_ERRORS * Math.sqrt((kurtosis - 1) / (4 * count)) + 60 / count;
    return { expected: bound, tolerance: bound * (sampling + ROUNDING) };
  }
  const low = normalQuantile(1 - Math.log(1000) / (2 * count));
  const high = normalQuantile(1 - 0.001 / (2 * count));
  return { expected: (low + high) / 2, tolerance: (high - low) / 2 + ROUNDING * high };
}

/** Name, and standard deviation of the entries. */
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
    ...(law === "uniform" ? [] : [0.02, 0.01].map((deviation) => ({ name: String(deviation), variance: deviation ** 2 }))),
  ];
  const recipes = variances.flatMap(({ name, variance }): Recipe[] => {
    const deviation = Math.sqrt(variance);
    // Some libraries make up for the cut, others do not.
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
