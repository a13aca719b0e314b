import type { KernelLayout, TensorHints } from "../tensor.js";

/**
 * The hints for a tensor whose transpose an operator takes: axis k of the transpose is axis
 * `perm[k]` of the tensor.
 */
export function undoTranspose(hints: TensorHints, perm: readonly number[]): TensorHints {
  const { role, denseLayout, kernelLayout, gates, projections } = hints;
  if (hints.refusal !== undefined) return hints;
  const axes = perm.length;
  const valid =
    axes >= 2 &&
    perm.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < axes) &&
    new Set(perm).size === axes;
  if (!valid) return { role };
  if (kernelLayout !== undefined) return { role, kernelLayout: layoutBefore(perm) };
  const swapped = perm[axes - 1] === axes - 2 && perm[axes - 2] === axes - 1;
  const kept = perm[axes - 1] === axes - 1 && perm[axes - 2] === axes - 2;
  if (kept) return hints;
  if (!swapped) return { role };
  return {
    role,
    denseLayout: denseLayout === undefined ? undefined : denseLayout === "out-in" ? "in-out" : "out-in",
    gates: gates === undefined ? undefined : { ...gates, along: gates.along === "rows" ? "columns" : "rows" },
    projections: projections && { ...projections, along: projections.along === "rows" ? "columns" : "rows" },
  };
}

/** The layout of a kernel whose transpose is "oihw". The order of its two channel axes does not change the spectrum. */
function layoutBefore(perm: readonly number[]): KernelLayout | undefined {
  const [first, second] = [perm[0], perm[1]].sort((a, b) => a - b);
  const last = perm.length - 1;
  if (first === 0 && second === 1) return "oihw";
  if (first === last - 1 && second === last) return "hwio";
  return first === 0 && second === last ? "ohwi" : undefined;
}
