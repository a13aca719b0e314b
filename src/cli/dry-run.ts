import { availableParallelism } from "node:os";
import { type AnalysisPlan, type AnalyzeOptions, type LayerCost, peakBytes, VERSION } from "../analysis/index.js";
import { memoryBudget } from "../node/resources.js";
import { plural } from "../report/text-parts.js";
import { leastSecondsOf } from "./engine-speeds.js";
import {
  type Estimate,
  type EstimateOptions,
  estimateOf,
  LONG_SECONDS,
  layerSeconds,
  MEASURED_SECONDS,
  MEASURED_SIDE,
  type TimeRange,
} from "./estimate.js";
import { duration } from "./progress-bar.js";
import { sum } from "./verbose.js";

/** Layers of similar size: those whose smaller side is at most `upTo`, and larger than that of the class before. */
export interface SizeClass {
  /** null: no limit. */
  readonly upTo: number | null;
  readonly layers: number;
  /** Share of the estimated time. */
  readonly share: number;
  /** Most memory that one of them takes. */
  readonly memoryBytes: number;
}

/** What `analyze --dry-run --json` writes. */
export interface DryRun {
  readonly tool: { readonly name: "eigenscope"; readonly version: string };
  readonly dryRun: true;
  readonly plan: AnalysisPlan;
  readonly sizes: readonly SizeClass[];
  readonly readBytes: number;
  readonly memory: { readonly peakBytes: number; readonly budgetBytes: number };
  readonly estimate: Estimate;
  /** Options that take time which is not in the estimate. */
  readonly notEstimated: readonly string[];
}

export const SIDES = [64, 256, 1024, 4096, null] as const;
/** Options whose fits take time beyond their operations on the engine. */
const SLOW_OPTIONS = ["bootstrap", "tails", "farms", "vectors", "weightwatcher"] as const;

/** What a plan takes on this machine, whose engine is measured for it. */
export async function dryRunOf(plan: AnalysisPlan, options: AnalyzeOptions, signal?: AbortSignal): Promise<DryRun> {
  const budgetBytes = options.memory ?? memoryBudget();
  return {
    tool: { name: "eigenscope", version: VERSION },
    dryRun: true,
    plan,
    sizes: sizesOf(plan),
    readBytes: sum(plan.layers, ({ readBytes }) => readBytes),
    memory: { peakBytes: peakBytes(plan.layers, { workers: plan.workers, memory: budgetBytes }), budgetBytes },
    estimate: await measuredEstimate(plan, signal),
    notEstimated: SLOW_OPTIONS.filter((name) => (options[name] ?? false) !== false && options[name] !== 0),
  };
}

/** The layers by their smaller side; classes without layers are left out. */
export function sizesOf({ layers, engine }: AnalysisPlan): SizeClass[] {
  const total = sum(layers, (layer) => layerSeconds(layer, engine));
  return SIDES.map((upTo, i) => {
    const least = i === 0 ? 0 : (SIDES[i - 1] as number);
    const own = layers.filter(({ M }) => M > least && (upTo === null || M <= upTo));
    return {
      upTo,
      layers: own.length,
      share: sum(own, (layer) => layerSeconds(layer, engine)) / total,
      memoryBytes: own.reduce((most, { memoryBytes }: LayerCost) => Math.max(most, memoryBytes), 0),
    };
  }).filter((each) => each.layers > 0);
}

async function measuredEstimate(plan: AnalysisPlan, signal?: AbortSignal): Promise<Estimate> {
  const options: EstimateOptions = { processors: availableParallelism() };
  if (MEASURED_SECONDS[plan.engine] === undefined || plan.layers.length === 0) return estimateOf(plan, options);
  const measured = await leastSecondsOf(plan.engine, MEASURED_SIDE, { signal, now: processorSeconds });
  return estimateOf(plan, { ...options, measured });
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** One sentence for stderr before a long run; undefined before a short one. Measures this machine. */
export async function sentenceBefore(plan: AnalysisPlan, signal?: AbortSignal): Promise<string | undefined> {
  const { elapsedSeconds } = await measuredEstimate(plan, signal);
  return elapsedSeconds.expected < LONG_SECONDS ? undefined : longSentence(plan, elapsedSeconds);
}

export function longSentence({ layers, engine, workers }: AnalysisPlan, elapsed: TimeRange): string {
  return (
    `${plural(layers.length, "layer")} on ${plural(workers, "worker")} (${engine}) take ${rangeText(elapsed)} ` +
    "if nothing else runs; --dry-run says more"
  );
}

/** A range in words. */
export function rangeText({ expected, low, high }: TimeRange): string {
  const text = (seconds: number): string => duration(1000 * seconds);
  return `about ${text(expected)} (${text(low)} to ${text(high)})`;
}
