import type { CheckpointState } from "./checkpoint-state.js";
import type { FoundCheckpoint } from "./find-checkpoints.js";

/** A checkpoint at one look. No state: a file of it was gone when it was asked. */
export interface Seen {
  readonly checkpoint: FoundCheckpoint;
  readonly state: CheckpointState | undefined;
}

/** A checkpoint that has settled. */
export interface Settled {
  readonly checkpoint: FoundCheckpoint;
  readonly state: CheckpointState;
}

/** How often a state has to be found unchanged. */
export const UNCHANGED_LOOKS = 2;

/**
 * What was done with a checkpoint. "read": or left out. It comes again when a file beside it changes, which may say its
 * step. "partial": it comes again only when its own files change.
 */
export type Dealing = "read" | "partial";

interface Entry extends Settled {
  readonly unchanged: number;
  /** "settling" until it was unchanged often enough and was dealt with in this state. */
  readonly phase: "settling" | Dealing;
  /** Whether it was read in some state. */
  readonly wasRead: boolean;
}

/** What a watch has seen of each checkpoint, from look to look. No clock and no file system: looks are given. */
export class CheckpointBook {
  readonly #entries = new Map<string, Entry>();

  /** Takes what a look found. Gives those that were there, were never read, and are gone. */
  look(found: readonly Seen[]): FoundCheckpoint[] {
    const there = new Set<string>();
    for (const { checkpoint, state } of found) {
      if (state === undefined) continue;
      there.add(checkpoint.name);
      const before = this.#entries.get(checkpoint.name);
      const isSame = before?.state.signature === state.signature;
      const isQuiet = isSame && before.state.besideSignature === state.besideSignature;
      this.#entries.set(checkpoint.name, {
        ...{ checkpoint, state },
        unchanged: isQuiet ? before.unchanged + 1 : 0,
        phase: isQuiet || (isSame && before.phase === "partial") ? before.phase : "settling",
        wasRead: before?.wasRead ?? false,
      });
    }
    const gone = [...this.#entries.values()].filter(({ checkpoint }) => !there.has(checkpoint.name));
    for (const { checkpoint } of gone) this.#entries.delete(checkpoint.name);
    return gone.filter(({ wasRead }) => !wasRead).map(({ checkpoint }) => checkpoint);
  }

  /** Checkpoints to read: their state was unchanged at two looks, and nothing was done with it yet. */
  settled(): Settled[] {
    return this.#of((entry) => entry.phase === "settling" && entry.unchanged >= UNCHANGED_LOOKS);
  }

  /** Checkpoints whose state has not been unchanged often enough. */
  settling(): Settled[] {
    return this.#of((entry) => entry.phase === "settling" && entry.unchanged < UNCHANGED_LOOKS);
  }

  /** Whether nothing is to be done with a checkpoint unless its state changes. */
  isAtRest({ name }: FoundCheckpoint): boolean {
    const phase = this.#entries.get(name)?.phase;
    return phase === "read" || phase === "partial";
  }

  /** Nothing more is to be done with a checkpoint in this state. */
  dealtWith({ checkpoint, state }: Settled, phase: Dealing): void {
    const entry = this.#entries.get(checkpoint.name);
    if (entry?.state.signature !== state.signature) return;
    this.#entries.set(checkpoint.name, { ...entry, phase, wasRead: phase === "read" || entry.wasRead });
  }

  /** A checkpoint is gone, and that was told. */
  forget({ name }: FoundCheckpoint): void {
    this.#entries.delete(name);
  }

  #of(isAsked: (entry: Entry) => boolean): Settled[] {
    return [...this.#entries.values()].filter(isAsked).map(({ checkpoint, state }) => ({ checkpoint, state }));
  }
}
