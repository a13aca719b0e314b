/** A GPU buffer for `count` numbers of 4 bytes. */
export interface PlannedBuffer {
  readonly label: string;
  readonly type: "f32" | "u32";
  readonly count: number;
}

/**
 * All buffers of a training. They are planned before a device is requested, so that the request can state their sizes.
 */
export interface BufferPlan {
  readonly buffers: readonly PlannedBuffer[];
  take(label: string, count: number, type?: PlannedBuffer["type"]): PlannedBuffer;
  /**
   * One buffer for all requests with this name, as large as the largest request. The layers use it one after the other.
   */
  share(label: string, count: number): PlannedBuffer;
}

export const bytesOf = ({ count }: Pick<PlannedBuffer, "count">): number => 4 * count;

export function planBuffers(): BufferPlan {
  const buffers: PlannedBuffer[] = [];
  const shared = new Map<string, { label: string; type: "f32"; count: number }>();
  return {
    buffers,
    take(label, count, type = "f32") {
      const buffer = { label, type, count };
      buffers.push(buffer);
      return buffer;
    },
    share(label, count) {
      const known = shared.get(label) ?? { label, type: "f32", count };
      if (!shared.has(label)) buffers.push(known);
      shared.set(label, known);
      known.count = Math.max(known.count, count);
      return known;
    },
  };
}
