import type { PlannedBuffer } from "./buffer-plan.js";
import { stepStruct } from "./step-values.js";

/** Invocations per workgroup: the number that every WebGPU adapter supports. */
export const LANES = 256;

/** Workgroups of a dispatch: one per tile of the result and share. Default: one share. */
export interface Groups {
  readonly tiles: number;
  readonly shares?: number;
}

/** One dispatch of a step as plain data. With a device, it becomes a pipeline and its bindings. */
export interface Kernel {
  readonly label: string;
  /** Buffers to read, by their names in `body`. */
  readonly reads: Readonly<Record<string, PlannedBuffer>>;
  /** Buffers to read and write. */
  readonly writes: Readonly<Record<string, PlannedBuffer>>;
  /** WGSL with the entry point `main`. It can use its buffers and `step`. */
  readonly body: string;
  /** Workgroups for a batch of `count` examples. */
  readonly groups: (count: number) => Groups;
}

/** The buffers of a kernel in the order of their bindings, from 1. Binding 0 is `step`. */
export function bindingsOf({
  reads,
  writes,
}: Kernel): { readonly name: string; readonly buffer: PlannedBuffer; readonly written: boolean }[] {
  const list = (buffers: Kernel["reads"], written: boolean) =>
    Object.entries(buffers).map(([name, buffer]) => ({ name, buffer, written }));
  return [...list(reads, false), ...list(writes, true)];
}

/** The whole WGSL module of a kernel. Kernels with the same text share a pipeline. */
export function moduleOf(kernel: Kernel, dropouts: number): string {
  const bindings = bindingsOf(kernel).map(
    ({ name, buffer, written }, index) =>
      `@group(0) @binding(${index + 1}) var<storage, ${written ? "read_write" : "read"}> ${name}: ` +
      `array<${buffer.type}>;`,
  );
  return [stepStruct(dropouts), "@group(0) @binding(0) var<uniform> step: Step;", ...bindings, kernel.body].join("\n");
}

/** The grid of workgroups, in rows of `limit` if one row is not enough. `group.y * groups.x + group.x` numbers them. */
export function gridOf({ tiles, shares = 1 }: Groups, limit: number): readonly [number, number, number] {
  const columns = Math.min(tiles, limit);
  return [columns, Math.ceil(tiles / columns), shares];
}
