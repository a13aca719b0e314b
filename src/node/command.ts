/**
 * What every command needs of this room before it knows what to do: errors of the machine, variables under the old
 * name, and files that are written as a whole. It is light: `--help` loads it.
 */
export { WebgpuUnavailable } from "./lab/webgpu-unavailable.js";
export { NativeUnavailable } from "./native/native-unavailable.js";
export { oldVariableWarnings, ownVariable } from "./old-name.js";
export { type Content, replaceFile } from "./replace-file.js";
export { WasmUnavailable } from "./wasm-unavailable.js";
