import type { Values } from "../../formats/tensor.js";
import type { StackShape } from "../../layers/layer.js";
import {
  assertSmallerSide,
  type EigenvectorSolver,
  eigenvectorTask,
} from "../../spectra/eigenvectors/eigenvector-task.js";
import type { BeginOptions, Eigensystem, EigenvectorRequest, Precision, SpectralEngine } from "../../spectra/engine.js";
import type { MatrixSolver } from "../../spectra/matrix-solver.js";
import { firstPrecision, keepsMatrix, PANEL_ROWS } from "../../spectra/route.js";
import { type GramSums, gramSpectrum, type MatrixSides, routedSolver } from "../../spectra/routed-solver.js";
import { assertStackShape, stackTask } from "../../spectra/stack-task.js";
import { dismiss, leaveWords, newControl } from "../../spectra/wasm/team.js";
import { type WidePlan, widePlan } from "../../spectra/wasm/wide-gram.js";
import { type Handle, type NativeAddon, STATUS } from "./addon.js";

/** As SPECTRAL_MAX_SIDE in native/spectral.h: a Gram matrix of 4 GiB. */
const MAX_SIDE = 32_768;
/** Operations above which threads within a matrix pay: about 30 ms of one thread. */
const MIN_SHARED_OPERATIONS = 1e9;
/** The order of native/spectral.h. */
const PRECISIONS: readonly Precision[] = ["f64", "mixed", "f32"];

export interface NativeEngineOptions {
  /** One of the addon's targets. Default: the fastest. */
  readonly target?: string;
  /** While its first word is not 0, the engine ends its work at the next step and throws. Default: never. */
  readonly stop?: Int32Array;
}

/**
 * The native engine on a loaded library: native/ in C, for AVX-512, AVX2 or NEON. O(N M^2 + 4/3 M^3), in this thread.
 * Routes, floors, precisions and the memory are those of the WebAssembly engine (`createWasmEngine`), and so are the
 * promises: the same rows give the same bits however they are cut into blocks and whatever the number of helpers. The
 * bits depend on the target. `begin` throws `RangeError` for a target that the processor cannot run and for sides above
 * 32768.
 */
export function createNativeEngine(
  addon: NativeAddon,
  { target = addon.targets[addon.targets.length - 1], stop = new Int32Array(1) }: NativeEngineOptions = {},
): SpectralEngine {
  const number = addon.targets.indexOf(target);
  if (number < 0) throw new RangeError(`target "${target}": this processor runs ${addon.targets.join(", ")}`);
  const handle = addon.create(number, stop);
  let busy = false;
  const take = (shape: StackShape): Library => {
    if (busy) throw new Error("begin: the engine is busy with another stack; finish or cancel that first");
    return { addon, handle, check: checker(shape) };
  };
  return {
    name: "native",
    begin(shape, options = {}) {
      assertStackShape(shape);
      assertFits(shape);
      const solver = nativeSolver(shape, options, take(shape));
      busy = true;
      return stackTask(shape, solver, () => {
        busy = false;
      });
    },
    beginEigenvectors(shape, { side, onMatrix }) {
      assertSmallerSide(shape, side);
      assertFits(shape);
      const solver = vectorSolver(shape, side, take(shape));
      busy = true;
      const release = (): void => {
        solver.release();
        busy = false;
      };
      return eigenvectorTask(shape, { ...solver, release }, onMatrix);
    },
    assist(wanted, member) {
      if (!("team" in wanted)) throw new RangeError("the native engine cannot help with another engine's matrix");
      const { words, ended, recalled } = leaveWords(wanted.control, member);
      addon.help(wanted.team, words, ended, recalled, stop);
    },
  };
}

/** A handle of a library, and what to do with the status of a call. */
interface Library {
  readonly addon: NativeAddon;
  readonly handle: Handle;
  readonly check: (status: number) => void;
}

function checker({ rows, cols }: StackShape): (status: number) => void {
  return (status) => {
    if (status === STATUS.ok) return;
    if (status === STATUS.noMemory)
      throw new RangeError(
        `a ${rows} x ${cols} matrix needs ${gib({ rows, cols })} GiB, which this machine could not allocate`,
      );
    if (status === STATUS.stopped) throw new Error("the native engine was stopped");
    throw new Error(`the eigenvalues of a ${rows} x ${cols} matrix were not found: QL did not converge`);
  };
}

function assertFits(shape: StackShape): void {
  if (Math.min(shape.rows, shape.cols) <= MAX_SIDE) return;
  throw new RangeError(
    `a ${shape.rows} x ${shape.cols} matrix needs ${gib(shape)} GiB; the native engine takes sides up to ${MAX_SIDE}`,
  );
}

/** The lower triangle of the Gram matrix. */
function gib({ rows, cols }: Pick<StackShape, "rows" | "cols">): string {
  return ((Math.min(rows, cols) ** 2 * 4) / 2 ** 30).toFixed(1);
}

function nativeSolver(
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

/** Opens the solver's work to helpers until it is released. */
function withTeam(
  solver: MatrixSolver,
  { addon, handle }: Library,
  onHelpWanted: NonNullable<BeginOptions["onHelpWanted"]>,
): MatrixSolver {
  const control = newControl();
  const team = addon.openTeam(handle);
  onHelpWanted({ team, control });
  return {
    ...solver,
    release() {
      dismiss(control);
      addon.closeTeam(handle);
      solver.release();
    },
  };
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
function vectorSolver(
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
