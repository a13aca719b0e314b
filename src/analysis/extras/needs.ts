import type { Layer } from "../../layers/index.js";
import { gramObjection } from "../gram-matrices.js";
import { permutationObjection } from "../permuted-source.js";

/** Something that a measurement needs beyond the layer's spectrum. */
export interface Need {
  /** Why this layer cannot have it, as the layer's note says it. null if it can. */
  objection(layer: Pick<Layer, "source">): string | null;
}

/** The weights in memory, to permute them. */
export const PERMUTED_WEIGHTS: Need = {
  objection: ({ source }) => note("its weights were not randomised", permutationObjection(source)),
};

/** All eigenvectors. */
export const EIGENVECTORS: Need = {
  objection: ({ source }) => note("its eigenvectors were not computed", gramObjection(source)),
};

/**
 * Floating-point operations of all eigenvectors of a layer's matrices, N M^2 + 7 M^3 each (decision 13); 0 where they
 * are not computed.
 */
export function eigenvectorWork(layer: Pick<Layer, "N" | "M" | "rf" | "source">): number {
  const { N, M, rf } = layer;
  return EIGENVECTORS.objection(layer) === null ? rf * (N * M * M + 7 * M ** 3) : 0;
}

/** Every need, in the order of their notes. */
export const NEEDS: readonly Need[] = [PERMUTED_WEIGHTS, EIGENVECTORS];

function note(effect: string, reason: string | null): string | null {
  return reason === null ? null : `${effect}: ${reason}`;
}
