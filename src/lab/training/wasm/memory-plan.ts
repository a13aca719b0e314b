import { MAX_MEMORY_BYTES } from "../../../spectra/past-limit.js";

const PAGE = 65536;
/**
 * Regions begin at cache lines. The padding also covers whole vectors that a kernel may touch at the end of a region.
 */
const LINE = 64;

/** The memory layout of a training. Regions are allocated end to end; then the memory grows once and never moves. */
export interface MemoryPlan {
  /** Allocates a region for this many 4-byte numbers and returns its address. */
  take(count: number): number;
  /**
   * Grows the memory to hold all regions. Throws `RangeError` if wasm32 cannot address that much or the host does not
   * have it.
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
      if (bytes > MAX_MEMORY_BYTES)
        throw new RangeError(
          `${subject} needs ${size}, but WebAssembly can address at most 4 GiB; use a smaller batch`,
        );
      try {
        memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / PAGE));
      } catch (cause) {
        throw new RangeError(
          `${subject} needs ${size}, but this machine does not have that much free memory; use a smaller batch`,
          {
            cause,
          },
        );
      }
    },
  };
}
