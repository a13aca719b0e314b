import type { TailJudgement } from "../tails/index.js";
import type { Phase } from "./phase.js";

/** Phases in which a Marchenko-Pastur bulk describes the spectrum. */
const ON_A_BULK: ReadonlySet<Phase> = new Set(["random-like", "bleeding-out", "bulk+spikes"]);

/**
 * Why alpha must not be read as the exponent of a heavy tail; null where it may: the judgement of the tail, which the phase follows too, and the phase itself
 * where a bulk describes the spectrum. A power law can be fitted to anything: on a pure bulk it takes the edge for a tail and returns some number from 3 to 50.
 */
export function alphaObjection(judgement: TailJudgement, phase: Phase | null): string | null {
  if (judgement.powerLaw === null) return judgement.reason;
  if (phase === null) return "too few eigenvalues to test the fit";
  if (judgement.reason !== null) return judgement.reason;
  return ON_A_BULK.has(phase) ? `the spectrum is ${phase}: the fit takes the edge of the bulk, or its spikes, for a tail` : null;
}
