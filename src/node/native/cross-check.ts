import { createRng, normalSampler } from "../../numeric/index.js";
import type { SpectralEngine, StackSpectrum } from "../../spectra/engine.js";
import { EPSILON } from "../../spectra/route.js";

/** Sides of the test matrices: no multiple of any block size, and large enough that the band reduction has several panels. */
const [ROWS, COLS] = [97, 61];
const SEED = 20261;
/** The contract of every engine: eigenvalues within 50 eps lambdaMax of the truth. */
const TOLERANCE = 50;

/**
 * Compares an engine with a trusted one on a seeded Gaussian matrix, a graded one (columns from 1 to 2^-40, by the bidiagonal route) and a wide one.
 * Returns null where they agree within 50 eps lambdaMax, else a sentence that says how far they are apart.
 */
export function disagreement(engine: SpectralEngine, trusted: SpectralEngine): string | null {
  const draw = normalSampler(createRng(SEED));
  const gaussian = Float64Array.from({ length: ROWS * COLS }, draw);
  const graded = gaussian.map((value, k) => value * 2 ** -Math.floor((40 * (k % COLS)) / (COLS - 1)));
  const matrices = [
    { name: "Gaussian", values: gaussian, rows: ROWS, cols: COLS },
    { name: "graded", values: graded, rows: ROWS, cols: COLS },
    { name: "wide", values: gaussian, rows: COLS, cols: ROWS },
  ];
  for (const { name, values, rows, cols } of matrices) {
    const solve = (by: SpectralEngine): StackSpectrum => {
      const task = by.begin({ count: 1, rows, cols });
      task.push(values);
      return task.finish();
    };
    const [found, expected] = [solve(engine), solve(trusted)];
    const error = errorInEps(found.eigenvalues, expected.eigenvalues);
    // Written so that NaN fails.
    if (!(error <= TOLERANCE)) {
      return `on a ${name} ${rows} x ${cols} matrix its eigenvalues are off by ${error.toPrecision(2)} eps * lambda_max (up to ${TOLERANCE} is rounding)`;
    }
    if (found.route[0] !== expected.route[0])
      return `on a ${name} matrix it took the ${found.route[0]} route, not the ${expected.route[0]} one`;
  }
  return null;
}

function errorInEps(found: Float64Array, expected: Float64Array): number {
  const lambdaMax = expected[expected.length - 1];
  const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
  return worst / (EPSILON * lambdaMax);
}
