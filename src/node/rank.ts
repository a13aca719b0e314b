import { resolve } from "node:path";
import type { AnalyzeOptions } from "../analysis/index.js";
import {
  matchScores,
  type NamedScore,
  type RankControls,
  type RankInput,
  type Ranking,
  rankModels,
} from "../rank/index.js";
import { nodeHost } from "./host.js";
import { type FoundModel, modelsIn } from "./models-in.js";
import type { InputOptions } from "./open-input.js";

/** Scores of the models to rank. */
export interface WithScores {
  /** One per model: `name` is its path, or its file or folder name, with or without the extension. */
  readonly scores?: readonly NamedScore[] | undefined;
}

/**
 * Ranks models: one row each, the group that its spectra put it into, and, with `scores`, how each column goes with
 * them. A name is a weight file, a folder (of one model, or of several), a glob, an https address, or a model of a hub.
 * Models are analysed one after the other; one that cannot be read gives a row that says why.
 *
 * @example const { models } = await rank(["checkpoints/"], { sort: "alpha_weighted" });
 */
export async function rank(
  names: readonly string[],
  options: AnalyzeOptions & RankControls & InputOptions & WithScores = {},
): Promise<Ranking> {
  const { scores, hub: _, ...controls } = options;
  const found = await findModels(names, options);
  return rankModels(withScores(found, scores, "scores"), controls, nodeHost);
}

/** The models under several names. One that is named twice is found once. */
export async function findModels(names: readonly string[], options: InputOptions = {}): Promise<FoundModel[]> {
  const found = new Map<string, FoundModel>();
  for (const name of names)
    for (const model of await modelsIn(name, options)) {
      const key = resolve(model.path);
      if (!found.has(key)) found.set(key, model);
    }
  return [...found.values()];
}

/**
 * The models with their scores. `file`: what the scores are called in an error. Throws `RangeError` as `matchScores`.
 */
export function withScores(
  found: readonly FoundModel[],
  scores: readonly NamedScore[] | undefined,
  file: string,
): RankInput[] {
  if (scores === undefined) return found.slice();
  const paths = found.map(({ path }) => path);
  const matched = matchScores(scores, paths, file);
  return found.map((model, i) => ({ ...model, score: matched[i] }));
}
