import type { PermutationNull } from "../rmt/index.js";
import type { PhaseEvidence, PhaseName, Step } from "./phase.js";
import { QUESTIONS } from "./questions.js";

/** What the sentence needs to know besides the evidence. */
export interface Decided {
  readonly path: readonly Step[];
  /** Why alpha is not valid; null where it is. A sentence about the tail says the same. */
  readonly alphaReason: string | null;
  /**
   * The null of the permuted entries, where it answered for bulk and edge in place of the laws: the sentence then gives
   * no figure of the laws.
   */
  readonly permuted?: PermutationNull | null;
}

/**
 * One or two plain sentences: the question that decided, with its number against its threshold, and what else a reader
 * must know. They claim nothing that the evidence, or the verdict on alpha in the same row, denies.
 */
export function explainPhase(phase: PhaseName, evidence: PhaseEvidence, { path, alphaReason, permuted = null }: Decided): string {
  const { edge_gap, edge_p, spikes, mp_soft_rank } = evidence;
  const decided = path[path.length - 1];
  if (permuted !== null && ON_THE_EDGE.has(phase)) return explainMask(phase, evidence, permuted);
  switch (phase) {
    case "random-like":
      return `The bulk ${bulkIs(evidence)} and ${
        spikes === 0
          ? "its largest eigenvalue lies within the Tracy-Widom fluctuation of the edge"
          : `${count(spikes, "eigenvalue lies", "eigenvalues lie")} past the edge by little more than chance would put ${spikes === 1 ? "it" : "them"} there`
      } (p = ${show(edge_p)}).`;
    case "bleeding-out":
      return `The bulk ${bulkIs(evidence)}, and ${count(spikes, "eigenvalue leaks", "eigenvalues leak")} past its edge: up to ${show(edge_gap)} Tracy-Widom scales, soft rank ${show(mp_soft_rank)} (spikes stand clear below ${QUESTIONS["spikes-apart"].threshold}).`;
    case "bulk+spikes":
      return `The bulk ${bulkIs(evidence)}, and ${count(spikes, "eigenvalue stands", "eigenvalues stand")} clear of it: soft rank ${show(mp_soft_rank)}, below ${QUESTIONS["spikes-apart"].threshold}.`;
    case "bulk-decay":
      return `${broken(evidence, path, permuted)}, and the tail decays: ${index(evidence)}, that of a decay (a power law has more than ${QUESTIONS.heavy.threshold}).${powerLaw(evidence, alphaReason)}`;
    case "heavy-tailed":
      return `${broken(evidence, path, permuted)}, and the tail is heavy: ${index(evidence)}, above the ${QUESTIONS.heavy.threshold} that parts power laws from decays.${powerLaw(evidence, alphaReason)}`;
    case "rank-collapse":
      return explainCollapse(evidence, decided);
    case "undecided":
      return explainUndecided(evidence, { path, permuted }, decided);
  }
}

/** The names that the edge decides. */
const ON_THE_EDGE: ReadonlySet<PhaseName> = new Set(["random-like", "bleeding-out", "bulk+spikes"]);

/**
 * The sentence of a masked layer with a whole bulk: score and spikes are those of the permuted entries, as they are in
 * the row.
 */
function explainMask(phase: PhaseName, evidence: PhaseEvidence, { permutations, spikes }: PermutationNull): string {
  const { edge_score, visible_misfit, mp_soft_rank } = evidence;
  const limit = QUESTIONS["bulk-broken"].threshold;
  const close = visible_misfit !== null && visible_misfit > limit ? "close to " : "";
  const bulk = `The bulk is ${close}that of its entries in random places (misfit ${show(visible_misfit)}; 1 is what they show)`;
  const { threshold } = QUESTIONS["edge-crossed"];
  const score = `score ${show(edge_score)} among ${permutations} permutations; the edge is crossed above ${threshold}`;
  // A score beyond the threshold without a spike: one of the permuted entries' own largest lies further still.
  const who = (one: string, many: string): string =>
    spikes === 0 ? `its largest eigenvalue ${one}` : count(spikes, `eigenvalue ${one}`, `eigenvalues ${many}`);
  const clear = QUESTIONS["spikes-apart"].threshold;
  switch (phase) {
    case "bleeding-out":
      return `${bulk}, and ${who("leaks", "leak")} past its edge (${score}): soft rank ${show(mp_soft_rank)} (spikes stand clear below ${clear}).`;
    case "bulk+spikes":
      return `${bulk}, and ${who("stands", "stand")} clear of it (${score}): soft rank ${show(mp_soft_rank)}, below ${clear}.`;
    default:
      // Where two other names share the rest, it is the likeliest a little beyond the threshold too.
      return `${bulk} and its largest eigenvalue lies ${
        spikes > 0 || (edge_score ?? 0) > threshold ? "little beyond" : "among"
      } the largest of theirs (${score}).`;
  }
}

