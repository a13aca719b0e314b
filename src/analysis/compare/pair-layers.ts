import { finish, type Pace, type Steps, unpaced } from "../../formats/pace.js";
import { correspondingLayersInSteps } from "../../layers/correspondence.js";
import type { CorrespondingLayers, Layer, LayerPlan, SkippedTensor } from "../../layers/index.js";
import type { ShapeMismatch, UnpairedLayer } from "./comparison.js";

export interface LayerPair extends CorrespondingLayers {
  /** Why W_B - W_A is not taken although the spectra can be compared; undefined where it is. */
  readonly apart?: string;
  /** Why the entries of the two may be in another order; the difference is then given only where it is smaller than W_A. */
  readonly doubt?: string;
}

/** The layers of two models that stand for each other. */
export interface Pairing {
  /** In A's order. */
  readonly pairs: readonly LayerPair[];
  readonly onlyInA: readonly UnpairedLayer[];
  readonly onlyInB: readonly UnpairedLayer[];
  readonly mismatched: readonly ShapeMismatch[];
  /** In words, what was assumed of names that are not the same in both. */
  readonly assumed: readonly string[];
}

/** Pairs layers as `correspondingLayers` does where their matrices are of the same sides; every other layer is listed. */
export function pairLayers(a: LayerPlan, b: LayerPlan): Pairing {
  return finish(pairLayersInSteps(a, b, unpaced()));
}

/** `pairLayers` with pauses. */
export function* pairLayersInSteps(a: LayerPlan, b: LayerPlan, pace: Pace): Steps<Pairing> {
  const { pairs, assumed } = yield* correspondingLayersInSteps(a.layers, b.layers, { pace });
  const partnerInA = new Set(pairs.map((pair) => pair.a));
  const partnerInB = new Set(pairs.map((pair) => pair.b));
  const fits = (pair: CorrespondingLayers): boolean => sameMatrices(pair) || isTransposed(pair);
  const fitting = pairs.filter(fits);
  const [skippedInA, skippedInB] = [byName(a.skipped), byName(b.skipped)];
  const someTransposed = fitting.some(isTransposed);
  return {
    pairs: fitting.map((pair) => ({ ...pair, ...reservations(pair, someTransposed) })),
    onlyInA: a.layers.filter((layer) => !partnerInA.has(layer)).map((layer) => unpaired(layer, skippedInB, "B")),
    onlyInB: b.layers.filter((layer) => !partnerInB.has(layer)).map((layer) => unpaired(layer, skippedInA, "A")),
    mismatched: pairs.filter((pair) => !fits(pair)).map((pair) => ({ name: pair.a.name, shape_a: pair.a.shape, shape_b: pair.b.shape })),
    assumed,
  };
}

/** The shape on disk may differ where the matrices do not (a kernel with its axes in another order). */
function sameMatrices({ a: { source: a }, b: { source: b } }: CorrespondingLayers): boolean {
  return a.count === b.count && a.rows === b.rows && a.cols === b.cols;
}

function isTransposed(pair: CorrespondingLayers): boolean {
  const { source: a } = pair.a;
  const { source: b } = pair.b;
  return !sameMatrices(pair) && a.count === 1 && b.count === 1 && a.rows === b.cols && a.cols === b.rows;
}

/** Libraries order the rows within the heads of queries and keys by how they compute rotary positions, under names of their own. */
function reservations(pair: CorrespondingLayers, someTransposed: boolean): Pick<LayerPair, "apart" | "doubt"> {
  const { a, by } = pair;
  if (isTransposed(pair)) return { apart: "B stores it the other way round" };
  if (someTransposed && a.N === a.M && a.type !== "embedding") return { doubt: "B stores other layers the other way round" };
  const rotary = by === "role" && (a.role === "attention.q" || a.role === "attention.k");
  return rotary ? { doubt: "libraries order the rows within heads differently" } : {};
}

function byName(skipped: readonly SkippedTensor[]): ReadonlyMap<string, SkippedTensor> {
  return new Map(skipped.map((tensor) => [tensor.name, tensor]));
}

function unpaired({ name, tensorName, shape }: Layer, skippedInOther: ReadonlyMap<string, SkippedTensor>, called: string): UnpairedLayer {
  const skipped = skippedInOther.get(tensorName) ?? skippedInOther.get(name);
  return { name, shape, reason: skipped === undefined ? `no layer of this name in ${called}` : `left out in ${called}: ${skipped.reason}` };
}
