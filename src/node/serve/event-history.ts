import { randomBytes } from "node:crypto";
import { NO_EVENTS, type RunEvent, type RunState, reduce } from "../../analysis/index.js";

/** How far the analysis of a model is. What is over is "done", "failed" or "cancelled". */
export type ModelPhase = "queued" | "running" | "done" | "failed" | "cancelled";

/** The phase of a model, with the sentence that says why it failed. */
export interface ModelProgress {
  readonly phase: ModelPhase;
  readonly reason?: string;
}

/** Whether nothing more comes. */
export function isOver({ phase }: ModelProgress): boolean {
  return phase !== "queued" && phase !== "running";
}

/**
 * The events of one model, in their order, and the state that they lead to. Events are kept as they came: their records
 * and pictures are those of the state too, so that 3,000 layers are in memory once. A place in the history has a name,
 * `epoch.count`, by which a reader goes on; the epoch is another one for each history, so that a name of another
 * server means the beginning.
 */
export class EventHistory {
  private readonly epoch = randomBytes(6).toString("hex");
  private readonly events: RunEvent[] = [];
  private readonly listeners = new Set<() => void>();
  private current: ModelProgress = { phase: "queued" };
  private reduced: RunState = NO_EVENTS;

  get length(): number {
    return this.events.length;
  }

  get progress(): ModelProgress {
    return this.current;
  }

  get state(): RunState {
    return this.reduced;
  }

  /** The event at an index, from 0. */
  at(index: number): RunEvent {
    return this.events[index];
  }

  /** The name of the place behind the event at an index. */
  placeAfter(index: number): string {
    return `${this.epoch}.${index + 1}`;
  }

  /** The index of the first event behind a place. 0 for a place that is none of this history. */
  indexOf(place: string | undefined): number {
    const [, epoch, count] = /^([0-9a-f]+)\.(\d{1,15})$/.exec(place ?? "") ?? [];
    return epoch === this.epoch && Number(count) <= this.events.length ? Number(count) : 0;
  }

  /** Adds an event. Without effect when the model is over. */
  push(event: RunEvent): void {
    if (isOver(this.current)) return;
    this.events.push(event);
    this.reduced = reduce(this.reduced, event);
    this.tell();
  }

  /** Sets the phase. Without effect when the model is over. */
  enter(progress: ModelProgress): void {
    if (isOver(this.current)) return;
    this.current = progress;
    this.tell();
  }

  /** Calls `listener` after each change, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
