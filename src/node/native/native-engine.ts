import type { StackShape } from "../../layers/layer.js";
import { assertSmallerSide, eigenvectorTask } from "../../spectra/eigenvectors/eigenvector-task.js";
import type { SpectralEngine } from "../../spectra/engine.js";
import { assertStackShape, stackTask } from "../../spectra/stack-task.js";
import { type Library, type NativeAddon, STATUS } from "./addon.js";
import type { SolveMatrix } from "./cross-check.js";
import { nativeSolver, vectorSolver } from "./native-solvers.js";
import { assistNative } from "./native-team.js";

/** As SPECTRAL_MAX_SIDE in native/spectral.h: a Gram matrix of 4 GiB. */
const MAX_SIDE = 32_768;

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
      assistNative(addon, { wanted, member, stop });
    },
  };
}

/** Solves a matrix for the check of the library (`disagreement`). */
export function checkedSolver(addon: NativeAddon, target: string): SolveMatrix {
  const handle = addon.create(addon.targets.indexOf(target), new Int32Array(1));
  return ({ rows, cols, values }, precision) => {
    const shape = { count: 1, rows, cols };
    const solver = nativeSolver(shape, { precision }, { addon, handle, check: checker(shape) });
    solver.begin();
    solver.take(values);
    const solved = solver.solve();
    solver.release();
    return solved;
  };
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
