import type { TrainEngine } from "../../lab/index.js";
import { kernelTrainEngine } from "../../lab/training/kernel-engine.js";
import type { KernelHost } from "../../lab/training/kernels/kernels.js";
import { memoryRefused } from "../../lab/training/kernels/memory-plan.js";
import { loadAddon, type NativeAddon } from "../native/addon.js";
import { findNative, type NativeSearch, whyNoNative } from "../native/find-native.js";
import { NativeUnavailable } from "../native/native-unavailable.js";

/** Bytes behind the last region that kernels may touch by whole vectors, and those before the first cache line. */
const SLACK_BYTES = 4096;

/** The kernels of native/lab.h for a target of the library, with a memory of their own. */
export function nativeKernelHost(addon: NativeAddon, target: string): KernelHost {
  const kernels = addon.openLab(addon.targets.indexOf(target));
  let memory: ArrayBuffer;
  let start = 0;
  return {
    kernels,
    stripUnits: kernels.stripUnits,
    heapBase: 0,
    allocate(end, subject) {
      try {
        memory = new ArrayBuffer(end + SLACK_BYTES);
      } catch (cause) {
        throw memoryRefused(end + SLACK_BYTES, subject, cause);
      }
      start = kernels.setMemory(memory);
    },
    floats: (address, count) => new Float32Array(memory, start + address, count),
  };
}

/** An engine of a loaded library: the kernels in C, for one target. */
export function labEngineOf(addon: NativeAddon, target: string): TrainEngine {
  return kernelTrainEngine(`native ${target}`, () => nativeKernelHost(addon, target));
}

/**
 * The native training engine with the kernels that the spectral engine uses (`findNative`). The bits depend on the
 * target, which the name tells. Throws `NativeUnavailable` if there is no library for this processor.
 */
export function nativeTrainEngine(search: NativeSearch = findNative()): TrainEngine {
  if (search.library === null) throw new NativeUnavailable(whyNoNative(search));
  const { path, target } = search.library;
  return labEngineOf(loadAddon(path), target);
}
