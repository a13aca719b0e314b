/** Beats at intervals, for everything that must do something now and then while it waits. */
export class Heart {
  private readonly listeners = new Set<() => void>();
  private readonly timer: NodeJS.Timeout | undefined;

  /** `everyMs`: null beats only when `beat` is called. */
  constructor(everyMs: number | null) {
    if (everyMs !== null) this.timer = setInterval(() => this.beat(), everyMs).unref();
  }

  /** Calls `listener` at each beat, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  beat(): void {
    for (const listener of [...this.listeners]) listener();
  }

  stop(): void {
    clearInterval(this.timer);
    this.listeners.clear();
  }
}
