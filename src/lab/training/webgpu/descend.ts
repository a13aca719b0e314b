import type { PlannedBuffer } from "./buffer-plan.js";
import type { Kernel } from "./kernel.js";
import { type Extent, fixed, forEach, real } from "./wgsl.js";

export interface Descent {
  readonly label: string;
  readonly values: PlannedBuffer;
  readonly velocities: PlannedBuffer;
  /** The gradient in consecutive shares, each as long as `values`. They are added in order. */
  readonly gradients: PlannedBuffer;
  readonly shares: Extent;
  readonly momentum: number;
  /** Weight decay of the first `decayed` values. */
  readonly decay: number;
  readonly decayed: number;
}

/** Velocities below 2^-100 count as zero, as in kernels/lab/descent.ts; NaN stays NaN. */
const FLOOR = 2 ** -100;

/** v = momentum v + g + decay w; w -= rate v. */
export function descendKernel({
  label,
  values,
  velocities,
  gradients,
  shares,
  momentum,
  decay,
  decayed,
}: Descent): Kernel {
  return {
    label,
    reads: { gradients },
    writes: { values, velocities },
    ...forEach(
      fixed(values.count),
      `var gradient = 0.0;
  for (var share = 0u; share < ${shares.text}; share++) { gradient += gradients[share * ${values.count}u + i]; }
  ${decay === 0 ? "" : `if (i < ${decayed}u) { gradient += ${real(decay)} * values[i]; }`}
  let moved = ${real(momentum)} * velocities[i] + gradient;
  let velocity = select(moved, 0.0, abs(moved) < ${real(FLOOR)});
  velocities[i] = velocity;
  values[i] -= step.rate * velocity;`,
    ),
  };
}
