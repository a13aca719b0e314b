/**
 * What every command needs of this room before it knows what to do: errors of the machine, variables under the old
 * name, files that are written as a whole, and workers that start meanwhile. It is light: `--help` loads it.
 */
export { WebgpuUnavailable } from "./lab/webgpu-unavailable.js";
export { NativeUnavailable } from "./native/native-unavailable.js";
export { oldVariableWarnings, ownVariable } from "./old-name.js";
export { type Content, replaceFile } from "./replace-file.js";
export { startSpareWorkers } from "./spare-workers.js";
export { WasmUnavailable } from "./wasm-unavailable.js";
