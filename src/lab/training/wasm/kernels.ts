import { MAX_MEMORY_BYTES } from "../../../spectra/past-limit.js";
import { type Build, fromBase64, kernelBuilds } from "../../../spectra/wasm/kernel-builds.js";
import { FUSED_KERNELS, PLAIN_KERNELS } from "../../generated/kernels.js";
import type { KernelHost, Kernels } from "../kernels/kernels.js";
import { gibibytes, memoryRefused } from "../kernels/memory-plan.js";

/** The module's exports. */
type WasmKernels = Kernels & { heapBase(): number };

const builds = /* @__PURE__ */ kernelBuilds<WasmKernels>((build) =>
  fromBase64(build === "fused" ? FUSED_KERNELS : PLAIN_KERNELS),
);
export const preferredBuild = builds.preferred;
export const instantiateKernels = builds.instantiate;

const PAGE = 65536;

/** The WebAssembly kernels with a memory of their own. It grows once and never moves. */
export function wasmKernelHost(build: Build): KernelHost {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  const kernels = instantiateKernels(build, memory);
  return {
    kernels,
    stripUnits: 8,
    heapBase: kernels.heapBase(),
    allocate(end, subject) {
      // Kernels may read whole vectors at the end of the last region.
      const bytes = end + PAGE;
      if (bytes > MAX_MEMORY_BYTES)
        throw new RangeError(
          `${subject} needs ${gibibytes(bytes)}, but WebAssembly can address at most 4 GiB; use a smaller batch`,
        );
      try {
        memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / PAGE));
      } catch (cause) {
        throw memoryRefused(bytes, subject, cause);
      }
    },
    floats: (address, count) => new Float32Array(memory.buffer, address, count),
  };
}
