import type { Values } from "../formats/tensor.js";
import type { Precision } from "./engine.js";
import { ascendingEigenvalues, type MatrixSolver, type MatrixSpectrum } from "./matrix-solver.js";
import { firstPrecision, hasUnresolved, keepsMatrix, precisionFloor, singularValueFloor } from "./route.js";

/** A matrix by its sides, and whether its rows are the shorter side. */
export interface MatrixSides {
  readonly N: number;
  readonly M: number;
  readonly wide: boolean;
}

/** The sums of a Gram matrix while rows arrive. */
export interface GramSums {
  takeRows(values: Values): void;
  /** All rows of a wide matrix, N long. */
  takeWide(rows: readonly Values[], N: number): void;
  /** The exponent e for which the sums are those of 2^-e W. */
  finish(): number;
}

/** The functions that an engine supplies for the two routes. */
export interface Routes {
  /** Prepares the sums of the next matrix. */
  begin(precision: Precision): GramSums;
  /** Eigenvalues of the finished sums, in any order. */
  gramEigenvalues(precision: Precision): Float64Array;
  /** Singular values of 2^-exponent W, in any order. */
  singularValues(rows: readonly Values[], exponent: number): Float64Array;
}

/**
 * The routes that every engine follows: the Gram matrix in the requested precision. If an eigenvalue lies at or below
 * its floor and W was kept (`keepsMatrix`), once more in f64. If that leaves one unresolved too, the singular values of
 * W itself.
 */
export function routedSolver(sides: MatrixSides, asked: Precision, routes: Routes): MatrixSolver {
  const { N, wide } = sides;
  const small = keepsMatrix(sides);
  const precision = firstPrecision(sides, asked);
  let kept: Values[] = [];
  let gram: GramSums;
  const solved = (exponent: number, arithmetic: Precision): MatrixSpectrum =>
    gramSpectrum(sides, { values: routes.gramEigenvalues(arithmetic), exponent, precision: arithmetic });
  const unresolved = ({ eigenvalues, resolvedFloor }: MatrixSpectrum): boolean =>
    small && hasUnresolved(eigenvalues, resolvedFloor);

  return {
    keepsRows: wide || small,
    begin() {
      kept = [];
      gram = routes.begin(precision);
    },
    take(values) {
      if (wide || small) kept.push(values);
      if (!wide) gram.takeRows(values);
    },
    solve() {
      if (wide) gram.takeWide(kept, N);
      let exponent = gram.finish();
      let spectrum = solved(exponent, precision);
      if (precision !== "f64" && unresolved(spectrum)) {
        gram = routes.begin("f64");
        if (wide) gram.takeWide(kept, N);
        else for (const values of kept) gram.takeRows(values);
        exponent = gram.finish();
        spectrum = solved(exponent, "f64");
      }
      return unresolved(spectrum)
        ? bidiagonalSpectrum(sides, routes.singularValues(kept, exponent), exponent)
        : spectrum;
    },
    release() {
      kept = [];
    },
  };
}

interface GramValues {
  readonly values: Float64Array;
  readonly exponent: number;
  readonly precision: Precision;
}

/** The spectrum by the Gram route. */
export function gramSpectrum(sides: MatrixSides, { values, exponent, precision }: GramValues): MatrixSpectrum {
  const eigenvalues = ascendingEigenvalues(values, exponent);
  return {
    eigenvalues,
    resolvedFloor: precisionFloor(sides, eigenvalues[eigenvalues.length - 1], precision),
    route: "gram",
    precision,
  };
}

function bidiagonalSpectrum({ M }: MatrixSides, singularValues: Float64Array, exponent: number): MatrixSpectrum {
  const eigenvalues = ascendingEigenvalues(
    singularValues.map((value) => value * value),
    exponent,
  );
  return {
    eigenvalues,
    resolvedFloor: singularValueFloor(M, eigenvalues[M - 1]),
    route: "bidiagonal",
    precision: "f64",
  };
}
