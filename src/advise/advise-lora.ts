import type { LayerResult } from "../analysis/index.js";
import { configuredScale } from "../layers/adapter-config.js";
import type { AdapterConfig } from "../layers/index.js";
import { plural } from "../report/text-parts.js";
import type { Advice, AdviceRow, LeftOut, Method } from "./advice.js";
import { type AdvisedModel, moduleOf, NO_MODULE_OF_ITS_OWN, parameterNames } from "./advised-model.js";
import { adapterEdgeRank, type EdgeRank, edgeRank, rankWithin, truncationError } from "./edge-rank.js";
import type { AdapterProduct } from "./peft-adapter.js";
import { type ModuleRank, rankPattern, rankPatternYaml } from "./rank-pattern.js";

const METHOD: Method = {
  name: "rank by the random-matrix edge",
  source: "[Joh01], [BBP05]",
  formula: "rank = number of eigenvalues of W'W that the edge of its random bulk exceeds in fewer than 1 of 100 cases",
  claim:
    "Random-matrix theory says that noise leaves no eigenvalue beyond the edge. That an adapter of this rank " +
    "trains as well is this program's suggestion: no paper claims it, and it was not tested.",
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
  /** The present rank of an existing adapter; null for a plain model. */
  readonly present: number | null;
  readonly edge: EdgeRank | null;
  /** The relative error of the truncation; null for a plain model. */
  readonly error: number | null;
}

/** An advice for LoRA has its ranks in it. */
export interface LoraAdvice extends Advice {
  readonly ranks: readonly AdvisedRank[];
}

/** The files of an advice for LoRA. */
export const LORA_FILES = ["rank_pattern.json", "axolotl_lora.yaml"] as const;

/**
 * Ranks for a new adapter of a plain model [HSW22]: how many directions of each weight stand out of its random bulk, up
 * to `maxRank`. Throws `RangeError` for options out of range.
 */
export function adviseLora(model: AdvisedModel, options: LoraOptions): LoraAdvice {
  assertOptions(options);
  const { rename, warnings } = parameterNames(model);
  const ranks: AdvisedRank[] = [];
  const leftOut: LeftOut[] = [];
  for (const result of model.layers) {
    const { record, spectrum } = result;
    const module = moduleOf(result, model.format);
    const reason =
      record.layer_type !== "dense" || record.block === null || record.role === "router"
        ? "adapters go to the linear layers of the blocks"
        : spectrum === null
          ? (record.reason ?? "it has no spectrum")
          : module === undefined
            ? NO_MODULE_OF_ITS_OWN
            : undefined;
    if (reason === undefined) ranks.push(modelRank(result, { module: rename(module as string), options }));
    else leftOut.push({ name: record.name, reason });
  }
  const unfitted = ranks.filter(({ edge }) => edge === null).length;
  const capped = ranks.filter(({ edge }) => edge !== null && edge.rank > options.maxRank).length;
  return {
    ...adviceOf(ranks),
    answer: ranks.length === 0 ? NO_MODULE : `${rangeOf(ranks)}, ${meanOf(ranks).toFixed(1)} on average`,
    options: { max_rank: options.maxRank, scale: options.scale },
    left_out: leftOut,
    warnings: [
      ...warnings,
      ...(unfitted === 0 ? [] : [`${unfittedIn(unfitted, ranks)} get the largest rank, ${options.maxRank}`]),
      ...(capped === 0
        ? []
        : [
            `${capped} of ${ranks.length} modules have more directions above the edge than ` +
              `${options.maxRank}: cut there`,
          ]),
    ],
    failed: model.layers.filter(({ spectrum }) => spectrum === null).length,
  };
}

/**
 * Ranks for an existing adapter: how many directions of each product B A are no noise. Each module keeps its scale,
 * alpha/r (or alpha/sqrt(r) [Kal23]). Throws `RangeError` for options out of range.
 */
