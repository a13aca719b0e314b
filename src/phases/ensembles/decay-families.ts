import { normalSampler, type Rng } from "../../numeric/index.js";
import {
  independentMatrix,
  type MatrixShape,
  pareto,
  spiked,
  wishart,
  withColumnVariances,
  withSpectrum,
} from "../../rmt/index.js";
import type { PhaseName } from "../phase.js";
import type { Group, PhaseFamily } from "./family.js";
import { between, exponential, gamma, logBetween, pick, strengthsAt, student, variances } from "./random-numbers.js";

/**
 * A Gaussian matrix whose columns have independent variances: `sampler` draws the law of the variances, then each
 * variance.
 */
function population(
  name: string,
  { group, why, accepted, whenSmall = [] }: Law,
  sampler: (rng: Rng, shape: MatrixShape) => () => number,
): PhaseFamily {
  return {
    name,
    group,
    why,
    draw: (shape, rng) => ({
      W: withColumnVariances(shape, variances(shape.M, sampler(rng, shape)), rng),
      accepted: shape.M < SMALL_M ? [...accepted, ...whenSmall] : accepted,
    }),
  };
}

/** Below this M the tail has about a dozen eigenvalues, and not everything planted can be detected. */
const SMALL_M = 64;

interface Law {
  readonly group: Group;
  readonly why: string;
  readonly accepted: readonly PhaseName[];
  /** Also accepted if M is below `SMALL_M`. */
  readonly whenSmall?: readonly PhaseName[];
}

const EXPONENTIAL = {
  group: "decay",
  why: "the population's tail is exponential or lighter, and unbounded: the edge decays, its tail index is 0",
  accepted: ["bulk-decay"],
} as const;
const BETWEEN = {
  group: "decay",
  why: "an index of 0 in the limit that is 0.1 to 0.5 at these sizes: between an exponential and a power law",
  accepted: ["bulk-decay", "heavy-tailed"],
} as const;
const POWER_LAW = {
  group: "heavy",
  why: "the population has a power law of density exponent alpha, and so has the spectrum [MM21] Table 1",
  accepted: ["heavy-tailed"],
} as const;
const STEEP = { ...POWER_LAW, accepted: ["bulk-decay", "heavy-tailed"], whenSmall: ["bulk+spikes"] } as const;

const NEARLY_EQUAL = {
  group: "decay",
  why: "nearly equal variances with a few larger ones: which of them can be detected depends on the size",
  accepted: ["bulk-decay", "heavy-tailed", "bulk+spikes", "bleeding-out"],
  whenSmall: ["random-like", "undecided"],
} as const;

const powerLaw =
  (alpha: number, rng: Rng): (() => number) =>
  () =>
    (1 - rng()) ** (-1 / (alpha - 1));

