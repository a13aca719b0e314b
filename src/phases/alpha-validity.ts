import type { PowerLawFit, TailJudgement } from "../tails/index.js";
import type { PhaseName } from "./phase.js";

/** Phases in which a Marchenko-Pastur bulk describes the spectrum. */
const ON_A_BULK: ReadonlySet<PhaseName> = new Set(["random-like", "bleeding-out", "bulk+spikes"]);

/**
 * Why alpha must not be read as the exponent of a heavy tail; null where it may: the judgement of the tail, which the
 * phase follows too, and the phase itself where a bulk describes the spectrum. A power law can be fitted to anything:
 * on a pure bulk it takes the edge for a tail and returns some number from 3 to 50.
 */
export function alphaObjection(judgement: TailJudgement, phase: PhaseName | null): string | null {
  if (judgement.powerLaw === null) return judgement.reason;
  if (phase === null) return "too few eigenvalues to test the fit";
  if (judgement.reason !== null) return judgement.reason;
  return ON_A_BULK.has(phase) ? `the spectrum is ${phase}: the fit takes the edge of the bulk, or its spikes, for a tail` : null;
}

/**
 * WeightWatcher's fit leaves out eigenvalues up to 1e-5. Where that changes alpha, its alpha is that of a cut spectrum:
 * the sentence that says so; null where the bound changes nothing. `scaleFree` is the same fit without the bound
 * (`scaleFreeTail`).
 */
export function absoluteBoundObjection(tail: PowerLawFit | null, scaleFree: PowerLawFit | null): string | null {
  if (tail === scaleFree || scaleFree === null) return null;
  if (tail !== null && Math.abs(tail.alpha / scaleFree.alpha - 1) < 1e-6) return null;
  return `WeightWatcher's fit leaves out eigenvalues up to 1e-5, and the weights are that small; without the bound alpha is ${scaleFree.alpha.toPrecision(4)}`;
}
