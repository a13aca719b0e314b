import type { LayerRecord } from "./report.js";
import { type OutOfLine, outOfLine, type SiblingMeasure } from "./siblings.js";
import { OVER_TRAINED, UNDER_TRAINED } from "./verdict.js";

/** Names given in a sentence before "and n more". */
const NAMED = 3;

interface Rule {
  readonly matches: (layer: LayerRecord) => boolean;
  readonly say: (count: number, names: string) => string;
}

/** What the note of a layer begins with whose entries are those of an initialisation (`recogniseInitialisation`). */
export const NOT_TRAINED = "not trained?";

/** What stands out in a model, most important first. Rules as data; each says one sentence. */
const RULES: readonly Rule[] = [
  {
    matches: (layer) => layer.reason?.includes("not finite") ?? false,
    say: (count, names) => `${plural(count, "layer holds", "layers hold")} weights that are not finite: ${names}.`,
  },
  {
    matches: (layer) => layer.lambda_max === null && !(layer.reason?.includes("not finite") ?? false),
    say: (count, names) =>
      `${plural(count, "layer has", "layers have")} no spectrum to read (zero, constant or unreadable weights): ${names}.`,
  },
  {
    matches: (layer) => layer.phase === "rank-collapse",
    say: (count, names) => `${plural(count, "layer has", "layers have")} lost rank: ${names}.`,
  },
  {
    matches: (layer) => layer.alpha_valid && layer.alpha !== null && layer.alpha < OVER_TRAINED,
    say: (count, names) =>
      `${plural(count, "layer has", "layers have")} alpha below ${OVER_TRAINED}, very heavy-tailed (WeightWatcher calls it over-trained): ${names}.`,
  },
  {
    matches: (layer) => layer.notes.some((note) => note.startsWith(NOT_TRAINED)),
    say: (count, names) => `${plural(count, "layer looks", "layers look")} untrained, with the entries of an initialisation: ${names}.`,
  },
  {
    matches: (layer) => layer.phase === "random-like",
    say: (count, names) => `${plural(count, "layer cannot", "layers cannot")} be told from random weights: ${names}.`,
  },
  {
    matches: (layer) => layer.alpha_valid && layer.alpha !== null && layer.alpha > UNDER_TRAINED,
    say: (count, names) => `${plural(count, "layer has", "layers have")} alpha above ${UNDER_TRAINED}: ${names}.`,
  },
];

/** Sentences on what stands out, most important first. Names are shortened to the first three. */
export function findings(layers: readonly LayerRecord[]): string[] {
  const ruled = RULES.flatMap(({ matches, say }) => {
    const found = layers.filter(matches);
    return found.length === 0 ? [] : [say(found.length, list(found.map((layer) => layer.name)))];
  });
  return [...ruled, ...siblingSentences(layers)];
}

/** One sentence a measure: the layers that left their siblings, the furthest first. */
function siblingSentences(layers: readonly LayerRecord[]): string[] {
  const measures = new Map<SiblingMeasure, OutOfLine[]>();
  for (const found of outOfLine(layers)) measures.set(found.measure, [...(measures.get(found.measure) ?? []), found]);
  return [...measures].map(([measure, found]) => {
    const sorted = found.sort((a, b) => Math.abs(b.deviations) - Math.abs(a.deviations));
    const named = sorted.map(({ layer, value, median }) => `${layer.name} (${value.toPrecision(3)}, siblings ${median.toPrecision(3)})`);
    return `${plural(found.length, "layer is", "layers are")} out of line with the same layer of other blocks in ${measure}: ${list(named)}.`;
  });
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function list(names: readonly string[]): string {
  const rest = names.length - NAMED;
  return rest > 0 ? `${names.slice(0, NAMED).join(", ")} and ${rest} more` : names.join(", ");
}
