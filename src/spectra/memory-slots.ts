/** A slot in the memory budget. */
export interface Slot {
  release(): void;
}

/** Acquires a slot for a stack of `bytes` bytes; rejects with the signal's reason if that fires first. */
export interface AcquireSlot {
  (bytes: number, signal: AbortSignal): Promise<Slot>;
  /** The number of waiting requests. */
  waiting(): number;
}

/**
 * A FIFO semaphore: at most `width` stacks run at once and together use at most `memory` bytes. A stack larger than the
 * budget runs alone.
 */
export function memorySlots({ width, memory }: { readonly width: number; readonly memory: number }): AcquireSlot {
  const queue: { readonly bytes: number; readonly start: () => void }[] = [];
  let taken = 0;
  let bytesTaken = 0;

  const fits = (bytes: number): boolean => taken === 0 || (taken < width && bytesTaken + bytes <= memory);
  const admit = (): void => {
    while (queue.length > 0 && fits(queue[0].bytes)) {
      const next = queue.shift()!;
      taken++;
      bytesTaken += next.bytes;
      next.start();
    }
  };

  const acquireSlot = async (bytes: number, signal: AbortSignal): Promise<Slot> => {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const entry = {
        bytes,
        start(): void {
          signal.removeEventListener("abort", giveUp);
          resolve();
        },
      };
      const giveUp = (): void => {
        queue.splice(queue.indexOf(entry), 1);
        reject(signal.reason);
        // The next one in the queue may fit now.
        admit();
      };
      signal.addEventListener("abort", giveUp, { once: true });
      queue.push(entry);
      admit();
    });
    return {
      release() {
        taken--;
        bytesTaken -= bytes;
        admit();
      },
    };
  };
  return Object.assign(acquireSlot, { waiting: () => queue.length });
}
