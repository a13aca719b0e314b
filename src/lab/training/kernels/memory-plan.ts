/**
 * Regions begin at cache lines. The padding also covers whole vectors that a kernel may touch at the end of a region.
 */
const LINE = 64;

/** The memory layout of a training. Regions are allocated end to end. */
export interface MemoryPlan {
  /** Allocates a region for this many 4-byte numbers and returns its address. */
  take(count: number): number;
  /** The address behind all regions. */
  end(): number;
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
    end: () => end,
  };
}

/** An amount of memory, as errors name it. */
export const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** The error for memory that the machine does not have. */
export function memoryRefused(bytes: number, subject: string, cause: unknown): RangeError {
  return new RangeError(
    `${subject} needs ${gibibytes(bytes)}, but this machine does not have that much free memory; use a smaller batch`,
    { cause },
  );
}
