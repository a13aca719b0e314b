import { TAIL_COLUMNS } from "../optional-columns.js";
import type { Extra } from "./extra.js";

/** Other laws fitted to the tail, on the column worker. */
export const TAILS: Extra = {
  name: "tails",
  version: 1,
  columns: ({ tails }) => (tails ? TAIL_COLUMNS : []),
  work: () => 0,
  needs: () => [],
  // mu is given only if alpha is valid. For a masked layer that follows from permutations with this seed.
  parameters: ({ seed }) => ({ seed }),
  measure: ({ spectrum, tail, record }, { columnWorker, signal }) =>
    // Only what the fits use is sent to the worker.
    columnWorker.run("tails", [{ spectrum, tail, record: { alpha_valid: record.alpha_valid } }], signal),
};
