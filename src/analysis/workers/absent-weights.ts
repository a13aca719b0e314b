import type { MatrixSource } from "../../layers/index.js";
import type { SpectralPool } from "../../spectra/index.js";
import { KeptFailure } from "../store/recall.js";
import type { AbsentWeights, Recipe } from "./recipe.js";

/** A source whose values cannot be read: it rejects with the reason. */
export function absentSource(weights: AbsentWeights): MatrixSource {
  const { count, rows, cols } = weights.shape;
  return {
    count,
    rows,
    cols,
    origin: weights.origin,
    recipe: { kind: "absent", weights } satisfies Recipe,
    // biome-ignore lint/correctness/useYield: it only rejects
    async *blocks() {
      throw new KeptFailure(weights.reason);
    },
  };
}

/** A pool that solves nothing: it rejects with the reason. */
export function poolWithoutWeights({ engine, reason }: Pick<AbsentWeights, "engine" | "reason">): SpectralPool {
  const rejects = async (): Promise<never> => {
    throw new KeptFailure(reason);
  };
  // Several layers at once: they wait for the disk.
  return { engine, width: 8, solve: rejects, eigenvectors: rejects, approximate: rejects, close: async () => {} };
}
