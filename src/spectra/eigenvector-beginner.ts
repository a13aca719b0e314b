import { createEngine } from "./create-engine.js";
import type { SpectralEngine } from "./engine.js";

/** Eigenvectors by the engine itself, else by a WebAssembly engine that is created on first use. */
export function eigenvectorBeginner(): (engine: SpectralEngine) => NonNullable<SpectralEngine["beginEigenvectors"]> {
  let substitute: SpectralEngine | undefined;
  return (engine) => {
    if (engine.beginEigenvectors !== undefined) return engine.beginEigenvectors;
    substitute ??= createEngine("wasm");
    return substitute.beginEigenvectors!;
  };
}
