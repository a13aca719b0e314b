import type { Values } from "../../formats/tensor.js";
import type { StackShape } from "../../layers/layer.js";
import type { EigenvectorSolver } from "../../spectra/eigenvectors/eigenvector-task.js";
import type { BeginOptions, Eigensystem, EigenvectorRequest, Precision } from "../../spectra/engine.js";
import type { MatrixSolver } from "../../spectra/matrix-solver.js";
import { firstPrecision, keepsMatrix, PANEL_ROWS } from "../../spectra/route.js";
import { type GramSums, gramSpectrum, type MatrixSides, routedSolver } from "../../spectra/routed-solver.js";
import { type WidePlan, widePlan } from "../../spectra/wasm/wide-gram.js";
import type { Library } from "./addon.js";
import { withTeam } from "./native-team.js";

/** Operations above which threads within a matrix pay: about 30 ms of one thread. */
const MIN_SHARED_OPERATIONS = 1e9;
/** The order of native/spectral.h. */
const PRECISIONS: readonly Precision[] = ["f64", "mixed", "f32"];

/** The solver of a stack by the library: the matrix is kept, or a large wide one is read several times. */
export function nativeSolver(
  { count, rows, cols }: StackShape,
  { precision: asked = "f64", onHelpWanted }: BeginOptions,
  library: Library,
): MatrixSolver {
  const sides = { N: Math.max(rows, cols), M: Math.min(rows, cols), wide: rows < cols };
  const { N, M } = sides;
  const small = keepsMatrix(sides);
  const precision = firstPrecision(sides, asked);
  const plan = count === 1 && sides.wide && !small ? widePlan(sides, precision === "f64" ? "F64" : "F32") : undefined;
  const solver =
    plan === undefined ? keptSolver(sides, asked, library) : solverInPasses(sides, precision, { plan, library });
  const shared = onHelpWanted !== undefined && !small && N * M ** 2 + (4 / 3) * M ** 3 > MIN_SHARED_OPERATIONS;
  return shared ? withTeam(solver, library, onHelpWanted) : solver;
}

function gramValues({ addon, handle, check }: Library, M: number): Float64Array {
  const values = new Float64Array(M);
  check(addon.eigenvalues(handle, values));
  return values;
}

/** Rows as they come, or those of a wide matrix that was kept: 256 of its columns at a time. */
function gramSums({ addon, handle, check }: Library): GramSums {
  return {
    takeRows: (values) => check(addon.takeRows(handle, values)),
    takeWide(blocks, N) {
      for (let from = 0; from < N; from += PANEL_ROWS)
        for (const rows of blocks) check(addon.takeColumns(handle, rows, N, from));
    },
    finish() {
      check(addon.finishGram(handle));
      return addon.exponent(handle);
    },
  };
}

function keptSolver(sides: MatrixSides, asked: Precision, library: Library): MatrixSolver {
  const { addon, handle, check } = library;
  const { N, M, wide } = sides;
  return routedSolver(sides, asked, {
    begin(arithmetic) {
      check(addon.begin(handle, M, PRECISIONS.indexOf(arithmetic)));
      return gramSums(library);
    },
    gramEigenvalues: () => gramValues(library, M),
    singularValues(kept, exponent) {
      check(addon.beginSingular(handle, N, M));
      for (const rows of kept) check(wide ? addon.takeColumns(handle, rows, N, 0) : addon.takeRows(handle, rows));
      const values = new Float64Array(M);
      check(addon.singularValues(handle, values));
      const scale = 2 ** (addon.exponent(handle) - exponent);
      return values.map((value) => value * scale);
    },
  });
}

interface InPasses {
  readonly plan: WidePlan;
  readonly library: Library;
}

/** A large wide matrix, read several times instead of being kept. */
function solverInPasses(sides: MatrixSides, precision: Precision, { plan, library }: InPasses): MatrixSolver {
  const { addon, handle, check } = library;
  const { N, M } = sides;
  return {
    passes: plan.passes,
    keepsRows: false,
    begin: () => check(addon.beginWide(handle, N, M, PRECISIONS.indexOf(precision), plan.held)),
    take: (values) => check(addon.takeWideRows(handle, values)),
    solve() {
      const exponent = addon.exponent(handle);
      return gramSpectrum(sides, { values: gramValues(library, M), exponent, precision });
    },
    release() {},
  };
}

/** All eigenvectors of the Gram matrix of one matrix after another, in f64: O(N M^2 + 8 M^3). */
export function vectorSolver(
  { rows, cols }: StackShape,
  side: EigenvectorRequest["side"],
  library: Library,
): EigenvectorSolver {
  const { addon, handle, check } = library;
  const [N, M] = side === "rows" ? [cols, rows] : [rows, cols];
  let kept: Values[] = [];
  return {
    begin() {
      kept = [];
      check(addon.begin(handle, M, PRECISIONS.indexOf("f64")));
    },
    take(values) {
      if (side === "rows") kept.push(values);
      else check(addon.takeRows(handle, values));
    },
    solve(): Eigensystem {
      const sums = gramSums(library);
      if (side === "rows") sums.takeWide(kept, N);
      kept = [];
      const exponent = sums.finish();
      const [values, vectors] = [new Float64Array(M), new Float64Array(M * M)];
      check(addon.eigenvectors(handle, values, vectors));
      return { values: values.map((value) => value * 4 ** exponent), vectors };
    },
    release() {
      kept = [];
    },
  };
}