export function adviseAdapter(
  products: readonly AdapterProduct[],
  { config, ...options }: LoraOptions & { readonly config: AdapterConfig | undefined },
): LoraAdvice {
  assertOptions(options);
  const solved = products.filter(({ eigenvalues }) => eigenvalues !== null);
  const ranks = solved.map((product) => adapterRank(product, { config, options }));
  const { maxRank, maxError } = options;
  const unfitted = ranks.filter(({ edge }) => edge === null).length;
  const before = ranks.reduce((all, { present }) => all + (present ?? 0), 0);
  const after = ranks.reduce((all, { rank }) => all + rank, 0);
  const lossy = ranks.filter(({ error }) => (error ?? 0) > LARGE_LOSS).length;
  const noise = ranks.filter(({ edge }) => edge?.rank === 0).length;
  const worst = ranks.reduce((most, { error }) => Math.max(most, error ?? 0), 0);
  return {
    ...adviceOf(ranks),
    answer:
      ranks.length === 0
        ? NO_MODULE
        : `${rangeOf(ranks)}: ${after} of ${plural(before, "direction")} stay, which costs at most ` +
          `${(100 * worst).toPrecision(2)} % of the norm of a module's change`,
    options: { max_rank: maxRank, max_error: maxError ?? null },
    left_out: products.flatMap(({ module, reason }) => (reason === null ? [] : [{ name: module, reason }])),
    warnings: [
      ...(unfitted === 0
        ? []
        : [
            `${unfittedIn(unfitted, ranks)} ${
              maxError === undefined ? "keep their rank; give --max-error to cut them" : "are cut by their error alone"
            }`,
          ]),
      ...(lossy === 0
        ? []
        : [
            `${plural(lossy, "module")} would lose more than half of their norm, because most of it looks ` +
              "like noise; give --max-error 0.2, say, to keep more",
          ]),
      ...(noise === 0
        ? []
        : [`${plural(noise, "module")} have no direction above the edge at all; 1 is the least rank that PEFT takes`]),
      ...(config === undefined
        ? ["there is no adapter_config.json, so that alpha is not known: alpha = rank was written (scale 1)"]
        : []),
    ],
    failed: products.length - solved.length,
  };
}

/** The products of an adapter that was analysed as a whole, with names that are not PEFT's. */
export function analysedProducts({ layers }: Pick<AdvisedModel, "layers">): readonly AdapterProduct[] {
  return layers
    .filter(({ record }) => record.layer_type === "lora")
    .map(({ layer, record, spectrum }) => {
      const rank = layer.knownRank ?? record.M;
      const all = spectrum?.eigenvalues;
      return {
        ...{ module: layer.name, out: layer.source.rows, inputs: layer.source.cols, rank },
        eigenvalues: all?.slice(Math.max(0, all.length - rank)) ?? null,
        reason: all === undefined ? (record.reason ?? "it has no spectrum") : null,
      };
    });
}

function adapterRank(
  { module, out, inputs, rank: present, eigenvalues }: AdapterProduct,
  { options, config }: { readonly options: LoraOptions; readonly config: AdapterConfig | undefined },
): AdvisedRank {
  const own = eigenvalues as Float64Array;
  const edge = adapterEdgeRank(own, { out, inputs });
  const { maxError, maxRank } = options;
  const within = maxError === undefined ? (edge === null ? present : 0) : rankWithin(own, maxError);
  const rank = Math.max(1, Math.min(present, maxRank, Math.max(edge?.rank ?? 0, within)));
  const scaled = config === undefined ? undefined : configuredScale(config, module, present);
  const scale = scaled !== undefined && "scale" in scaled ? scaled.scale : 1;
  const alpha = digits(config?.rankStabilised === true ? scale * Math.sqrt(rank) : scale * rank);
  return { module, present, edge, rank, alpha, error: truncationError(own, rank) };
}

