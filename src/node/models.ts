/** Models by what their names mean, and what is read of them, for the commands that stand on the analysis. */
export { type AdapterAdvice, adapterAdvice } from "./advised-adapter.js";
export { advisedModel } from "./advised-model.js";
export { nodeHost } from "./host.js";
export { namedFiles } from "./open-input.js";
export { plan } from "./plan.js";
export { findModels, withScores } from "./rank.js";
