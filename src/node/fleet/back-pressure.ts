import { setTimeout as wait } from "node:timers/promises";
import type { OpenQueue } from "./queue.js";

/** How full the queue may be before more is added. */
export interface BackPressure {
  /** A model is added only while fewer layers than this wait, those of all runs. */
  readonly mostWaiting: number;
  /** Called once when a model has to wait, with how many layers wait. */
  readonly onFull?: ((waiting: number) => void) | undefined;
}

/** Between two looks at the queue. */
const LOOK_MS = 500;

/** Resolves when the queue has room for another model. Rejects when aborted, with the signal's reason. */
export async function untilRoom(
  { queue }: Pick<OpenQueue, "queue">,
  { mostWaiting, onFull }: BackPressure,
  signal?: AbortSignal,
): Promise<void> {
  for (let looks = 0; ; looks++) {
    // Layers have priorities; without one they would be "waiting".
    const { waiting, prioritized } = await queue.getJobCounts("waiting", "prioritized");
    if (waiting + prioritized < mostWaiting) return;
    if (looks === 0) onFull?.(waiting + prioritized);
    await wait(LOOK_MS, undefined, { signal });
  }
}
