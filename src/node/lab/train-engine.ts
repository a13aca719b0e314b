import v8 from "node:v8";
import { referenceTrainEngine, type TrainEngine, wasmTrainEngine } from "../../lab/index.js";

export type TrainEngineName = "wasm" | "native" | "webgpu" | "reference";

/**
 * A training engine by name, with the fastest kernels that this Node and this processor support. Rejects with
 * `NativeUnavailable` or `WebgpuUnavailable` if it is not here.
 */
export async function trainEngine(name: TrainEngineName): Promise<TrainEngine> {
  switch (name) {
    case "wasm":
      // Node 20 and 21 have relaxed SIMD behind a flag, Node 22 and later without one. The flag must be set before the
      // kernels are compiled.
      if (Number.parseInt(process.versions.node, 10) < 22) v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
      return wasmTrainEngine();
    case "native": {
      const { nativeTrainEngine } = await import("./native-train-engine.js");
      return nativeTrainEngine();
    }
    case "webgpu": {
      const { nodeWebgpuEngine } = await import("./webgpu.js");
      return nodeWebgpuEngine();
    }
    case "reference":
      return referenceTrainEngine();
  }
}
