import type { LeftOut } from "./advice.js";
import type { HillScore } from "./hill-scores.js";
import { linearMap } from "./linear-map.js";

/** A layer's share of a base value: a learning rate, or a weight decay. */
export interface LayerRate extends HillScore {
  readonly ratio: number;
  readonly value: number;
}

export interface LayerRates {
  readonly rates: readonly LayerRate[];
  /** Layers that keep the base value. */
  readonly atBase: readonly LeftOut[];
}

export interface RateOptions {
  /** The base value, which the optimiser has for all layers. */
  readonly base: number;
  /** The ratios of the smallest and of the largest exponent. */
  readonly ratios: readonly [number, number];
}

/** Eigenvalues below which the papers' code leaves a layer at the base value (eigs_thresh). */
const MIN_EIGENVALUES = 50;

/**
 * The values of TempBalance [ZLM23] and AlphaDecay [HTJ25], which share one map: base times a ratio that is linear in
 * PL_Alpha_Hill, from `ratios[0]` at the smallest exponent to `ratios[1]` at the largest [tempbalance.py,
 * get_layer_temps 'tb_linear_map'; WeightDecayUnbalance.py, the same]. As in their code, the first and the last of the
 * scored layers and layers with fewer than 50 eigenvalues keep the base value. Throws `RangeError` for a base or ratios
 * that are not positive and finite, or ratios that fall.
 */
export function layerRates(scores: readonly HillScore[], { base, ratios }: RateOptions): LayerRates {
  if (!(base > 0 && base < Number.POSITIVE_INFINITY))
    throw new RangeError(`base: found ${base}, expected a positive number`);
  const [least, most] = ratios;
  if (!(least > 0 && most >= least && most < Number.POSITIVE_INFINITY))
    throw new RangeError(`ratios: found ${least} and ${most}, expected two positive numbers, the second not smaller`);
  const atBase: LeftOut[] = [];
  const mapped = scores.filter(({ name, eigenvalues }, i) => {
    const reason =
      i === 0 || i === scores.length - 1
        ? `the ${i === 0 ? "first" : "last"} layer: the method leaves it alone`
        : eigenvalues < MIN_EIGENVALUES
          ? `${eigenvalues} eigenvalues: the method leaves layers with fewer than ${MIN_EIGENVALUES} alone`
          : undefined;
    if (reason !== undefined) atBase.push({ name, reason });
    return reason === undefined;
  });
  const values = linearMap(
    mapped.map(({ alphaHill }) => alphaHill),
    ratios,
  );
  return { rates: mapped.map((score, i) => ({ ...score, ratio: values[i], value: base * values[i] })), atBase };
}
