import type { PermutationNull } from "../rmt/index.js";
import type { PhaseEvidence, PhaseName, Step } from "./phase.js";
import { QUESTIONS } from "./questions.js";

/** What the sentence needs in addition to the evidence. */
export interface Decided {
  readonly path: readonly Step[];
  /** Why alpha is not valid; null if it is. A sentence about the tail repeats it. */
  readonly alphaReason: string | null;
  /**
   * The null distribution of the permuted entries, if it was used for bulk and edge in place of the laws. The sentence
   * then gives no figures of the laws.
   */
  readonly permuted?: PermutationNull | null;
}

/**
 * One or two plain sentences: the question that decided, its number against its threshold, and what else a reader must
 * know. They never contradict the evidence or the verdict on alpha in the same row.
 */
export function explainPhase(
  phase: PhaseName,
  evidence: PhaseEvidence,
  { path, alphaReason, permuted = null }: Decided,
): string {
  const { edge_gap, edge_p, spikes, mp_soft_rank } = evidence;
  const decided = path[path.length - 1];
  if (permuted !== null && BULK_PHASES.has(phase)) return explainMask(phase, evidence, permuted);
  switch (phase) {
    case "random-like":
      return `The bulk ${bulkIs(evidence)} and ${
        spikes === 0
          ? "its largest eigenvalue lies within the Tracy-Widom fluctuation of the edge"
          : `${count(spikes, "eigenvalue lies", "eigenvalues lie")} past the edge, but hardly further than by chance`
      } (p = ${show(edge_p)}).`;
    case "bleeding-out":
      return (
        `The bulk ${bulkIs(evidence)}, and ${count(spikes, "eigenvalue leaks", "eigenvalues leak")} past its ` +
        `edge: up to ${show(edge_gap)} Tracy-Widom scales, soft rank ${show(mp_soft_rank)} (bulk+spikes begins ` +
        `below ${QUESTIONS["spikes-apart"].threshold}).`
      );
    case "bulk+spikes":
      return (
        `The bulk ${bulkIs(evidence)}, and ${count(spikes, "eigenvalue lies", "eigenvalues lie")} well outside ` +
        `it: soft rank ${show(mp_soft_rank)}, below ${QUESTIONS["spikes-apart"].threshold}.`
      );
    case "bulk-decay":
      return (
        `${broken(evidence, path, permuted)}, and the tail decays: ${index(evidence)}; a power law has more ` +
        `than ${QUESTIONS.heavy.threshold}.${powerLaw(evidence, alphaReason)}`
      );
    case "heavy-tailed":
      return (
        `${broken(evidence, path, permuted)}, and the tail is heavy: ${index(evidence)}, above ` +
        `${QUESTIONS.heavy.threshold}, where power laws begin.${powerLaw(evidence, alphaReason)}`
      );
    case "rank-collapse":
      return explainCollapse(evidence, decided);
    case "undecided":
      return explainUndecided(evidence, { path, permuted }, decided);
  }
}

/** Phases with an intact bulk: the edge decides between them. */
const BULK_PHASES: ReadonlySet<PhaseName> = new Set(["random-like", "bleeding-out", "bulk+spikes"]);

/**
 * The sentence for a masked layer with an intact bulk. Score and spikes are those of the permuted entries, as in the
 * row.
 */
function explainMask(phase: PhaseName, evidence: PhaseEvidence, { permutations, spikes }: PermutationNull): string {
  const { edge_score, visible_misfit, mp_soft_rank } = evidence;
  const limit = QUESTIONS["bulk-broken"].threshold;
  const close = visible_misfit !== null && visible_misfit > limit ? "close to " : "";
  const misfit = `misfit ${show(visible_misfit)}; 1 is typical`;
  const bulk = `The bulk is ${close}that of the same entries in random order (${misfit})`;
  const { threshold } = QUESTIONS["edge-crossed"];
  const score = `score ${show(edge_score)} among ${permutations} permutations; the edge is crossed above ${threshold}`;
  // The score can pass the threshold without a spike: the largest eigenvalue of one permuted matrix is larger still.
  const who = (one: string, many: string): string =>
    spikes === 0 ? `its largest eigenvalue ${one}` : count(spikes, `eigenvalue ${one}`, `eigenvalues ${many}`);
  const clear = QUESTIONS["spikes-apart"].threshold;
  switch (phase) {
    case "bleeding-out":
      return (
        `${bulk}, and ${who("leaks", "leak")} past its edge (${score}): soft rank ${show(mp_soft_rank)} ` +
        `(bulk+spikes begins below ${clear}).`
      );
    case "bulk+spikes":
      return (
        `${bulk}, and ${who("lies", "lie")} well outside it (${score}): soft rank ${show(mp_soft_rank)}, below ` +
        `${clear}.`
      );
    default:
      // If two other names share the remaining probability, this name can win slightly beyond the threshold too.
      return `${bulk} and its largest eigenvalue lies ${
        spikes > 0 || (edge_score ?? 0) > threshold ? "just beyond" : "among"
      } those of the permuted matrices (${score}).`;
  }
}

