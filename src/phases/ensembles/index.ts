import { COLLAPSE_FAMILIES } from "./collapse-families.js";
import { DECAY_FAMILIES } from "./decay-families.js";
import type { PhaseFamily } from "./family.js";
import { HEAVY_FAMILIES } from "./heavy-families.js";
import { OTHER_FAMILIES } from "./other-families.js";
import { RANDOM_FAMILIES } from "./random-families.js";
import { SPIKE_FAMILIES } from "./spike-families.js";

export { drawEnsemble, type EnsembleDraw, type EnsembleSizes } from "./draw.js";
export { GROUPS, type Group, type PhaseFamily, type Planted } from "./family.js";
export { STORAGES, type Storage } from "./storage.js";

/**
 * The ensembles that calibrate and test the classifier: matrices of known structure, each with the names that a careful
 * reader accepts.
 */
export const PHASE_FAMILIES: readonly PhaseFamily[] = [
  ...RANDOM_FAMILIES,
  ...SPIKE_FAMILIES,
  ...DECAY_FAMILIES,
  ...HEAVY_FAMILIES,
  ...COLLAPSE_FAMILIES,
  ...OTHER_FAMILIES,
];
