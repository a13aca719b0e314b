import { bytesOf, type PlannedBuffer } from "./buffer-plan.js";
import { gridOf, type Kernel } from "./kernel.js";
import { compile, type MachineParts, stopped } from "./programs.js";
import { type StepValues, stepBytes } from "./step-values.js";

/** Values of GPUBufferUsage and GPUMapMode, which are not globals in Node. */
const USAGE = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, uniform: 0x40, storage: 0x80 } as const;
const MAP_READ = 0x1;

/** `count` numbers of a buffer. */
export interface Piece {
  readonly buffer: PlannedBuffer;
  readonly count: number;
}

/** A device with the buffers and pipelines of one training, all created at the start. */
export interface Machine {
  /** Writes numbers to the beginning of a buffer, in order with all other calls. */
  write(buffer: PlannedBuffer, values: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): void;
  /**
   * One submission: runs the kernels in order for one batch, then copies pieces to the readings. `slot` is the number
   * of the batch among those read together.
   */
  run(
    kernels: readonly Kernel[],
    step: StepValues,
    copies: { readonly slot: number; readonly pieces: readonly Piece[] },
  ): void;
  /** The first `count` numbers of the readings, after all submitted work is done. */
  readings(count: number): Promise<Float32Array>;
  /** Copies of whole buffers. */
  read(buffers: readonly PlannedBuffer[]): Promise<Map<PlannedBuffer, Float32Array>>;
  close(): void;
}

/**
 * Throws `RangeError` if the memory is not available, and an error with the compiler's message if a kernel is rejected.
 */
export async function buildMachine({
  device,
  buffers,
  kernels,
  dropouts,
  slot,
  slots,
  subject,
}: MachineParts): Promise<Machine> {
  let fault: string | undefined;
  void device.lost.then(({ message }) => {
    fault ??= message;
  });
  device.addEventListener("uncapturederror", ({ error }) => {
    fault ??= error.message;
  });
  device.pushErrorScope("out-of-memory");
  const make = (label: string, size: number, usage: number): GPUBuffer => device.createBuffer({ label, size, usage });
  const storage = new Map(
    buffers.map((buffer) => [
      buffer,
      make(buffer.label, bytesOf(buffer), USAGE.storage | USAGE.copySource | USAGE.copyTarget),
    ]),
  );
  const stepLength = stepBytes({ count: 0, rate: 0, keys: new Array<number>(dropouts).fill(0) }).byteLength;
  const stepBuffer = make("step", stepLength, USAGE.uniform | USAGE.copyTarget);
  const readingBuffer = make("readings", 4 * slot * slots, USAGE.mapRead | USAGE.copyTarget);
  const shortage = await device.popErrorScope();
  if (shortage !== null) {
    device.destroy();
    const total = buffers.reduce((sum, buffer) => sum + bytesOf(buffer), 4 * slot * slots);
    throw new RangeError(
      `${subject} needs ${(total / 2 ** 30).toFixed(1)} GiB of the GPU's memory, which are not free; use a ` +
        "smaller batch, or the WebAssembly engine",
    );
  }
  const programs = await compile({ device, kernels, dropouts, storage, stepBuffer }).catch((cause) => {
    device.destroy();
    throw cause;
  });
  const limit = device.limits.maxComputeWorkgroupsPerDimension;

  const mapped = async (buffer: GPUBuffer, bytes: number): Promise<Float32Array> => {
    try {
      await buffer.mapAsync(MAP_READ, 0, bytes);
    } catch (cause) {
      throw stopped(fault ?? (cause instanceof Error ? cause.message : String(cause)), cause);
    }
    if (fault !== undefined) throw stopped(fault);
    const values = new Float32Array(buffer.getMappedRange(0, bytes).slice(0));
    buffer.unmap();
    return values;
  };

  return {
    write(buffer, values) {
      device.queue.writeBuffer(storage.get(buffer)!, 0, values);
    },

    run(batch, step, { slot: number, pieces }) {
      device.queue.writeBuffer(stepBuffer, 0, stepBytes(step));
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (const kernel of batch) {
        const { pipeline, bindings } = programs.get(kernel)!;
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindings);
        pass.dispatchWorkgroups(...gridOf(kernel.groups(step.count), limit));
      }
      pass.end();
      let to = 4 * number * slot;
      for (const { buffer, count } of pieces) {
        if (count > 0) encoder.copyBufferToBuffer(storage.get(buffer)!, 0, readingBuffer, to, 4 * count);
        to += 4 * count;
      }
      device.queue.submit([encoder.finish()]);
    },

    readings: (count) => mapped(readingBuffer, 4 * count),

    async read(wanted) {
      const total = wanted.reduce((sum, buffer) => sum + bytesOf(buffer), 0);
      const copies = wanted.map((buffer) => ({
        buffer,
        copy: make(`copy of ${buffer.label}`, bytesOf(buffer), USAGE.mapRead | USAGE.copyTarget),
      }));
      const encoder = device.createCommandEncoder({ label: `reading ${total} bytes` });
      for (const { buffer, copy } of copies)
        encoder.copyBufferToBuffer(storage.get(buffer)!, 0, copy, 0, bytesOf(buffer));
      device.queue.submit([encoder.finish()]);
      try {
        const values = await Promise.all(copies.map(({ buffer, copy }) => mapped(copy, bytesOf(buffer))));
        return new Map(copies.map(({ buffer }, index) => [buffer, values[index]]));
      } finally {
        for (const { copy } of copies) copy.destroy();
      }
    },

    close() {
      for (const buffer of [...storage.values(), stepBuffer, readingBuffer]) buffer.destroy();
      device.destroy();
    },
  };
}
