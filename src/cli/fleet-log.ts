import type { WorkerEvent } from "../node/fleet/index.js";
import { printableSentence } from "../report/text-parts.js";

/** Where a worker's events go. */
export interface WorkerLog {
  event(event: WorkerEvent): void;
  note(sentence: string): void;
  close(): Promise<void>;
}

/** What a worker tells, as lines on stderr. `quiet`: only what went wrong. */
export async function workerLog({ quiet }: { readonly quiet: boolean }): Promise<WorkerLog> {
  const write = (sentence: string): void => void process.stderr.write(`eigenscope: ${printableSentence(sentence)}\n`);
  return {
    event(event) {
      const sentence = quiet && !isFault(event) ? undefined : sentenceOf(event);
      if (sentence !== undefined) write(sentence);
    },
    note: (sentence) => (quiet ? undefined : write(sentence)),
    close: async () => {},
  };
}

function isFault({ kind }: WorkerEvent): boolean {
  return kind === "failed" || kind === "stalled" || kind === "queue";
}

function sentenceOf(event: WorkerEvent): string {
  switch (event.kind) {
    case "ready":
      return `working on ${event.queue}, ${event.jobs} layers at once; Ctrl-C ends`;
    case "layer":
      return `${event.name}: done in ${Math.round(event.ms)} ms (${event.run})`;
    case "report":
      return event.state === "waits"
        ? `layers are missing and were added again (${event.run})`
        : `report ${event.state === "written" ? "written" : "not written, the run is cancelled"} (${event.run})`;
    case "failed":
      return `${event.name}: ${event.isLast ? "given up" : "failed, will be tried again"}: ${event.reason} (${event.run})`;
    case "stalled":
      return `a job lost its worker and is given out again (${event.id})`;
    case "queue":
      return `the queue: ${event.reason}`;
    case "ended":
      return `ended after ${event.layers} layers; the longest delay of the event loop was ${Math.round(event.longestDelayMs)} ms`;
  }
}
