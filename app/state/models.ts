import { batch, type Signal, signal } from "@preact/signals";
import { NO_EVENTS, type Report, type RunEvent, type RunState, reduce } from "#eigenscope/analysis/index.js";
import type { ModelSource } from "../sources/source.js";
import { keep } from "./kept.js";

/** How far a model is. */
export type Progress =
  | { readonly state: "reading" }
  | { readonly state: "working"; readonly since: number }
  | { readonly state: "done" }
  | { readonly state: "stopped" }
  | { readonly state: "refused"; readonly message: string };

/** A model that the page knows: what its source has told so far. */
export interface OpenModel {
  readonly source: ModelSource;
  readonly run: Signal<RunState>;
  /** The state by which the model as a whole is judged: `run`, or while the work lasts what it was a moment ago. */
  readonly judged: Signal<RunState>;
  readonly report: Signal<Report | null>;
  readonly progress: Signal<Progress>;
  /** Ends the work; what is done stays. */
  stop(): void;
}

/** At most so often the views see new layers, and a new judgement of all. */
const UPDATE_MS = 250;
const JUDGE_MS = 1000;

/** All models that are open, in the order in which they were opened. */
export const models = signal<readonly OpenModel[]>([]);

export function modelOf(id: string): OpenModel | undefined {
  return models.value.find(({ source }) => source.id === id);
}

/** Opens a source and begins its work. One that is open already, and not refused or stopped, is returned as it is. */
export function openModel(source: ModelSource): OpenModel {
  const open = modelOf(source.id);
  if (open !== undefined && !["refused", "stopped"].includes(open.progress.value.state)) return open;
  const control = new AbortController();
  const model: OpenModel = {
    source,
    run: signal(NO_EVENTS),
    judged: signal(NO_EVENTS),
    report: signal(null),
    // A training has readings when it has them; there is no header to read first.
    progress: signal<Progress>(
      source.isTraining ? { state: "working", since: performance.now() } : { state: "reading" },
    ),
    stop: () => control.abort(new DOMException("stopped", "AbortError")),
  };
  models.value = [...models.value.filter(({ source: { id } }) => id !== source.id), model];
  void follow(model, control.signal);
  return model;
}

export function forgetModel(id: string): void {
  modelOf(id)?.stop();
  models.value = models.value.filter(({ source }) => source.id !== id);
}

async function follow({ source, run, judged, report, progress }: OpenModel, stopped: AbortSignal): Promise<void> {
  let latest = NO_EVENTS;
  // Weights are never kept: what this page computed is, and what others keep is not kept twice.
  const isKept = source.kind === "page";
  const events: RunEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let judgedAt = Number.NEGATIVE_INFINITY;
  const show = (isLast = true): void => {
    clearTimeout(timer);
    timer = undefined;
    const now = performance.now();
    batch(() => {
      run.value = latest;
      if (!isLast && now - judgedAt < JUDGE_MS) return;
      judged.value = latest;
      judgedAt = now;
    });
  };
  const onEvent = (event: RunEvent): void => {
    latest = reduce(latest, event);
    if (isKept) events.push(event);
    // The plan is shown at once: the places of all layers are known, and nothing moves later.
    if (event.type === "planned") {
      progress.value = { state: "working", since: performance.now() };
      show();
    } else timer ??= setTimeout(() => show(false), UPDATE_MS);
  };
  try {
    const ended = await source.start(onEvent, stopped);
    show();
    report.value = ended;
    progress.value = { state: "done" };
    if (ended !== null && isKept) await keep(source, { report: ended, events }).catch(() => {});
  } catch (error) {
    show();
    progress.value = stopped.aborted
      ? { state: "stopped" }
      : { state: "refused", message: error instanceof Error ? error.message : String(error) };
  }
}
