import { setTimeout as wait } from "node:timers/promises";
import { RunEventReader } from "../run/event-reader.js";
import { EventHistory } from "./event-history.js";
import { WATCH_POLL_MS } from "./limits.js";
import { Refusal } from "./refusal.js";
import { cancel, carryOut, type ServedModel } from "./served-model.js";
import type { FollowOptions } from "./served-run.js";

/**
 * Follows the record of a watch: the events that are there, and then each reading as it is written, whichever process
 * watches. It has no end: a training may go on at any time.
 */
export function followedWatch(folder: string, { label, onFault, pause = pauseOfTime }: FollowOptions): ServedModel {
  const history = new EventHistory();
  const controller = new AbortController();
  const { signal } = controller;

  async function work(): Promise<void> {
    history.enter({ phase: "running" });
    const reader = new RunEventReader(folder);
    for (;;) {
      for await (const event of reader.read()) history.push(event);
      await pause(signal);
      signal.throwIfAborted();
    }
  }

  carryOut(history, { work, signal, onFault });
  return {
    label,
    kind: "watch",
    history,
    async report() {
      throw new Refusal(404, "A training has no report: each of its checkpoints is a model of its own.");
    },
    // The record has the rows of every reading, and spectra by the content of the weights alone.
    detail: async () => null,
    prefer: () => {},
    cancel: () => cancel(history, controller),
  };
}

function pauseOfTime(signal: AbortSignal): Promise<void> {
  return wait(WATCH_POLL_MS, undefined, { signal });
}
