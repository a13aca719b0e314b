/** Mean and standard deviation over seeds. */
export interface Statistic {
  readonly mean: number;
  /** Standard deviation with n - 1. null for a single value. */
  readonly spread: number | null;
  readonly count: number;
}

/** Mean and spread of the values that are present. null if none is. */
export function statistic(values: readonly (number | null | undefined)[]): Statistic | null {
  const present = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  const count = present.length;
  if (count === 0) return null;
  const mean = present.reduce((sum, value) => sum + value, 0) / count;
  const squares = present.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, spread: count === 1 ? null : Math.sqrt(squares / (count - 1)), count };
}
