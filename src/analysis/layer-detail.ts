import { xminCurve } from "../tails/index.js";
import type { LayerResult } from "./layer-result.js";

/**
 * All that the charts of one layer draw, as plain data: structured clone carries it, and `detailToJson` writes it as
 * JSON. Every value is on the scale of `eigenvalues`.
 */
export interface LayerDetail {
  readonly name: string;
  readonly N: number;
  readonly M: number;
  readonly Q: number;
  readonly rf: number;
  /** All eigenvalues of the layer: the length of `eigenvalues`. */
  readonly count: number;
  /** Ascending: those of W'W, pooled over the layer's matrices. */
  readonly eigenvalues: Float64Array;
  /** Eigenvalues at or below this are rounding noise; `zeros` counts them. */
  readonly resolvedFloor: number;
  readonly zeros: number;
  /** null if no bulk could be fitted. */
  readonly bulk: DetailBulk | null;
  /** null without a bulk. */
  readonly edge: DetailEdge | null;
  /** Eigenvalues above `edge.threshold`; 0 without a bulk. */
  readonly spikes: number;
  /** WeightWatcher's power law, as in the row. null if none could be fitted. */
  readonly tail: DetailTail | null;
  /** alpha and D against xmin: exact, at most `MAX_DETAIL_POINTS` points. null without a tail. */
  readonly curve: DetailCurve | null;
}

/** The Marchenko-Pastur law of the bulk [MP67]: lambda+- = N sigma2 (1 +- 1/sqrt(Q))^2. */
export interface DetailBulk {
  /** Sides of the matrix of the bulk: without rows and columns of zeros and without the spikes. */
  readonly N: number;
  readonly Q: number;
  /** Variance of an entry of W, times the layer's eigenvalue scale. */
  readonly sigma2: number;
  readonly lambdaPlus: number;
  readonly lambdaMinus: number;
  /** Share of the eigenvalues in the bulk: the area under its density. */
  readonly share: number;
}

/** The Tracy-Widom band of the bulk's edge [Joh01]. */
export interface DetailEdge {
  /** An eigenvalue above it is a spike. */
  readonly threshold: number;
  /** The 1 % and 99 % points of the largest eigenvalue of a random matrix of the bulk's shape and sigma2. */
  readonly low: number;
  readonly high: number;
}

/** The power law of the tail [CSN09]. */
export interface DetailTail {
  readonly alpha: number;
  /** 95 % interval of alpha: the row's `alpha_low` and `alpha_high`. null if there is none. */
  readonly low: number | null;
  readonly high: number | null;
  readonly xmin: number;
  readonly xmax: number;
  readonly nTail: number;
  readonly D: number;
  /** Whether a power law describes the tail: the row's `alpha_valid`. */
  readonly valid: boolean;
}

/** alpha and D of the power law above each xmin, ascending. */
export interface DetailCurve {
  readonly xmin: readonly number[];
  readonly alpha: readonly number[];
  readonly D: readonly number[];
  /** The point of the fit. */
  readonly chosen: number;
}

/** Most points of the curve: about one a pixel of a chart. */
export const MAX_DETAIL_POINTS = 400;

/**
 * The detail of a layer, from the result of `measureLayer`. null if the layer has no exact spectrum. Pure;
 * O(`MAX_DETAIL_POINTS` n) for n eigenvalues, of which it makes a copy.
 */
export function layerDetail({ record, spectrum, bulk, edge, tail }: LayerResult): LayerDetail | null {
  if (spectrum === null || spectrum.eigenvalues.length === 0) return null;
  const { N, M, Q, rf, resolvedFloor } = spectrum;
  const eigenvalues = spectrum.eigenvalues.slice();
  const count = eigenvalues.length;
  return {
    name: record.longname,
    ...{ N, M, Q, rf, count, eigenvalues, resolvedFloor },
    zeros: eigenvalues.findLastIndex((value) => value <= resolvedFloor) + 1,
    bulk: bulk === null ? null : { ...lawOf(bulk), share: bulk.bulkSize / count },
    edge: edge === null ? null : { threshold: edge.threshold, ...edge.band },
    spikes: edge?.spikes ?? 0,
    tail:
      tail === null
        ? null
        : {
            alpha: tail.alpha,
            low: record.alpha_low,
            high: record.alpha_high,
            xmin: tail.xmin,
            xmax: tail.xmax,
            nTail: tail.nTail,
            D: tail.ks,
            valid: record.alpha_valid,
          },
    curve: tail === null ? null : xminCurve(eigenvalues, tail, { most: MAX_DETAIL_POINTS, round: false }),
  };
}

function lawOf({ N, Q, sigma2, lambdaPlus, lambdaMinus }: NonNullable<LayerResult["bulk"]>): Omit<DetailBulk, "share"> {
  return { N, Q, sigma2, lambdaPlus, lambdaMinus };
}
