import type { Comparison, LayerDetail, Report, RunEvent } from "#eigenscope/analysis/index.js";
import type { Input, ShuffledSpectrum } from "#eigenscope/browser/index.js";

/** How good a training was at a step, as shares of right answers. */
export interface TrainingScore {
  readonly step: number;
  readonly train: number | null;
  readonly test: number | null;
}

/** Where a model's results come from. Everything that a view shows comes through one of these. */
export interface ModelSource {
  /** Part of the page's address, and the key under which results are kept. */
  readonly id: string;
  /** The file's name, the model's name on a hub, the folder's name. */
  readonly label: string;
  readonly kind: "page" | "file" | "run" | "serve" | "stored";
  /**
   * Begins. Events come until the promise settles: with the report when all layers are done, with null where there is
   * none (a run folder that is not complete). Rejects with a sentence for the reader, or with the reason of `signal`.
   */
  start(onEvent: (event: RunEvent) => void, signal: AbortSignal): Promise<Report | null>;
  /** The eigenvalues and fits of a layer. null where they are not known: a JSON report has none. */
  detail(layerId: number): Promise<LayerDetail | null>;
  /** Somebody waits for a layer that is still to come: its work comes next. */
  prefer?(layerId: number): void;
  /** The spectrum of the layer's weights in random order, where the weights can still be read. */
  shuffled?(layerId: number): Promise<ShuffledSpectrum>;
  /** The weights, where this page reads them: what compares two models. */
  readonly input?: Input;
  /** Whether it is a training: many states of a model, against the step. */
  readonly isTraining?: boolean;
  /** Whether its events have the alarms: it was watched by rules of its own. */
  readonly hasAlarms?: boolean;
  /** Of a training: how good it was at its steps. */
  readonly scores?: readonly TrainingScore[];
  /** Compares with the weights of another model, where something else than this page reads them. */
  compareWith?(other: ModelSource, signal: AbortSignal): Promise<Comparison>;
}
