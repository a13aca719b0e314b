export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Aborts from here; harmless afterwards. */
  abort(reason?: unknown): void;
  /** Lets the linked signals go; to be called when the work has ended. */
  release(): void;
}

/**
 * A signal that aborts with the first of several. Unlike `AbortSignal.any` it can be let go: thousands of requests
 * under one long-lived signal leave nothing behind on it.
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
 * What a shared promise comes to, or the signal's reason if that is earlier; the work itself goes on for those who
 * share it.
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
