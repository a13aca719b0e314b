import { availableParallelism } from "node:os";
import { type AnalysisPlan, type AnalyzeOptions, type LayerCost, peakBytes, VERSION } from "../analysis/index.js";
import { memoryBudget } from "../node/resources.js";
import { plural } from "../report/text-parts.js";
import { type FoundCalibration, findCalibration } from "./basis.js";
import { leastSecondsOf } from "./engine-speeds.js";
import {
  type Basis,
  basisFor,
  type Estimate,
  estimateOf,
  LONG_SECONDS,
  layerTimes,
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
  /** Why a calibration that is there was not used; null if it was, or if there is none. */
  readonly notUsed: string | null;
  /** Options that take time which is not in the estimate. */
  readonly notEstimated: readonly string[];
}

export const SIDES = [64, 256, 1024, 4096, null] as const;
/** Options whose fits take time beyond their operations on the engine. */
const SLOW_OPTIONS = ["bootstrap", "tails", "farms", "vectors", "weightwatcher"] as const;

/** A calibration that was found, and what stops the measurement that takes its place. */
export interface OnMachine {
  readonly found?: FoundCalibration | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a plan takes on this machine: by its calibration, or by the table and one matrix that is measured now. */
export async function dryRunOf(plan: AnalysisPlan, options: AnalyzeOptions, machine: OnMachine = {}): Promise<DryRun> {
  const budgetBytes = options.memory ?? memoryBudget();
  const basis = await measuredBasis(plan, machine);
  return {
    tool: { name: "eigenscope", version: VERSION },
    dryRun: true,
    plan,
    sizes: sizesOf(plan, basis),
    readBytes: sum(plan.layers, ({ readBytes }) => readBytes),
    memory: { peakBytes: peakBytes(plan.layers, { workers: plan.workers, memory: budgetBytes }), budgetBytes },
    estimate: estimateOf(plan, basis, availableParallelism()),
    notUsed: basis.objection ?? null,
    notEstimated: notEstimated(options),
  };
}

/** The options whose fits take time that no estimate has. */
export function notEstimated(options: AnalyzeOptions): string[] {
  return SLOW_OPTIONS.filter((name) => (options[name] ?? false) !== false && options[name] !== 0);
}

/** The layers by their smaller side; classes without layers are left out. */
export function sizesOf(plan: AnalysisPlan, basis: Basis = basisFor(plan)): SizeClass[] {
  const times = layerTimes(plan, basis, 1);
  const layers = plan.layers.map((layer, i) => ({ ...layer, seconds: times[i] }));
  const total = layers.reduce((all, { seconds }) => all + seconds, 0);
  return SIDES.map((upTo, i) => {
    const least = i === 0 ? 0 : (SIDES[i - 1] as number);
    const own = layers.filter(({ M }) => M > least && (upTo === null || M <= upTo));
    return {
      upTo,
      layers: own.length,
      share: own.reduce((all, { seconds }) => all + seconds, 0) / total,
      memoryBytes: own.reduce((most, { memoryBytes }: LayerCost) => Math.max(most, memoryBytes), 0),
    };
  }).filter((each) => each.layers > 0);
}

/** The basis of an estimate on this machine. Without a usable calibration, the plan's engine is measured now. */
export async function measuredBasis(plan: AnalysisPlan, { found, signal }: OnMachine): Promise<Basis> {
  const basis = basisFor(plan, { found });
  // One matrix of the reference engine would take longer than many a plan.
  if (basis.kind !== "table" || plan.engine === "reference" || plan.layers.length === 0) return basis;
  const gaussian = await leastSecondsOf(plan.engine, MEASURED_SIDE, { signal, now: processorSeconds });
  return basisFor(plan, { found, gaussian });
}

/** Seconds of processor time of this process, all threads together. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** One sentence for stderr before a long run; undefined before a short one. May measure this machine. */
export async function sentenceBefore(
  plan: AnalysisPlan,
  signal?: AbortSignal,
  found?: FoundCalibration,
): Promise<string | undefined> {
  const basis = await measuredBasis(plan, { found: found ?? (await findCalibration()), signal });
  const { elapsedSeconds } = estimateOf(plan, basis, availableParallelism());
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
