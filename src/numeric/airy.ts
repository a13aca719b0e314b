/** Airy function values at one centre of the Taylor expansions. */
interface Centre {
  readonly value: number;
  readonly slope: number;
}

const AT_ZERO: Centre = { value: 0.3550280538878172, slope: -0.2588194037928068 };
/** Terms of the Taylor series: within half a unit of a centre |c| <= 30 the 40th term is below 1e-20 of the sum. */
const TERMS = 40;
/** Beyond this Ai(x) < 1e-300; on the other side, no law here needs the oscillation beyond `MIN_X`. */
const MAX_X = 100;
const MIN_X = -30;

const centres = new Map<number, Centre>();

/**
 * Airy function Ai(x) for x >= -30, relative error below 1e-13 for x > 0 and absolute error below 1e-14 for x <= 0; 0
 * for x > 100 (where it is below 1e-290). Ai'' = x Ai gives the Taylor series about the nearest integer. The centres
 * come from the contour integral for x > 0 and by steps of the same series to the left of 0, where it is stable. Throws
 * `RangeError` for x < -30 and NaN.
 */
export function airyAi(x: number): number {
  if (!(x >= MIN_X)) throw new RangeError(`airyAi: x must be at least ${MIN_X}, got ${x}`);
  if (x > MAX_X) return 0;
  const c = Math.round(x);
  return taylor(centre(c), c, x - c).value;
}

function centre(c: number): Centre {
  if (c === 0) return AT_ZERO;
  let known = centres.get(c);
  if (known === undefined) {
    known = c > 0 ? contour(c) : taylor(centre(c + 1), c + 1, -1);
    centres.set(c, known);
  }
  return known;
}

/** Value and slope at c + h of the solution of y'' = x y with the given values at c. */
function taylor({ value, slope }: Centre, c: number, h: number): Centre {
  // y = sum a_n h^n with (n + 1)(n + 2) a_{n+2} = c a_n + a_{n-1}.
  let a0 = value;
  let a1 = slope;
  let a2 = (c * value) / 2;
  let y = a0 + a1 * h + a2 * h * h;
  let dy = a1 + 2 * a2 * h;
  let power = h * h;
  for (let n = 1; n < TERMS; n++) {
    const next = (c * a1 + a0) / ((n + 1) * (n + 2));
    dy += (n + 2) * next * power;
    power *= h;
    y += next * power;
    [a0, a1, a2] = [a1, a2, next];
  }
  return { value: y, slope: dy };
}

/**
 * Ai(x) = e^(-zeta)/(2 pi) int e^(-sqrt(x) u^2) cos(u^3/3) du with zeta = 2/3 x^(3/2): the defining integral on the
 * line through the saddle i sqrt(x). The integrand is entire and decays like a Gaussian, so that the trapezoidal rule
 * converges faster than any power of its step.
 */
function contour(x: number): Centre {
  const root = Math.sqrt(x);
  const h = 0.08 / Math.sqrt(root);
  const last = Math.ceil(6.5 / Math.sqrt(root) / h);
  let value = 0.5;
  let slope = 0.5 * root;
  for (let k = 1; k <= last; k++) {
    const u = k * h;
    const phase = (u * u * u) / 3;
    const gauss = Math.exp(-root * u * u);
    value += gauss * Math.cos(phase);
    // d/dx brings down i t = i u - sqrt(x).
    slope += gauss * (root * Math.cos(phase) + u * Math.sin(phase));
  }
  const scale = (Math.exp((-2 / 3) * x * root) * h) / Math.PI;
  return { value: value * scale, slope: -slope * scale };
}
