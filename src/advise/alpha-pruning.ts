import type { HillScore } from "./hill-scores.js";
import { linearMap } from "./linear-map.js";

/** What gets one sparsity: a block of a transformer, or a single layer. */
export interface PrunedUnit {
  readonly name: string;
  /** The block's index, or the layer's place. */
  readonly index: number;
  readonly layers: readonly string[];
  readonly parameters: number;
  /** Mean PL_Alpha_Hill of its layers; null if none has one. It then gets the global sparsity's own share, ratio 1. */
  readonly alphaHill: number | null;
  /** Share of its weights to set to zero. */
  readonly sparsity: number;
}

export interface Pruning {
  readonly units: readonly PrunedUnit[];
  /** The spread that was used: the given one, or the largest that leaves every unit `MAX_SPARSITY` or less. */
  readonly epsilon: number;
}

export interface PruningOptions {
  /** Share of all prunable weights to set to zero, above 0 and below 1. */
  readonly sparsity: number;
  /** Ratios reach from 1 - epsilon to 1 + epsilon before they are scaled. From 0, below 1. */
  readonly epsilon: number;
}

/** A layer that may be pruned. */
export interface PrunableLayer extends Pick<HillScore, "name" | "block" | "parameters"> {
  readonly alphaHill: number | null;
  /** The name of the block that holds it ("model.layers.7"); null outside of blocks. */
  readonly blockName: string | null;
}

/** A unit that is pruned whole cuts the network. */
export const MAX_SPARSITY = 0.99;

/**
 * AlphaPruning's sparsities [LZL24]: over the blocks of a transformer (all of its layers the same), or over layers if
 * the model has no blocks. The mean PL_Alpha_Hill of a unit is mapped linearly to a ratio from 1 - epsilon (smallest,
 * heaviest tail) to 1 + epsilon; all ratios are then scaled by sum(p) S/sum(p ratio), so that the mean over the weights
 * p stays S exactly [AlphaPruning, lib/prune.py, ww_sparsity]. Where the formula would prune more than `MAX_SPARSITY`
 * of a unit, epsilon is lowered until it does not. Throws `RangeError` for options out of range.
 */
export function alphaPruning(layers: readonly PrunableLayer[], options: PruningOptions): Pruning {
  const { sparsity, epsilon } = options;
  if (!(sparsity > 0 && sparsity <= MAX_SPARSITY))
    throw new RangeError(`sparsity: found ${sparsity}, expected a share above 0, up to ${MAX_SPARSITY}`);
  if (!(epsilon >= 0 && epsilon < 1))
    throw new RangeError(`epsilon: found ${epsilon}, expected a number from 0, below 1`);
  const units = unitsOf(layers);
  const fits = (spread: number): boolean =>
    sparsitiesOf(units, { sparsity, epsilon: spread }).every((s) => s <= MAX_SPARSITY);
  let used = epsilon;
  if (!fits(used)) {
    // The largest sparsity grows with epsilon; at 0 all are S. Forty halvings leave 1e-12.
    let low = 0;
    let high = epsilon;
    for (let step = 0; step < 40; step++) {
      const middle = (low + high) / 2;
      if (fits(middle)) low = middle;
      else high = middle;
    }
    used = low;
  }
  const values = sparsitiesOf(units, { sparsity, epsilon: used });
  return { units: units.map((unit, i) => ({ ...unit, sparsity: values[i] })), epsilon: used };
}

type Unit = Omit<PrunedUnit, "sparsity">;

function unitsOf(layers: readonly PrunableLayer[]): Unit[] {
  const inBlocks = layers.filter(({ block }) => block !== null);
  if (inBlocks.length === 0)
    return layers.map(({ name, parameters, alphaHill }, index) => ({
      name,
      index,
      layers: [name],
      parameters,
      alphaHill,
    }));
  const blocks = new Map<string, PrunableLayer[]>();
  for (const layer of inBlocks) {
    const name = layer.blockName ?? `block ${layer.block}`;
    blocks.set(name, [...(blocks.get(name) ?? []), layer]);
  }
  return [...blocks].map(([name, members]) => {
    const alphas = members.map(({ alphaHill }) => alphaHill).filter((alpha) => alpha !== null);
    return {
      name,
      index: members[0].block as number,
      layers: members.map((member) => member.name),
      parameters: members.reduce((sum, { parameters }) => sum + parameters, 0),
      alphaHill: alphas.length === 0 ? null : alphas.reduce((sum, alpha) => sum + alpha, 0) / alphas.length,
    };
  });
}

function sparsitiesOf(units: readonly Unit[], { sparsity, epsilon }: PruningOptions): readonly number[] {
  const scored = units.filter(({ alphaHill }) => alphaHill !== null);
  const mapped = linearMap(
    scored.map(({ alphaHill }) => alphaHill as number),
    [1 - epsilon, 1 + epsilon],
  );
  const ratios = new Map(scored.map((unit, i) => [unit, mapped[i]]));
  const ratioOf = (unit: Unit): number => ratios.get(unit) ?? 1;
  const total = units.reduce((sum, { parameters }) => sum + parameters, 0);
  const weighted = units.reduce((sum, unit) => sum + unit.parameters * ratioOf(unit), 0);
  return units.map((unit) => (ratioOf(unit) * total * sparsity) / weighted);
}
