import type { Rng } from "../../numeric/index.js";
import { elementSampler, independentMatrix, type MatrixShape, spiked } from "../../rmt/index.js";
import { acceptedOutliers } from "./accepted.js";
import type { PhaseFamily } from "./family.js";
import { between, exponential, integer, logBetween, scalesPerEdge, strengthsAt } from "./random-numbers.js";
import { masked, plus, withDeadRows } from "./structure.js";

const WHY =
  "signals of known strength put eigenvalues at known multiples of the edge of a Marchenko-Pastur bulk " +
  "([BS06], inverted)";

/** A family with signals whose eigenvalues lie at the multiples of the edge that `multiples` draws. */
function signals(
  name: string,
  multiples: (shape: MatrixShape, rng: Rng) => readonly number[],
  after: (W: Float64Array, shape: MatrixShape, rng: Rng) => Float64Array = (W) => W,
): PhaseFamily {
  return {
    name,
    group: "spikes",
    why: WHY,
    draw: (shape, rng) => {
      const planted = multiples(shape, rng);
      return {
        W: after(spiked(shape, strengthsAt(planted, shape), rng), shape, rng),
        accepted: acceptedOutliers(planted, shape),
      };
    },
  };
}

const repeat = (count: number, value: (k: number) => number): number[] =>
  Array.from({ length: count }, (_, k) => value(k));
const few = (M: number, rng: Rng): number => integer(1, Math.max(1, Math.min(9, Math.floor(0.03 * M))), rng);

/** An intact bulk with outliers. */
export const SPIKE_FAMILIES: readonly PhaseFamily[] = [
  signals("signals at the transition", (shape, rng) =>
    repeat(integer(1, 4, rng), () => 1 + between(0.5, 3, rng) / scalesPerEdge(shape)),
  ),
  signals("signals just past the transition", (shape, rng) => {
    const top = Math.max(between(1.05, 1.09, rng), 1 + 5 / scalesPerEdge(shape));
    return repeat(integer(2, Math.max(2, Math.min(8, Math.floor(shape.M / 12))), rng), (k) =>
      k === 0 ? top : 1 + (top - 1) * between(0.5, 1, rng),
    );
  }),
  signals("signals well past the transition", ({ M }, rng) => repeat(few(M, rng), () => between(1.12, 1.35, rng))),
  signals("a few strong signals", ({ M }, rng) => repeat(few(M, rng), () => between(1.4, 8, rng))),
  signals("one signal of any strength", (_, rng) => [logBetween(1.3, 300, rng)]),
  signals("up to 18 of 384 signals, all strong", ({ M }, rng) =>
    repeat(Math.max(1, Math.floor(M * between(0.02, 0.047, rng))), () => logBetween(1.5, 20, rng)),
  ),
  signals("graded signals, more than a few and not yet many", ({ M }, rng) =>
    repeat(Math.max(4, Math.round(M * between(0.03, 0.09, rng))), () => 1.05 + 0.5 * exponential(rng)),
  ),
  signals(
    "a few strong signals, then half of the entries pruned",
    ({ M }, rng) => repeat(few(M, rng), () => between(4, 12, rng)),
    (W, _, rng) => masked(W, 0.5, rng),
  ),
  signals(
    "a few strong signals, some rows of the long side dead",
    ({ M }, rng) => repeat(few(M, rng), () => between(3, 8, rng)),
    (W, shape, rng) =>
      withDeadRows(W, shape, Math.floor(Math.max(0, Math.min(0.3 * shape.N, shape.N - 1.2 * shape.M))), rng),
  ),
  signals(
    "a few strong signals in Laplace noise",
    ({ M }, rng) => repeat(few(M, rng), () => between(3, 10, rng)),
    (W, shape, rng) => plus(W, 0.5, independentMatrix(shape, elementSampler("laplace", rng))),
  ),
];
