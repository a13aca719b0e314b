import { UNKNOWN_SCALE } from "../../layers/adapter-scale.js";
import { probabilityBelow, surelyBelow } from "../alpha-interval.js";
import type { LayerRecord } from "../report.js";
import { OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE } from "../verdict.js";
import { plural } from "../words.js";
import type { FindingKind, Severity } from "./finding.js";

/** The first words of the note on a layer whose entries look like an initialisation (`recogniseInitialisation`). */
export const NOT_TRAINED = "not trained?";

/** A question about one layer, and what to say if the answer is yes. */
export interface FindingRule {
  readonly kind: FindingKind;
  readonly matches: (layer: LayerRecord) => boolean;
  readonly severity: Severity | ((layer: LayerRecord) => Severity);
  readonly certainty: (layer: LayerRecord) => number | null;
  readonly what: (layer: LayerRecord) => string;
  readonly advice: string;
  /** All layers with this finding in one sentence; `names` is a list of some of them. */
  readonly sentence: (count: number, names: string) => string;
}

const FACT = (): number => 1;
const hasFiniteWeights = ({ reason }: LayerRecord): boolean => !(reason?.includes("not finite") ?? false);

/** The rules, worst first. They are data; each gives a finding per layer, and one sentence over all. */
export const FINDING_RULES: readonly FindingRule[] = [
  {
    kind: "not-finite",
    matches: (layer) => !hasFiniteWeights(layer),
    severity: "error",
    certainty: FACT,
    what: () => "Some of its weights are NaN or infinite.",
    advice: "The model cannot work as it is: go back to an earlier checkpoint, or look for an overflow in training.",
    sentence: (count, names) => `${plural(count, "layer has", "layers have")} NaN or infinite weights: ${names}.`,
  },
  {
    kind: "no-spectrum",
    matches: (layer) => layer.lambda_max === null && hasFiniteWeights(layer),
    severity: "warning",
    certainty: FACT,
    what: ({ reason }) => `It has no spectrum: ${reason ?? "no reason was given"}.`,
    advice: "A layer of equal or zero weights does nothing: was it pruned, never initialised, or badly exported?",
    sentence: (count, names) =>
      `${plural(count, "layer has", "layers have")} no spectrum (weights all zero, all equal, or ` +
      `unreadable): ${names}.`,
  },
  {
    kind: "rank-collapse",
    matches: (layer) => layer.phase === "rank-collapse",
    severity: "warning",
    certainty: ({ phase_confidence }) => phase_confidence,
    what: ({ phase_reason }) => sentenceOf(phase_reason ?? "The matrix has lost rank"),
    advice:
      "Part of its directions carry nothing: look for strong weight decay, dead units, pruning, or coarse " +
      "quantisation; a low-rank factorisation would lose little.",
    sentence: (count, names) => `${plural(count, "layer has", "layers have")} lost rank: ${names}.`,
  },
  {
    kind: "correlation-trap",
    matches: (layer) => typeof layer.correlation_traps === "number" && layer.correlation_traps >= 1,
    severity: "warning",
    certainty: () => null,
    what: ({ correlation_traps }) =>
      `${plural(correlation_traps as number, "eigenvalue stays", "eigenvalues stay")} outside the bulk when the ` +
      "weights are shuffled.",
    advice: "A few very large weights cause them: look at the largest entries, the learning rate and the batch size.",
    sentence: (count, names) =>
      `${plural(count, "layer has", "layers have")} correlation traps (a few very large weights): ${names}.`,
  },
  {
    kind: "unknown-scale",
    matches: (layer) => layer.notes.some((note) => note.startsWith(UNKNOWN_SCALE)),
    severity: "note",
    certainty: FACT,
    what: () => "The scale of the adapter is not known (no alpha): norms and lambda_max are those of B A itself.",
    advice: "Shapes of the spectrum hold; do not compare its norms. Give the adapter's configuration beside it.",
    sentence: (count, names) =>
      `${plural(count, "adapter product has", "adapter products have")} no known scale (no alpha): norms and ` +
      `lambda_max are those of B A itself: ${names}.`,
  },
  {
    kind: "alpha-below-2",
    matches: (layer) => layer.alpha_valid && layer.alpha !== null && layer.alpha < OVER_TRAINED_BELOW,
    severity: (layer) => (surelyBelow(layer, OVER_TRAINED_BELOW) ? "warning" : "note"),
    certainty: (layer) => probabilityBelow(layer, OVER_TRAINED_BELOW),
    what: (layer) => `${alphaText(layer)}, below ${OVER_TRAINED_BELOW}: its tail is very heavy.`,
    advice:
      "A few directions dominate (WeightWatcher calls it over-trained): compare with an earlier checkpoint, and look " +
      "at learning rate and weight decay of this layer.",
    sentence: (count, names) =>
      `${plural(count, "layer has", "layers have")} alpha below ${OVER_TRAINED_BELOW}, very heavy-tailed ` +
      `(WeightWatcher calls it over-trained): ${names}.`,
  },
  {
    kind: "not-trained",
    matches: (layer) => notTrained(layer) !== undefined,
    severity: "note",
    certainty: () => null,
    what: (layer) => sentenceOf((notTrained(layer) as string).slice(NOT_TRAINED.length).trim()),
    advice: "The weights look like an initialisation: is the layer frozen, unused, or loaded wrongly?",
    sentence: (count, names) =>
      `${plural(count, "layer looks", "layers look")} untrained: the weights look like an initialisation: ${names}.`,
  },
  {
    kind: "random-like",
    matches: (layer) => layer.phase === "random-like",
    severity: "note",
    certainty: ({ phase_confidence }) => phase_confidence,
    what: () => "Its spectrum is that of random weights: training left no trace that shows in it.",
    advice: "Usual early in training, with large batches, and in layers that hardly matter; a candidate for pruning.",
    sentence: (count, names) => `${plural(count, "layer looks", "layers look")} like random weights: ${names}.`,
  },
  {
    kind: "alpha-above-6",
    matches: (layer) => layer.alpha_valid && layer.alpha !== null && layer.alpha > UNDER_TRAINED_ABOVE,
    severity: "note",
    certainty: (layer) => complement(probabilityBelow(layer, UNDER_TRAINED_ABOVE)),
    what: (layer) => `${alphaText(layer)}, above ${UNDER_TRAINED_ABOVE}: its correlations are weak.`,
    advice: "Hardly any structure beyond the bulk (WeightWatcher calls it under-trained): it may train longer.",
    sentence: (count, names) =>
      `${plural(count, "layer has", "layers have")} alpha above ${UNDER_TRAINED_ABOVE}, weak correlations ` +
      `(WeightWatcher calls it under-trained): ${names}.`,
  },
];

function complement(probability: number | null): number | null {
  return probability === null ? null : 1 - probability;
}

/** "Alpha is 1.50 (95 % interval 1.31 to 1.72)". */
function alphaText({ alpha, alpha_low: low, alpha_high: high }: LayerRecord): string {
  const interval = low === null || high === null ? "" : ` (95 % interval ${low.toFixed(2)} to ${high.toFixed(2)})`;
  return `Alpha is ${(alpha as number).toFixed(2)}${interval}`;
}

function notTrained({ notes }: LayerRecord): string | undefined {
  return notes.find((note) => note.startsWith(NOT_TRAINED));
}

/** A reason as a sentence: a capital first, one full stop at the end. */
function sentenceOf(reason: string): string {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1).replace(/\.$/, "")}.`;
}
