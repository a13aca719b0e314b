import { normalSampler } from "../../numeric/index.js";
import { independentMatrix, pareto, wishart, withSpectrum } from "../../rmt/index.js";
import { NEARLY_EQUAL, POWER_LAW, SMALL_M, STEEP } from "./decay-laws.js";
import type { PhaseFamily } from "./family.js";
import { population, powerLaw } from "./population.js";
import { between, logBetween, pick, student } from "./random-numbers.js";

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
