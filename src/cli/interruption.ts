/** How a command wants to be interrupted. */
export interface Interruption {
  /** What is said then: how to go on. */
  readonly hint: () => string;
  /**
   * The process must die of the signal itself: in an orderly end, drivers that it has loaded would be torn down under
   * their work and crash.
   */
  readonly bySignal?: boolean;
}

let current: Interruption | undefined;

/** While a command runs, it is interrupted like this; `undefined` takes it back. */
export function onInterruption(interruption: Interruption | undefined): void {
  current = interruption;
}

/** What was asked for, where something was. */
export function interruption(): Interruption | undefined {
  return current;
}
