import type { PhaseLabel } from "./phase-style.js";

/** One character per phase, where a map has no room for more. */
export const PHASE_LETTERS: Readonly<Record<PhaseLabel, string>> = {
  "random-like": "R",
  "bleeding-out": "B",
  "bulk+spikes": "S",
  "bulk-decay": "D",
  "heavy-tailed": "H",
  "rank-collapse": "C",
  undecided: "?",
  failed: "!",
};
