import type { Progress } from "../analysis/index.js";
import { printable } from "../bytes/errors.js";
import { cut } from "../report/text-parts.js";

/** Shortest time between two redraws as layers finish, and the time between redraws while none does. */
const MIN_REDRAW_MS = 100;
const TICK_MS = 1000;
/** Before this time, the rate is too uncertain for an estimate. */
const MIN_ESTIMATE_MS = 1000;
/** The width of a terminal that does not know its own: its columns are undefined or 0. */
const DEFAULT_WIDTH = 80;

/** Progress of any work whose results have a layer's name. */
interface NamedProgress extends Progress<{ readonly record: { readonly name: string } }> {
  /** Work that took no time: its results were in a run's store. */
  readonly workReused?: number;
}

export interface ProgressBar {
  update(progress: NamedProgress): void;
  /** Erases the line and stops the timer. */
  clear(): void;
}

export interface ProgressOutput {
  readonly columns?: number;
  write(text: string): void;
}

/**
 * A progress bar with the time left, estimated from the work (floating-point operations) done and left. It counts down
 * while a long layer runs.
 */
export function progressBar(output: ProgressOutput, now: () => number): ProgressBar {
  const started = now();
  let drawnAt = Number.NEGATIVE_INFINITY;
  let latest: { readonly progress: NamedProgress; readonly at: number } | undefined;
  const draw = (): void => {
    if (latest === undefined) return;
    drawnAt = now();
    const line = progressLine(latest.progress, {
      elapsedMs: latest.at - started,
      sinceMs: drawnAt - latest.at,
      width: (output.columns || DEFAULT_WIDTH) - 1,
    });
    output.write(`\r${line}\x1b[K`);
  };
  const clock = setInterval(draw, TICK_MS);
  clock.unref();
  return {
    update(progress) {
      latest = { progress, at: now() };
      if (latest.at - drawnAt >= MIN_REDRAW_MS || progress.layersDone === progress.layersTotal) draw();
    },
    clear() {
      clearInterval(clock);
      output.write("\r\x1b[K");
    },
  };
}

export interface ProgressTimes {
  /** Time from the start to the last finished layer, and time since then. */
  readonly elapsedMs: number;
  readonly sinceMs?: number;
  readonly width: number;
}

/**
 * The line: `[######------] 12/40 layers, 31 s left, name`, cut to the width. Until there is an estimate, it shows the
 * time spent.
 */
export function progressLine(
  { layersDone, layersTotal, workDone, workTotal, workReused = 0, last }: NamedProgress,
  { elapsedMs, sinceMs = 0, width }: ProgressTimes,
): string {
  const share = workTotal === 0 ? 1 : workDone / workTotal;
  const cells = Math.max(8, Math.min(24, Math.floor(width / 4)));
  const full = Math.round(share * cells);
  const bar = `[${"#".repeat(full)}${"-".repeat(cells - full)}]`;
  const name = last === undefined ? "" : `, ${printable(last.record.name)}`;
  // The time left is estimated from what was computed: what was in the store says nothing about it.
  const computed = workTotal === workReused ? 1 : (workDone - workReused) / (workTotal - workReused);
  return cut(
    `${bar} ${layersDone}/${layersTotal} layers, ${timeText(computed, elapsedMs, sinceMs)}${name}`,
    Math.max(10, width),
  );
}

function timeText(share: number, elapsedMs: number, sinceMs: number): string {
  const spent = elapsedMs + sinceMs;
  if (share === 0 || spent < MIN_ESTIMATE_MS) return duration(spent);
  const left = (elapsedMs * (1 - share)) / share - sinceMs;
  // If a layer takes longer than estimated, show the time spent: an estimate that does not change is misleading.
  return left < 0 && share < 1 ? `${duration(spent)} so far` : `${duration(Math.max(0, left))} left`;
}

/** A duration as text: 45 s, 3 min 20 s, 2 h 5 min. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
