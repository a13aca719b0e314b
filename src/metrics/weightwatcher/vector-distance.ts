/**
 * WeightWatcher's `rand_distance`: the Jensen-Shannon distance of the two sorted vectors of eigenvalues, each
 * normalised to sum 1 as if it were a distribution over ranks, natural logarithms. It is not a distance of the
 * densities (`wasserstein` is).
 */
export function vectorDistance(a: Float64Array, b: Float64Array): number | null {
  const [sumA, sumB] = [total(a), total(b)];
  const sumMean = (sumA + sumB) / 2;
  let divergence = 0;
  for (let i = 0; i < a.length; i++) {
    const mean = (a[i] + b[i]) / 2 / sumMean;
    divergence += relativeEntropy(a[i] / sumA, mean) + relativeEntropy(b[i] / sumB, mean);
  }
  const distance = Math.sqrt(Math.max(0, divergence) / 2);
  return Number.isFinite(distance) ? distance : null;
}

function relativeEntropy(p: number, q: number): number {
  return p > 0 ? p * Math.log(p / q) : 0;
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
