import type { Phase } from "../../phases/index.js";
import type { TrainingSettings } from "../experiments/experiment.js";
import { miniAlexNet, miniAlexNetWith } from "../networks/index.js";

/** The paper's values of one layer at the end of a training. null if neither its tables nor its plots have them. */
export interface PublishedLayer {
  readonly phase: Phase | null;
  readonly softRank: number | null;
  /**
   * Of one run. The pooled values in the notebook are ten times as large (a sum over ten runs divided by one maximum).
   */
  readonly stableRank: number | null;
  readonly entropy: number | null;
}

/** The paper's values of one training of its MiniAlexNet: 100 epochs on all of CIFAR-10. */
export interface PublishedPoint {
  readonly train: number | null;
  readonly test: number | null;
  /** By name of the layer: fc1, fc2. */
  readonly layers: Readonly<Record<string, PublishedLayer | undefined>>;
}

const layer = (known: Partial<PublishedLayer>): PublishedLayer => ({
  phase: null,
  softRank: null,
  stableRank: null,
  entropy: null,
  ...known,
});

/**
 * [MM21] section 7 and the notebook AlexNet-Generalization-Gap, ten runs each. There the soft rank at b = 2 is set to
 * 0, because no bulk could be fitted.
 */
const BATCH_SIZES: Readonly<Record<number, PublishedPoint>> = Object.fromEntries(
  (
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
  ).map(([batch, phase, softRank, stableRank, train, test]) => {
    // Section 6 also gives the entropies and FC2 of the baseline, b = 16.
    const isBaseline = batch === 16;
    const fc1 = layer({ phase, softRank, stableRank, entropy: isBaseline ? 0.9895 : null });
    return [
      batch,
      { train, test, layers: isBaseline ? { fc1, fc2: layer({ stableRank: 51, entropy: 0.9455 }) } : { fc1 } },
    ];
  }),
);

/** [MM21] section 6, b = 16: Keras' l2(1e-4) on FC1 and FC2. */
const WEIGHT_NORM: PublishedPoint = {
  train: null,
  test: 0.774,
  layers: { fc1: layer({ stableRank: 55, entropy: 0.966 }), fc2: layer({ stableRank: 16, entropy: 0.844 }) },
};

/** The same, with dropout (its rate was not recorded). */
const DROPOUT: PublishedPoint = {
  train: 0.8,
  test: 0.79,
  layers: { fc1: layer({ stableRank: 65, entropy: 0.977 }), fc2: layer({ stableRank: 36, entropy: 0.9295 }) },
};

/** The names of the networks that the paper trained. */
const [PLAIN_NET, DROPOUT_NET] = [miniAlexNet.name, miniAlexNetWith({ dropout: 0.5 }).name];

/** The same, l2(5e-3) on FC1 alone. */
const RANK_COLLAPSE: PublishedPoint = { train: null, test: null, layers: { fc1: layer({ phase: "rank-collapse" }) } };

/** The published values for these settings. null if the paper has no training with them. */
export function publishedPoint({
  network,
  batch,
  l2,
  l2Layers,
  dropout,
  rate,
  data,
}: TrainingSettings): PublishedPoint | null {
  if (data.set !== "cifar10" || rate !== 0.01) return null;
  if (network.name === DROPOUT_NET) return batch === 16 && dropout !== 0 && !l2 ? DROPOUT : null;
  if (network.name !== PLAIN_NET || dropout) return null;
  if (!l2) return BATCH_SIZES[batch] ?? null;
  if (batch !== 16) return null;
  const penalised = l2Layers.slice().sort().join();
  if (l2 === 1e-4 && penalised === "fc1,fc2") return WEIGHT_NORM;
  return l2 === 5e-3 && penalised === "fc1" ? RANK_COLLAPSE : null;
}
