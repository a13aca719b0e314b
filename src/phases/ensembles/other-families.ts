import { normalSampler, type Rng } from "../../numeric/index.js";
import { independentMatrix, type MatrixShape, pareto, wishart, withColumnVariances } from "../../rmt/index.js";
import type { PhaseName } from "../phase.js";
import type { PhaseFamily } from "./family.js";
import { between, logBetween, variances } from "./random-numbers.js";
import { chosen, correlated, gaussianProduct, orthogonal, plus, toeplitz, withProfiles } from "./structure.js";

const NARROW: readonly PhaseName[] = ["undecided"];
const BOUNDED: readonly PhaseName[] = ["undecided", "bulk-decay"];

const EQUAL = "all singular values are equal, or nearly: narrower than any random matrix of this shape";
const EDGE =
  "a bounded population: a bulk wider than the law that ends at an edge. No phase describes it; a reader " +
  "limited to the six phases says bulk-decay";

function none(
  name: string,
  accepted: readonly PhaseName[],
  why: string,
  draw: (shape: MatrixShape, rng: Rng) => Float64Array,
): PhaseFamily {
  return {
    name,
    group: "none",
    why,
    // In a small matrix one cannot see that the bulk is wider than the law.
    draw: (shape, rng) => ({
      W: draw(shape, rng),
      accepted: accepted === BOUNDED && shape.M < 64 ? [...accepted, "random-like"] : accepted,
    }),
  };
}

const populated = (shape: MatrixShape, rng: Rng, sample: () => number): Float64Array =>
  withColumnVariances(shape, variances(shape.M, sample), rng);

