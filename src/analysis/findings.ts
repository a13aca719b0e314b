import { finish, type Steps } from "../bytes/pace.js";
import { UNKNOWN_SCALE } from "../layers/adapter-scale.js";
import type { LayerRecord } from "./report.js";
import { type OutOfLine, outOfLineInSteps, type SiblingMeasure } from "./siblings.js";
import { OVER_TRAINED_BELOW, UNDER_TRAINED_ABOVE } from "./verdict.js";

/** Most names in a sentence before "and n more". */
const MAX_NAMES = 3;

interface Rule {
  readonly matches: (layer: LayerRecord) => boolean;
  readonly sentence: (count: number, names: string) => string;
}

/** The first words of the note on a layer whose entries look like an initialisation (`recogniseInitialisation`). */
export const NOT_TRAINED = "not trained?";

/** The findings, most important first. The rules are data; each gives one sentence. */
const RULES: readonly Rule[] = [
  {
    matches: (layer) => layer.reason?.includes("not finite") ?? false,
    sentence: (count, names) => `${plural(count, "layer has", "layers have")} NaN or infinite weights: ${names}.`,
  },
  {
    matches: (layer) => layer.lambda_max === null && !(layer.reason?.includes("not finite") ?? false),
    sentence: (count, names) =>
      `${plural(count, "layer has", "layers have")} no spectrum (weights all zero, all equal, or ` +
      `unreadable): ${names}.`,
  },
  {
    matches: (layer) => layer.phase === "rank-collapse",
    sentence: (count, names) => `${plural(count, "layer has", "layers have")} lost rank: ${names}.`,
  },
  {
    matches: (layer) => layer.notes.some((note) => note.startsWith(UNKNOWN_SCALE)),
    sentence: (count, names) =>
      `${plural(count, "adapter product has", "adapter products have")} no known scale (no alpha): norms and ` +
      `lambda_max are those of B A itself: ${names}.`,
  },
  {
    matches: (layer) => layer.alpha_valid && layer.alpha !== null && layer.alpha < OVER_TRAINED_BELOW,
    sentence: (count, names) =>
      `${plural(count, "layer has", "layers have")} alpha below ${OVER_TRAINED_BELOW}, very heavy-tailed ` +
      `(WeightWatcher calls it over-trained): ${names}.`,
  },
  {
    matches: (layer) => layer.notes.some((note) => note.startsWith(NOT_TRAINED)),
    sentence: (count, names) =>
      `${plural(count, "layer looks", "layers look")} untrained: the weights look like an initialisation: ${names}.`,
  },
  {
    matches: (layer) => layer.phase === "random-like",
    sentence: (count, names) => `${plural(count, "layer looks", "layers look")} like random weights: ${names}.`,
  },
  {
    matches: (layer) => layer.alpha_valid && layer.alpha !== null && layer.alpha > UNDER_TRAINED_ABOVE,
    sentence: (count, names) =>
      `${plural(count, "layer has", "layers have")} alpha above ${UNDER_TRAINED_ABOVE}, weak correlations ` +
      `(WeightWatcher calls it under-trained): ${names}.`,
  },
];

/** The findings on a model in sentences, most important first. Each names at most three layers. */
export function findings(layers: readonly LayerRecord[]): string[] {
  return finish(findingsInSteps(layers));
}

/** `findings` with a pause after each rule. */
export function* findingsInSteps(layers: readonly LayerRecord[]): Steps<string[]> {
  const sentences: string[] = [];
  for (const { matches, sentence } of RULES) {
    const found = layers.filter(matches);
    if (found.length > 0) sentences.push(sentence(found.length, list(found.map((layer) => layer.name))));
    yield;
  }
  return [...sentences, ...siblingSentences(yield* outOfLineInSteps(layers))];
}

/** One sentence per measure: the layers that differ from their siblings, largest deviation first. */
function siblingSentences(outOfLine: readonly OutOfLine[]): string[] {
  const measures = new Map<SiblingMeasure, OutOfLine[]>();
  for (const found of outOfLine) measures.set(found.measure, [...(measures.get(found.measure) ?? []), found]);
  return [...measures].map(([measure, found]) => {
    const sorted = found.sort((a, b) => Math.abs(b.deviations) - Math.abs(a.deviations));
    const named = sorted.map(
      ({ layer, value, median }) => `${layer.name} (${value.toPrecision(3)}, siblings ${median.toPrecision(3)})`,
    );
    return (
      `${plural(found.length, "layer differs", "layers differ")} from the same layer of other blocks in ` +
      `${measure}: ${list(named)}.`
    );
  });
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function list(names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  return rest > 0 ? `${names.slice(0, MAX_NAMES).join(", ")} and ${rest} more` : names.join(", ");
}
