/** What `advise` needs of this room: models and adapters read for advice, and files by what their name means. */
export { type AdapterAdvice, adapterAdvice } from "./advised-adapter.js";
export { advisedModel } from "./advised-model.js";
export { host } from "./analyze.js";
export { namedFiles } from "./open-input.js";
