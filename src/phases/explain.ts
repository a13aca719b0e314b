import type { Phase, PhaseEvidence } from "./phase.js";
import { QUESTIONS } from "./rules.js";

/** A true bulk misfits by more in 1 case of 1000 (rules.ts). */
const SURELY_NONE = 1.7;
/** Above this share of zeros the matrix has lost rank; below, it is collapsing. */
const LOST = QUESTIONS.collapsed.terms[0].threshold;

/** One plain sentence: what the numbers say, and hence the phase. */
export function explainPhase(phase: Phase, evidence: PhaseEvidence): string {
  const { bulk_misfit, bulk_ks, edge_gap, edge_p, spikes, spike_fraction, mp_soft_rank, alpha, ks, tail_fraction } = evidence;
  // A large matrix tells from a true bulk what nobody sees.
  const unseen = bulk_misfit !== null && bulk_misfit > SURELY_NONE ? `, yet only ${percent(bulk_ks)} out of place` : "";
  switch (phase) {
    case "random-like":
      return `The spectrum is a Marchenko-Pastur bulk (misfit ${show(bulk_misfit)}${unseen}; 1 is what a true bulk shows) and its largest eigenvalue lies within the Tracy-Widom fluctuation of the edge (p = ${show(edge_p)}).`;
    case "bleeding-out":
      return `The bulk is Marchenko-Pastur (misfit ${show(bulk_misfit)}${unseen}), and ${count(spikes, "eigenvalue leaks", "eigenvalues leak")} just past its edge (up to ${show(edge_gap)} Tracy-Widom scales; soft rank ${show(mp_soft_rank)}).`;
    case "bulk+spikes":
      return `${count(spikes, "eigenvalue stands", "eigenvalues stand")} clear of a Marchenko-Pastur bulk (misfit ${show(bulk_misfit)}${unseen}; soft rank ${show(mp_soft_rank)}).`;
    case "bulk-decay":
      if (bulk_misfit === null) return "No Marchenko-Pastur bulk holds half of the eigenvalues, yet no power law covers the spectrum.";
      return `The edge of the bulk decays instead of ending (misfit ${show(bulk_misfit)}, ${percent(spike_fraction)} of the eigenvalues beyond it), yet no power law covers the spectrum.`;
    case "heavy-tailed":
      return `A power law with alpha ${show(alpha)} describes the upper ${percent(tail_fraction)} of the spectrum (D = ${show(ks)}), and no Marchenko-Pastur bulk does (${bulk_misfit === null ? "none holds half of the eigenvalues" : `misfit ${show(bulk_misfit)}; soft rank ${show(mp_soft_rank)}`}).`;
    case "rank-collapse":
      return explainCollapse(evidence);
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
