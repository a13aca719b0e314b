import type { Steps } from "../formats/pace.js";
import { EDGE_ASPECT_RATIOS, EDGE_OFFSETS, EDGE_POOLED, EDGE_SIDES, EDGE_SURVIVAL } from "./edge-null-table.js";
import { type GridPlace, placeInGrid } from "./grid.js";
import { spikeQuantile, spikeQuantilesInSteps } from "./spike-quantile.js";

/**
 * The bulk whose largest eigenvalue is tested: smaller side and aspect ratio of one matrix, and how many matrices are
 * pooled.
 */
export interface EdgeNull {
  readonly M: number;
  readonly Q: number;
  readonly rf: number;
}

/**
 * What (lambdaMax - centre)/scale of a true bulk stands for on the scale of the Tracy-Widom law. The two differ, since
 * the variance is fitted to the same eigenvalues and the law is a limit: at 400 x 400 the raw statistic passes the
 * law's 5 % point in 3 % of draws. The difference is tabulated from seeded Wishart spectra
 * (scripts/tabulate-edge-null.mjs) at ten probabilities and interpolated: in ln M, 1/sqrt(Q), ln rf, and between the
 * probabilities.
 */
export function toTracyWidom(statistic: number, null_: EdgeNull): number {
  const { raw, law } = knots(null_);
  return interpolate(statistic, raw, law);
}

/** The inverse of `toTracyWidom`. */
export function fromTracyWidom(quantile: number, null_: EdgeNull): number {
  const { raw, law } = knots(null_);
  return interpolate(quantile, law, raw);
}

/**
 * Computes once, with pauses, what every test of an edge of `rf` pooled matrices asks for: without it the first of them
 * takes half a second in one piece.
 */
export function edgeLawInSteps(rf: number): Steps<void> {
  return spikeQuantilesInSteps(EDGE_SURVIVAL, rf);
}

/**
 * The tabulated quantiles of the raw statistic and those of the law of the largest of rf: both ascending, in every cell
 * of the table by 0.19 or more.
 */
function knots({ M, Q, rf }: EdgeNull): { readonly raw: number[]; readonly law: number[] } {
  const pooled = placeInGrid(EDGE_POOLED.map(Math.log), Math.log(rf));
  const aspect = placeInGrid(
    EDGE_ASPECT_RATIOS.map((ratio) => 1 / Math.sqrt(ratio)),
    1 / Math.sqrt(Q),
  );
  const law = EDGE_SURVIVAL.map((survival) => spikeQuantile(survival, rf));
  const raw: number[] = [];
  for (let column = 0; column < EDGE_SURVIVAL.length; column++) {
    const bySide = (rfIndex: number, qIndex: number): number => {
      const key = (side: number): string => `${EDGE_POOLED[rfIndex]}/${EDGE_ASPECT_RATIOS[qIndex]}/${side}`;
      const sides = EDGE_SIDES.filter((side) => key(side) in EDGE_OFFSETS);
      const place = placeInGrid(sides.map(Math.log), Math.log(M));
      return between(place, (index) => EDGE_OFFSETS[key(sides[index])][column]);
    };
    const offset = between(pooled, (rfIndex) => between(aspect, (qIndex) => bySide(rfIndex, qIndex)));
    raw.push(law[column] - offset);
  }
  return { raw, law };
}

function between({ index, share }: GridPlace, at: (index: number) => number): number {
  return share === 0 ? at(index) : at(index) * (1 - share) + at(index + 1) * share;
}

/** The piecewise linear function through the points, of slope 1 beyond them. */
function interpolate(x: number, from: readonly number[], to: readonly number[]): number {
  const last = from.length - 1;
  if (x <= from[0]) return to[0] + (x - from[0]);
  if (x >= from[last]) return to[last] + (x - from[last]);
  let k = 0;
  while (x > from[k + 1]) k++;
  return to[k] + ((x - from[k]) / (from[k + 1] - from[k])) * (to[k + 1] - to[k]);
}
