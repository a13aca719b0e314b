import type { Phase } from "../../phases/index.js";
import type { TrainingSettings } from "../experiments/experiment.js";

/** What the paper says of FC1 of its MiniAlexNet at one batch size. Read off tables and plots; null where neither has it. */
export interface PublishedPoint {
  readonly batch: number;
  readonly phase: Phase;
  readonly softRank: number | null;
  /** Of one run. The notebook's own pooled values are ten times these (a sum over ten runs over one maximum). */
  readonly stableRank: number | null;
  readonly train: number | null;
  readonly test: number | null;
}

/** [MM21] section 7 and the notebook AlexNet-Generalization-Gap: 100 epochs on all of CIFAR-10, ten runs pooled. The soft rank at b = 2 is set to 0 there: no bulk could be fitted. */
const BATCH_SIZES: readonly PublishedPoint[] = (
  [
    [1000, "random-like", 1, 224, 0.75, 0.66],
    [500, "random-like", 1, 221.5, 0.86, 0.695],
    [250, "random-like", 1, 215, 0.947, 0.71],
    [150, "bleeding-out", 0.92, 204, 0.975, 0.718],
    [100, "bleeding-out", null, null, null, null],
    [50, "bulk+spikes", 0.8, 184, 0.991, 0.738],
    [32, "bulk+spikes", 0.74, 170, 0.993, 0.75],
    [16, "bulk+spikes", 0.6, 142, 0.994, 0.76],
    [8, "bulk-decay", 0.44, 108, 0.994, 0.769],
    [4, "bulk-decay", 0.29, 77, 0.996, 0.77],
    [2, "heavy-tailed", 0, 48.4, 0.996, 0.76],
  ] as const
).map(([batch, phase, softRank, stableRank, train, test]) => ({ batch, phase, softRank, stableRank, train, test }));

/** What was published for these settings; null for other networks, and where something but the batch size differs. */
export function publishedPoint({ network, batch, l2, dropout, rate, data }: TrainingSettings): PublishedPoint | null {
  const isPapers = network.name === "MiniAlexNet" && data.set === "cifar10" && rate === 0.01 && !l2 && !dropout;
  return isPapers ? (BATCH_SIZES.find((point) => point.batch === batch) ?? null) : null;
}
