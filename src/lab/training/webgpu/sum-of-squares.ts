import type { PlannedBuffer } from "./buffer-plan.js";
import { type Kernel, LANES } from "./kernel.js";
import { entryPoint, sumOverLanes } from "./wgsl.js";

/** Number of parts of a sum of squares. They are added in f64 after they are read. */
export const SUMS = 64;

export interface SumOfSquares {
  readonly label: string;
  readonly values: PlannedBuffer;
  /** The first `count` values are squared. */
  readonly count: number;
  /** The buffer of the `SUMS` parts, from index `first` on. */
  readonly sums: PlannedBuffer;
  readonly first: number;
}

export function sumOfSquaresKernel({ label, values, count, sums, first }: SumOfSquares): Kernel {
  return {
    label: `${label}: penalty`,
    reads: { values },
    writes: { sums },
    groups: () => ({ tiles: SUMS }),
    body: `${sumOverLanes(1)}
${entryPoint(`
  var own = 0.0;
  for (var i = tile * ${LANES}u + lane; i < ${count}u; i += ${SUMS * LANES}u) { own += values[i] * values[i]; }
  let sum = sumOverLanes(lane, own);
  if (lane == 0u) { sums[${first}u + tile] = sum; }`)}`,
  };
}
