import { createRng } from "../../numeric/index.js";
import type { MatrixSpectrum } from "../../spectra/matrix-solver.js";
import { EPSILON } from "../../spectra/route.js";
import { CHECK_EIGENVALUES } from "./cross-check-eigenvalues.js";

/** Solves one matrix of the check, without the statistics of its entries that an engine gathers. */
export type SolveMatrix = (
  matrix: CheckMatrix,
  precision: CheckMatrix["precisions"][number],
) => Pick<MatrixSpectrum, "eigenvalues" | "route">;

/** A matrix of the check: rows x cols values, row-major. */
export interface CheckMatrix {
  readonly name: keyof typeof CHECK_EIGENVALUES;
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array;
  /** The arithmetics in which it is solved. */
  readonly precisions: readonly (keyof typeof TOLERANCE)[];
  /** The route that an engine takes. */
  readonly route: MatrixSpectrum["route"];
}

/**
 * Sides of the test matrices: not multiples of any block size, and large enough that the reduction has several panels
 * and the shares of its products several parts.
 */
const [ROWS, COLS] = [131, 97];
const SEED = 20261;
/**
 * The contract of every engine: eigenvalues within 50 eps lambdaMax of the exact ones in f64, within 64 roundings of
 * f32 in f32.
 */
const TOLERANCE = { f64: 50 * EPSILON, f32: 64 * 2 ** -24 } as const;

/**
 * The matrices of the check: entries uniform in [-1/2, 1/2) (in f32 too), the same graded (columns from 1 to 2^-40, by
 * the bidiagonal route), and a wide one. Their bits are the same on every machine.
 */
export function checkMatrices(): readonly CheckMatrix[] {
  const random = createRng(SEED);
  const uniform = new Float64Array(ROWS * COLS);
  for (let k = 0; k < uniform.length; k++) uniform[k] = random() - 0.5;
  const graded = uniform.map((value, k) => value * 2 ** -Math.floor((40 * (k % COLS)) / (COLS - 1)));
  const tall = { rows: ROWS, cols: COLS };
  return [
    { name: "uniform", values: uniform, ...tall, precisions: ["f64", "f32"], route: "gram" },
    { name: "graded", values: graded, ...tall, precisions: ["f64"], route: "bidiagonal" },
    { name: "wide", values: uniform, rows: COLS, cols: ROWS, precisions: ["f64"], route: "gram" },
  ];
}

/**
 * Compares eigenvalues with those that the reference engine found (`CHECK_EIGENVALUES`; a test computes them
 * again). Returns null if they agree within the tolerance, else a sentence with the difference. A few milliseconds: the
 * caller's thread has to wait for it.
 */
export function disagreement(solve: SolveMatrix): string | null {
  for (const matrix of checkMatrices()) {
    const { name, rows, cols, precisions, route } = matrix;
    for (const precision of precisions) {
      const found = solve(matrix, precision);
      const error = relativeError(found.eigenvalues, CHECK_EIGENVALUES[name]);
      // Written so that NaN fails the test.
      if (!(error <= TOLERANCE[precision])) {
        const [off, most] = [error, TOLERANCE[precision]].map((value) => value.toExponential(1));
        return (
          `on a ${name} ${rows} x ${cols} matrix its eigenvalues in ${precision} are off by ${off} lambda_max ` +
          `(up to ${most} is rounding)`
        );
      }
      if (found.route !== route) return `on a ${name} matrix it took the ${found.route} route, not the ${route} one`;
    }
  }
  return null;
}

/** The largest difference in units of lambdaMax; Infinity for another number of eigenvalues. */
function relativeError(found: Float64Array, expected: readonly number[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  const lambdaMax = expected[expected.length - 1];
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0) / lambdaMax;
}