/** Populations whose tail decays, and many signals of graded strength. */
export const DECAY_FAMILIES: readonly PhaseFamily[] = [
  population("1 + Exp(2 to 4) on 30 to 50 % of the directions", EXPONENTIAL, (rng) => {
    const [share, scale] = [between(0.3, 0.5, rng), between(2, 4, rng)];
    return () => (rng() < share ? 1 + scale * exponential(rng) : 1);
  }),
  population("1 + Exp(0.5 to 1.2) on all directions", EXPONENTIAL, (rng) => {
    const scale = between(0.5, 1.2, rng);
    return () => 1 + scale * exponential(rng);
  }),
  population("exponential population", EXPONENTIAL, (rng) => () => exponential(rng)),
  population("gamma population of shape 1 to 3", EXPONENTIAL, (rng) => {
    const shape = between(1, 3, rng);
    return () => gamma(shape, rng);
  }),
  population("gamma population of shape 0.4 to 0.8", BETWEEN, (rng) => {
    const shape = between(0.4, 0.8, rng);
    return () => gamma(shape, rng);
  }),
  population(
    "stretched exponential population, exponent 1 to 1.5",
    { ...EXPONENTIAL, accepted: ["bulk-decay", "undecided"] },
    (rng) => {
      const exponent = between(1, 1.5, rng);
      return () => 0.3 + exponential(rng) ** (1 / exponent);
    },
  ),
  population("stretched exponential population, exponent 0.4 to 0.7", BETWEEN, (rng) => {
    const exponent = between(0.4, 0.7, rng);
    return () => exponential(rng) ** (1 / exponent);
  }),
  population(
    "log-normal population, sd 0.35 to 0.7",
    { ...EXPONENTIAL, whenSmall: ["undecided", "random-like", "bleeding-out"] },
    (rng) => {
      const [spread, normal] = [between(0.35, 0.7, rng), normalSampler(rng)];
      return () => Math.exp(spread * normal());
    },
  ),
  population("log-normal population, sd 0.8 to 1.2", BETWEEN, (rng) => {
    const [spread, normal] = [between(0.8, 1.2, rng), normalSampler(rng)];
    return () => Math.exp(spread * normal());
  }),
  population("log-normal population, sd 1.3 to 2", BETWEEN, (rng) => {
    const [spread, normal] = [between(1.3, 2, rng), normalSampler(rng)];
    return () => Math.exp(spread * normal());
  }),
  population("half-normal population on a floor", { ...EXPONENTIAL, accepted: ["bulk-decay", "undecided"] }, (rng) => {
    const [scale, normal] = [between(1, 3, rng), normalSampler(rng)];
    return () => 0.5 + scale * normal() ** 2;
  }),
  {
    name: "many graded signals",
    group: "decay",
    why: "a tenth of the directions and more carry signals of exponentially falling strength",
    draw: (shape, rng) => {
      const decay = between(0.25, 0.5, rng);
      const count = Math.max(12, Math.round(shape.M * between(0.12, 0.2, rng)));
      const multiples = Array.from({ length: Math.min(count, shape.M >> 1) }, () => 1.01 + decay * exponential(rng));
      return { W: spiked(shape, strengthsAt(multiples, shape), rng), accepted: ["bulk-decay"] };
    },
  },
  {
    name: "a trained-like mixture: a bulk, a decaying tenth, a few strong signals",
    group: "decay",
    why: "the decaying directions are more than a few; with the strong ones, the tail reaches as far as a heavy one",
    draw: (shape, rng) => {
      const graded = Math.max(10, Math.round(shape.M * between(0.1, 0.16, rng)));
      const strong = Math.max(1, Math.round(shape.M * between(0.005, 0.015, rng)));
      const multiples = Array.from({ length: graded + strong }, (_, k) =>
        k < strong ? between(3, 8, rng) : 1.01 + 0.4 * exponential(rng),
      );
      return {
        W: spiked(shape, strengthsAt(multiples.slice(0, shape.M >> 1), shape), rng),
        accepted: ["bulk-decay", "heavy-tailed"],
      };
    },
  },
  {
    name: "eigenvalues that fall exponentially with their number",
    group: "decay",
    why: "an exact spectrum exp(-rate p): it ends, at its largest, and fills one to three decades evenly",
    draw: (shape, rng) => {
      const rate = between(1.5, 2.5, rng);
      return {
        W: withColumnVariances(
          shape,
          Float64Array.from({ length: shape.M }, (_, j) => Math.exp((-rate * (j + 0.5)) / shape.M)),
          rng,
        ),
        accepted: ["bulk-decay", "undecided"],
      };
    },
  },
];

