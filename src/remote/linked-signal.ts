export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Aborts the linked signal; has no effect afterwards. */
  abort(reason?: unknown): void;
  /** Unlinks the signals; must be called when the work has ended. */
  release(): void;
}

/**
 * A signal that aborts with the first of several. Unlike `AbortSignal.any` it can be released: thousands of requests
 * under one long-lived signal leave no listeners on it.
 */
export function linkSignals(signals: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const links = signals
    .filter((signal) => signal !== undefined)
    .map((signal) => ({ signal, abort: () => controller.abort(signal.reason) }));
  for (const { signal, abort } of links) {
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => {
      for (const { signal, abort } of links) signal.removeEventListener("abort", abort);
    },
  };
}

/**
 * The result of a shared promise, or the signal's reason if that fires first; the work itself continues for its other
 * users.
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
