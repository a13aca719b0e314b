import type { Pace } from "../../bytes/pace.js";
import { correspondingLayersInSteps } from "../../layers/correspondence.js";
import { fusedCounterpartsInSteps } from "../../layers/fused-counterparts.js";
import type { FusedCounterpart, Layer, Sides } from "../../layers/index.js";
import type { ReplannableModel } from "../open-model.js";

/**
 * Two plans in which a fused projection is cut like the other model's separate layers, and the assumptions made for
 * that, in sentences.
 */
export interface CutAlike {
  readonly models: readonly [a: ReplannableModel, b: ReplannableModel];
  readonly assumed: readonly string[];
}

/**
 * Plans a model again if it fuses layers that the other model stores separately and its own configuration does not give
 * the parts. It does so in both directions. A tensor that cannot be cut (see `cutLike` and the layouts of `readFused`)
 * stays whole.
 */
export async function cutAlike([a, b]: readonly [ReplannableModel, ReplannableModel], pace: Pace): Promise<CutAlike> {
  const { pairs } = await pace.run(correspondingLayersInSteps(a.layers, b.layers, { pace }));
  const swapped = pairs.map((pair) => ({ ...pair, a: pair.b, b: pair.a }));
  const inA = await pace.run(fusedCounterpartsInSteps({ a: a.layers, b: b.layers, pairs }, pace));
  const inB = await pace.run(fusedCounterpartsInSteps({ a: b.layers, b: a.layers, pairs: swapped }, pace));
  const [newA, assumedOfA] = await cutLikeOther(a, inA, ["A", "B"]);
  const [newB, assumedOfB] = await cutLikeOther(b, inB, ["B", "A"]);
  return { models: [newA, newB], assumed: [...assumedOfA, ...assumedOfB] };
}

async function cutLikeOther(
  model: ReplannableModel,
  counterparts: readonly FusedCounterpart[],
  [called, other]: readonly [string, string],
): Promise<readonly [ReplannableModel, readonly string[]]> {
  if (counterparts.length === 0) return [model, []];
  const again = await model.planAgain(
    new Map(counterparts.map(({ fused, parts }) => [fused[0].tensorName, parts.map(sidesOf)])),
  );
  const shapesBefore = shapesByTensor(model.layers);
  const shapesNow = shapesByTensor(again.layers);
  const cut = counterparts.filter(
    ({ fused: [{ tensorName }] }) => shapesNow.get(tensorName) !== shapesBefore.get(tensorName),
  );
  // For tensors that could not be cut, the new plan says why.
  if (cut.length === 0) return [again, []];
  const [{ fused, parts }] = cut;
  const tensors = `${cut.length} fused ${cut.length === 1 ? "tensor" : "tensors"}`;
  const example = `${fused[0].tensorName} like ${parts.map(({ name }) => name).join(", ")}`;
  return [
    again,
    [
      `${tensors} of ${called} ${cut.length === 1 ? "was" : "were"} cut by the sizes of ${other}'s layers, ` +
        `in order (${example})`,
    ],
  ];
}

function sidesOf({ source: { rows, cols } }: Layer): Sides {
  return [rows, cols];
}

/** The shapes of the layers of each tensor, as one text per tensor. */
function shapesByTensor(layers: readonly Layer[]): ReadonlyMap<string, string> {
  const shapes = new Map<string, string>();
  for (const { tensorName, shape } of layers)
    shapes.set(tensorName, `${shapes.get(tensorName) ?? ""} ${shape.join("x")}`);
  return shapes;
}
