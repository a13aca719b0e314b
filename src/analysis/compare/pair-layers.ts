import type { Layer, LayerPlan } from "../../layers/index.js";
import type { ShapeMismatch, UnpairedLayer } from "./comparison.js";

export interface LayerPair {
  readonly a: Layer;
  readonly b: Layer;
}

/** The layers of two models by name. */
export interface Pairing {
  /** In A's order. */
  readonly pairs: readonly LayerPair[];
  readonly onlyInA: readonly UnpairedLayer[];
  readonly onlyInB: readonly UnpairedLayer[];
  readonly mismatched: readonly ShapeMismatch[];
}

/** Pairs layers of the same name and the same matrices; every other layer is listed. */
export function pairLayers(a: LayerPlan, b: LayerPlan): Pairing {
  const partners = new Map(b.layers.map((layer) => [layer.name, layer]));
  const namesInA = new Set(a.layers.map(({ name }) => name));
  const pairs: LayerPair[] = [];
  const onlyInA: UnpairedLayer[] = [];
  const mismatched: ShapeMismatch[] = [];
  for (const layer of a.layers) {
    const partner = partners.get(layer.name);
    if (partner === undefined) onlyInA.push(unpaired(layer, b, "B"));
    else if (sameMatrices(layer, partner)) pairs.push({ a: layer, b: partner });
    else mismatched.push({ name: layer.name, shape_a: layer.shape, shape_b: partner.shape });
  }
  const onlyInB = b.layers.filter(({ name }) => !namesInA.has(name)).map((layer) => unpaired(layer, a, "A"));
  return { pairs, onlyInA, onlyInB, mismatched };
}

/** The shape on disk may differ where the matrices do not (a kernel with its axes in another order). */
function sameMatrices({ source: a }: Layer, { source: b }: Layer): boolean {
  return a.count === b.count && a.rows === b.rows && a.cols === b.cols;
}

function unpaired({ name, tensorName, shape }: Layer, other: LayerPlan, called: string): UnpairedLayer {
  const skipped = other.skipped.find((each) => each.name === tensorName || each.name === name);
  return { name, shape, reason: skipped === undefined ? `no layer of this name in ${called}` : `left out in ${called}: ${skipped.reason}` };
}
