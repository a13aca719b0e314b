import { maybeBelow, surelyBelow } from "../analysis/alpha-interval.js";
import type { LayerRecord } from "../analysis/report.js";
import { hasSpectrum } from "../analysis/summary.js";
import { OVER_TRAINED_BELOW } from "../analysis/verdict.js";

/** Where the spectra put a model. Groups, not a score: inside a group let a test decide. */
export const GROUPS = ["usual", "structure", "border", "too-far", "hardly-begun"] as const;
export type Group = (typeof GROUPS)[number];

/** Each group in words, in the order in which a table shows them. */
export const GROUP_MEANINGS: Readonly<Record<Group, string>> = {
  usual: `In the usual range: power laws, alpha above ${OVER_TRAINED_BELOW}`,
  structure: "Structure, but no power law",
  border: `At the border: an interval of alpha reaches below ${OVER_TRAINED_BELOW}`,
  "too-far": `Too far: a layer with alpha surely below ${OVER_TRAINED_BELOW} (its whole interval), or that lost rank`,
  "hardly-begun": "Hardly begun: most spectra look random",
};

/** More than this share of random-like layers: the model has hardly begun. */
const MAX_RANDOM_SHARE = 0.5;

/** The columns that decide. */
export type GroupInput = Pick<
  LayerRecord,
  "phase" | "lambda_max" | "alpha" | "alpha_valid" | "alpha_low" | "alpha_high"
>;

/**
 * The group of a model, by the first question that holds: most layers are random-like; a layer lost rank, or its alpha
 * is surely below 2 (the whole 95 % interval); the interval of an alpha, or alpha itself if there is none, reaches
 * below 2; there is a valid alpha at all. Layers without a spectrum do not count, and alpha counts only where it is
 * valid. null if no layer has a spectrum.
 */
export function groupOf(all: readonly GroupInput[]): Group | null {
  const layers = all.filter(hasSpectrum);
  if (layers.length === 0) return null;
  const random = layers.filter(({ phase }) => phase === "random-like").length;
  if (random / layers.length > MAX_RANDOM_SHARE) return "hardly-begun";
  const tooHeavy = layers.some((layer) => surelyBelow(layer, OVER_TRAINED_BELOW));
  if (layers.some(({ phase }) => phase === "rank-collapse") || tooHeavy) return "too-far";
  if (layers.some((layer) => maybeBelow(layer, OVER_TRAINED_BELOW))) return "border";
  return layers.some(({ alpha, alpha_valid }) => alpha_valid && alpha !== null) ? "usual" : "structure";
}
