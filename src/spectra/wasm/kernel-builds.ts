/** The two builds of a module of kernels: with fused multiply-add (relaxed SIMD) and without. */
export type Build = "fused" | "plain";

/** A module of kernels in both builds. */
export interface KernelBuilds<Kernels> {
  /**
   * "fused" if the host supports relaxed SIMD (Node 22, Node 20 by a flag, current browsers): up to twice as fast on
   * x86, and one rounding less per term.
   */
  preferred(): Build;
  /** The kernels over the memory; a build is compiled once per thread. Throws if the host has no WebAssembly SIMD. */
  instantiate(build: Build, memory: WebAssembly.Memory): Kernels;
}

/** From the bytes of each build, which each call decodes again. */
export function kernelBuilds<Kernels>(binaryOf: (build: Build) => Uint8Array<ArrayBuffer>): KernelBuilds<Kernels> {
  const modules = new Map<Build, WebAssembly.Module>();
  return {
    preferred: () => (WebAssembly.validate(binaryOf("fused")) ? "fused" : "plain"),
    instantiate(build, memory) {
      const module = modules.get(build) ?? new WebAssembly.Module(binaryOf(build));
      modules.set(build, module);
      const { exports } = new WebAssembly.Instance(module, { env: { memory } });
      return exports as unknown as Kernels;
    },
  };
}

/** Bytes that the build script wrote as base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  // Node's `atob` takes milliseconds for the kernels; its Buffer does not exist elsewhere.
  const { Buffer } = globalThis as { readonly Buffer?: { from(text: string, encoding: "base64"): Uint8Array } };
  if (Buffer !== undefined) return new Uint8Array(Buffer.from(text, "base64"));
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
