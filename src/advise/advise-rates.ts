import type { Advice, AdviceColumn, AdviceRow, Method } from "./advice.js";
import { type AdvisedModel, moduleOf, parameterNames } from "./advised-model.js";
import { hillScores, powerLawWarnings } from "./hill-scores.js";
import { type LayerRate, layerRates, type RateOptions } from "./layer-rates.js";
import { lrGroups, lrGroupsYaml } from "./lr-groups.js";

const TEMP_BALANCE: Method = {
  name: "TempBalance",
  source: "[ZLM23]",
  formula: "lr = base (s1 + (s2 - s1) (alpha - min)/(max - min)), alpha = PL_Alpha_Hill",
  claim:
    "Its authors claim that layers with a lighter tail (larger alpha) are under-trained, and that a larger learning " +
    "rate for them trains better. This program did not test that.",
};

const ALPHA_DECAY: Method = {
  name: "AlphaDecay",
  source: "[HTJ25]",
  formula: "decay = base (s1 + (s2 - s1) (alpha - min)/(max - min)), alpha = PL_Alpha_Hill",
  claim:
    "Its authors claim that modules with a heavier tail (smaller alpha) have learnt more and want a weaker decay, " +
    "the others a stronger one. This program did not test that.",
};

/** The ratios s1 and s2 of the papers' own scripts. */
export const TEMP_BALANCE_RATIOS = [0.5, 1.5] as const;
export const ALPHA_DECAY_RATIOS = [2 / 3, 5] as const;

/** Digits of a rate in a file: more would only be noise of the exponent. */
const RATE_DIGITS = 4;

/** TempBalance's learning rates, as a table and as axolotl's `lr_groups`. */
export function adviseLearningRate(model: AdvisedModel, options: RateOptions): Advice {
  const { rename, loaded, warnings } = parameterNames(model);
  const { rates, ...advice } = ratesAdvice(model, options, { method: TEMP_BALANCE, column: "lr" });
  const modules = modulesOf(model, rates, rename);
  const groups = lrGroups(
    modules.map(({ module, value }) => ({ module, lr: value })),
    { base: options.base, parameters: loaded },
  );
  return {
    ...advice,
    for: "learning-rate",
    answer: answerOf(rates, { options, what: "learning rates" }),
    warnings: [
      ...warnings,
      ...advice.warnings,
      "TempBalance makes its table anew every epoch; lr_groups are fixed for the whole run",
    ],
    files: [
      {
        name: "lr_groups.yaml",
        content: lrGroupsYaml(groups),
        use: "lr_groups for axolotl's configuration; learning_rate there is the base",
      },
      {
        name: "learning_rates.json",
        content: jsonOf(modules),
        use: "{module: learning rate}, for param_groups of your own",
      },
    ],
  };
}

/** AlphaDecay's weight decays. */
export function adviseWeightDecay(model: AdvisedModel, options: RateOptions): Advice {
  const { rename, warnings } = parameterNames(model);
  const { rates, ...advice } = ratesAdvice(model, options, { method: ALPHA_DECAY, column: "decay" });
  return {
    ...advice,
    for: "weight-decay",
    answer: answerOf(rates, { options, what: "weight decays" }),
    warnings: [
      ...warnings,
      ...advice.warnings,
      "AlphaDecay makes its table anew every few hundred steps; these are the values for the given weights",
      "axolotl's lr_groups have no weight decay of their own: use the file in param_groups of your own",
    ],
    files: [
      {
        name: "weight_decays.json",
        content: jsonOf(modulesOf(model, rates, rename)),
        use: "{module: weight decay}, for param_groups of your own",
      },
    ],
  };
}

function ratesAdvice(
  model: AdvisedModel,
  options: RateOptions,
  { method, column }: { readonly method: Method; readonly column: string },
): Omit<Advice, "for" | "answer" | "files"> & { readonly rates: readonly LayerRate[] } {
  const { scores, leftOut, failed } = hillScores(model);
  const { rates, atBase } = layerRates(scores, options);
  const rows = rates.map(
    ({ name, block, alphaHill, isPowerLaw, ratio, value }): AdviceRow => ({
      ...{ name, block, alpha_hill: alphaHill, law: isPowerLaw ? "yes" : "no", ratio },
      [column]: rounded(value),
    }),
  );
  const columns: AdviceColumn[] = [
    { key: "name", heading: "layer", align: "left" },
    { key: "alpha_hill", heading: "hill", align: "right" },
    { key: "law", heading: "law", align: "left" },
    { key: "ratio", heading: "ratio", align: "right" },
    { key: column, heading: column, align: "right", digits: RATE_DIGITS },
  ];
  return {
    ...{ method, columns, rows, table: rows, rates, failed },
    options: { base: options.base, s1: options.ratios[0], s2: options.ratios[1] },
    left_out: [...atBase, ...leftOut],
    warnings: powerLawWarnings(rates),
  };
}

function answerOf(
  rates: readonly LayerRate[],
  { options, what }: { readonly options: RateOptions; readonly what: string },
): string {
  const { base, ratios } = options;
  return rates.length === 0
    ? `no layer has an exponent to map: all keep the base value ${base}`
    : `${rates.length} layers get ${what} from ${rounded(base * ratios[0])} to ${rounded(base * ratios[1])} ` +
        `around ${base}`;
}

function modulesOf(model: AdvisedModel, rates: readonly LayerRate[], rename: (name: string) => string) {
  const modules = new Map(model.layers.map((result) => [result.record.name, moduleOf(result, model.format)]));
  return rates.map(({ name, value }) => ({ module: rename(modules.get(name) as string), value: rounded(value) }));
}

function rounded(value: number): number {
  return Number(value.toPrecision(RATE_DIGITS));
}

function jsonOf(modules: readonly { readonly module: string; readonly value: number }[]): string {
  return `${JSON.stringify(Object.fromEntries(modules.map(({ module, value }) => [module, value])), null, 2)}\n`;
}
