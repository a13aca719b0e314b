import type { Tensor } from "../formats/tensor.js";
import type { Composition, StoredMagnitudes } from "./composition.js";
import type { Layer, LayerType, Magnitude, StackView } from "./layer.js";
import { sourceOf } from "./matrix-source.js";
import { type Part, product } from "./reading.js";
import { layerRole } from "./role.js";

/** What is known of a layer besides its tensor and its part of it. */
export interface LayerFacts {
  readonly index: number;
  readonly name: string;
  readonly type: LayerType;
  readonly notes: readonly string[];
  readonly tiedWith: readonly string[];
  readonly composition?: Composition | undefined;
}

export function makeLayer(tensor: Tensor, { shape, view, eigenvalueScale }: Part, facts: LayerFacts): Layer {
  const { index, name, tiedWith, composition } = facts;
  const N = Math.max(view.rows, view.cols);
  const M = Math.min(view.rows, view.cols);
  const knownRank = composition?.rank === undefined ? undefined : Math.min(composition.rank, M);
  const notes = tensor.quantised ? [...facts.notes, dequantisedNote(tensor)] : facts.notes;
  return {
    index,
    name,
    tensorName: composition?.tensorName ?? tensor.name,
    type: knownRank === undefined ? facts.type : "lora",
    ...layerRole(name),
    shape,
    dtype: tensor.dtype,
    storedBits: tensor.storedBits,
    quantised: tensor.quantised,
    N,
    M,
    Q: N / M,
    rf: view.count,
    ...(knownRank === undefined ? {} : { knownRank }),
    transposed: view.rows < view.cols,
    eigenvalueScale,
    tiedWith,
    notes: knownRank === undefined ? notes : [rankNote({ knownRank, M })!, ...notes],
    source: sourceOf(tensor, view),
    ...(composition?.magnitude === undefined ? {} : { magnitude: magnitudeOf(view, composition.magnitude) }),
  };
}

/** One length per output, or per input (LyCORIS, by its shape 1 x in); of a whole matrix only. */
function magnitudeOf(
  { count, rows, cols, offset, colStride, rowStride }: StackView,
  { tensor, transposed }: StoredMagnitudes,
): Magnitude {
  const perInput = tensor.shape.length === 2 && tensor.shape[0] === 1 && tensor.shape[1] > 1;
  const along = transposed === perInput ? "rows" : "columns";
  const whole = count === 1 && offset === 0 && colStride === 1 && rowStride === cols;
  const fits = whole && product(tensor.shape) === (along === "rows" ? rows : cols);
  return fits ? { lengths: tensor, along } : { along };
}

/** What a known rank means for the spectrum. */
export function rankNote({ knownRank, M }: Pick<Layer, "knownRank" | "M">): string | undefined {
  return knownRank === undefined
    ? undefined
    : `of rank ${knownRank} by construction: at most ${knownRank} of ${M} eigenvalues of a matrix are not zero`;
}

function dequantisedNote({ dtype }: Tensor): string {
  return `weights were dequantised from ${dtype}: rounding adds noise to the bulk of the spectrum`;
}
