import type { MatrixOrigin, StackShape } from "../../layers/index.js";
import type { EngineName } from "../../spectra/index.js";
import type { PermutationSeed } from "../permutation-seed.js";
import type { SharedModel } from "./shared-model.js";

/** The weights of a layer that is only read from what was kept of it: they are not there. */
export interface AbsentWeights {
  readonly shape: StackShape;
  /** Where they were read: a part of the keys, like the engine. */
  readonly origin: MatrixOrigin;
  /** The engine of the run that kept it. */
  readonly engine: EngineName;
  /** Why there are none, in a sentence. */
  readonly reason: string;
}

/**
 * How a worker makes the values of a source by itself: which weights it reads, and what it does with them. Plain data
 * (structured clone).
 */
export type Recipe =
  | { readonly kind: "absent"; readonly weights: AbsentWeights }
  | { readonly kind: "weights"; readonly model: SharedModel; readonly origin: MatrixOrigin }
  /** Each matrix with its entries permuted: all of them, or those of rows and columns that are not all zero. */
  | {
      readonly kind: "permuted";
      readonly of: Recipe;
      readonly seed: PermutationSeed;
      readonly entries: "all" | "live";
    }
  | { readonly kind: "windows"; readonly of: Recipe }
  | { readonly kind: "checked"; readonly of: Recipe }
  /** B - A. */
  | { readonly kind: "difference"; readonly a: Recipe; readonly b: Recipe };

/** A source with the recipe that `make` derives from those of the sources it is made of, if they all have one. */
export function withRecipe<Source extends { readonly recipe?: unknown }>(
  source: Source,
  of: readonly { readonly recipe?: unknown }[],
  make: (...recipes: Recipe[]) => Recipe,
): Source {
  if (of.some(({ recipe }) => recipe === undefined)) return source;
  return { ...source, recipe: make(...of.map(({ recipe }) => recipe as Recipe)) };
}
