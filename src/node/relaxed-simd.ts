import v8 from "node:v8";

/**
 * Makes relaxed SIMD available. Node 20 and 21 have it behind a flag, Node 22 and later without one. The flag holds for
 * all threads of the process; it must be set before the kernels are compiled.
 */
export function allowRelaxedSimd(): void {
  if (Number.parseInt(process.versions.node, 10) < 22) v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
}
