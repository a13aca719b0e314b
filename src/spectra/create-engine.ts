import type { EngineName, SpectralEngine } from "./engine.js";
import { createReferenceEngine } from "./reference-engine.js";
import { createWasmEngine } from "./wasm-engine.js";

const ENGINES: Readonly<Record<EngineName, () => SpectralEngine>> = { wasm: createWasmEngine, reference: createReferenceEngine };

/** A new engine by its name. Throws `RangeError` for a name that is not one. */
export function createEngine(name: EngineName): SpectralEngine {
  if (!Object.hasOwn(ENGINES, name))
    throw new RangeError(`there is no engine "${name}"; the engines are ${Object.keys(ENGINES).join(", ")}`);
  return ENGINES[name]();
}
