import { finiteLayer } from "../../analysis/finite.js";
import { safetensorsBytes } from "../../formats/safetensors/writer.js";
import { deriveSeed } from "../../numeric/index.js";
import type { SpectralPool } from "../../spectra/index.js";
import type { PreparedData } from "../data/preprocessing.js";
import type { StepResult, TrainEngine, TrainedTensor, Trainer } from "../training/engine.js";
import { epochOrder, rateOf, STREAMS, totalSteps } from "./epoch-order.js";
import type { TrainingSettings } from "./experiment.js";
import { type LayerEigenvalues, measureCheckpoint } from "./measure-weights.js";
import type { EpochRecord, Score } from "./run-record.js";
import { denseLayers, networkOf } from "./settings-network.js";

/** Stores a run. After any interruption, the stored data is enough to continue with the same bits. */
export interface RunKeeper {
  /** The state to continue from, and its position. Undefined for a new run. */
  resume(): Promise<(Position & { readonly tensors: readonly TrainedTensor[] }) | undefined>;
  /**
   * Stores an epoch's record, and at a recorded epoch the checkpoint (safetensors) and the eigenvalues. Called before
   * `keepState` of that epoch.
   */
  keepEpoch(
    record: EpochRecord,
    kept?: { readonly checkpoint: Uint8Array; readonly eigenvalues: readonly LayerEigenvalues[] },
  ): Promise<void>;
  /**
   * Called after every epoch. A keeper may skip it if little was done since the last state. `state` costs a copy of the
   * weights.
   */
  keepState(position: Position, state: () => Promise<readonly TrainedTensor[]>): Promise<void>;
}

/** A position between two epochs. */
export interface Position {
  readonly epoch: number;
  readonly steps: number;
  /** The training ends here: the last epoch, or one whose loss is not finite. */
  readonly last: boolean;
}

export interface RunProgress {
  readonly epoch: number;
  readonly steps: number;
  /** Fraction of the run's updates that are done. */
  readonly share: number;
  /** Over the epoch so far; null before the first step. */
  readonly running: Score | null;
  /** Present when an epoch has finished. */
  readonly record?: EpochRecord;
}

export interface RunTools {
  readonly engine: TrainEngine;
  readonly data: PreparedData;
  readonly pool: SpectralPool;
  readonly keeper: RunKeeper;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: RunProgress) => void;
}

/** Smallest block of an evaluation, however small the batches of the training. */
const MIN_EVALUATION_BLOCK = 256;
/** Examples between two progress events, rounded to whole batches. */
const EXAMPLES_PER_PROGRESS = 500;

/**
 * Trains one network as its settings say, or continues from the keeper's state. At recorded epochs it computes
 * accuracies over both sets and analyses the weights. If the loss is no longer finite, the training ends there and
 * records that epoch. When aborted, it rejects with the signal's reason between two chunks of an epoch.
 */
export async function trainRun(settings: TrainingSettings, tools: RunTools): Promise<void> {
  const { engine, data, keeper, signal } = tools;
  const trainer = await engine.open({
    network: networkOf(settings),
    loss: settings.loss,
    batch: Math.max(settings.batch, MIN_EVALUATION_BLOCK),
    seed: deriveSeed(settings.seed, STREAMS.trainer),
    momentum: settings.momentum,
    weightDecay: settings.weightDecay,
  });
  try {
    await trainer.load(data.train);
    const from = await keeper.resume();
    if (from !== undefined) await trainer.restore(from.tensors);
    let { epoch, steps, last }: Position = from ?? { epoch: 0, steps: 0, last: false };
    if (from === undefined) await finishEpoch({ epoch, steps, running: null, last }, { settings, trainer, ...tools });
    while (!last) {
      signal?.throwIfAborted();
      epoch++;
      const done = await trainEpoch(epoch, steps, { settings, trainer, ...tools });
      steps = done.steps;
      last = epoch === settings.epochs || done.running.loss === null;
      await finishEpoch({ epoch, steps, running: done.running, last }, { settings, trainer, ...tools });
    }
  } finally {
    trainer.close();
  }
}

interface EpochContext extends RunTools {
  readonly settings: TrainingSettings;
  readonly trainer: Trainer;
}

async function trainEpoch(
  epoch: number,
  before: number,
  { settings, trainer, data, signal, onProgress }: EpochContext,
): Promise<{ readonly steps: number; readonly running: Score }> {
  const { batch } = settings;
  const order = epochOrder(settings, epoch, data.train.count);
  const all = totalSteps(settings);
  const rate = rateOf(settings, epoch);
  const chunk = batch * Math.max(1, Math.round(EXAMPLES_PER_PROGRESS / batch));
  const until = Math.min(order.length, (all - before) * batch);
  let steps = before;
  let loss = 0;
  let correct = 0;
  let examples = 0;
  for (let at = 0; at < until; at += chunk) {
    signal?.throwIfAborted();
    const part = order.subarray(at, Math.min(until, at + chunk));
    const done = await trainer.train(part, { batch, rate });
    steps += Math.ceil(part.length / batch);
    loss += done.loss * done.examples;
    correct += done.correct;
    examples += done.examples;
    onProgress?.({ epoch, steps, share: steps / all, running: scoreOf({ loss: loss / examples, correct, examples }) });
  }
  return { steps, running: scoreOf({ loss: loss / examples, correct, examples }) };
}

async function finishEpoch(
  { epoch, steps, running, last }: Position & { readonly running: Score | null },
  { settings, trainer, data, pool, keeper, signal, onProgress }: EpochContext,
): Promise<void> {
  const rate = rateOf(settings, Math.max(1, epoch));
  const seen = { epoch, steps, rate, running };
  let record: EpochRecord = { ...seen, train: null, test: null, layers: null };
  if (last || settings.record.includes(epoch)) {
    const checkpoint = safetensorsBytes(await trainer.parameters(), { format: "pt", epoch: String(epoch) });
    const results = await measureCheckpoint(checkpoint, { layers: denseLayers(settings.network), pool, signal });
    record = {
      ...seen,
      train: scoreOf(await trainer.evaluate(data.train)),
      test: scoreOf(await trainer.evaluate(data.test)),
      layers: results.map((result) => finiteLayer(result.record)),
    };
    const eigenvalues = results.flatMap(({ layer, spectrum }) =>
      spectrum === null ? [] : [{ name: layer.name, eigenvalues: spectrum.eigenvalues }],
    );
    await keeper.keepEpoch(record, { checkpoint, eigenvalues });
  } else {
    await keeper.keepEpoch(record);
  }
  await keeper.keepState({ epoch, steps, last }, () => trainer.state());
  onProgress?.({ epoch, steps, share: last ? 1 : steps / totalSteps(settings), running, record });
}

function scoreOf({ loss, correct, examples }: StepResult): Score {
  return { loss: Number.isFinite(loss) ? loss : null, accuracy: correct / examples };
}
