/**
 * Named tensors to weight matrices: which tensors are layers, their orientation, slices, gates, experts and roles, and
 * why the other tensors are skipped.
 *
 * @module layers
 */

export { type AdapterConfig, type AdapterConfigOptions, parseAdapterConfig } from "./adapter-config.js";
export { blockName } from "./block-name.js";
export type { CorrespondingLayers, PairedBy } from "./correspondence.js";
export { whyWhole } from "./fused.js";
export type { FusedCounterpart } from "./fused-counterparts.js";
export type { HeadOptions, StatedHeads } from "./heads.js";
export type {
  Layer,
  LayerDescription,
  LayerType,
  Magnitude,
  MatrixOrigin,
  MatrixSource,
  SkippedTensor,
  StackShape,
  StackView,
} from "./layer.js";
export type { HeadEvidence, LayerHeads } from "./layer-heads.js";
export { layerNames } from "./layer-names.js";
export { type MergedPlan, mergeAdapters, type Unmerged } from "./merge-adapter.js";
export { type ModelConfig, parseModelConfig } from "./model-config.js";
export type { ModulePattern } from "./module-pattern.js";
export { type LayerOrder, ORDER_WORDS } from "./order.js";
export { type CompiledPattern, loadPatternEngine, type PatternEngine } from "./pattern-engine.js";
export { type LayerPlan, type PlanOptions, planLayers } from "./plan-layers.js";
export type { Sides } from "./reading.js";
export { type LayerRole, layerRole, ROLES, type Role } from "./role.js";
export { ALL_LAYERS, type Selection, selectLayers, unmatchedGlobs } from "./selection.js";
export { findSinusoids } from "./sinusoids.js";
