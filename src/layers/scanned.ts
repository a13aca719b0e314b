import type { Tensor } from "../formats/tensor.js";
import type { StackView } from "./layer.js";
import type { HeadEvidence } from "./layer-heads.js";
import { contiguousView, type Part, type Reading, type Rule } from "./reading.js";
import { lastSegment, nameParts } from "./tensor-name.js";

/** The deepest models have some 130 layers; a longer axis is no stack of them. */
const MAX_LAYERS = 256;
/** Flax's own names of parameters. */
const LEAVES = /^(?:kernel|scale|bias|embedding)$/;
/** A segment for repeated layers without a number: the name up to it is that of the stack [flax, nn.scan]. */
const STACK = new RegExp(
  String.raw`^(.*?(?:^|[./])(?:${[
    String.raw`(?:\w*_)?(?:layers|blocks)`,
    "(?:encoder|decoder)_?(?:block|layer)",
    String.raw`\w*[sS]can\w*`,
    "stack(?:ed)?",
  ].join("|")}))[./]\D`,
);

const IN_PROJECTION = /^(?:query|key|value|q_proj|k_proj|v_proj)$/;
const OUT_PROJECTION = /^(?:attention_output|out|o_proj|out_proj)$/;

interface Stack {
  readonly axis: 0 | 1;
  readonly layers: number;
}

/**
 * Flax's scanned layers: one tensor holds the parameters of all layers, stacked along axis 0 (Flax's default) or 1
 * (T5X, MaxText). The axis along which all tensors of a stack have the same length is the one; each layer is then read
 * as if it were stored by itself. Applies to a stack with kernels of three axes or more and with vectors beside them,
 * or with several kernels.
 */
export const readScanned: Rule = (tensor, { byName }) => {
  const prefix = prefixOf(tensor.name);
  if (prefix === undefined || tensor.hints?.kernelLayout !== undefined) return undefined;
  const stack = stacksOf(byName).get(prefix);
  return stack === undefined ? undefined : layersOf(tensor, stack);
};

function prefixOf(name: string): string | undefined {
  return LEAVES.test(nameParts(name).leaf) ? STACK.exec(name)?.[1] : undefined;
}

/** One file's names are the same map for all of its tensors. */
const KNOWN = /* @__PURE__ */ new WeakMap<ReadonlyMap<string, Tensor>, ReadonlyMap<string, Stack>>();

function stacksOf(byName: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Stack> {
  const known = KNOWN.get(byName);
  if (known !== undefined) return known;
  const members = new Map<string, Tensor[]>();
  for (const tensor of byName.values()) {
    const prefix = prefixOf(tensor.name);
    if (prefix === undefined) continue;
    const group = members.get(prefix);
    if (group === undefined) members.set(prefix, [tensor]);
    else group.push(tensor);
  }
  const stacks = new Map<string, Stack>();
  for (const [prefix, tensors] of members) {
    const stack = stackOf(tensors);
    if (stack !== undefined) stacks.set(prefix, stack);
  }
  KNOWN.set(byName, stacks);
  return stacks;
}

function stackOf(tensors: readonly Tensor[]): Stack | undefined {
  const kernels = tensors.filter(({ shape }) => shape.length >= 3);
  if (kernels.length === 0 || tensors.length < 2) return undefined;
  const fitting = ([0, 1] as const)
    .map((axis): Stack => ({ axis, layers: tensors[0].shape[axis] }))
    .filter(({ axis, layers }) => {
      const same = tensors.every(({ shape }) => shape.length >= 2 && shape[axis] === layers);
      return same && layers > 1 && layers <= MAX_LAYERS;
    });
  // If the width is the same everywhere too, it is the longer of the two.
  return fitting.sort((a, b) => a.layers - b.layers)[0];
}

function layersOf({ name, shape }: Tensor, { axis, layers }: Stack): Reading | undefined {
  const own = shape.toSpliced(axis, 1);
  if (own.length === 1) return { reason: `a vector for each of ${layers} scanned layers (bias or norm): no spectrum` };
  const module = lastSegment(nameParts(name).owner);
  const view = viewOf(own, module, { axis, layers });
  if (view === undefined) return undefined;
  const heads = headsOf(own, module);
  const part = (layer: number): Part => ({
    suffix: `[${layer}]`,
    shape: own,
    view: view(layer),
    eigenvalueScale: 1,
    ...(heads !== undefined && { heads }),
  });
  return {
    type: "dense",
    parts: Array.from({ length: layers }, (_, layer) => part(layer)),
    notes: [
      `one of ${layers} scanned layers, which are stacked along axis ${axis}`,
      ...(own.length === 3 ? ["the axis of heads was merged"] : []),
    ],
  };
}

/** How a layer's matrix lies in the stack; undefined for a kernel of a convolution or an unknown use of three axes. */
function viewOf(
  own: readonly number[],
  module: string,
  { axis, layers }: Stack,
): ((layer: number) => StackView) | undefined {
  const size = own.reduce((product, side) => product * side, 1);
  const before = axis === 0 ? 1 : own[0];
  const after = size / before;
  const sides = sidesOf(own, module);
  if (sides === undefined) return undefined;
  const [rows, cols] = sides;
  if (axis === 0) return (layer) => contiguousView(1, rows, cols, layer * size);
  // Along axis 1, what belongs to one index of axis 0 lies together: a row, or the rows of an output's heads.
  const height = rows / before;
  return (layer) => ({
    ...contiguousView(1, rows, cols, layer * after),
    ...(height === 1 ? { rowStride: layers * after } : { runs: { rows: height, stride: layers * after } }),
  });
}

/** The heads of a kernel that has an axis for them. */
function headsOf(own: readonly number[], module: string): HeadEvidence | undefined {
  if (own.length !== 3) return undefined;
  const isIn = IN_PROJECTION.test(module);
  const shown = {
    count: own[isIn ? 1 : 0],
    along: isIn ? "columns" : "rows",
    from: "the shape of the tensor",
  } as const;
  return { outputs: ["columns"], shown };
}

function sidesOf(own: readonly number[], module: string): readonly [rows: number, cols: number] | undefined {
  if (own.length === 2) return [own[0], own[1]];
  if (own.length !== 3) return undefined;
  if (IN_PROJECTION.test(module)) return [own[0], own[1] * own[2]];
  return OUT_PROJECTION.test(module) ? [own[0] * own[1], own[2]] : undefined;
}
