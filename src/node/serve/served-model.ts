import type { LayerDetail, LayerResult } from "../../analysis/index.js";
import { layerDetail } from "../../analysis/index.js";
import type { FileSet } from "../../formats/index.js";
import { renderJson } from "../../report/index.js";
import { analyze } from "../analyze.js";
import { EventHistory, isOver } from "./event-history.js";
import { sentenceOf } from "./explained.js";
import { Refusal } from "./refusal.js";
import type { WorkQueue } from "./work-queue.js";

/** A model that the page looks at: its events, and what can be asked of it. */
export interface ServedModel {
  readonly label: string;
  readonly kind: "model" | "run" | "watch";
  readonly history: EventHistory;
  /** The report's JSON. Rejects with a `Refusal` that says why there is none (yet). */
  report(): Promise<string>;
  /** null if the layer has no spectrum. Rejects with a `Refusal` if the layer is not done, or there is none. */
  detail(layer: number): Promise<LayerDetail | null>;
  /** A page waits for this layer: if it is still to come, it comes next. */
  prefer(layer: number): void;
  /** Ends the work at once. What was done until then stays. */
  cancel(): void;
}

/** What a model is made from. */
export interface ModelWork {
  readonly label: string;
  readonly queue: WorkQueue;
  /** Called for a fault of this program. The page gets one sentence of it. */
  readonly onFault: (error: unknown) => void;
}

/** Analyses files as `eigenscope analyze` does without options, when it is their turn. */
export function analysedModel(files: FileSet, { label, queue, onFault }: ModelWork): ServedModel {
  const history = new EventHistory();
  const controller = new AbortController();
  const { signal } = controller;
  const results = new Map<number, LayerResult>();
  let report: string | undefined;
  let wanted: number | undefined;

  async function work(): Promise<void> {
    history.enter({ phase: "running" });
    const analysis = analyze(files, { signal, onEvent: (event) => history.push(event), wanted: () => wanted });
    for await (const result of analysis) results.set(result.record.layer_id, result);
    report = renderJson(await analysis.report());
  }

  carryOut(history, { work: () => queue.run(work, signal), signal, onFault });
  return {
    label,
    kind: "model",
    history,
    async report() {
      if (report === undefined) throw new Refusal(404, whyNoReport(history));
      return report;
    },
    async detail(layer) {
      assertDone(history, layer);
      const result = results.get(layer);
      if (result === undefined) throw new Refusal(409, `Layer ${layer} is not done yet.`);
      return layerDetail(result);
    },
    prefer(layer) {
      wanted = layer;
    },
    cancel: () => cancel(history, controller),
  };
}

interface Carried {
  readonly work: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly onFault: (error: unknown) => void;
}

/** Does the work of a model. The last phase says how it ended. */
export function carryOut(history: EventHistory, { work, signal, onFault }: Carried): void {
  work().then(
    () => history.enter({ phase: "done" }),
    (cause: unknown) => {
      if (signal.aborted) return history.enter({ phase: "cancelled" });
      const sentence = sentenceOf(cause);
      if (sentence === undefined) onFault(cause);
      history.enter({ phase: "failed", reason: sentence ?? "unexpected error; the terminal shows it" });
    },
  );
}

/** The phase is set first, so that no event comes behind it. */
export function cancel(history: EventHistory, controller: AbortController): void {
  history.enter({ phase: "cancelled" });
  controller.abort(new Refusal(409, "The analysis was cancelled."));
}

/** Why a model has no report. */
export function whyNoReport({ progress, state }: EventHistory): string {
  const [{ counts } = { counts: undefined }] = state.checkpoints;
  const done = counts === undefined ? "" : ` ${counts.layersDone} of ${counts.layersTotal} layers are done.`;
  if (progress.phase === "failed") return `There is no report: the analysis failed. ${progress.reason}`;
  if (progress.phase === "cancelled") return `There is no report: the analysis was cancelled.${done}`;
  return progress.phase === "queued" ? "The analysis waits for its turn." : `The analysis is at work.${done}`;
}

/** Throws a `Refusal` unless the layer is done: 409 while it may still come, else 404. */
export function assertDone({ progress, state }: EventHistory, layer: number): void {
  const layers = state.checkpoints.flatMap((checkpoint) => checkpoint.layers);
  const found = layers.find(({ outline }) => outline.layer_id === layer);
  if (found?.record) return;
  if (found === undefined && (state.checkpoints.length > 0 || isOver(progress)))
    throw new Refusal(404, `There is no layer ${layer} in this model.`);
  const name = found === undefined ? `Layer ${layer}` : `Layer ${layer} (${found.outline.name})`;
  if (isOver(progress)) throw new Refusal(404, `${name} was not analysed: the analysis ended before it.`);
  throw new Refusal(409, `${name} is not done yet: its event will come in the stream.`);
}
