import type { Values } from "../../formats/tensor.js";
import type { StackShape } from "../../layers/layer.js";
import type { Eigensystem, EigenvectorRequest, StreamedTask } from "../engine.js";
import { assertStackShape } from "../stack-task.js";

/** Solves the matrices of a stack one after another. */
export interface EigenvectorSolver {
  begin(): void;
  /** Takes one or more whole rows. May keep a reference. */
  take(rows: Values): void;
  solve(): Eigensystem;
  /** Ends the task; called once. */
  release(): void;
}

/** Throws `RangeError` if the shape is invalid, or if the requested side is not a smaller one. */
export function assertSmallerSide(shape: StackShape, side: EigenvectorRequest["side"]): void {
  assertStackShape(shape);
  const { rows, cols } = shape;
  if (side === "rows" ? rows > cols : cols > rows)
    throw new RangeError(
      `the eigenvectors of the ${side} of a ${rows} x ${cols} matrix are not computed: that is its larger side`,
    );
}

/** A task that cuts the pushed blocks into matrices and passes each to the solver. */
export function eigenvectorTask(
  { count, rows, cols }: StackShape,
  solver: EigenvectorSolver,
  onMatrix: EigenvectorRequest["onMatrix"],
): StreamedTask<undefined> {
  let rowsTaken = 0;
  let open = true;
  const end = (): void => {
    if (open) solver.release();
    open = false;
  };
  return {
    push(block) {
      if (!open) throw new RangeError("push: the task has ended");
      if (block.length % cols !== 0 || block.length > (count * rows - rowsTaken) * cols)
        throw new RangeError(
          `push: ${block.length} values are not whole rows of ${cols}, or more than the rest of the stack`,
        );
      for (let from = 0; from < block.length; ) {
        const row = rowsTaken % rows;
        if (row === 0) solver.begin();
        const taken = Math.min(rows - row, (block.length - from) / cols);
        solver.take(block.subarray(from, from + taken * cols));
        from += taken * cols;
        rowsTaken += taken;
        if (rowsTaken % rows === 0) onMatrix(solver.solve());
      }
    },
    finish() {
      if (!open) throw new RangeError("finish: the task has ended");
      end();
      const missing = count * rows - rowsTaken;
      if (missing > 0) throw new RangeError(`finish: ${missing} of the stack's ${count * rows} rows are missing`);
      return undefined;
    },
    cancel: end,
  };
}
