/** What a command wants said when it is interrupted: how to go on. */
let hint: (() => string) | undefined;

/** While a command runs, an interruption ends with this sentence; `undefined` takes it back. */
export function onInterruption(sentence: (() => string) | undefined): void {
  hint = sentence;
}

/** The sentence, where a command has one. */
export function interruptionHint(): string | undefined {
  return hint?.();
}
