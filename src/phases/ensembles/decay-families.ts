import { normalSampler } from "../../numeric/index.js";
import { spiked, withColumnVariances } from "../../rmt/index.js";
import { BETWEEN, EXPONENTIAL } from "./decay-laws.js";
import type { PhaseFamily } from "./family.js";
import { population } from "./population.js";
import { between, exponential, gamma, strengthsAt } from "./random-numbers.js";

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
