import { multiplyAdd } from "./multiply-add";

// The eigensystem of D + rho z z', D diagonal and ascending: the core of divide and conquer [Cup81]. The eigenvalues
// are the roots of the secular equation f(lambda) = 1/rho + sum of z_j^2/(d_j - lambda) = 0, one in each interval (d_i,
// d_i+1) and one past the last pole, since rho > 0. Each root is computed relative to its nearest pole, so that the
// differences d_j - lambda_i are accurate to the last bits. The vector z is then recomputed from these differences
// (Loewner's formula), and the eigenvectors of that nearby problem are orthogonal to working precision [GE95].

/** Rounding unit, 2^-53. */
const UNIT: f64 = 1.1102230246251565e-16;
/**
 * Maximum number of steps for one root. Two to four are usual; bisection is used if a step leaves the bracket, and
 * after
 * `INTERPOLATIONS` steps.
 */
const MAX_STEPS: i32 = 160;
const INTERPOLATIONS: i32 = 40;
/** Roots of a share: as in src/spectra/wasm/divide-and-conquer.ts. */
const ROOTS: i32 = 32;

/** Offset of a share's step counter: after the two sums of its work. */
const STEPS: usize = 16;

function entry(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3);
}

/**
 * Sums over poles `from` ... `to` - 1 at `tau`: z_j^2/(p_j - tau) to `sums`, and with its square instead to `sums` + 8.
 * `poles` are relative to the origin.
 */
function poleSums(poles: usize, squares: usize, from: i32, to: i32, tau: f64, sums: usize): void {
  let value = 0.0,
    slope = 0.0;
  let j = from;
  if ((to - from) & 1) {
    const inverse = 1 / (load<f64>(entry(poles, j)) - tau);
    const term = load<f64>(entry(squares, j)) * inverse;
    value += term;
    slope += term * inverse;
    j++;
  }
  const t = f64x2.splat(tau);
  const one = f64x2.splat(1);
  let values = f64x2.splat(0),
    slopes = values;
  for (; j < to; j += 2) {
    const inverse = v128.div<f64>(one, v128.sub<f64>(v128.load(entry(poles, j)), t));
    const term = v128.mul<f64>(v128.load(entry(squares, j)), inverse);
    values = v128.add<f64>(values, term);
    slopes = multiplyAdd<f64>(term, inverse, slopes);
  }
  store<f64>(sums, value + f64x2.extract_lane(values, 0) + f64x2.extract_lane(values, 1));
  store<f64>(sums, slope + f64x2.extract_lane(slopes, 0) + f64x2.extract_lane(slopes, 1), 8);
}

/** Makes `row` the poles relative to pole `origin`. */
function shiftPoles(poles: usize, k: i32, origin: i32, row: usize): void {
  const shift = load<f64>(entry(poles, origin));
  for (let j = 0; j < k; j++) store<f64>(entry(row, j), load<f64>(entry(poles, j)) - shift);
}

/**
 * Share `item`, 32 of the k roots: writes d_j - lambda_i (row i of `differences`, k long) and lambda_i. `work` holds 4
 * doubles per share; the third receives the number of steps for its roots.
 */
export function secularRoots(
  k: i32,
  poles: usize,
  squares: usize,
  rho: f64,
  differences: usize,
  roots: usize,
  work: usize,
  item: i32,
): void {
  const sums = work + ((<usize>item) << 5);
  store<f64>(sums, 0, STEPS);
  for (let i = item * ROOTS; i < min(k, (item + 1) * ROOTS); i++) {
    const row = differences + <usize>i * ((<usize>k) << 3);
    store<f64>(
      entry(roots, i),
      i + 1 < k ? innerRoot(k, poles, squares, rho, i, row, sums) : lastRoot(k, poles, squares, rho, row, sums),
    );
  }
}

/** Root i between poles i and i + 1. */
function innerRoot(k: i32, poles: usize, squares: usize, rho: f64, i: i32, row: usize, sums: usize): f64 {
  const gap = load<f64>(entry(poles, i + 1)) - load<f64>(entry(poles, i));
  const left = load<f64>(entry(squares, i)),
    right = load<f64>(entry(squares, i + 1));
  shiftPoles(poles, k, i, row);
  const middle = 0.5 * gap;
  // The sign of f in the middle of the interval gives the nearest pole; c is the contribution of the other poles there.
  poleSums(row, squares, 0, i, middle, sums);
  let c = 1 / rho + load<f64>(sums);
  poleSums(row, squares, i + 2, k, middle, sums);
  c += load<f64>(sums);
  const inLeftHalf = c + (right - left) / middle >= 0;
  let low: f64, high: f64, tau: f64;
  if (inLeftHalf) {
    const a = c * gap + left + right,
      b = left * gap;
    const root = sqrt(abs(a * a - 4 * b * c));
    tau = a > 0 ? (2 * b) / (a + root) : (a - root) / (2 * c);
    low = 0;
    high = middle;
  } else {
    shiftPoles(poles, k, i + 1, row);
    const a = c * gap - left - right,
      b = right * gap;
    const root = sqrt(abs(a * a + 4 * b * c));
    tau = a < 0 ? (2 * b) / (a - root) : -(a + root) / (2 * c);
    low = -middle;
    high = 0;
  }
  tau = converge(k, squares, rho, i + 1, tau, low, high, i, row, sums);
  subtract(row, k, tau);
  return load<f64>(entry(poles, inLeftHalf ? i : i + 1)) + tau;
}

