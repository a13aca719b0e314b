import type { Phase, PhaseEvidence } from "./phase.js";
import { QUESTIONS } from "./rules.js";

/** A true bulk misfits by more in 1 case of 1000 (rules.ts). */
const MAX_TRUE_MISFIT = 1.7;
/** Above this share of zeros the matrix has lost rank; below, it is collapsing. */
const LOST = QUESTIONS.collapsed.terms[0].threshold;

/** What speaks most for a broken bulk, where its term is above its threshold; "neither" where no term is. */
export type BrokenBy = "no bulk" | "misfit" | "crowding" | "neither";

/** What the sentence needs to know besides the evidence. */
export interface Decided {
  /** Why alpha is not valid; null where it is. A sentence about the tail says the same. */
  readonly alphaReason: string | null;
  /** What the question "is the bulk broken?" was answered by. */
  readonly brokenBy: BrokenBy;
}

/** One plain sentence: what the numbers say, and hence the phase. It claims nothing that the evidence, or the verdict on alpha in the same row, denies. */
export function explainPhase(phase: Phase, evidence: PhaseEvidence, { alphaReason, brokenBy }: Decided): string {
  const { edge_gap, edge_p, spikes, mp_soft_rank, alpha, ks, tail_fraction, tail_decades } = evidence;
  const powerLaw = `a power law with alpha ${show(alpha)} describes the upper ${percent(tail_fraction)} of the spectrum (D = ${show(ks)})`;
  switch (phase) {
    case "random-like":
      return `The spectrum ${bulkIs(evidence, brokenBy)} and ${
        spikes === 0
          ? "its largest eigenvalue lies within the Tracy-Widom fluctuation of the edge"
          : `${count(spikes, "eigenvalue lies", "eigenvalues lie")} past the edge by little more than chance would put ${spikes === 1 ? "it" : "them"} there`
      } (p = ${show(edge_p)}).`;
    case "bleeding-out":
      return `The bulk ${bulkIs(evidence, brokenBy)}, and ${count(spikes, "eigenvalue leaks", "eigenvalues leak")} past its edge (up to ${show(edge_gap)} Tracy-Widom scales; soft rank ${show(mp_soft_rank)}).`;
    case "bulk+spikes":
      return `The bulk ${bulkIs(evidence, brokenBy)}, and ${count(spikes, "eigenvalue stands", "eigenvalues stand")} clear of it (soft rank ${show(mp_soft_rank)}).`;
    case "bulk-decay":
      return alphaReason === null
        ? `${bulkIsBroken(evidence, brokenBy)}. Although ${powerLaw}, its other marks are those of a decaying edge: ${show(tail_decades)} decades of tail, soft rank ${show(mp_soft_rank)}.`
        : `${bulkIsBroken(evidence, brokenBy)}, and its tail is not told to be a power law: ${alphaReason}.`;
    case "heavy-tailed":
      return alphaReason === null
        ? `${bulkIsBroken(evidence, brokenBy)}, and ${powerLaw}.`
        : `${bulkIsBroken(evidence, brokenBy)}, and the tail is heavy (${show(tail_decades)} decades of tail; soft rank ${show(mp_soft_rank)}), but alpha is not its exponent: ${alphaReason}.`;
    case "rank-collapse":
      return explainCollapse(evidence);
  }
}

/** What is said of a bulk that counts as whole. */
function bulkIs({ bulk_misfit, bulk_ks }: PhaseEvidence, brokenBy: BrokenBy): string {
  if (bulk_misfit === null) return "cannot be fitted";
  if (brokenBy === "misfit")
    return `is close to a Marchenko-Pastur bulk, if not one (misfit ${show(bulk_misfit)}; 1 is what a true bulk shows)`;
  // The test finds in a large matrix what nobody sees.
  const unseen = bulk_misfit > MAX_TRUE_MISFIT ? `, yet no more than ${percent(bulk_ks)} out of place` : "; 1 is what a true bulk shows";
  return `is Marchenko-Pastur (misfit ${show(bulk_misfit)}${unseen})`;
}

/** What is said of a bulk that counts as broken: the clause of the term that decided. */
function bulkIsBroken({ bulk_misfit, spikes, spike_fraction }: PhaseEvidence, brokenBy: BrokenBy): string {
  switch (brokenBy) {
    case "no bulk":
      return "No Marchenko-Pastur bulk holds half of the eigenvalues";
    case "misfit":
      return `The bulk is not Marchenko-Pastur (misfit ${show(bulk_misfit)}; a true bulk rarely passes ${MAX_TRUE_MISFIT})`;
    case "crowding":
      return `${count(spikes, "eigenvalue lies", "eigenvalues lie")} beyond the edge of the bulk (${percent(spike_fraction)}), too many to be called spikes`;
    case "neither":
      return `The bulk is nearly Marchenko-Pastur (misfit ${show(bulk_misfit)}), with ${percent(spike_fraction)} of the eigenvalues beyond its edge, which is at the border of decay`;
  }
}

function explainCollapse({ zero_fraction, near_zero_fraction, trailing_decades }: PhaseEvidence): string {
  if (zero_fraction !== null && zero_fraction > LOST) {
    return `${percent(zero_fraction)} of the eigenvalues are zero to the precision of the weights: the matrix has lost rank.`;
  }
  return `${percent(near_zero_fraction)} of the eigenvalues lie below a hundredth of the largest and trail off to zero (their lower half spans ${show(trailing_decades)} decades more than a random matrix's): nearly all of the rank has collapsed.`;
}

function show(value: number | null): string {
  if (value === null) return "n/a";
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

function percent(share: number | null): string {
  return share === null ? "n/a" : `${show(100 * share)} %`;
}

function count(value: number | null, one: string, many: string): string {
  return `${value === null ? "An unknown number of" : value} ${value === 1 ? one : many}`;
}
