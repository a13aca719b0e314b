import { readdir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { CompareControls, CompareOptions, Comparison } from "../../analysis/index.js";
import { matchesGlob } from "../../layers/glob.js";
import {
  matchScores,
  type NamedScore,
  type RankControls,
  type RankInput,
  type Ranking,
  rankModels,
} from "../../rank/index.js";
import { renderComparisonJson, renderRankingJson } from "../../report/index.js";
import { compare } from "../compare.js";
import { isGlob } from "../glob-files.js";
import { nodeHost } from "../host.js";
import { modelsIn } from "../models-in.js";
import { explained } from "./explained.js";
import { MAX_NAME_LENGTH, MAX_RANKED } from "./limits.js";
import { type ModelInput, modelInput } from "./model-input.js";
import { Refusal } from "./refusal.js";
import { isBelow, type Served } from "./served.js";

/** A request as it was parsed. */
type Body = Readonly<Record<string, unknown>>;

/** Finds the models that requests name. */
export interface ModelFinder {
  /** Rejects with a `Refusal` that says why there is no such model. */
  find(name: string, signal: AbortSignal): Promise<ModelInput>;
  /** Whether a path, or every file that a pattern of shards stands for, lies below what is served, links followed. */
  holds(path: string): Promise<boolean>;
}

/** The comparison of two models, as `eigenscope compare --json` writes it. Rejects with a `Refusal`. */
export function comparisonOf(served: Served, body: Body): (signal: AbortSignal) => Promise<string> {
  const [a, b] = [nameIn(body, "a"), nameIn(body, "b")];
  return async (signal) => renderComparisonJson(await compareNamed(finderIn(served), { a, b }, { signal }));
}

/** The ranking of models, as `eigenscope rank --json` writes it. Rejects with a `Refusal`. */
export function rankingOf(served: Served, body: Body): (signal: AbortSignal) => Promise<string> {
  const paths = namesIn(body);
  const scores = scoresIn(body);
  return async (signal) => renderRankingJson(await rankNamed(finderIn(served), { paths, scores }, { signal }));
}

function finderIn(served: Served): ModelFinder {
  return { find: (name, signal) => modelInput(served, name, signal), holds: (path) => liesBelow(served, path) };
}

/** Compares two models by their names. Rejects with a `Refusal`. */
export async function compareNamed(
  { find }: ModelFinder,
  { a, b }: { readonly a: string; readonly b: string },
  options: CompareOptions & CompareControls & { readonly signal: AbortSignal },
): Promise<Comparison> {
  const inputs = await Promise.all([a, b].map((name) => find(name, options.signal)));
  const [first, second] = inputs.map((input) => {
    if (input.kind === "files") return input.files;
    throw new Refusal(400, `${input.label} is the folder of a run, which has no weights to compare.`);
  });
  return explained(() => compare(first, second, options));
}

/** Ranks models by their names, with their scores if there are any. Rejects with a `Refusal`. */
export async function rankNamed(
  finder: ModelFinder,
  { paths, scores }: { readonly paths: readonly string[]; readonly scores?: readonly NamedScore[] | undefined },
  options: RankControls & { readonly signal: AbortSignal },
): Promise<Ranking> {
  const found = await modelsNamed(finder, paths, options.signal);
  const inputs = scores === undefined ? found : scored(found, scores);
  return explained(() => rankModels(inputs, options, nodeHost));
}

/** The models under names of what is served: a folder may hold several. Links that lead out of it do not count. */
async function modelsNamed(
  { find, holds }: ModelFinder,
  names: readonly string[],
  signal: AbortSignal,
): Promise<RankInput[]> {
  const found = new Map<string, RankInput>();
  for (const name of names) {
    const input = await find(name, signal);
    if (input.kind !== "files")
      throw new Refusal(400, `${input.label} is the folder of a run: rank needs the weights.`);
    const { path, label, files } = input;
    if (path === undefined) found.set(label, { path: label, files });
    else
      for (const model of await explained(() => modelsIn(path, { signal })))
        if (await holds(model.path)) found.set(model.path, model);
  }
  if (found.size > MAX_RANKED)
    throw new Refusal(400, `${found.size} models were found; at most ${MAX_RANKED} are ranked.`);
  return [...found.values()];
}

/** Whether a path, or every file that a pattern of shards stands for, lies below the root, links followed. */
export async function liesBelow({ kind, root }: Served, path: string): Promise<boolean> {
  if (kind === "file") return true;
  const folder = dirname(path);
  const paths = isGlob(path)
    ? (await readdir(folder)).filter((name) => matchesGlob(name, basename(path))).map((name) => join(folder, name))
    : [path];
  for (const one of paths) {
    const actual = await realpath(one).catch(() => undefined);
    if (actual === undefined || !(await isBelow(root, actual))) return false;
  }
  return true;
}

function scored(models: readonly RankInput[], scores: readonly NamedScore[]): RankInput[] {
  const paths = models.map(({ path }) => path);
  try {
    const matched = matchScores(scores, paths, "scores");
    return models.map((model, i) => ({ ...model, score: matched[i] }));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new Refusal(400, cause.message);
  }
}

/** The name in a field of a request. Throws a `Refusal`. */
export function nameIn(body: Body, field: string): string {
  const name = Object.hasOwn(body, field) ? body[field] : undefined;
  if (typeof name !== "string" || name === "" || name.length > MAX_NAME_LENGTH)
    throw new Refusal(400, `The field "${field}" must be a name: a path below the served folder, or a model of a hub.`);
  return name;
}

function namesIn(body: Body): string[] {
  const names = Object.hasOwn(body, "paths") ? body.paths : undefined;
  if (!Array.isArray(names) || names.length === 0 || names.length > MAX_RANKED)
    throw new Refusal(400, `The field "paths" must be a list of 1 to ${MAX_RANKED} names.`);
  return names.map((name) => nameIn({ paths: name }, "paths"));
}

function scoresIn(body: Body): NamedScore[] | undefined {
  const scores = Object.hasOwn(body, "scores") ? body.scores : undefined;
  if (scores === undefined || scores === null) return undefined;
  if (Array.isArray(scores) && scores.every(isScore)) return scores.map(({ name, score }) => ({ name, score }));
  throw new Refusal(400, 'The field "scores" must be a list of {"name": text, "score": number}.');
}

function isScore(value: unknown): value is NamedScore {
  const { name, score } = (value ?? {}) as Partial<NamedScore>;
  return typeof name === "string" && Number.isFinite(score);
}
