import { MAX_RUNNING, MAX_WAITING } from "./limits.js";
import { Refusal } from "./refusal.js";

interface Waiting {
  readonly begin: () => void;
}

/** Runs at most `width` works at once, the others in the order of asking. */
export class WorkQueue {
  private running = 0;
  private readonly waiting: Waiting[] = [];

  constructor(
    private readonly width: number = MAX_RUNNING,
    private readonly mostWaiting: number = MAX_WAITING,
  ) {}

  /**
   * Resolves or rejects as the work does. Rejects with the signal's reason if it is aborted before the work begins, and
   * with a `Refusal` at once if too many wait.
   */
  async run<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    await this.turn(signal);
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      this.running--;
      this.waiting.shift()?.begin();
    }
  }

  private turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener("abort", leave);
        this.running++;
        resolve();
      };
      const entry: Waiting = { begin };
      const leave = (): void => {
        const at = this.waiting.indexOf(entry);
        if (at >= 0) this.waiting.splice(at, 1);
        reject(signal.reason);
      };
      if (signal.aborted) return reject(signal.reason);
      if (this.running < this.width) return begin();
      if (this.waiting.length >= this.mostWaiting)
        return reject(new Refusal(503, `${this.mostWaiting} analyses wait already; cancel some, or ask again later.`));
      this.waiting.push(entry);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}
