import { createRng, normalSampler } from "../../numeric/index.js";
import type { Precision, SpectralEngine, StackSpectrum } from "../../spectra/engine.js";
import { EPSILON } from "../../spectra/route.js";

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
 * Compares an engine with a trusted one on a seeded Gaussian matrix (in f32 too), a graded one (columns from 1 to
 * 2^-40, by the bidiagonal route) and a wide one. Returns null if they agree within the tolerance, else a sentence with
 * the difference.
 */
export function disagreement(engine: SpectralEngine, trusted: SpectralEngine): string | null {
  const draw = normalSampler(createRng(SEED));
  const gaussian = Float64Array.from({ length: ROWS * COLS }, draw);
  const graded = gaussian.map((value, k) => value * 2 ** -Math.floor((40 * (k % COLS)) / (COLS - 1)));
  const tall = { rows: ROWS, cols: COLS };
  const matrices = [
    { name: "Gaussian", values: gaussian, ...tall, precisions: ["f64", "f32"] },
    { name: "graded", values: graded, ...tall, precisions: ["f64"] },
    { name: "wide", values: gaussian, rows: COLS, cols: ROWS, precisions: ["f64"] },
  ] as const;
  for (const { name, values, rows, cols, precisions } of matrices) {
    const solve = (by: SpectralEngine, precision: Precision): StackSpectrum => {
      const task = by.begin({ count: 1, rows, cols }, { precision });
      task.push(values);
      return task.finish();
    };
    const expected = solve(trusted, "f64");
    for (const precision of precisions) {
      const found = solve(engine, precision);
      const error = relativeError(found.eigenvalues, expected.eigenvalues);
      // Written so that NaN fails the test.
      if (!(error <= TOLERANCE[precision])) {
        const [off, most] = [error, TOLERANCE[precision]].map((value) => value.toExponential(1));
        return (
          `on a ${name} ${rows} x ${cols} matrix its eigenvalues in ${precision} are off by ${off} lambda_max ` +
          `(up to ${most} is rounding)`
        );
      }
      if (found.route[0] !== expected.route[0])
        return `on a ${name} matrix it took the ${found.route[0]} route, not the ${expected.route[0]} one`;
    }
  }
  return null;
}

/** The largest difference in units of lambdaMax. */
function relativeError(found: Float64Array, expected: Float64Array): number {
  const lambdaMax = expected[expected.length - 1];
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0) / lambdaMax;
}