function modelRank(
  { record, bulk, spectrum }: LayerResult,
  { module, options }: { readonly module: string; readonly options: LoraOptions },
): AdvisedRank {
  const edge = bulk === null || spectrum === null ? null : edgeRank(spectrum.eigenvalues, bulk, record.rf);
  const rank = Math.max(1, Math.min(options.maxRank, edge?.rank ?? options.maxRank, record.M));
  return { module, present: null, edge, rank, alpha: digits(rank * options.scale), error: null };
}

/** Twelve digits: what is beyond is rounding of the scale. */
function digits(value: number): number {
  return Number(value.toPrecision(12));
}

function adviceOf(
  ranks: readonly AdvisedRank[],
): Omit<LoraAdvice, "answer" | "options" | "left_out" | "warnings" | "failed"> {
  const rows = ranks.map(rowOf);
  const isAdapter = ranks.some(({ present }) => present !== null);
  const pattern = ranks.length === 0 ? undefined : rankPattern(ranks);
  return {
    for: "lora",
    method: METHOD,
    columns: [
      { key: "name", heading: "module", align: "left" },
      ...(isAdapter ? [{ key: "r", heading: "r", align: "right" } as const] : []),
      { key: "rank", heading: "rank", align: "right" },
      { key: "interval", heading: "95 %", align: "right" },
      ...(isAdapter ? [{ key: "relative_error", heading: "loses", align: "right" } as const] : []),
      { key: "alpha", heading: "alpha", align: "right" },
    ],
    table: rows.map((row) => ({
      ...row,
      interval: row.rank_low === null ? "no bulk" : `${row.rank_low}-${row.rank_high}`,
    })),
    rows,
    files:
      pattern === undefined
        ? []
        : [
            {
              name: LORA_FILES[0],
              content: `${JSON.stringify(pattern, null, 2)}\n`,
              use:
                "arguments of PEFT's LoraConfig (its target_modules must cover these modules)" +
                (Object.keys(pattern.rank_pattern).length === 0
                  ? "; all ranks are equal, so its patterns are empty"
                  : ""),
            },
            { name: LORA_FILES[1], content: rankPatternYaml(pattern), use: "the same for axolotl's configuration" },
          ],
    ranks,
  };
}

function rowOf({ module, present, rank, edge, error, alpha }: AdvisedRank): AdviceRow {
  return {
    ...{ name: module, r: present, rank, rank_low: edge?.low ?? null, rank_high: edge?.high ?? null },
    ...{ edge_rank: edge?.rank ?? null, relative_error: error, alpha },
  };
}

/** Beyond this share of a module's norm, a cut needs a warning. */
const LARGE_LOSS = 0.5;

const NO_MODULE = "no module to give a rank";

function rangeOf(ranks: readonly AdvisedRank[]): string {
  const least = ranks.reduce((a, { rank }) => Math.min(a, rank), ranks[0].rank);
  const most = ranks.reduce((a, { rank }) => Math.max(a, rank), 0);
  const range = least === most ? `of ${least}` : `from ${least} to ${most}`;
  return `${plural(ranks.length, "module")} get${ranks.length === 1 ? "s" : ""} ranks ${range}`;
}

function meanOf(ranks: readonly AdvisedRank[]): number {
  return ranks.reduce((sum, { rank }) => sum + rank, 0) / ranks.length;
}

function unfittedIn(count: number, ranks: readonly AdvisedRank[]): string {
  return `in ${count} of ${ranks.length} modules no random bulk fits, so that no edge tells signal from noise: they`;
}

function assertOptions({ maxRank, scale, maxError }: LoraOptions): void {
  if (!(Number.isInteger(maxRank) && maxRank >= 1))
    throw new RangeError(`maxRank: found ${maxRank}, expected a whole number from 1`);
  if (!(scale > 0 && scale < Number.POSITIVE_INFINITY))
    throw new RangeError(`scale: found ${scale}, expected a positive number`);
  if (maxError !== undefined && !(maxError >= 0 && maxError < 1))
    throw new RangeError(`maxError: found ${maxError}, expected a number from 0, below 1`);
}
