import type { LayerResult } from "../analysis/index.js";
import { configuredScale } from "../layers/adapter-config.js";
import type { AdapterConfig } from "../layers/index.js";
import type { Advice, AdviceRow, LeftOut, Method } from "./advice.js";
import { type AdvisedModel, moduleOf, parameterNames } from "./advised-model.js";
import { adapterEdgeRank, type EdgeRank, edgeRank, rankWithin, truncationError } from "./edge-rank.js";
import { type ModuleRank, rankPattern, rankPatternYaml } from "./rank-pattern.js";

const METHOD: Method = {
  name: "rank by the random-matrix edge",
  source: "[Joh01], [BBP05]",
  formula: "rank = number of eigenvalues of W'W that the edge of its random bulk exceeds in fewer than 1 of 100 cases",
  claim:
    "Random-matrix theory says that noise leaves no eigenvalue beyond the edge. That an adapter of this rank trains as " +
    "well is this program's suggestion: no paper claims it, and it was not tested.",
};

export interface LoraOptions {
  /** The largest rank that is advised. */
  readonly maxRank: number;
  /** alpha/r of a new adapter. An existing adapter keeps its own. */
  readonly scale: number;
  /**
   * The relative error ||dW - dW_k||/||dW|| that an existing adapter may lose. Ranks are raised until no module loses
   * more; where no bulk fits, this alone decides. Default: none, and such modules keep their rank.
   */
  readonly maxError?: number | undefined;
}

/** The rank that is advised for one module, and what it rests on. */
export interface AdvisedRank extends ModuleRank {
  readonly layer: string;
  /** The present rank of an existing adapter; null for a plain model. */
  readonly present: number | null;
  readonly edge: EdgeRank | null;
  /** The relative error of the truncation; null for a plain model. */
  readonly error: number | null;
}

/** Whether a model is an adapter: then ranks are those of its own products. */
export function isAdapter({ layers }: Pick<AdvisedModel, "layers">): boolean {
  return layers.some(({ record }) => record.layer_type === "lora");
}

/**
 * Ranks for LoRA [HSW22]: for an adapter, how many directions of each product B A are no noise; for a plain model, how
 * many directions of each weight stand out of its random bulk, up to `maxRank`. Throws `RangeError` for options out of
 * range.
 */
export function adviseLora(
  model: AdvisedModel,
  options: LoraOptions,
): Advice & { readonly ranks: readonly AdvisedRank[] } {
  assertOptions(options);
  const adapter = isAdapter(model);
  const { rename, warnings } = adapter ? { rename: (name: string) => name, warnings: [] } : parameterNames(model);
  const ranks: AdvisedRank[] = [];
  const leftOut: LeftOut[] = [];
  let failed = 0;
  for (const result of model.layers) {
    const { record, spectrum } = result;
    const module = moduleOf(result);
    if (spectrum === null) failed++;
    const reason =
      spectrum === null
        ? (record.reason ?? "it has no spectrum")
        : adapter !== (record.layer_type === "lora")
          ? "no product of an adapter"
          : !adapter && (record.layer_type !== "dense" || record.block === null || record.role === "router")
            ? "adapters go to the linear layers of the blocks"
            : module === undefined
              ? "a parameter without a module of its own"
              : undefined;
    if (reason !== undefined) leftOut.push({ name: record.name, reason });
    else if (adapter) ranks.push(adapterRank(result, { options, config: model.adapter }));
    else ranks.push(modelRank(result, { module: rename(module as string), options }));
  }
  const rows = ranks.map(rowOf);
  const pattern = ranks.length === 0 ? undefined : rankPattern(ranks);
  const unfitted = ranks.filter(({ edge }) => edge === null).length;
  const capped = ranks.filter(({ edge }) => !adapter && edge !== null && edge.rank > options.maxRank).length;
  return {
    for: "lora",
    method: METHOD,
    answer: answerOf(ranks, adapter),
    options: { max_rank: options.maxRank, scale: adapter ? null : options.scale, max_error: options.maxError ?? null },
    columns: [
      { key: "name", heading: "module", align: "left" },
      ...(adapter ? [{ key: "r", heading: "r", align: "right" } as const] : []),
      { key: "rank", heading: "rank", align: "right" },
      { key: "interval", heading: "95 %", align: "right" },
      ...(adapter ? [{ key: "relative_error", heading: "loses", align: "right" } as const] : []),
      { key: "alpha", heading: "alpha", align: "right" },
    ],
    table: rows.map((row) => ({
      ...row,
      interval: row.rank_low === null ? "no bulk" : `${row.rank_low}-${row.rank_high}`,
    })),
    rows,
    left_out: leftOut,
    warnings: [
      ...warnings,
      ...(unfitted === 0 ? [] : [unfittedWarning(unfitted, ranks.length, { adapter, options })]),
      ...(capped === 0
        ? []
        : [
            `${capped} of ${ranks.length} modules have more directions above the edge than ${options.maxRank}: cut there`,
          ]),
      ...(adapter && model.adapter === undefined
        ? ["there is no adapter_config.json, so that alpha is not known: alpha = rank was written (scale 1)"]
        : []),
    ],
    files:
      pattern === undefined
        ? []
        : [
            {
              name: "rank_pattern.json",
              content: `${JSON.stringify(pattern, null, 2)}\n`,
              use: "arguments of PEFT's LoraConfig: r, lora_alpha, rank_pattern, alpha_pattern",
            },
            { name: "axolotl_lora.yaml", content: rankPatternYaml(pattern), use: "for axolotl's configuration" },
          ],
    failed,
    ranks,
  };
}

