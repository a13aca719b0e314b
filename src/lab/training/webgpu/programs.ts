import type { PlannedBuffer } from "./buffer-plan.js";
import { bindingsOf, type Kernel, moduleOf } from "./kernel.js";

/** GPUShaderStage.COMPUTE. */
const COMPUTE = 0x4;

export interface MachineParts {
  readonly device: GPUDevice;
  readonly buffers: readonly PlannedBuffer[];
  readonly kernels: readonly Kernel[];
  readonly dropouts: number;
  /** Numbers per slot of the readings, and the number of slots. */
  readonly slot: number;
  readonly slots: number;
  /** What the machine is for, for error messages. */
  readonly subject: string;
}

interface Program {
  readonly pipeline: GPUComputePipeline;
  readonly bindings: GPUBindGroup;
}

/** One pipeline per shader text, and bindings per kernel. */
export async function compile({
  device,
  kernels,
  dropouts,
  storage,
  stepBuffer,
}: Pick<MachineParts, "device" | "kernels" | "dropouts"> & {
  readonly storage: ReadonlyMap<PlannedBuffer, GPUBuffer>;
  readonly stepBuffer: GPUBuffer;
}): Promise<Map<Kernel, Program>> {
  const pipelines = new Map<string, Promise<GPUComputePipeline>>();
  const pipelineOf = (kernel: Kernel): Promise<GPUComputePipeline> => {
    const code = moduleOf(kernel, dropouts);
    const known = pipelines.get(code) ?? compileOne(device, kernel, code);
    pipelines.set(code, known);
    return known;
  };
  const programs = kernels.map(async (kernel): Promise<[Kernel, Program]> => {
    const pipeline = await pipelineOf(kernel);
    const resources = [stepBuffer, ...bindingsOf(kernel).map(({ buffer }) => storage.get(buffer)!)];
    const bindings = device.createBindGroup({
      label: kernel.label,
      layout: pipeline.getBindGroupLayout(0),
      entries: resources.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    return [kernel, { pipeline, bindings }];
  });
  // Wait for all of them: a device must not be destroyed while it compiles.
  const settled = await Promise.allSettled(programs);
  return new Map(
    settled.map((program) => {
      if (program.status === "rejected") throw program.reason;
      return program.value;
    }),
  );
}

async function compileOne(device: GPUDevice, kernel: Kernel, code: string): Promise<GPUComputePipeline> {
  const layout = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility: COMPUTE, buffer: { type: "uniform" } },
      ...bindingsOf(kernel).map(({ written }, index) => ({
        binding: index + 1,
        visibility: COMPUTE,
        buffer: { type: written ? ("storage" as const) : ("read-only-storage" as const) },
      })),
    ],
  });
  const module = device.createShaderModule({ label: kernel.label, code });
  try {
    return await device.createComputePipelineAsync({
      label: kernel.label,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "main" },
    });
  } catch (cause) {
    const { messages } = await module.getCompilationInfo();
    const said = messages.map(({ lineNum, message }) => `line ${lineNum}: ${message}`).join("; ");
    throw new Error(`the GPU's driver rejects the kernel "${kernel.label}": ${said || cause}`, { cause });
  }
}

/** The error for a lost device or a failed command. */
export function stopped(reason: string, cause?: unknown): Error {
  return new Error(
    `the GPU stopped in the middle of a training (${reason.trim().replace(/\.$/, "")}); its driver may have ` +
      "been reset or run out of memory. Open the trainer again from its last state",
    { cause },
  );
}
