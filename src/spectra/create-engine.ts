import type { EngineName, SpectralEngine } from "./engine.js";
import { createReferenceEngine } from "./reference-engine.js";
import { createWasmEngine } from "./wasm-engine.js";

const ENGINES: Readonly<Record<Exclude<EngineName, "native">, () => SpectralEngine>> = {
  wasm: createWasmEngine,
  reference: createReferenceEngine,
};

/**
 * Creates an engine by name. Throws `RangeError` for an unknown name, and for "native", which only the Node adapter has
 * (node/native/).
 */
export function createEngine(name: EngineName): SpectralEngine {
  if (name === "native") throw new RangeError("the native engine runs only in Node, in the workers of a native pool");
  if (!Object.hasOwn(ENGINES, name))
    throw new RangeError(`unknown engine "${name}"; the engines are ${Object.keys(ENGINES).join(", ")}`);
  return ENGINES[name]();
}
