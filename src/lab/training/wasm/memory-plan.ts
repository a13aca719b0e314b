const PAGE = 65536;
/** wasm32 addresses 4 GiB; the last page stays free so that no end address wraps to 0. */
const LARGEST_MEMORY = 65535 * PAGE;
/**
 * Regions begin at cache lines. Rounding up to one also leaves room for the whole vectors that a kernel may touch at
 * the end of a region.
 */
const LINE = 64;

/**
 * Where everything of a training lies in its memory: regions are given out end to end, then the memory grows once and
 * never moves.
 */
export interface MemoryPlan {
  /** The address of a new region of so many 4-byte numbers. */
  take(count: number): number;
  /**
   * Makes the room that was given out. Throws `RangeError` where wasm32 cannot address that much or the host has not
   * got it.
   */
  grow(memory: WebAssembly.Memory, subject: string): void;
}

export function planMemory(start: number): MemoryPlan {
  const align = (address: number): number => Math.ceil(address / LINE) * LINE;
  let end = align(start);
  return {
    take(count) {
      const address = end;
      end = align(end + 4 * count);
      return address;
    },

    grow(memory, subject) {
      const bytes = end + PAGE;
      const size = `${(bytes / 2 ** 30).toFixed(1)} GiB`;
      if (bytes > LARGEST_MEMORY)
        throw new RangeError(
          `${subject} needs ${size}, more than the 4 GiB that WebAssembly's 32-bit addresses reach; take a smaller batch`,
        );
      try {
        memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / PAGE));
      } catch (cause) {
        throw new RangeError(`${subject} needs ${size}, which this machine did not give`, { cause });
      }
    },
  };
}
