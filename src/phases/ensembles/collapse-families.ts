import { normalSampler, type Rng } from "../../numeric/index.js";
import { type MatrixShape, wishart, wishartSpectrum, withColumnVariances, withSpectrum } from "../../rmt/index.js";
import type { PhaseName } from "../phase.js";
import type { PhaseFamily } from "./family.js";
import { between, logBetween, variances } from "./random-numbers.js";
import { lowRank, withDeadColumns, withDeadRows } from "./structure.js";

const COLLAPSE: readonly PhaseName[] = ["rank-collapse"];
const LOST = "a twentieth of the directions or more carry nothing: a large mass at zero [MM19] table 4";

function collapse(name: string, draw: (shape: MatrixShape, rng: Rng) => Float64Array, why = LOST): PhaseFamily {
  return { name, group: "collapse", why, draw: (shape, rng) => ({ W: draw(shape, rng), accepted: COLLAPSE }) };
}

const share = (M: number, low: number, high: number, rng: Rng): number =>
  Math.max(2, Math.min(M - 2, Math.round(M * between(low, high, rng))));

/** Lost rank: exact, or with noise far below the rest. */
export const COLLAPSE_FAMILIES: readonly PhaseFamily[] = [
  collapse("dead columns, 12 to 70 %", (shape, rng) =>
    withDeadColumns(wishart(shape, rng), shape, share(shape.M, 0.12, 0.7, rng), rng),
  ),
  collapse("an exact bulk of lower rank", (shape, rng) => {
    const rank = share(shape.M, 0.06, 0.88, rng);
    const live = wishartSpectrum({ N: shape.N, M: rank }, rng);
    return withSpectrum(
      shape,
      Float64Array.from({ length: shape.M }, (_, k) => (k < rank ? live[k] : 0)),
      rng,
    );
  }),
  collapse("a product of two factors of lower rank", (shape, rng) =>
    lowRank(shape, { rank: share(shape.M, 0.08, 0.6, rng), noise: 0 }, rng),
  ),
  collapse("low rank under noise of 1e-8 to 1e-3", (shape, rng) =>
    lowRank(shape, { rank: share(shape.M, 0.08, 0.6, rng), noise: logBetween(1e-8, 1e-3, rng) }, rng),
  ),
  {
    name: "low rank under visible noise",
    group: "collapse",
    why:
      "noise that carries more than a hundredth of the trace is a bulk of its own; with less, it looks like a " +
      "mass at zero",
    draw: (shape, rng) => {
      const noise = logBetween(3e-3, 0.3, rng);
      const rank = share(shape.M, 0.08, 0.6, rng);
      return {
        W: lowRank(shape, { rank, noise }, rng),
        accepted: noise < 0.02 ? COLLAPSE : ["rank-collapse", "bulk-decay", "bulk+spikes", "undecided"],
      };
    },
  },
  collapse("fewer live rows than columns", (shape, rng) => {
    const live = share(shape.M, 0.2, 0.85, rng);
    return withDeadRows(wishart(shape, rng), shape, shape.N - live, rng);
  }),
  collapse("columns that are copies of others", (shape, rng) => {
    const W = wishart(shape, rng);
    const copies = share(shape.M, 0.15, 0.5, rng);
    return W.map((value, index) =>
      index % shape.M < copies ? W[index + (shape.M - 1 - 2 * (index % shape.M))] : value,
    );
  }),
  {
    name: "variances that trail off to zero",
    group: "collapse",
    why:
      "most of the spectrum lies in the first hundredth of the axis, without a lower edge: FC1 of the paper's " +
      "over-regularised network",
    draw: (shape, rng) => {
      const [spread, normal] = [between(4, 6, rng), normalSampler(rng)];
      return {
        W: withColumnVariances(
          shape,
          variances(shape.M, () => Math.exp(spread * normal())),
          rng,
        ),
        // In a small matrix fewer than 86 % may lie near zero; then the rest is a very heavy tail.
        accepted: shape.M < 128 ? ["rank-collapse", "heavy-tailed"] : COLLAPSE,
      };
    },
  },
  {
    name: "variances that trail off some of the way to zero",
    group: "collapse",
    why: "between a very heavy tail and a collapse",
    draw: (shape, rng) => {
      const [spread, normal] = [between(2, 3.5, rng), normalSampler(rng)];
      return {
        W: withColumnVariances(
          shape,
          variances(shape.M, () => Math.exp(spread * normal())),
          rng,
        ),
        accepted: ["heavy-tailed", "rank-collapse", "bulk-decay"],
      };
    },
  },
  {
    name: "a few dead columns",
    group: "collapse",
    why: "rank is lost, and the rest is a true bulk",
    draw: (shape, rng) => ({
      W: withDeadColumns(wishart(shape, rng), shape, Math.max(1, Math.round(shape.M * between(0.01, 0.1, rng))), rng),
      accepted: ["random-like", "rank-collapse"],
    }),
  },
  {
    name: "a power-law population with some dead columns",
    group: "collapse",
    why: "rank is lost, and the rest is heavy-tailed",
    draw: (shape, rng) => {
      const alpha = between(1.7, 2.5, rng);
      const W = withColumnVariances(
        shape,
        variances(shape.M, () => (1 - rng()) ** (-1 / (alpha - 1))),
        rng,
      );
      return {
        W: withDeadColumns(W, shape, share(shape.M, 0.02, 0.12, rng), rng),
        accepted: ["heavy-tailed", "rank-collapse"],
      };
    },
  },
];
