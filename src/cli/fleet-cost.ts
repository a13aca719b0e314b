import { type AnalysisPlan, type LayerCost, peakBytes } from "../analysis/index.js";
import { mostPermutations } from "../analysis/permuted-null.js";
import { spectrumWork } from "../analysis/spectrum-work.js";
import { type Basis, layerTimes, openSeconds, rangeOf, type TimeRange, workerSeconds } from "./estimate.js";
import type { FleetCost, ModelCost } from "./fleet-plan-data.js";
import { makespan, makespanBound, workersFor } from "./makespan.js";

/** A model that could be planned. */
export interface PlannedModel {
  readonly name: string;
  /** Whether its weights come over the network. */
  readonly isRemote: boolean;
  readonly plan: AnalysisPlan;
  readonly basis: Basis;
}

export interface FleetSettings {
  readonly workers: number;
  readonly jobs: number;
  /** Processors of one worker. */
  readonly cores: number;
  readonly pricePerCoreHour?: number | undefined;
  readonly deadlineSeconds?: number | undefined;
}

const HOUR = 3600;

/** What models take on workers, from their plans alone. */
export function fleetCost(planned: readonly PlannedModel[], settings: FleetSettings): FleetCost {
  const { workers, jobs, cores, pricePerCoreHour, deadlineSeconds } = settings;
  // More layers at once than processors take turns.
  const lanes = Math.min(jobs, cores);
  const timed = planned.map((model) => ({ ...model, times: layerTimes(model.plan, model.basis, lanes) }));
  const models = timed.map(modelCost);
  const all = planned.flatMap(({ plan }) => plan.layers);
  const bases = planned.map(({ basis }) => basis);
  const wide = widest(bases);

  const times = Float64Array.from(timed.flatMap((model) => model.times));
  const opened = planned.map(({ plan, basis }) => openSeconds(plan, basis));
  const began = Math.min(workers, all.length);
  const perThread = all.length / Math.max(1, began * lanes);
  const threads = Math.max(0, ...planned.map(({ plan, basis }) => workerSeconds(plan, basis, perThread)));
  const start = Math.max(0, ...bases.map(({ rates, slowness }) => slowness * rates.start));
  // A worker opens each model once, and at most as many workers as it has layers do.
  const opening = planned.reduce((sum, { plan }, i) => sum + opened[i] * Math.min(workers, plan.layers.length), 0);
  const total = total64(times) + opening + began * (start + lanes * threads);

  const before = start + threads + total64(opened);
  const readBytes = sumOf(models, ({ readBytes: own }) => own);
  const reading = readBytes / (workers * Math.min(Infinity, ...bases.map(({ rates }) => rates.readBytesPerSecond)));
  const elapsed = all.length === 0 ? 0 : before + Math.max(makespan(times, workers * lanes), reading || 0);
  const bound = all.length === 0 ? 0 : before + makespanBound(times, workers * lanes, lanes);
  const ratio = rangeOf(1, wide);
  const elapsedSeconds = { expected: elapsed, low: ratio.low * bound, high: ratio.high * elapsed };
  const coreSeconds = rangeOf(total, wide);
  return {
    models,
    ...{ layers: all.length, matrices: sumOf(models, ({ matrices }) => matrices), readBytes },
    networkBytes: sumOf(models, ({ isRemote, readBytes: own }) => (isRemote ? own : 0)),
    operations: sumOf(models, ({ operations }) => operations),
    maskedSeconds: sumOf(models, ({ maskedSeconds }) => maskedSeconds),
    ...{ coreSeconds, workers, jobs, elapsedSeconds },
    memory: {
      largestBytes: peakBytes(all, { workers: 1, memory: Number.POSITIVE_INFINITY }),
      workerBytes: peakBytes(all, { workers: jobs, memory: Number.POSITIVE_INFINITY }),
    },
    deadline:
      deadlineSeconds === undefined
        ? null
        : {
            seconds: deadlineSeconds,
            workers: workersFor(deadlineSeconds, times, { lanes, start: before }) ?? null,
            workersAtHigh: workersFor(deadlineSeconds / ratio.high, times, { lanes, start: before }) ?? null,
          },
    cost:
      pricePerCoreHour === undefined
        ? null
        : {
            pricePerCoreHour,
            work: scaled(coreSeconds, pricePerCoreHour / HOUR),
            paid: scaled(elapsedSeconds, (workers * lanes * pricePerCoreHour) / HOUR),
          },
  };
}

function modelCost({
  name,
  isRemote,
  plan,
  basis,
  times,
}: PlannedModel & { readonly times: readonly number[] }): ModelCost {
  const { format, engine, target, files, layers, skipped } = plan;
  const largest = layers.reduce<ModelCost["largest"]>((most, layer) => {
    if (most !== null && most.memoryBytes >= layer.memoryBytes) return most;
    return { name: layer.name, N: layer.N, M: layer.M, memoryBytes: layer.memoryBytes };
  }, null);
  return {
    ...{ name, format, engine, target, isRemote, files, largest },
    ...{ layers: layers.length, skipped: skipped.length },
    matrices: sumOf(layers, ({ rf }) => rf),
    readBytes: sumOf(layers, ({ readBytes }) => readBytes),
    operations: sumOf(layers, ({ work }) => work),
    coreSeconds: rangeOf(total64(times) + openSeconds(plan, basis), basis),
    maskedSeconds: layers.reduce((sum, layer, i) => sum + maskedSeconds(layer, times[i]), 0),
    approximate: layers.filter(({ approximate }) => approximate).length,
  };
}

/** The time of a layer's permutations, each one more spectrum, by the time of all that the options ask for. */
function maskedSeconds(layer: LayerCost, seconds: number): number {
  return (mostPermutations(layer) * seconds * spectrumWork(layer)) / layer.work;
}

/** The basis with the widest range: that of the sum is not narrower. */
function widest(bases: readonly Basis[]): Pick<Basis, "kind" | "measured"> {
  const order = (one: Pick<Basis, "kind" | "measured">): number =>
    (one.kind === "table" ? 1 : 0) + (one.measured ? 0 : 1);
  return bases.reduce<Pick<Basis, "kind" | "measured">>((most, basis) => (order(basis) > order(most) ? basis : most), {
    kind: "calibrated",
    measured: true,
  });
}

function scaled({ expected, low, high }: TimeRange, factor: number): TimeRange {
  return { expected: factor * expected, low: factor * low, high: factor * high };
}

function total64(values: readonly number[] | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function sumOf<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
