/** What this machine offers, for `doctor`: its memory, its address space, and the engines that it can run. */
export { type AddressSpace, limitedAddressSpace } from "./address-space.js";
export { nodeWebgpuEngine } from "./lab/webgpu.js";
export { memoryBudget } from "./memory-budget.js";
export { compileNative } from "./native/compile-native.js";
export { builtLibrary, cachedLibrary, type NativeSearch, searchNative, whyNoNative } from "./native/find-native.js";
export { NativeUnavailable } from "./native/native-unavailable.js";
export { MIN_NATIVE_WORK, noRoom, openPool } from "./native/open-pool.js";
