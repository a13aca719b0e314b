import { compileGlob } from "./glob.js";
import type { Layer, SkippedTensor } from "./layer.js";
import type { LayerOrder } from "./order.js";

/** The layers that are wanted. */
export interface Selection {
  /** Globs on full names; empty: all layers. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Layers with fewer eigenvalues (M * rf) are skipped. */
  readonly minEigenvalues: number;
}

/** Selects everything: for a plan from which layers are selected later. */
export const ALL_LAYERS: Selection = { include: [], exclude: [], minEigenvalues: 1 };

interface Compiled {
  readonly glob: string;
  readonly matches: (name: string) => boolean;
}

/** Globs are compiled once for all layers. */
const COMPILED = /* @__PURE__ */ new WeakMap<readonly string[], readonly Compiled[]>();

function compiled(globs: readonly string[]): readonly Compiled[] {
  const known = COMPILED.get(globs) ?? globs.map((glob) => ({ glob, matches: compileGlob(glob) }));
  COMPILED.set(globs, known);
  return known;
}

/**
 * Why a layer of this name is not wanted; undefined if it is wanted. A glob may match the layer's name or its tensor's.
 */
export function nameObjection(name: string, tensorName: string, { include, exclude }: Selection): string | undefined {
  const fits = ({ matches }: Compiled): boolean => matches(name) || matches(tensorName);
  const excluding = compiled(exclude).find(fits);
  if (excluding !== undefined) return `excluded by --exclude ${excluding.glob}`;
  return include.length === 0 || compiled(include).some(fits) ? undefined : "not selected by --layers";
}

/** The globs that match none of the names, probably by mistake. Each glob is tried on names until one matches. */
export function unmatchedGlobs(globs: readonly string[], names: readonly string[]): string[] {
  return compiled(globs)
    .filter(({ matches }) => !names.some(matches))
    .map(({ glob }) => glob);
}

/** Why a layer with this many eigenvalues is not wanted; undefined if it is wanted. */
export function countObjection(count: number, { minEigenvalues }: Selection): string | undefined {
  return count < minEigenvalues
    ? `${count} ${count === 1 ? "eigenvalue" : "eigenvalues"}, fewer than ${minEigenvalues} (--min-eigenvalues)`
    : undefined;
}

interface Planned {
  readonly layers: readonly Layer[];
  readonly skipped: readonly SkippedTensor[];
  readonly order: LayerOrder;
}

/** The wanted layers of a plan of all layers; the others are listed as skipped, with their reasons. */
export function selectLayers({ layers, skipped, order }: Planned, selection: Selection): Planned {
  const wanted: Layer[] = [];
  const left: SkippedTensor[] = [];
  for (const layer of layers) {
    const { name, tensorName, shape, dtype, M, rf } = layer;
    const reason = nameObjection(name, tensorName, selection) ?? countObjection(M * rf, selection);
    if (reason === undefined) wanted.push(layer);
    else left.push({ name, shape, dtype, reason });
  }
  return { layers: wanted, skipped: [...skipped, ...left], order };
}
