import type { MatrixSource } from "../../layers/index.js";
import { differenceSource } from "../compare/difference-source.js";
import { squareWindows } from "../extras/aspect-windows.js";
import { shuffleLive } from "../permuted-null.js";
import { permuted, permutedBy } from "../permuted-source.js";
import { withDegeneracyCheck } from "../weights-state.js";
import { absentSource } from "./absent-weights.js";
import type { Recipe } from "./recipe.js";
import type { ReopenedModel, SharedModel } from "./shared-model.js";

/** Opens a model, or gives the one that is open already. */
export type ModelOf = (model: SharedModel) => Promise<ReopenedModel>;

/** The source that a recipe describes. Rejects if its files cannot be opened. */
export async function sourceOfRecipe(recipe: Recipe, modelOf: ModelOf): Promise<MatrixSource> {
  switch (recipe.kind) {
    case "absent":
      return absentSource(recipe.weights);
    case "weights":
      return (await modelOf(recipe.model)).sourceOf(recipe.origin);
    case "permuted": {
      const source = await sourceOfRecipe(recipe.of, modelOf);
      return recipe.entries === "all"
        ? permuted(source, recipe.seed)
        : permutedBy(source, recipe.seed, { entries: "live", shuffle: shuffleLive });
    }
    case "windows":
      return squareWindows(await sourceOfRecipe(recipe.of, modelOf));
    case "checked":
      return withDegeneracyCheck(await sourceOfRecipe(recipe.of, modelOf));
    case "difference":
      return differenceSource(await sourceOfRecipe(recipe.a, modelOf), await sourceOfRecipe(recipe.b, modelOf));
  }
}
