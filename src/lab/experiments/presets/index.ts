import type { Experiment } from "../experiment.js";
import { readExperiment } from "../parse-experiment.js";
import { PAPER_PRESETS } from "./paper.js";
import { QUICK_PRESETS, SYNTHETIC_PRESETS } from "./quick.js";

const PRESETS: Readonly<Record<string, object>> = { ...SYNTHETIC_PRESETS, ...QUICK_PRESETS, ...PAPER_PRESETS };

/** The built-in experiments, from the shortest to the longest. */
export const PRESET_NAMES: readonly string[] = Object.keys(PRESETS);

/** A preset by its name. Undefined for an unknown name. Presets pass the same checks as a user's file. */
export function preset(name: string): Experiment | undefined {
  return Object.hasOwn(PRESETS, name) ? readExperiment({ name, ...PRESETS[name] }, `preset ${name}`) : undefined;
}

/** The preset as a file that a user can start from. */
export function presetText(name: string): string | undefined {
  return Object.hasOwn(PRESETS, name) ? `${JSON.stringify({ name, ...PRESETS[name] }, null, 2)}\n` : undefined;
}
