export { matchesGlob } from "./glob.js";
export type { Layer, LayerType, MatrixSource, SkippedTensor, StackShape } from "./layer.js";
export { type LayerPlan, type PlanOptions, planLayers } from "./plan-layers.js";

export { type LayerRole, layerRole, ROLES, type Role } from "./role.js";
