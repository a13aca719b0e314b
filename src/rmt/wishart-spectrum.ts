import { chiSquaredSampler, type Rng } from "../numeric/index.js";
import { tridiagonalEigenvaluesInPlace } from "../spectra/index.js";
import type { MatrixShape } from "./ensembles.js";

/**
 * The eigenvalues (ascending) of W'W for an N x M matrix of standard normal entries, drawn without the matrix: they are
 * those of B B' with B lower bidiagonal, its diagonal chi_N, chi_(N-1), ..., chi_(N-M+1) and below it chi_(M-1), ...,
 * chi_1, all independent ([DE02] section 3.2). O(M^2). Throws `RangeError` unless N >= M >= 1 are integers.
 */
export function wishartSpectrum({ N, M }: MatrixShape, rng: Rng): Float64Array {
  if (!(Number.isInteger(N) && Number.isInteger(M) && M >= 1 && N >= M))
    throw new RangeError(`wishartSpectrum: N >= M >= 1 are needed, got ${N} x ${M}`);
  const chiSquared = chiSquaredSampler(rng);
  const diagonal = new Float64Array(M);
  const squares = new Float64Array(M);
  let below = 0;
  for (let i = 0; i < M; i++) {
    const d2 = chiSquared(N - i);
    diagonal[i] = d2 + below;
    if (i < M - 1) {
      below = chiSquared(M - 1 - i);
      squares[i] = d2 * below;
    }
  }
  return tridiagonalEigenvaluesInPlace(diagonal, squares).sort();
}
