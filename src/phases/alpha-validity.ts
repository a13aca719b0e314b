import type { PowerLawFit, TailJudgement } from "../tails/index.js";
import type { PhaseName } from "./phase.js";

/** Phases in which a Marchenko-Pastur bulk describes the spectrum. */
const BULK_PHASES: ReadonlySet<PhaseName> = new Set(["random-like", "bleeding-out", "bulk+spikes"]);

/**
 * Why alpha is not the exponent of a heavy tail; null if it is. Follows the judgement of the tail, as the phase does,
 * and the phase itself if a bulk describes the spectrum. A power law can be fitted to anything: on a pure bulk the fit
 * takes the edge for a tail, and its alpha means nothing (2 to 190, larger for larger matrices; docs/decisions/0018).
 */
export function alphaObjection(judgement: TailJudgement, phase: PhaseName | null): string | null {
  if (judgement.powerLaw === null) return judgement.reason;
  if (phase === null) return "too few eigenvalues to test the fit";
  if (judgement.reason !== null) return judgement.reason;
  return BULK_PHASES.has(phase)
    ? `the spectrum is ${phase}: the power law was fitted to the edge of the bulk or to its spikes, not to a tail`
    : null;
}

/**
 * WeightWatcher's fit ignores eigenvalues up to 1e-5. If that changes alpha, this returns a sentence that says so; null
 * if it changes nothing. `scaleFree` is the same fit without the bound (`scaleFreeTail`).
 */
export function absoluteBoundObjection(tail: PowerLawFit | null, scaleFree: PowerLawFit | null): string | null {
  if (tail === scaleFree || scaleFree === null) return null;
  if (tail !== null && Math.abs(tail.alpha / scaleFree.alpha - 1) < 1e-6) return null;
  return (
    "WeightWatcher's fit ignores eigenvalues up to 1e-5, and these weights are that small; without the bound " +
    `alpha is ${scaleFree.alpha.toPrecision(4)}`
  );
}
