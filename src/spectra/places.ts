/** The right to work on one stack. */
export interface Place {
  leave(): void;
}

/** Waits for a place for a stack of so many bytes; rejects with the signal's reason before that. */
export interface Entrance {
  (bytes: number, signal: AbortSignal): Promise<Place>;
  /** How many wait. */
  waiting(): number;
}

/**
 * `width` places for stacks of `memory` bytes together, given in the order of asking; a stack that alone is larger than
 * that gets in when all others have left.
 */
export function places({ width, memory }: { readonly width: number; readonly memory: number }): Entrance {
  const queue: { readonly bytes: number; readonly enter: () => void }[] = [];
  let taken = 0;
  let bytesTaken = 0;

  const fits = (bytes: number): boolean => taken === 0 || (taken < width && bytesTaken + bytes <= memory);
  const admit = (): void => {
    while (queue.length > 0 && fits(queue[0].bytes)) {
      const next = queue.shift()!;
      taken++;
      bytesTaken += next.bytes;
      next.enter();
    }
  };

  const enter = async (bytes: number, signal: AbortSignal): Promise<Place> => {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const entry = {
        bytes,
        enter(): void {
          signal.removeEventListener("abort", giveUp);
          resolve();
        },
      };
      const giveUp = (): void => {
        queue.splice(queue.indexOf(entry), 1);
        reject(signal.reason);
        // Who waited behind it may fit.
        admit();
      };
      signal.addEventListener("abort", giveUp, { once: true });
      queue.push(entry);
      admit();
    });
    return {
      leave() {
        taken--;
        bytesTaken -= bytes;
        admit();
      },
    };
  };
  return Object.assign(enter, { waiting: () => queue.length });
}
