/** What happens when a command is interrupted. */
export interface Interruption {
  /** The message: how to continue later. */
  readonly hint?: () => string;
  /** A signal is how this command ends: exit code 0. */
  readonly isEnd?: boolean;
  /**
   * The process must die of the signal itself. In an orderly exit, loaded drivers would be unloaded while they work,
   * and crash.
   */
  readonly bySignal?: boolean;
}

let current: Interruption | undefined;

/** Sets what an interruption of the running command does. `undefined` resets it. */
export function onInterruption(interruption: Interruption | undefined): void {
  current = interruption;
}

/** The current setting, if there is one. */
export function interruption(): Interruption | undefined {
  return current;
}
