import type { PlannedBuffer } from "./buffer-plan.js";

/** Invocations of a workgroup: as many as every adapter of WebGPU has. */
export const LANES = 256;

/** Workgroups of a dispatch, one for each tile of the result, and so many times over (default once). */
export interface Groups {
  readonly tiles: number;
  readonly shares?: number;
}

/** One dispatch of a step, as plain data: it becomes a pipeline and its bindings once there is a device. */
export interface Kernel {
  readonly label: string;
  /** Under the names by which `body` calls them. */
  readonly reads: Readonly<Record<string, PlannedBuffer>>;
  /** Read and written. */
  readonly writes: Readonly<Record<string, PlannedBuffer>>;
  /** WGSL with the entry point `main`; besides its buffers it has `step`. */
  readonly body: string;
  /** For a batch of `count` examples. */
  readonly groups: (count: number) => Groups;
}

/** What differs from step to step, as the kernels see it and as `stepValues` fills it. */
const stepStruct = (dropouts: number): string => `
struct Step {
  count: u32,
  rate: f32,
  keys: array<vec4u, ${keyVectors(dropouts)}>,
}`;

const keyVectors = (dropouts: number): number => Math.max(1, Math.ceil(dropouts / 4));

export interface StepValues {
  /** Examples of the batch. */
  readonly count: number;
  readonly rate: number;
  /** `DropoutPattern.key` of each dropout layer. */
  readonly keys: readonly number[];
}

/** The bytes of `Step`: an array of vectors begins at a multiple of 16. */
export function stepBytes({ count, rate, keys }: StepValues): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(4 + 4 * keyVectors(keys.length));
  words[0] = count;
  new Float32Array(words.buffer)[1] = rate;
  words.set(keys, 4);
  return words;
}

/** The buffers of a kernel in the order of their bindings, which begin at 1; binding 0 is `step`. */
export function bindingsOf({
  reads,
  writes,
}: Kernel): { readonly name: string; readonly buffer: PlannedBuffer; readonly written: boolean }[] {
  const list = (buffers: Kernel["reads"], written: boolean) => Object.entries(buffers).map(([name, buffer]) => ({ name, buffer, written }));
  return [...list(reads, false), ...list(writes, true)];
}

/** The whole WGSL module of a kernel. Kernels with the same text share a pipeline. */
export function moduleOf(kernel: Kernel, dropouts: number): string {
  const bindings = bindingsOf(kernel).map(
    ({ name, buffer, written }, index) =>
      `@group(0) @binding(${index + 1}) var<storage, ${written ? "read_write" : "read"}> ${name}: array<${buffer.type}>;`,
  );
  return [stepStruct(dropouts), "@group(0) @binding(0) var<uniform> step: Step;", ...bindings, kernel.body].join("\n");
}

/**
 * The grid for so many workgroups: rows of `limit` where one row does not hold them. `group.y * groups.x + group.x`
 * numbers them.
 */
export function gridOf({ tiles, shares = 1 }: Groups, limit: number): readonly [number, number, number] {
  const columns = Math.min(tiles, limit);
  return [columns, Math.ceil(tiles / columns), shares];
}