/** What is said of a bulk that counts as whole. */
function bulkIs({ bulk_misfit, visible_misfit, bulk_ks }: PhaseEvidence): string {
  const limit = QUESTIONS["bulk-broken"].threshold;
  if (bulk_misfit === null) return "cannot be fitted";
  if (visible_misfit !== null && visible_misfit > limit) {
    return `is close to a Marchenko-Pastur bulk, if not one (misfit ${show(bulk_misfit)}; 1 is what a true bulk shows)`;
  }
  // The test finds in a large matrix what nobody sees.
  const unseen = bulk_misfit > limit ? `, yet no more than ${percent(bulk_ks)} out of place` : "; 1 is what a true bulk shows";
  return `is Marchenko-Pastur (misfit ${show(bulk_misfit)}${unseen})`;
}

/** What is said of a bulk that counts as broken or crowded. */
function broken(
  { bulk_misfit, visible_misfit, spikes, spike_fraction }: PhaseEvidence,
  path: readonly Step[],
  permuted: PermutationNull | null,
): string {
  const { threshold } = QUESTIONS["bulk-broken"];
  if (bulk_misfit === null) return "No Marchenko-Pastur bulk holds half of the eigenvalues";
  if (path.some(({ question, answer }) => question === "crowded" && answer === "yes")) {
    return `${count(spikes, "eigenvalue lies", "eigenvalues lie")} beyond the edge of the bulk (${percent(spike_fraction)}), ${
      path.some(({ question, probability }) => question === "crowded" && probability < 0.5) ? "at the limit of what is" : "too many to be"
    } called spikes`;
  }
  if (permuted !== null) {
    const near = visible_misfit !== null && visible_misfit > threshold ? "not" : "nearly";
    return `The bulk is ${near} that of its entries in random places (misfit ${show(visible_misfit)}; theirs rarely passes ${threshold})`;
  }
  if (visible_misfit !== null && visible_misfit > threshold) {
    return `The bulk is not Marchenko-Pastur (misfit ${show(bulk_misfit)}; a true bulk rarely passes ${threshold})`;
  }
  return `The bulk is nearly Marchenko-Pastur (misfit ${show(bulk_misfit)}), at the border of decay`;
}

function index({ tail_index, tail_index_low, tail_index_high }: PhaseEvidence): string {
  return tail_index === null
    ? "its index cannot be measured"
    : `its index is ${show(tail_index)} (${show(tail_index_low)} to ${show(tail_index_high)})`;
}

/** What the row says of alpha. */
function powerLaw({ alpha, ks, tail_fraction }: PhaseEvidence, alphaReason: string | null): string {
  return alphaReason === null
    ? ` A power law with alpha ${show(alpha)} describes the upper ${percent(tail_fraction)} of the spectrum (D = ${show(ks)}).`
    : ` Alpha is not to be read: ${alphaReason}.`;
}

function explainCollapse(
  { zero_fraction, jump_decades, jump_fraction, near_zero_fraction, trailing_decades }: PhaseEvidence,
  decided: Step | undefined,
): string {
  switch (decided?.question) {
    case "rank-lost":
      return `${percent(zero_fraction)} of the directions carry nothing, more than ${percent(QUESTIONS["rank-lost"].threshold)}: the matrix has lost rank.`;
    case "rank-fallen":
      return `${percent(jump_fraction)} of the eigenvalues lie ${show(jump_decades)} decades below the rest, more than ${QUESTIONS["rank-fallen"].threshold}, with less than 1 % of the variance: the matrix has lost rank but for noise.`;
    default:
      return `${percent(near_zero_fraction)} of the eigenvalues lie below a hundredth of the largest and trail off to zero (their lower half spans ${show(trailing_decades)} decades more than a random matrix's): nearly all of the rank has collapsed.`;
  }
}

function explainUndecided(
  evidence: PhaseEvidence,
  { path, permuted }: { readonly path: readonly Step[]; readonly permuted: PermutationNull | null },
  decided: Step | undefined,
): string {
  if (decided?.question === "narrower") {
    return `Narrower than random: the spectrum has ${show(evidence.relative_width)} of the width of a random matrix's (below ${QUESTIONS.narrower.threshold} no phase describes it). Orthogonal initialisation?`;
  }
  const why =
    evidence.tail_index === null
      ? "no tail of one law follows: a gap parts the largest eigenvalues from the rest"
      : `the spectrum ends at an edge, as that of a bulk does: ${index(evidence)}`;
  return `${broken(evidence, path, permuted)}, yet ${why}. No phase describes it: a bounded population of variances?`;
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
