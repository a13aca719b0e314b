import { localisationRatio, participationRatio } from "../localisation.js";

const PARTS = ["bulk", "tail"] as const;
const MOMENTS = ["mean", "var"] as const;
const MEASURES = ["vec_entropy", "loc_ratio", "part_ratio"] as const;
type VectorColumn = `${(typeof PARTS)[number]}_${(typeof MOMENTS)[number]}_${(typeof MEASURES)[number]}`;

/** WeightWatcher's columns of eigenvectors (its option `vectors`), under its names; null if bulk or tail is empty. */
export type WeightWatcherVectors = Readonly<Record<VectorColumn, number | null>>;

const BINS = 100;
/** WeightWatcher adds this to the density of every bin. */
const WEIGHTWATCHER_EPSILON = 1e-10;

/** WeightWatcher's three measures of one eigenvector. */
export interface WeightWatcherVectorMeasures {
  readonly vec_entropy: number;
  readonly loc_ratio: number;
  readonly part_ratio: number;
}

/**
 * Entropy of the histogram of its components, |v|_1/|v|_inf, and |v|_2/|v|_4, as WeightWatcher computes them. `vector`
 * has unit length.
 */
export function weightWatcherVectorMeasures(vector: Float64Array): WeightWatcherVectorMeasures {
  return {
    vec_entropy: histogramEntropy(vector),
    loc_ratio: localisationRatio(vector),
    part_ratio: participationRatio(vector) ** 0.25,
  };
}

/**
 * WeightWatcher's `vectors` columns: mean and (population) variance of the measures over the eigenvectors of the bulk,
 * those below `xmin`, and of the tail. `measures` belong to ascending eigenvalues; `nTail` of them are in the tail. On
 * which side of xmin the eigenvalue at xmin itself falls depends on rounding in WeightWatcher.
 */
export function weightWatcherVectors(
  measures: readonly WeightWatcherVectorMeasures[],
  nTail: number,
): WeightWatcherVectors {
  const parts = { bulk: measures.slice(0, measures.length - nTail), tail: measures.slice(measures.length - nTail) };
  const columns: Partial<Record<VectorColumn, number | null>> = {};
  for (const part of PARTS) {
    for (const measure of MEASURES) {
      const values = parts[part].map((each) => each[measure]);
      const mean = values.length === 0 ? null : average(values);
      columns[`${part}_mean_${measure}`] = mean;
      columns[`${part}_var_${measure}`] = mean === null ? null : average(values.map((value) => (value - mean) ** 2));
    }
  }
  return columns as WeightWatcherVectors;
}

/**
 * Entropy in nats of |v| - mean|v| in 100 equal bins between its extremes, as in numpy's histogram, whose last bin is
 * closed.
 */
function histogramEntropy(vector: Float64Array): number {
  const sizes = vector.map(Math.abs);
  const mean = average(sizes);
  const shifted = sizes.map((size) => size - mean);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of shifted) [low, high] = [Math.min(low, value), Math.max(high, value)];
  // numpy widens an empty range by 0.5 on both sides.
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const edge = (k: number): number => (k === BINS ? high : low + (k * (high - low)) / BINS);
  const counts = new Float64Array(BINS);
  for (const value of shifted) {
    let bin = Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS));
    if (value < edge(bin)) bin--;
    else if (bin < BINS - 1 && value >= edge(bin + 1)) bin++;
    counts[bin]++;
  }
  const densities = counts.map((count) => (count * BINS) / (vector.length * (high - low)) + WEIGHTWATCHER_EPSILON);
  const total = densities.reduce((sum, density) => sum + density, 0);
  return densities.reduce((entropy, density) => entropy - (density / total) * Math.log(density / total), 0);
}

function average(values: readonly number[] | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