/** The root past the last pole: at most rho |z|^2 away from it. */
function lastRoot(k: i32, poles: usize, squares: usize, rho: f64, row: usize, sums: usize): f64 {
  shiftPoles(poles, k, k - 1, row);
  let total = 0.0;
  for (let j = 0; j < k; j++) total += load<f64>(entry(squares, j));
  // rho z_last^2 is a lower bound, and rho |z|^2 an upper one.
  let tau = rho * load<f64>(entry(squares, k - 1));
  if (k > 1) tau = converge(k, squares, rho, k - 1, tau, 0, rho * total * (1 + 4 * UNIT), k - 2, row, sums);
  subtract(row, k, tau);
  return load<f64>(entry(poles, k - 1)) + tau;
}

function subtract(row: usize, k: i32, tau: f64): void {
  for (let j = 0; j < k; j++) store<f64>(entry(row, j), load<f64>(entry(row, j)) - tau);
}

/**
 * Li's "middle way" from `tau` in the bracket: f is replaced by r + s/(p_m - x) + t/(p_m+1 - x) with the values and
 * slopes of the poles before `split` and from it on, whose root is the next step.
 */
function converge(
  k: i32,
  squares: usize,
  rho: f64,
  split: i32,
  start: f64,
  bottom: f64,
  top: f64,
  m: i32,
  row: usize,
  sums: usize,
): f64 {
  let tau = start,
    low = bottom,
    high = top;
  for (let step = 0; step < MAX_STEPS; step++) {
    poleSums(row, squares, 0, split, tau, sums);
    const before = load<f64>(sums),
      slopeBefore = load<f64>(sums, 8);
    poleSums(row, squares, split, k, tau, sums);
    const behind = load<f64>(sums),
      slopeBehind = load<f64>(sums, 8);
    const f = 1 / rho + before + behind;
    const slope = slopeBefore + slopeBehind;
    // The rounding error of f itself; a smaller f carries no information.
    if (abs(f) <= UNIT * (8 * (abs(before) + abs(behind)) + 1 / rho + abs(tau) * slope)) break;
    if (f < 0) low = tau;
    else high = tau;

    const first = load<f64>(entry(row, m)) - tau,
      second = load<f64>(entry(row, m + 1)) - tau;
    const c = f - first * slopeBefore - second * slopeBehind;
    const a = (first + second) * f - first * second * slope;
    const b = first * second * f;
    const root = sqrt(abs(a * a - 4 * b * c));
    let eta: f64;
    // The root lies between the two poles, or past both if it is the last.
    if (second < 0) eta = a >= 0 ? (a + root) / (2 * c) : (2 * b) / (a - root);
    else eta = a <= 0 ? (a - root) / (2 * c) : (2 * b) / (a + root);
    let next = tau + eta;
    // A step in the wrong direction leaves the bracket too, because tau is now one of its ends.
    if (step > INTERPOLATIONS || !(next > low && next < high)) next = 0.5 * (low + high);
    tau = next;
    store<f64>(sums, load<f64>(sums, STEPS) + 1, STEPS);
  }
  return tau;
}

/**
 * Share `item`, 32 entries of the vector that belongs to the computed roots: w_j = (d_j - lambda_j) * product over i !=
 * j of (d_j - lambda_i)/(d_j - d_i), and z_j = sqrt(-w_j) with the sign of the old z_j. `vector` holds k entries.
 */
export function loewnerVector(k: i32, poles: usize, differences: usize, vector: usize, item: i32): void {
  const from = item * ROOTS,
    to = min(k, from + ROOTS);
  for (let j = from; j < to; j++) {
    const pole = load<f64>(entry(poles, j));
    const bytes = (<usize>k) << 3;
    let at = entry(differences, j);
    let product = 1.0;
    for (let i = 0; i < k; i++) {
      const difference = load<f64>(at);
      product *= i === j ? difference : difference / (pole - load<f64>(entry(poles, i)));
      at += bytes;
    }
    store<f64>(entry(vector, j), copysign(sqrt(max(-product, 0)), load<f64>(entry(vector, j))));
  }
}

/**
 * Share `item`: eigenvectors 32 item ... as the columns of a panel of `rows` x 32, component j in row `places[j]`,
 * zeros in the remaining columns and rows. Vector i has the components z_j/(d_j - lambda_i), normalised.
 */
export function secularVectors(
  k: i32,
  vector: usize,
  differences: usize,
  places: usize,
  panels: usize,
  rows: i32,
  item: i32,
): void {
  const panel = panels + <usize>item * ((<usize>rows) << 8);
  memory.fill(panel, 0, (<usize>rows) << 8);
  for (let i = item * ROOTS; i < min(k, (item + 1) * ROOTS); i++) {
    const row = differences + <usize>i * ((<usize>k) << 3);
    let square = 0.0;
    for (let j = 0; j < k; j++) {
      const component = load<f64>(entry(vector, j)) / load<f64>(entry(row, j));
      store<f64>(entry(row, j), component);
      square += component * component;
    }
    const inverse = 1 / sqrt(square);
    const column = panel + ((<usize>(i & 31)) << 3);
    for (let j = 0; j < k; j++) {
      store<f64>(column + ((<usize>load<i32>(places + ((<usize>j) << 2))) << 8), load<f64>(entry(row, j)) * inverse);
    }
  }
}
