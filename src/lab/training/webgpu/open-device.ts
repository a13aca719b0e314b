import { bytesOf, type PlannedBuffer } from "./buffer-plan.js";

/** Limits that every WebGPU adapter supports. */
const DEFAULT_BINDING = 128 * 2 ** 20;
const DEFAULT_BUFFER = 256 * 2 ** 20;

/** The platform's high-performance adapter. Throws if there is none. */
export async function findAdapter(gpu: GPU): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null)
    throw new Error(
      "WebGPU finds no adapter on this machine: it needs a GPU with a driver for Vulkan, Metal or Direct3D " +
        "12; install one, or train with the WebAssembly engine",
    );
  return adapter;
}

/** Describes an adapter: vendor, architecture, and its driver if the platform gives it. */
export function adapterName({
  vendor,
  architecture,
  description,
}: Pick<GPUAdapterInfo, "vendor" | "architecture" | "description">): string {
  return (
    [[vendor, architecture].filter(Boolean).join(" "), description].filter(Boolean).join(", ") ||
    "an adapter without a name"
  );
}

export interface DeviceNeeds {
  readonly buffers: readonly PlannedBuffer[];
  /** Bytes of the buffer through which results are read. */
  readonly readingBytes: number;
  /** What the device is for, for error messages. */
  readonly subject: string;
}

/**
 * A device with the limits that the buffers need. Throws `RangeError` if the adapter does not support them, and an
 * error if it gives no device.
 */
export async function openDevice(
  adapter: GPUAdapter,
  { buffers, readingBytes, subject }: DeviceNeeds,
): Promise<GPUDevice> {
  const largest = buffers.reduce((a, b) => (b.count > a.count ? b : a));
  const most = Math.min(adapter.limits.maxStorageBufferBindingSize, adapter.limits.maxBufferSize);
  const name = adapterName(adapter.info);
  if (bytesOf(largest) > most)
    throw new RangeError(
      `${subject} needs ${mib(bytesOf(largest))} MiB in one piece for ${largest.label}, and the adapter ` +
        `(${name}) gives at most ${mib(most)} MiB; use a smaller batch, or the WebAssembly engine`,
    );
  try {
    return await adapter.requestDevice({
      label: "eigenscope",
      requiredLimits: {
        maxStorageBufferBindingSize: Math.max(DEFAULT_BINDING, bytesOf(largest)),
        maxBufferSize: Math.max(DEFAULT_BUFFER, bytesOf(largest), readingBytes),
      },
    });
  } catch (cause) {
    throw new Error(
      `the adapter (${name}) gives no device for ${subject}: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}
