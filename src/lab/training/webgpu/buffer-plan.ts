/** Room on the GPU for `count` numbers of 4 bytes. */
export interface PlannedBuffer {
  readonly label: string;
  readonly type: "f32" | "u32";
  readonly count: number;
}

/** All buffers of a training, planned before there is a device: what it needs is known when the device is asked for. */
export interface BufferPlan {
  readonly buffers: readonly PlannedBuffer[];
  take(label: string, count: number, type?: PlannedBuffer["type"]): PlannedBuffer;
  /**
   * One buffer for all that name it so, of the largest size that is asked for: room that one layer after the other
   * uses.
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
