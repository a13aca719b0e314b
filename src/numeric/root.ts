/**
 * A root of f in [low, high] by bisection guarded by the secant (Illinois) rule, to `tolerance` in x or to the
 * precision of floating-point numbers. f must have opposite signs (or a zero) at the ends; throws `RangeError`
 * otherwise.
 */
export function findRoot(f: (x: number) => number, [low, high]: readonly [number, number], tolerance = 0): number {
  let a = low;
  let b = high;
  let fa = f(low);
  let fb = f(high);
  if (fa === 0) return a;
  if (fb === 0) return b;
  if (!(fa * fb < 0))
    throw new RangeError(`findRoot: f has the same sign at both ends: f(${low}) = ${fa}, f(${high}) = ${fb}`);
  let side = 0;
  for (let step = 0; step < 200; step++) {
    const width = Math.abs(b - a);
    // Every third step halves, so that a flat end cannot stall the secant.
    let x = step % 3 === 2 ? (a + b) / 2 : (a * fb - b * fa) / (fb - fa);
    if (!(x > Math.min(a, b) && x < Math.max(a, b))) x = (a + b) / 2;
    if (width <= tolerance || x === a || x === b) return x;
    const fx = f(x);
    if (fx === 0) return x;
    if (fx * fb < 0) {
      [a, fa] = [b, fb];
      side = 0;
    } else if (++side > 1) {
      fa /= 2;
    }
    [b, fb] = [x, fx];
  }
  return b;
}
