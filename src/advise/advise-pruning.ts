import { npyVector } from "../formats/numpy/npy-writer.js";
import type { Advice, AdviceRow, Method } from "./advice.js";
import type { AdvisedModel } from "./advised-model.js";
import { alphaPruning, type PruningOptions } from "./alpha-pruning.js";
import { hillScores, isScored, powerLawWarnings } from "./hill-scores.js";
import { yamlNumber } from "./yaml-scalar.js";

const METHOD: Method = {
  name: "AlphaPruning",
  source: "[LZL24]",
  formula: "sparsity = c (1 - e + 2 e (alpha - min)/(max - min)), alpha = mean PL_Alpha_Hill, c keeps the mean",
  claim:
    "Its authors claim that blocks with a lighter tail (larger alpha) are trained less and lose less when more of " +
    "their weights are pruned. This program did not test that.",
};

/** Digits of a sparsity in a file. */
const DIGITS = 6;

/**
 * AlphaPruning's sparsities per block (or per layer, without blocks), as a table and as the lists that pruners read.
 */
export function advisePruning(model: AdvisedModel, options: PruningOptions): Advice {
  const { scores, leftOut, failed } = hillScores(model);
  const scored = new Map(scores.map((score) => [score.name, score]));
  const prunable = model.layers
    .filter((result) => isScored(result, model.format))
    .map(({ record: { name, block, N, M, rf }, layer: { family } }) => ({
      ...{ name, block, parameters: N * M * rf },
      // The family has "*" in place of the block's number.
      blockName: block === null ? null : `${family.slice(0, family.indexOf("*"))}${block}`,
      alphaHill: scored.get(name)?.alphaHill ?? null,
    }));
  const { units, epsilon } = alphaPruning(prunable, options);
  const inUnits = new Set(units.flatMap(({ layers }) => layers));
  const rows = units.map(
    ({ name, index, layers, parameters, alphaHill, sparsity }): AdviceRow => ({
      ...{ name, block: index, layers: layers.length, weights: parameters, alpha_hill: alphaHill },
      sparsity: Number(sparsity.toFixed(DIGITS)),
    }),
  );
  const unscored = units.filter(({ alphaHill }) => alphaHill === null).map(({ name }) => name);
  const alphas = prunable.filter(({ name }) => inUnits.has(name)).map(({ alphaHill }) => alphaHill ?? Number.NaN);
  return {
    for: "pruning",
    method: METHOD,
    answer:
      units.length === 0
        ? "the model has no layer to prune"
        : `${units.length} ${units[0].layers.length > 1 ? "blocks" : "layers"} get sparsities from ` +
          `${least(units)} to ${most(units)}; the mean over all ` +
          `${prunable.reduce((sum, { name, parameters }) => sum + (inUnits.has(name) ? parameters : 0), 0)} weights ` +
          `is ${options.sparsity}`,
    options: { sparsity: options.sparsity, epsilon },
    columns: [
      { key: "name", heading: "block", align: "left" },
      { key: "layers", heading: "layers", align: "right" },
      { key: "weights", heading: "weights", align: "right" },
      { key: "alpha_hill", heading: "hill", align: "right" },
      { key: "sparsity", heading: "sparsity", align: "right" },
    ],
    table: rows,
    rows,
    left_out: [
      ...leftOut,
      ...prunable
        .filter(({ name }) => !inUnits.has(name))
        .map(({ name }) => ({ name, reason: "outside of the blocks: AlphaPruning prunes those only" })),
    ],
    warnings: [
      ...powerLawWarnings(scores.filter(({ name }) => inUnits.has(name))),
      ...(epsilon < options.epsilon
        ? [
            `with a spread of ${options.epsilon} a block would be pruned nearly whole: the largest that fits, ` +
              `${epsilon.toPrecision(3)}, was used`,
          ]
        : []),
      ...(unscored.length === 0
        ? []
        : [`no layer of ${unscored[0]}${unscored.length > 1 ? " ..." : ""} has an exponent: it gets ratio 1`]),
      "the paper's own script uses another exponent by default (alpha_peak); pass --ww_metric alpha_mid to it",
    ],
    files: [
      {
        name: "sparsity.yaml",
        content: sparsityYaml(rows),
        use: "a list per block in the model's order, as llm-compressor's sparsity takes it",
      },
      {
        name: "alpha_mid.npy",
        content: npyVector(alphas),
        use: "PL_Alpha_Hill per layer for AlphaPruning's main.py: --ww_metric alpha_mid --ww_metric_cache <folder>",
      },
    ],
    failed,
  };
}

type Sparse = { readonly sparsity: number };

function least(units: readonly Sparse[]): string {
  return units.reduce((a, { sparsity }) => Math.min(a, sparsity), 1).toFixed(3);
}

function most(units: readonly Sparse[]): string {
  return units.reduce((a, { sparsity }) => Math.max(a, sparsity), 0).toFixed(3);
}

function sparsityYaml(rows: readonly AdviceRow[]): string {
  const lines = rows.map(({ name, sparsity }) => `  - ${yamlNumber(sparsity as number)}  # ${name}`);
  return `${["sparsity:", ...lines].join("\n")}\n`;
}