/** Power laws in the population, in the spectrum, or in the entries. */
export const HEAVY_FAMILIES: readonly PhaseFamily[] = [
  population("power-law population, alpha 1.7 to 2.5", POWER_LAW, (rng) => powerLaw(between(1.7, 2.5, rng), rng)),
  population("power-law population, alpha 2.5 to 3.2", STEEP, (rng) => powerLaw(between(2.5, 3.2, rng), rng)),
  population(
    "power-law population, alpha 3.3 to 5",
    { ...STEEP, accepted: ["bulk-decay", "heavy-tailed", "bulk+spikes"] },
    (rng) => powerLaw(between(3.3, 5, rng), rng),
  ),
  population("power-law population, alpha 5 to 8", NEARLY_EQUAL, (rng) => powerLaw(between(5, 8, rng), rng)),
  population("truncated power-law population", STEEP, (rng) => {
    const [alpha, cut] = [between(1.7, 3, rng), logBetween(8, 40, rng)];
    const value = powerLaw(alpha, rng);
    return () => {
      for (;;) {
        const t = value();
        if (rng() < Math.exp(-t / cut)) return t;
      }
    };
  }),
  population("a power-law tail on 20 to 40 % of the directions", POWER_LAW, (rng) => {
    const [share, value] = [between(0.25, 0.4, rng), powerLaw(between(1.7, 2.3, rng), rng)];
    return () => (rng() < share ? 1 + 2 * value() : 1);
  }),
  {
    name: "power-law spectrum, alpha 1.7 to 3",
    group: "heavy",
    why: POWER_LAW.why,
    draw: (shape, rng) => {
      const alpha = between(1.7, 3, rng);
      const law = Float64Array.from({ length: shape.M }, (_, k) => (1 - (k + 0.5) / shape.M) ** (-1 / (alpha - 1)));
      const [W, noise, normal] = [withSpectrum(shape, law, rng), 0.05 / Math.sqrt(shape.N), normalSampler(rng)];
      return { W: W.map((value) => value + noise * normal()), accepted: ["heavy-tailed"] };
    },
  },
  {
    name: "Pareto entries, mu 0.8 to 1.8",
    group: "heavy",
    why: "very heavy-tailed entries, alpha 1 + mu/2 [MM21] Table 1",
    draw: (shape, rng) => ({ W: pareto(shape, between(0.8, 1.8, rng), rng), accepted: ["heavy-tailed"] }),
  },
  {
    name: "Pareto entries, mu 0.4 to 0.7",
    group: "heavy",
    why:
      "entries so heavy that one of them carries most of the trace; the hundred next ones still follow the " +
      "power law",
    draw: (shape, rng) => ({ W: pareto(shape, between(0.4, 0.7, rng), rng), accepted: ["heavy-tailed"] }),
  },
  {
    name: "Pareto entries, mu 2 to 3",
    group: "heavy",
    why:
      "moderately heavy tails: an almost Marchenko-Pastur bulk with outliers from single entries; no border is " +
      "sharp",
    draw: (shape, rng) => ({
      W: pareto(shape, between(2, 3, rng), rng),
      accepted: [
        "heavy-tailed",
        "bulk-decay",
        "bulk+spikes",
        ...(shape.M < 2 * SMALL_M ? (["bleeding-out", "random-like"] as const) : []),
      ],
    }),
  },
  {
    name: "Pareto entries, mu 3 to 4",
    group: "heavy",
    why: "as above, near the paper's border of mu = 4, where the edge is Marchenko-Pastur's again",
    draw: (shape, rng) => ({
      W: pareto(shape, between(3, 4, rng), rng),
      accepted: ["random-like", "bleeding-out", "bulk+spikes", "bulk-decay", "heavy-tailed"],
    }),
  },
  {
    name: "Student entries, 1 to 1.8 degrees of freedom",
    group: "heavy",
    why: "Cauchy and near it: very heavy-tailed entries",
    draw: (shape, rng) => {
      const [nu, normal] = [between(1, 1.8, rng), normalSampler(rng)];
      return { W: independentMatrix(shape, () => student(nu, normal, rng)), accepted: ["heavy-tailed"] };
    },
  },
  {
    name: "a power-law spectrum under Gaussian noise",
    group: "heavy",
    why: "the noise hides the lower part; the upper tenth and more still follow the power law",
    draw: (shape, rng) => {
      const alpha = between(1.7, 2.4, rng);
      const law = Float64Array.from(
        { length: shape.M },
        (_, k) => shape.N * (1 - (k + 0.5) / shape.M) ** (-1 / (alpha - 1)),
      );
      const [W, noise] = [withSpectrum(shape, law, rng), wishart(shape, rng)];
      const size = pick([0.2, 0.4, 0.7], rng);
      return { W: W.map((value, index) => value + size * noise[index]), accepted: ["heavy-tailed"] };
    },
  },
];
