import type { EpochRecord, PlannedRun, RunProgress } from "../lab/index.js";
import type { SweepEvent } from "../node/lab/index.js";
import { cut, type Painter, painter, paintPhase, phaseLabelOf } from "../report/text-parts.js";
import { duration, type ProgressOutput } from "./progress-bar.js";

/** Shortest time between two redraws. */
const MIN_REDRAW_MS = 100;
/** Before this time, the rate is too uncertain for an estimate. */
const MIN_ESTIMATE_MS = 2000;
const BAR_CELLS = 18;

export interface LabProgress {
  take(event: SweepEvent): void;
  /** Erases the drawn lines. */
  clear(): void;
}

/** The state of a running training. */
interface Active {
  readonly run: PlannedRun;
  /** Share of the work done before this session. */
  readonly before: number;
  readonly progress: RunProgress;
  readonly record?: EpochRecord | undefined;
}

/** Progress in plain lines, for pipes and logs: one line per recorded epoch and one at the end of each run. */
export function plainProgress(output: ProgressOutput, now: () => number): LabProgress {
  const pace = paceOf(now);
  return {
    take(event) {
      pace.take(event);
      if (event.type === "planned") output.write(`${plannedLine(event)}\n`);
      else if (event.type === "finished") output.write(`${event.id}: finished; ${pace.summary()}\n`);
      else if (event.progress.record?.layers != null)
        output.write(`${event.id}: ${stateText(pace.active.get(event.id)!, painter(false))}\n`);
    },
    clear() {},
  };
}

/** Progress that redraws itself: one line per running training, and one for the whole sweep. */
export function liveProgress(
  output: ProgressOutput,
  { now, color }: { readonly now: () => number; readonly color: boolean },
): LabProgress {
  const pace = paceOf(now);
  const paint = painter(color);
  let drawn = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  const clear = (): void => {
    if (drawn > 0) output.write(`\x1b[${drawn}A\r\x1b[J`);
    drawn = 0;
  };
  const draw = (): void => {
    clear();
    const width = (output.columns ?? 80) - 1;
    const nameWidth = Math.max(0, ...[...pace.active.keys()].map((id) => id.length));
    // Colour codes take no cells. A line that is too long is cut and printed without colour.
    const lines = [...pace.active].map(([id, active]) => {
      const line = (painting: Painter): string => `${id.padEnd(nameWidth)}  ${stateText(active, painting)}`;
      const plain = line(painter(false));
      return plain.length <= width ? line(paint) : cut(plain, width);
    });
    lines.push(cut(pace.summary(), width));
    output.write(`${lines.join("\n")}\n`);
    drawn = lines.length;
    drawnAt = now();
  };
  return {
    take(event) {
      pace.take(event);
      if (event.type === "planned" && event.finished.size > 0) output.write(`${plannedLine(event)}\n`);
      if (event.type !== "progress" || now() - drawnAt >= MIN_REDRAW_MS) draw();
    },
    clear,
  };
}

function plannedLine({ runs, finished }: Extract<SweepEvent, { type: "planned" }>): string {
  const left = runs.length - finished.size;
  const before = finished.size > 0 ? `, ${finished.size} finished before` : "";
  return `${runs.length} ${runs.length === 1 ? "training" : "trainings"}${before}; ${left} to do`;
}

/** The state of a run: epoch, loss, accuracies, and the phase of each layer at the last recorded epoch. */
function stateText({ run, progress, record }: Active, paint: Painter): string {
  const { running } = progress;
  const parts = [`epoch ${progress.epoch}/${run.settings.epochs}`];
  if (running !== null)
    parts.push(`loss ${running.loss?.toFixed(3) ?? "not finite"}`, `train ${share(running.accuracy)}`);
  if (record?.test != null) parts.push(`test ${share(record.test.accuracy)}`);
  const phases =
    record?.layers?.map((layer) => `${layer.name} ${paintPhase(phaseLabelOf(layer), phaseLabelOf(layer), paint)}`) ??
    [];
  return [...parts, ...phases].join("  ");
}

/** An accuracy without its leading zero, to save room. */
function share(accuracy: number): string {
  return accuracy.toFixed(3).replace(/^0/, "");
}

interface Pace {
  readonly active: ReadonlyMap<string, Active>;
  take(event: SweepEvent): void;
  /** `[######------] 5/21 trainings, 3 min 20 s left`. */
  summary(): string;
}

/** Tracks the running trainings and the work done, from which it estimates the time left. */
function paceOf(now: () => number): Pace {
  const active = new Map<string, Active>();
  let planned = new Map<string, PlannedRun>();
  let doneRuns = 0;
  let doneBefore = 0;
  let doneHere = 0;
  let total = 0;
  const started = now();
  const under = (of: (entry: Active) => number): number =>
    [...active.values()].reduce((sum, entry) => sum + entry.run.work * of(entry), 0);
  return {
    active,
    take(event) {
      if (event.type === "planned") {
        planned = new Map(event.runs.map((run) => [run.id, run]));
        total = event.runs.reduce((sum, { work }) => sum + work, 0);
        doneRuns = event.finished.size;
        doneBefore = event.runs.filter(({ id }) => event.finished.has(id)).reduce((sum, { work }) => sum + work, 0);
      } else if (event.type === "progress") {
        const known = active.get(event.id);
        const run = planned.get(event.id)!;
        const record = event.progress.record?.layers == null ? known?.record : event.progress.record;
        active.set(event.id, { run, before: known?.before ?? event.progress.share, progress: event.progress, record });
      } else {
        const ended = active.get(event.id);
        const run = planned.get(event.id)!;
        doneHere += run.work * (1 - (ended?.before ?? 0));
        doneBefore += run.work * (ended?.before ?? 0);
        doneRuns++;
        active.delete(event.id);
      }
    },
    summary() {
      const here = doneHere + under(({ before, progress }) => progress.share - before);
      const done = doneBefore + doneHere + under(({ progress }) => progress.share);
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const spent = now() - started;
      const left =
        here > 0 && spent > MIN_ESTIMATE_MS ? `${duration((spent * (total - done)) / here)} left` : duration(spent);
      const full = Math.round(share * BAR_CELLS);
      return `[${"#".repeat(full)}${"-".repeat(BAR_CELLS - full)}] ${doneRuns}/${planned.size} trainings, ${left}`;
    },
  };
}