function adapterRank(
  { record, layer, spectrum }: LayerResult,
  { options, config }: { readonly options: LoraOptions; readonly config: AdapterConfig | undefined },
): AdvisedRank {
  const present = layer.knownRank ?? record.M;
  const all = (spectrum as NonNullable<typeof spectrum>).eigenvalues;
  const own = all.subarray(Math.max(0, all.length - present));
  const edge = adapterEdgeRank(own, { out: layer.source.rows, inputs: layer.source.cols });
  const { maxError } = options;
  const within = maxError === undefined ? (edge === null ? present : 0) : rankWithin(own, maxError);
  const rank = Math.max(1, Math.min(present, options.maxRank, Math.max(edge?.rank ?? 0, within)));
  const scaled = config === undefined ? undefined : configuredScale(config, layer.name, present);
  const scale = scaled !== undefined && "scale" in scaled ? scaled.scale : 1;
  return {
    ...{ module: layer.name, layer: record.name, present, edge, rank },
    alpha: digits(config?.rankStabilised === true ? scale * Math.sqrt(rank) : scale * rank),
    error: truncationError(own, rank),
  };
}

function modelRank(
  { record, bulk, spectrum }: LayerResult,
  { module, options }: { readonly module: string; readonly options: LoraOptions },
): AdvisedRank {
  const edge = bulk === null || spectrum === null ? null : edgeRank(spectrum.eigenvalues, bulk, record.rf);
  const rank = Math.max(1, Math.min(options.maxRank, edge?.rank ?? options.maxRank, record.M));
  return { module, layer: record.name, present: null, edge, rank, alpha: digits(rank * options.scale), error: null };
}

/** Twelve digits: what is beyond is rounding of the scale. */
function digits(value: number): number {
  return Number(value.toPrecision(12));
}

function rowOf({ module, present, rank, edge, error, alpha }: AdvisedRank): AdviceRow {
  return {
    ...{ name: module, r: present, rank, rank_low: edge?.low ?? null, rank_high: edge?.high ?? null },
    ...{ edge_rank: edge?.rank ?? null, relative_error: error, alpha },
  };
}

function answerOf(ranks: readonly AdvisedRank[], adapter: boolean): string {
  if (ranks.length === 0) return "no module to give a rank";
  const sum = ranks.reduce((all, { rank }) => all + rank, 0);
  const least = ranks.reduce((a, { rank }) => Math.min(a, rank), ranks[0].rank);
  const most = ranks.reduce((a, { rank }) => Math.max(a, rank), 0);
  const range = `${ranks.length} modules get ranks from ${least} to ${most}`;
  if (!adapter) return `${range}, ${(sum / ranks.length).toFixed(1)} on average`;
  const before = ranks.reduce((all, { present }) => all + (present ?? 0), 0);
  const worst = ranks.reduce((a, { error }) => Math.max(a, error ?? 0), 0);
  return `${range}: ${sum} directions instead of ${before}, which costs at most ${(100 * worst).toPrecision(2)} % of a module's norm`;
}

function unfittedWarning(
  count: number,
  of: number,
  { adapter, options }: { readonly adapter: boolean; readonly options: LoraOptions },
): string {
  const what = `in ${count} of ${of} modules no random bulk fits, so that no edge tells signal from noise: they `;
  if (!adapter) return `${what}get the largest rank, ${options.maxRank}`;
  return options.maxError === undefined
    ? `${what}keep their rank; give --max-error to cut them by their error`
    : `${what}are cut by their error alone`;
}

function assertOptions({ maxRank, scale, maxError }: LoraOptions): void {
  if (!(Number.isInteger(maxRank) && maxRank >= 1))
    throw new RangeError(`maxRank: found ${maxRank}, expected a whole number from 1`);
  if (!(scale > 0 && scale < Number.POSITIVE_INFINITY))
    throw new RangeError(`scale: found ${scale}, expected a positive number`);
  if (maxError !== undefined && !(maxError >= 0 && maxError < 1))
    throw new RangeError(`maxError: found ${maxError}, expected a number from 0, below 1`);
}
