import type { PowerLawFit } from "../tails/index.js";
import type { PhaseEvidence, PhaseName } from "./phase.js";

/** A tail of fewer eigenvalues has no exponent worth a number. */
const SHORTEST_TAIL = 10;
/** Largest KS distance of a believable power law: 0.002-0.08 for true ones, 0.1-0.14 wherever there is only the edge of a bulk (calibrated, see rules.ts). */
const LARGEST_KS = 0.1;
/** Where the phase speaks against a heavy tail, the fit must be this good, over this share of the spectrum. */
const LARGEST_KS_ON_A_BULK = 0.065;
const SMALLEST_SHARE_ON_A_BULK = 0.1;
/** A tail that the exponential describes this much better (normalised log-likelihood ratio, 5 % one-sided) is no power law. */
const EXPONENTIAL_WINS = -1.645;

/**
 * Why alpha must not be read as the exponent of a heavy tail; null where it may be. A power law can be fitted to anything: on a pure bulk it takes the
 * edge for a tail and returns some number between 3 and 50.
 */
export function alphaObjection(
  { ks, tail_fraction, versus_exponential }: PhaseEvidence,
  phase: PhaseName | null,
  nTail: number,
): string | null {
  if (ks === null || tail_fraction === null) return "no power law could be fitted";
  if (phase === null) return "too few eigenvalues to test the fit";
  if (nTail < SHORTEST_TAIL) return `the tail has only ${nTail} eigenvalues`;
  if (ks > LARGEST_KS) return `the power law does not fit: KS distance ${ks.toFixed(3)} (true power laws stay below ${LARGEST_KS})`;
  if (versus_exponential !== null && versus_exponential < EXPONENTIAL_WINS) {
    return `an exponential describes the tail better (normalised log-likelihood ratio ${versus_exponential.toFixed(1)})`;
  }
  const onABulk = phase === "random-like" || phase === "bleeding-out" || phase === "bulk+spikes";
  if (onABulk && (ks > LARGEST_KS_ON_A_BULK || tail_fraction < SMALLEST_SHARE_ON_A_BULK)) {
    return `the spectrum is ${phase}: the fit takes the edge of the bulk for a tail`;
  }
  return null;
}

/**
 * WeightWatcher's fit leaves out eigenvalues up to 1e-5. Where that changes alpha, its alpha is that of a cut spectrum: the sentence that says so; null
 * where the bound changes nothing. `scaleFree` is the same fit without the bound (`scaleFreeTail`).
 */
export function absoluteBoundObjection(tail: PowerLawFit | null, scaleFree: PowerLawFit | null): string | null {
  if (tail === scaleFree || scaleFree === null) return null;
  if (tail !== null && Math.abs(tail.alpha / scaleFree.alpha - 1) < 1e-6) return null;
  return `WeightWatcher's fit leaves out eigenvalues up to 1e-5, and the weights are that small; without the bound alpha is ${scaleFree.alpha.toPrecision(4)}`;
}
