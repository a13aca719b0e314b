export { type AdapterConfig, type ModulePattern, parseAdapterConfig } from "./adapter-config.js";
export { matchesGlob } from "./glob.js";
export type { Layer, LayerType, MatrixSource, SkippedTensor, StackShape } from "./layer.js";
export { type MergedPlan, mergeAdapter, mergeAdapters, type Unmerged } from "./merge-adapter.js";
export { type ModelConfig, parseModelConfig } from "./model-config.js";
export { type LayerPlan, type PlanOptions, planLayers } from "./plan-layers.js";
export { type LayerRole, layerRole, ROLES, type Role } from "./role.js";
export { ALL_LAYERS, type Selection, selectLayers, unmatchedGlobs } from "./selection.js";
