import type { Steps } from "../../bytes/pace.js";
import type { LayerRecord } from "../report.js";
import { type OutOfLine, outOfLineInSteps, type SiblingMeasure } from "../siblings.js";
import { FINDING_RULES, plural } from "./finding-rules.js";

/** Most names in a sentence before "and n more". */
const MAX_NAMES = 3;

/**
 * The findings in sentences, one a kind, most important first. Each names at most three layers. Pauses after each rule.
 */
export function* findingSentencesInSteps(layers: readonly LayerRecord[]): Steps<string[]> {
  const sentences: string[] = [];
  for (const { matches, sentence } of FINDING_RULES) {
    const found = layers.filter(matches);
    if (found.length > 0) sentences.push(sentence(found.length, someNames(found.map((layer) => layer.name))));
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
      `${measure}: ${someNames(named)}.`
    );
  });
}

/** The first three names, and how many more there are. */
export function someNames(names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  return rest > 0 ? `${names.slice(0, MAX_NAMES).join(", ")} and ${rest} more` : names.join(", ");
}
