import type { EngineName, SpectralEngine } from "./engine.js";
import { createReferenceEngine } from "./reference-engine.js";
import { createWasmEngine } from "./wasm-engine.js";

const ENGINES: Readonly<Record<Exclude<EngineName, "native">, () => SpectralEngine>> = {
  wasm: createWasmEngine,
  reference: createReferenceEngine,
};

/**
 * A new engine by its name. Throws `RangeError` for a name that is not one, and for "native", which only the Node
 * adapter's pools have (node/native/).
 */
export function createEngine(name: EngineName): SpectralEngine {
  if (name === "native") throw new RangeError("the native engine runs only in Node, in the child processes of a native pool");
  if (!Object.hasOwn(ENGINES, name))
    throw new RangeError(`there is no engine "${name}"; the engines are ${Object.keys(ENGINES).join(", ")}`);
  return ENGINES[name]();
}
