import { finish, type Pace, type Steps, unpaced } from "../../bytes/pace.js";
import { correspondingLayersInSteps } from "../../layers/correspondence.js";
import { fusedCounterpartsInSteps } from "../../layers/fused-counterparts.js";
import {
  type CorrespondingLayers,
  type FusedCounterpart,
  type Layer,
  type LayerPlan,
  type SkippedTensor,
  whyWhole,
} from "../../layers/index.js";
import type { ShapeMismatch, UnpairedLayer } from "./comparison.js";

export interface LayerPair extends CorrespondingLayers {
  /** Why W_B - W_A is not computed although the spectra can be compared. Undefined if it is computed. */
  readonly whyNoDifference?: string;
  /**
   * Why the entries of the two may be in different orders. The difference is then reported only if it is smaller than
   * W_A.
   */
  readonly orderDoubt?: string;
}

/** Which layer of one model corresponds to which layer of the other. */
export interface Pairing {
  /** In A's order. */
  readonly pairs: readonly LayerPair[];
  readonly onlyInA: readonly UnpairedLayer[];
  readonly onlyInB: readonly UnpairedLayer[];
  readonly mismatched: readonly ShapeMismatch[];
  /** The assumptions about names that differ, in sentences. */
  readonly assumed: readonly string[];
}

/** Pairs layers as `correspondingLayers` does, if their matrices have the same sides. Every other layer is listed. */
export function pairLayers(a: LayerPlan, b: LayerPlan): Pairing {
  return finish(pairLayersInSteps(a, b, unpaced()));
}

/** `pairLayers` in steps that can be paused. */
export function* pairLayersInSteps(a: LayerPlan, b: LayerPlan, pace: Pace): Steps<Pairing> {
  const { pairs, assumed } = yield* correspondingLayersInSteps(a.layers, b.layers, { pace });
  const swapped = pairs.map((pair) => ({ ...pair, a: pair.b, b: pair.a }));
  const uncut = new Map([
    ...uncutReasons(yield* fusedCounterpartsInSteps({ a: a.layers, b: b.layers, pairs }, pace), ["A", "B"]),
    ...uncutReasons(yield* fusedCounterpartsInSteps({ a: b.layers, b: a.layers, pairs: swapped }, pace), ["B", "A"]),
  ]);
  const partnerInA = new Set(pairs.map((pair) => pair.a));
  const partnerInB = new Set(pairs.map((pair) => pair.b));
  const fits = (pair: CorrespondingLayers): boolean => sameMatrices(pair) || isTransposed(pair);
  const fitting = pairs.filter(fits);
  const [skippedInA, skippedInB] = [byName(a.skipped), byName(b.skipped)];
  const someTransposed = fitting.some(isTransposed);
  return {
    pairs: fitting.map((pair) => ({ ...pair, ...differenceObjections(pair, someTransposed) })),
    onlyInA: a.layers
      .filter((layer) => !partnerInA.has(layer))
      .map((layer) => unpaired(layer, skippedInB, { called: "B", uncut })),
    onlyInB: b.layers
      .filter((layer) => !partnerInB.has(layer))
      .map((layer) => unpaired(layer, skippedInA, { called: "A", uncut })),
    mismatched: pairs
      .filter((pair) => !fits(pair))
      .map((pair) => ({ name: pair.a.name, shape_a: pair.a.shape, shape_b: pair.b.shape })),
    assumed,
  };
}

/**
 * The shapes on disk may differ although the matrices have the same sides (a kernel with its axes in another order).
 */
function sameMatrices({ a: { source: a }, b: { source: b } }: CorrespondingLayers): boolean {
  return a.count === b.count && a.rows === b.rows && a.cols === b.cols;
}

function isTransposed(pair: CorrespondingLayers): boolean {
  const { source: a } = pair.a;
  const { source: b } = pair.b;
  return !sameMatrices(pair) && a.count === 1 && b.count === 1 && a.rows === b.cols && a.cols === b.rows;
}

/**
 * Libraries order the rows within the heads of queries and keys differently, depending on how they compute rotary
 * positions. Such libraries also use different names.
 */
function differenceObjections(
  pair: CorrespondingLayers,
  someTransposed: boolean,
): Pick<LayerPair, "whyNoDifference" | "orderDoubt"> {
  const { a, by } = pair;
  if (isTransposed(pair)) return { whyNoDifference: "B stores it transposed" };
  if (someTransposed && a.N === a.M && a.type !== "embedding")
    return { orderDoubt: "B stores other layers transposed" };
  const rotary = by === "role" && (a.role === "attention.q" || a.role === "attention.k");
  return rotary ? { orderDoubt: "libraries order the rows within heads differently" } : {};
}

function byName(skipped: readonly SkippedTensor[]): ReadonlyMap<string, SkippedTensor> {
  return new Map(skipped.map((tensor) => [tensor.name, tensor]));
}

/** Why a fused layer was not cut: for that layer, and for the other model's layers that are its parts. */
function uncutReasons(
  counterparts: readonly FusedCounterpart[],
  [here, there]: readonly [string, string],
): [Layer, string][] {
  return counterparts
    .filter(({ isWhole }) => isWhole)
    .flatMap(({ fused: [whole], parts }) => {
      const why = whyWhole(whole) ?? "the order of its parts is not known";
      const names = parts.map(({ name }) => name).join(", ");
      const ofWhole = `${there} has its parts as separate layers (${names}), and it was not cut: ${why}`;
      const ofPart = `${here} has it fused with others in one matrix (${whole.name}), which was not cut: ${why}`;
      return [[whole, ofWhole], ...parts.map((part): [Layer, string] => [part, ofPart])];
    });
}

function unpaired(
  layer: Layer,
  skippedInOther: ReadonlyMap<string, SkippedTensor>,
  { called, uncut }: { readonly called: string; readonly uncut: ReadonlyMap<Layer, string> },
): UnpairedLayer {
  const { name, tensorName, shape } = layer;
  const skipped = skippedInOther.get(tensorName) ?? skippedInOther.get(name);
  const reason =
    uncut.get(layer) ??
    (skipped === undefined ? `no layer of this name in ${called}` : `skipped in ${called}: ${skipped.reason}`);
  return { name, shape, reason };
}
