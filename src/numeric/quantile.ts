/** Quantile of ascending values by linear interpolation between order statistics: numpy's and torch's default. */
export function quantile(ascending: Float64Array, p: number): number {
  const position = p * (ascending.length - 1);
  const i = Math.floor(position);
  return i + 1 < ascending.length ? ascending[i] + (position - i) * (ascending[i + 1] - ascending[i]) : ascending[i];
}