/** Describes a bulk that counts as intact. */
function bulkIs({ bulk_misfit, visible_misfit, bulk_ks }: PhaseEvidence): string {
  const limit = QUESTIONS["bulk-broken"].threshold;
  if (bulk_misfit === null) return "cannot be fitted";
  if (visible_misfit !== null && visible_misfit > limit) {
    return `is close to Marchenko-Pastur (misfit ${show(bulk_misfit)}; 1 is typical of a true bulk)`;
  }
  // In a large matrix the test finds deviations that are too small to see.
  const detail =
    bulk_misfit > limit
      ? `, but at most ${percent(bulk_ks)} of its eigenvalues are out of place`
      : "; 1 is typical of a true bulk";
  return `is Marchenko-Pastur (misfit ${show(bulk_misfit)}${detail})`;
}

/** Describes a bulk that counts as broken or crowded. */
function broken(
  { bulk_misfit, visible_misfit, spikes, spike_fraction }: PhaseEvidence,
  path: readonly Step[],
  permuted: PermutationNull | null,
): string {
  const { threshold } = QUESTIONS["bulk-broken"];
  if (bulk_misfit === null) return "No Marchenko-Pastur bulk holds half of the eigenvalues";
  if (path.some(({ question, answer }) => question === "crowded" && answer === "yes")) {
    const atLimit = path.some(({ question, probability }) => question === "crowded" && probability < 0.5);
    return (
      `${count(spikes, "eigenvalue lies", "eigenvalues lie")} beyond the edge of the bulk ` +
      `(${percent(spike_fraction)}), ${atLimit ? "at the limit of what is" : "too many to be"} called spikes`
    );
  }
  if (permuted !== null) {
    const near = visible_misfit !== null && visible_misfit > threshold ? "not" : "nearly";
    return (
      `The bulk is ${near} that of the same entries in random order (misfit ${show(visible_misfit)}; random ` +
      `order rarely exceeds ${threshold})`
    );
  }
  if (visible_misfit !== null && visible_misfit > threshold) {
    return `The bulk is not Marchenko-Pastur (misfit ${show(bulk_misfit)}; a true bulk rarely exceeds ${threshold})`;
  }
  return `The bulk is nearly Marchenko-Pastur (misfit ${show(bulk_misfit)}), at the border of decay`;
}

function index({ tail_index, tail_index_low, tail_index_high }: PhaseEvidence): string {
  return tail_index === null
    ? "its index cannot be measured"
    : `its index is ${show(tail_index)} (${show(tail_index_low)} to ${show(tail_index_high)})`;
}

/** What the row says about alpha. */
function powerLaw({ alpha, ks, tail_fraction }: PhaseEvidence, alphaReason: string | null): string {
  return alphaReason === null
    ? ` A power law with alpha ${show(alpha)} describes the upper ${percent(tail_fraction)} of the spectrum (D ` +
        `= ${show(ks)}).`
    : ` Alpha is not valid: ${alphaReason}.`;
}

function explainCollapse(
  { zero_fraction, jump_decades, jump_fraction, near_zero_fraction, trailing_decades }: PhaseEvidence,
  decided: Step | undefined,
): string {
  switch (decided?.question) {
    case "rank-lost":
      return (
        `${percent(zero_fraction)} of the directions carry nothing, more than ` +
        `${percent(QUESTIONS["rank-lost"].threshold)}: the matrix has lost rank.`
      );
    case "rank-fallen":
      return (
        `${percent(jump_fraction)} of the eigenvalues lie ${show(jump_decades)} decades below the rest (the ` +
        `limit is ${QUESTIONS["rank-fallen"].threshold}) and carry less than 1 % of the variance: apart from ` +
        "noise, the matrix has lost rank."
      );
    default:
      return (
        `${percent(near_zero_fraction)} of the eigenvalues lie below a hundredth of the largest and trail off ` +
        `to zero (their lower half spans ${show(trailing_decades)} decades more than a random matrix's): ` +
        "nearly all of the rank has collapsed."
      );
  }
}

function explainUndecided(
  evidence: PhaseEvidence,
  { path, permuted }: { readonly path: readonly Step[]; readonly permuted: PermutationNull | null },
  decided: Step | undefined,
): string {
  if (decided?.question === "narrower") {
    return (
      `Narrower than random: the spectrum has ${show(evidence.relative_width)} of the width of a random ` +
      `matrix's (below ${QUESTIONS.narrower.threshold} no phase describes it). An orthogonal initialisation ` +
      "looks like this."
    );
  }
  const why =
    evidence.tail_index === null
      ? "no tail of one law follows: a gap separates the largest eigenvalues from the rest"
      : `the spectrum ends at an edge, as a bulk does: ${index(evidence)}`;
  return (
    `${broken(evidence, path, permuted)}, yet ${why}. No phase describes it. Directions whose variances have ` +
    "an upper bound look like this."
  );
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
