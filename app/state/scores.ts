import { signal } from "@preact/signals";
import { matchScores, parseScores } from "#eigenscope/rank/index.js";
import { models } from "./models.js";

/** The reader's scores by the labels of the models; null: none were given. */
export const scores = signal<ReadonlyMap<string, number> | null>(null);

/** Reads a CSV file with a name and a score per model. Throws a sentence if it is none, or fits no model. */
export async function takeScores(file: File): Promise<void> {
  const named = parseScores(await file.text(), file.name);
  const labels = models.value.map(({ source }) => source.label);
  const matched = matchScores(named, labels, file.name);
  scores.value = new Map(
    labels.flatMap((label, k) => (matched[k] === undefined ? [] : [[label, matched[k]] as const])),
  );
}
