/** A density on a grid. */
export interface GridDensity {
  readonly x: Float64Array;
  readonly density: Float64Array;
}

/**
 * WeightWatcher's grid and kernel. They do not adapt to the data: a few spikes stretch the grid until the kernel falls
 * between its points.
 */
const POINTS = 1000;
const MARGIN = 0.5;
const BANDWIDTH = 0.1;

/**
 * Kernel density estimate of ascending `values` with a triangular kernel of half-width 0.1, f(x) = sum (1 - |x -
 * v|/h)/(n h) over |x - v| < h, on 1000 equispaced points from 0 to the largest value + 0.5: WeightWatcher's
 * (scikit-learn's `KernelDensity(kernel="linear", bandwidth=0.1)`). O(n + 1000 k) for k values per kernel.
 */
export function triangularDensity(values: Float64Array): GridDensity {
  const n = values.length;
  const x = new Float64Array(POINTS);
  const density = new Float64Array(POINTS);
  const step = (values[n - 1] + MARGIN) / (POINTS - 1);
  let first = 0;
  for (let i = 0; i < POINTS; i++) {
    x[i] = i * step;
    while (first < n && values[first] <= x[i] - BANDWIDTH) first++;
    let sum = 0;
    for (let j = first; j < n && values[j] < x[i] + BANDWIDTH; j++) sum += 1 - Math.abs(x[i] - values[j]) / BANDWIDTH;
    density[i] = sum / (n * BANDWIDTH);
  }
  return { x, density };
}
