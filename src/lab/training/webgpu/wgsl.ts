import { type Groups, LANES } from "./kernel.js";

/** A number as a literal of type f32. */
export const real = (value: number): string => `${Math.fround(value)}f`;

/** A count that grows with the batch, in WGSL and as a number. */
export interface Extent {
  readonly text: string;
  readonly of: (count: number) => number;
}

export const perExample = (values: number): Extent => ({
  text: `(step.count * ${values}u)`,
  of: (count) => count * values,
});
export const fixed = (values: number): Extent => ({ text: `${values}u`, of: () => values });

/**
 * The head of an entry point: `tile` is the number of the tile, `lane` that of the invocation in its workgroup, `share`
 * that of the share.
 */
export const entryPoint = (body: string): string => `
@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile = group.y * groups.x + group.x;
  let share = group.z;
  ${body}
}`;

/** An entry point that runs `body` once for every `i` below `total`, and its workgroups. */
export function forEach(
  total: Extent,
  body: string,
): { readonly body: string; readonly groups: (count: number) => Groups } {
  return {
    body: entryPoint(`
  let i = tile * ${LANES}u + lane;
  if (i >= ${total.text}) { return; }
  ${body}`),
    groups: (count) => ({ tiles: Math.ceil(total.of(count) / LANES) }),
  };
}

/**
 * `sumOverLanes(lane, value)`: the sum over all lanes with the same remainder modulo `width` (a power of two). Each of
 * these lanes gets it. It is summed as a tree in a fixed order, so that the bits are always the same. All lanes of a
 * workgroup must call it together.
 */
export const sumOverLanes = (width: number): string => `
var<workgroup> tree: array<f32, ${LANES}>;
fn sumOverLanes(lane: u32, value: f32) -> f32 {
  tree[lane] = value;
  for (var half = ${LANES / 2}u; half >= ${width}u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) { tree[lane] += tree[lane + half]; }
  }
  workgroupBarrier();
  let sum = tree[lane % ${width}u];
  workgroupBarrier();
  return sum;
}`;