/** Shapes that no phase describes. */
export const OTHER_FAMILIES: readonly PhaseFamily[] = [
  none("orthogonal columns", NARROW, EQUAL, orthogonal),
  none("orthogonal columns and a little noise", NARROW, EQUAL, (shape, rng) =>
    plus(orthogonal(shape, rng), logBetween(0.01, 0.4, rng), wishart(shape, rng)),
  ),
  none("an identity and a little noise", NARROW, EQUAL, (shape, rng) => {
    const noise = logBetween(1e-3, 0.3, rng) / Math.sqrt(shape.N);
    const W = wishart(shape, rng).map((value) => noise * value);
    for (let k = 0; k < shape.M; k++) W[k * (shape.M + 1)] += 1;
    return W;
  }),
  none("one entry of each column, the rest zero", NARROW, EQUAL, (shape, rng) => {
    const W = new Float64Array(shape.N * shape.M);
    const places = [...chosen(shape.N, shape.M, rng)];
    for (let j = 0; j < shape.M; j++) W[places[j] * shape.M + j] = rng() < 0.5 ? -1 : 1;
    return W;
  }),
  none("two levels of variance", ["undecided", "bulk-decay"], EDGE, (shape, rng) => {
    const [share, level] = [between(0.15, 0.6, rng), logBetween(2.5, 20, rng)];
    const upper = chosen(shape.M, Math.round(share * shape.M), rng);
    return withColumnVariances(
      shape,
      Float64Array.from({ length: shape.M }, (_, j) => (upper.has(j) ? level : 1)),
      rng,
    );
  }),
  none("three levels of variance", ["undecided", "bulk-decay"], EDGE, (shape, rng) => {
    const levels = [1, logBetween(2, 6, rng), logBetween(8, 30, rng)];
    return populated(shape, rng, () => levels[Math.floor(3 * rng())]);
  }),
  none("uniform variances", BOUNDED, EDGE, (shape, rng) => {
    const low = between(0, 0.3, rng);
    return populated(shape, rng, () => low + rng());
  }),
  none("variances on a ramp", BOUNDED, EDGE, (shape, rng) => {
    const [low, power] = [between(0.05, 0.4, rng), between(0.5, 2, rng)];
    return withColumnVariances(
      shape,
      Float64Array.from({ length: shape.M }, (_, j) => low + (j / shape.M) ** power),
      rng,
    );
  }),
  none(
    "log-uniform variances over one to three decades",
    ["undecided", "bulk-decay", "heavy-tailed"],
    EDGE,
    (shape, rng) => {
      const decades = between(1, 3, rng);
      return populated(shape, rng, () => 10 ** (decades * rng()));
    },
  ),
  none(
    "a product of two Gaussian matrices",
    ["undecided", "bulk-decay", "heavy-tailed"],
    "a Fuss-Catalan law: an edge above, a stronger pole at zero; no phase of the paper",
    (shape, rng) => gaussianProduct(shape, [Math.round(shape.M * between(1, 2, rng))], rng),
  ),
  none(
    "a product of three Gaussian matrices",
    ["undecided", "bulk-decay", "heavy-tailed", "rank-collapse"],
    "as above, with a longer way from the middle to the edge",
    (shape, rng) =>
      gaussianProduct(shape, [Math.round(shape.M * between(1, 2, rng)), Math.round(shape.M * between(1, 2, rng))], rng),
  ),
  none("neighbouring columns correlated", BOUNDED, EDGE, (shape, rng) =>
    correlated(shape, between(0.4, 0.85, rng), "columns", rng),
  ),
  none("neighbouring rows of the long side correlated", BOUNDED, EDGE, (shape, rng) =>
    correlated(shape, between(0.4, 0.85, rng), "rows", rng),
  ),
  none(
    "every row twice",
    ["undecided", "random-like", "bulk-decay"],
    "the bulk of a matrix of half the rows: wider than the law of this shape, with its own edge",
    (shape, rng) => {
      const half = { N: Math.max(shape.M, shape.N >> 1), M: shape.M };
      const W = wishart(half, rng);
      return Float64Array.from({ length: shape.N * shape.M }, (_, index) => W[index % W.length]);
    },
  ),
  none(
    "a circulant matrix",
    ["undecided", "bulk-decay"],
    "its eigenvalues are independent exponential numbers, in pairs",
    (shape, rng) => toeplitz(shape, true, rng),
  ),
  none(
    "a Toeplitz matrix",
    ["undecided", "bulk-decay"],
    "few independent numbers: an unbounded law that no phase describes",
    (shape, rng) => toeplitz(shape, false, rng),
  ),
  none(
    "rows and columns of very different scale",
    ["undecided", "bulk-decay", "heavy-tailed"],
    "a separable profile: both populations widen the bulk",
    (shape, rng) => {
      const normal = normalSampler(rng);
      const [a, b] = [between(0.4, 1, rng), between(0.4, 1, rng)];
      return withProfiles(
        shape,
        {
          rows: variances(shape.N, () => Math.exp(a * normal())),
          columns: variances(shape.M, () => Math.exp(b * normal())),
        },
        rng,
      );
    },
  ),
  none(
    "rows of very different scale",
    ["undecided", "bulk-decay", "random-like", "bleeding-out"],
    EDGE,
    (shape, rng) => {
      const [normal, a] = [normalSampler(rng), between(0.5, 1.2, rng)];
      return withProfiles(shape, { rows: variances(shape.N, () => Math.exp(a * normal())) }, rng);
    },
  ),
  none(
    "an orthogonal matrix and a power law",
    ["undecided", "heavy-tailed", "bulk-decay", "bulk+spikes"],
    "a sum of two shapes; which one shows depends on their sizes",
    (shape, rng) => plus(orthogonal(shape, rng), logBetween(0.02, 0.3, rng), pareto(shape, 1.5, rng)),
  ),
  none(
    "checkerboard of two scales",
    ["undecided", "random-like", "bulk-decay", "bulk+spikes"],
    "independent entries of two variances in a block pattern",
    (shape, rng) => {
      const [normal, factor] = [normalSampler(rng), between(1.5, 4, rng)];
      let index = 0;
      return independentMatrix(shape, () => {
        const [i, j] = [Math.floor(index / shape.M), index++ % shape.M];
        return normal() * (i < shape.N / 2 === j < shape.M / 2 ? factor : 1);
      });
    },
  ),
];
