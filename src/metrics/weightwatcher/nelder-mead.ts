/**
 * scipy's `fmin` defaults: both tolerances, the first step relative to the start, and the largest number of steps or
 * calls in one dimension.
 */
const TOLERANCE = 1e-4;
const FIRST_STEP = 0.05;
const FIRST_STEP_FROM_ZERO = 0.00025;
const MAX_CALLS = 200;

/**
 * A minimum of `f` from `start`, by Nelder and Mead's simplex in one dimension with scipy.optimize.fmin's rules and
 * coefficients (reflection 1, expansion 2, contraction and shrinkage 1/2), so it stops where scipy stops. A local
 * minimum, and no better than 1e-4 in x: it is used only to reproduce WeightWatcher.
 */
export function nelderMead(f: (x: number) => number, start: number): number {
  let calls = 0;
  const at = (x: number): Vertex => {
    calls++;
    return { x, value: f(x) };
  };
  let [best, worst] = ordered(at(start), at(start === 0 ? FIRST_STEP_FROM_ZERO : (1 + FIRST_STEP) * start));
  for (let step = 1; step < MAX_CALLS && calls < MAX_CALLS; step++) {
    if (Math.abs(worst.x - best.x) <= TOLERANCE && Math.abs(worst.value - best.value) <= TOLERANCE) break;
    [best, worst] = ordered(best, moved(best, worst, at));
  }
  return best.x;
}

interface Vertex {
  readonly x: number;
  readonly value: number;
}

/**
 * The replacement of the worse vertex: its reflection, expansion or contraction, or, if none is better, the midpoint to
 * the best vertex.
 */
function moved(best: Vertex, worst: Vertex, at: (x: number) => Vertex): Vertex {
  const reflected = at(2 * best.x - worst.x);
  if (reflected.value < best.value) {
    const expanded = at(3 * best.x - 2 * worst.x);
    return expanded.value < reflected.value ? expanded : reflected;
  }
  if (reflected.value < worst.value) {
    const outside = at(1.5 * best.x - 0.5 * worst.x);
    if (outside.value <= reflected.value) return outside;
  } else {
    const inside = at(0.5 * best.x + 0.5 * worst.x);
    if (inside.value < worst.value) return inside;
  }
  return at(best.x + 0.5 * (worst.x - best.x));
}

/** The better one first; equal ones keep their order. */
function ordered(a: Vertex, b: Vertex): [Vertex, Vertex] {
  return b.value < a.value ? [b, a] : [a, b];
}
