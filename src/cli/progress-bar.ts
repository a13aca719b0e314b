import type { Progress } from "../analysis/index.js";
import { printable } from "../formats/index.js";

/** A line on stderr that redraws itself at most this often. */
const REDRAW_MS = 100;
/** Before this much time and work, the rate says too little for an estimate. */
const ESTIMATE_AFTER_MS = 1000;

export interface ProgressBar {
  update(progress: Progress): void;
  /** Takes the line away. */
  clear(): void;
}

export interface ProgressOutput {
  readonly columns?: number;
  write(text: string): void;
}

/** A progress bar with the time left, estimated from the work (floating-point operations) done and still to do. */
export function progressBar(output: ProgressOutput, now: () => number): ProgressBar {
  const started = now();
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    update(progress) {
      const at = now();
      if (at - drawn < REDRAW_MS && progress.layersDone < progress.layersTotal) return;
      drawn = at;
      output.write(`\r${progressLine(progress, at - started, (output.columns ?? 80) - 1)}\x1b[K`);
    },
    clear: () => output.write("\r\x1b[K"),
  };
}

/** The line itself: `[######------] 12/40 layers, 31 s left, name`, cut to the width. */
export function progressLine({ layersDone, layersTotal, workDone, workTotal, last }: Progress, elapsedMs: number, width: number): string {
  const share = workTotal === 0 ? 1 : workDone / workTotal;
  const cells = Math.max(8, Math.min(24, Math.floor(width / 4)));
  const full = Math.round(share * cells);
  const bar = `[${"#".repeat(full)}${"-".repeat(cells - full)}]`;
  const left = share > 0 && elapsedMs > ESTIMATE_AFTER_MS ? `, ${duration((elapsedMs * (1 - share)) / share)} left` : "";
  const name = last === undefined ? "" : `, ${printable(last.record.name)}`;
  return `${bar} ${layersDone}/${layersTotal} layers${left}${name}`.slice(0, Math.max(10, width));
}

/** 45 s, 3 min 20 s, 2 h 5 min. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
