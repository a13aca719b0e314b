import { normalSampler, type Rng } from "../../numeric/index.js";
import { ELEMENT_LAWS, elementSampler, independentMatrix, type MatrixShape, spiked, wishart } from "../../rmt/index.js";
import type { PhaseName } from "../phase.js";
import { acceptedOutliers } from "./accepted.js";
import type { PhaseFamily } from "./family.js";
import { between, integer, logBetween, pick, scalesPerEdge, student } from "./random-numbers.js";
import { blockDiagonal, masked, withDeadRows, withProfiles } from "./structure.js";

const RANDOM: readonly PhaseName[] = ["random-like"];
const INDEPENDENT =
  "independent entries of finite fourth moment: the bulk is Marchenko-Pastur and its edge Tracy-Widom [MP67]";

function random(name: string, draw: (shape: MatrixShape, rng: Rng) => Float64Array, why = INDEPENDENT): PhaseFamily {
  return {
    name,
    group: "random",
    why,
    draw: (shape, rng) => {
      const W = draw(shape, rng);
      // A sparse mask may leave a column without entries. Then rank is lost as well.
      return { W, accepted: hasDeadColumn(W, shape) ? ["random-like", "rank-collapse"] : RANDOM };
    },
  };
}

function hasDeadColumn(W: Float64Array, { M }: MatrixShape): boolean {
  const live = new Uint8Array(M);
  for (let index = 0; index < W.length; index++) if (W[index] !== 0) live[index % M] = 1;
  return live.includes(0);
}

/** Independent entries only: unchanged, pruned, or at initialisation. */
export const RANDOM_FAMILIES: readonly PhaseFamily[] = [
  ...ELEMENT_LAWS.map((law) =>
    random(`independent ${law} entries`, (shape, rng) => independentMatrix(shape, elementSampler(law, rng))),
  ),
  random("Student entries, 8 degrees of freedom", (shape, rng) => {
    const normal = normalSampler(rng);
    return independentMatrix(shape, () => student(8, normal, rng));
  }),
  {
    name: "Student entries, 5 degrees of freedom",
    group: "random",
    why:
      "a finite fourth moment makes the bulk Marchenko-Pastur; a single large entry may pass the edge [MM21] " +
      "Table 1, mu > 4",
    draw: (shape, rng) => {
      const normal = normalSampler(rng);
      return {
        W: independentMatrix(shape, () => student(5, normal, rng)),
        accepted: ["random-like", "bleeding-out", "bulk+spikes"],
      };
    },
  },
  random("uniform entries (Glorot or He bounds)", (shape, rng) => {
    const bound = Math.sqrt(6 / (shape.N + shape.M));
    return independentMatrix(shape, () => bound * (2 * rng() - 1));
  }),
  random("normal entries cut at two standard deviations", (shape, rng) => {
    const normal = normalSampler(rng);
    return independentMatrix(shape, () => {
      let value = normal();
      while (Math.abs(value) > 2) value = normal();
      return value;
    });
  }),
  random("Gaussian entries, 5 to 50 % of them kept", (shape, rng) =>
    masked(wishart(shape, rng), logBetween(0.05, 0.5, rng), rng),
  ),
  random("sign entries, 5 to 50 % of them kept", (shape, rng) =>
    masked(independentMatrix(shape, elementSampler("sign", rng)), logBetween(0.05, 0.5, rng), rng),
  ),
  random("the largest Gaussian entries kept, 5 to 50 %", (shape, rng) => {
    const W = wishart(shape, rng);
    const sizes = W.map(Math.abs).sort();
    const bound = sizes[Math.floor(sizes.length * (1 - logBetween(0.05, 0.5, rng)))];
    return W.map((value) => (Math.abs(value) < bound ? 0 : value));
  }),
  random("Laplace entries, 10 to 50 % of them kept", (shape, rng) =>
    masked(independentMatrix(shape, elementSampler("laplace", rng)), logBetween(0.1, 0.5, rng), rng),
  ),
  random(
    "Gaussian entries with dead rows on the long side",
    (shape, rng) => {
      // At least 1.1 M rows stay live.
      const most = Math.max(0, Math.min(0.6 * shape.N, shape.N - 1.1 * shape.M));
      return withDeadRows(wishart(shape, rng), shape, Math.floor(most * between(0.1, 1, rng)), rng);
    },
    "the live rows are a Gaussian matrix of a smaller N",
  ),
  random(
    "two Gaussian blocks on the diagonal",
    (shape, rng) => blockDiagonal(shape, 2, rng),
    "two Gaussian matrices of half the sides have the law of the whole",
  ),
  random(
    "signals below the transition",
    (shape, rng) =>
      spiked(
        shape,
        Array.from({ length: integer(1, 4, rng) }, () => between(0.3, 0.75, rng) * (shape.M / shape.N) ** 0.25),
        rng,
      ),
    "a signal below Q^(-1/4) leaves no eigenvalue outside the bulk [BBP05]",
  ),
  {
    name: "Gaussian entries with a mean",
    group: "random",
    why: "a mean is a signal of rank 1 and strength mean sqrt(M): a spike beyond the transition",
    draw: (shape, rng) => {
      const strength = logBetween(0.2, 4, rng) * (shape.M / shape.N) ** 0.25;
      const W = wishart(shape, rng).map((value) => value + strength / Math.sqrt(shape.M));
      const [gamma, h] = [shape.M / shape.N, strength ** 2];
      const multiple = h > Math.sqrt(gamma) ? ((1 + h) * (1 + gamma / h)) / (1 + Math.sqrt(gamma)) ** 2 : 1;
      return {
        W,
        accepted:
          strength < 0.8 * gamma ** 0.25
            ? RANDOM
            : acceptedOutliers([Math.max(multiple, 1 + 0.5 / scalesPerEdge(shape))], shape),
      };
    },
  },
  {
    name: "Gaussian entries, rows of slightly different scale",
    group: "random",
    why: "the variances of many rows average out; with few rows the bulk is somewhat wider than the law",
    draw: (shape, rng) => {
      const spread = logBetween(0.02, 0.3, rng);
      const normal = normalSampler(rng);
      const rows = Float64Array.from({ length: shape.N }, () => Math.exp(spread * normal()));
      return {
        W: withProfiles(shape, { rows }, rng),
        accepted: spread < 0.1 ? RANDOM : ["random-like", "undecided", "bulk-decay", "bleeding-out"],
      };
    },
  },
  {
    name: "Gaussian entries, columns of slightly different scale",
    group: "random",
    why: "as different as the columns of a large batch: a large matrix shows a wider bulk, a small one does not",
    draw: (shape, rng) => {
      const spread = pick([0.02, 0.05, 0.1, 0.15], rng);
      const normal = normalSampler(rng);
      const columns = Float64Array.from({ length: shape.M }, () => Math.exp(spread * normal()));
      return {
        W: withProfiles(shape, { columns }, rng),
        accepted: spread < 0.03 ? RANDOM : ["random-like", "undecided", "bulk-decay", "bleeding-out"],
      };
    },
  },
];
