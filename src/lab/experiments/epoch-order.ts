import { createRng, deriveSeed, shuffleInPlace } from "../../numeric/index.js";
import type { TrainingSettings } from "./experiment.js";

/**
 * Separate seeds for the parts of a run, so that the order of the examples does not depend on how the weights were
 * drawn.
 */
export const STREAMS = { trainer: 0, order: 1 } as const;

/** Updates of the whole run. */
export function totalSteps({
  data,
  batch,
  epochs,
  steps,
}: Pick<TrainingSettings, "data" | "batch" | "epochs" | "steps">): number {
  return steps ?? epochs * Math.ceil(data.train / batch);
}

/** rate * rateDecay^(epoch - 1): the first epoch has the full rate. */
export function rateOf({ rate, rateDecay }: TrainingSettings, epoch: number): number {
  return rate * rateDecay ** (epoch - 1);
}

/** The order of an epoch's examples depends only on seed and epoch, so that a resumed run needs no generator state. */
export function epochOrder({ seed }: TrainingSettings, epoch: number, count: number): Uint32Array {
  const rng = createRng(deriveSeed(deriveSeed(seed, STREAMS.order), epoch));
  return shuffleInPlace(
    Uint32Array.from({ length: count }, (_, i) => i),
    rng,
  );
}
