import type { OutOfLine, SiblingMeasure } from "../siblings.js";
import { plural, someNames } from "../words.js";

/** One sentence per measure: the layers that differ from their siblings, largest deviation first. */
export function siblingSentences(outOfLine: readonly OutOfLine[]): string[] {
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
