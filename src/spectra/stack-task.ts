import type { Values } from "../formats/tensor.js";
import type { StackShape } from "../layers/layer.js";
import type { SpectralTask, StackSpectrum } from "./engine.js";
import { entryCensus } from "./entry-statistics.js";
import type { MatrixSolver } from "./matrix-solver.js";

/** Throws `RangeError` if the count or a side of a stack is not a positive integer. */
export function assertStackShape({ count, rows, cols }: StackShape): void {
  for (const [what, value] of Object.entries({ count, rows, cols })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`a stack's ${what} must be a positive integer, got ${value}`);
  }
}

/**
 * A task that cuts the pushed blocks into matrices, passes each to the solver and gathers the spectra; `onEnd` is
 * called once.
 */
export function stackTask(shape: StackShape, solver: MatrixSolver, onEnd: () => void): SpectralTask {
  const { count, rows: height, cols } = shape;
  const { passes = 1 } = solver;
  // The rows of one matrix, each counted as often as it is taken.
  const rows = height * passes;
  const M = Math.min(height, cols);
  const eigenvalues = new Float64Array(count * M);
  const resolvedFloor = new Float64Array(count);
  const route: StackSpectrum["route"][number][] = [];
  const precision: StackSpectrum["precision"][number][] = [];
  const census = entryCensus(shape);
  let rowsTaken = 0;
  let open = true;

  const end = (): void => {
    if (!open) return;
    open = false;
    solver.release();
    onEnd();
  };

  const takeRows = (block: Values): void => {
    for (let from = 0; from < block.length; ) {
      if (rowsTaken === 0) solver.begin();
      const taken = Math.min(rows - rowsTaken, (block.length - from) / cols);
      const given = block.subarray(from, from + taken * cols);
      // Rows that come more than once are counted the first time only.
      if (rowsTaken < height) census.takeRows(given.subarray(0, Math.min(taken, height - rowsTaken) * cols));
      solver.take(given);
      from += taken * cols;
      rowsTaken += taken;
      if (rowsTaken < rows) continue;
      const solved = solver.solve();
      eigenvalues.set(solved.eigenvalues, route.length * M);
      resolvedFloor[route.length] = solved.resolvedFloor;
      route.push(solved.route);
      precision.push(solved.precision ?? "f64");
      rowsTaken = 0;
    }
  };

  return {
    passes,
    keepsBlocks: solver.keepsRows,
    push(block) {
      if (!open) throw new RangeError("push: the task has ended");
      const rowsLeft = (count - route.length) * rows - rowsTaken;
      if (block.length % cols !== 0) throw new RangeError(`push: ${block.length} values are not whole rows of ${cols}`);
      if (block.length > rowsLeft * cols)
        throw new RangeError(`push: ${block.length / cols} rows were given, but the stack has only ${rowsLeft} left`);
      try {
        takeRows(block);
      } catch (cause) {
        end();
        throw cause;
      }
    },
    finish() {
      if (!open) throw new RangeError("finish: the task has ended");
      const missing = (count - route.length) * rows - rowsTaken;
      end();
      if (missing > 0) throw new RangeError(`finish: ${missing} of the stack's ${count * rows} rows are missing`);
      return { eigenvalues, resolvedFloor, route, precision, entries: census.statistics() };
    },
    cancel: end,
  };
}
