import { eventStream, type RunEvent } from "../../analysis/index.js";
import type { EpochRecord } from "./run-record.js";

/**
 * The recorded epochs of a training as a stream of events, as if each had been a checkpoint that was read: for views
 * that watch a training. Steps are updates, or epochs where the run has none. Pure.
 */
export function runEvents(id: string, epochs: readonly EpochRecord[]): RunEvent[] {
  const place = eventStream(id);
  return epochs.flatMap(({ steps, layers, epoch }) => {
    if (layers === null) return [];
    const checkpoint = `epoch ${epoch}`;
    return [
      place({ type: "checkpoint", checkpoint, step: steps, state: "seen" }),
      place({
        type: "planned",
        checkpoint,
        label: `${id}, epoch ${epoch}`,
        layers: layers.map((layer) => ({ ...layer, work: 0 })),
        skipped: [],
      }),
      ...layers.map((record) => place({ type: "layer", checkpoint, record, picture: null, reused: true })),
      place({ type: "checkpoint", checkpoint, step: steps, state: "done" }),
    ];
  });
}
