import { finish, type Pace, type Steps, unpaced } from "../bytes/pace.js";
import type { Values } from "../formats/tensor.js";
import { UNKNOWN_SCALE } from "./adapter-scale.js";
import { correspondingLayersInSteps } from "./correspondence.js";
import type { Layer, MatrixSource, SkippedTensor } from "./layer.js";
import { DORA, rescaled } from "./magnitudes.js";
import { rankNote } from "./make-layer.js";
import type { LayerPlan } from "./plan-layers.js";

/**
 * W + dW: a layer of the base with an adapter's product added, in f64. Both are streamed together. Everything else is
 * the base's. Throws `RangeError` if their matrices differ in shape.
 */
export function mergeAdapter(base: Layer, adapter: Layer): Layer {
  const objection = mergeObjection(base, adapter);
  if (objection !== undefined) throw new RangeError(objection);
  const said = adapter.notes
    .filter((note) => note !== rankNote(adapter) && !note.startsWith(DORA) && !base.notes.includes(note))
    .map((note) => (note.startsWith(UNKNOWN_SCALE) ? `added at scale 1, as loaders do: ${UNKNOWN_SCALE}` : note));
  const lengths =
    adapter.magnitude === undefined ? [] : [`its ${adapter.magnitude.along} have the lengths of a DoRA adapter`];
  return {
    ...base,
    tiedWith: [],
    notes: [...base.notes, "its adapter was added", ...lengths, ...said],
    source: rescaled(sum(base.source, adapter.source), adapter.magnitude),
  };
}

function mergeObjection({ name, source: a }: Layer, { source: b, magnitude }: Layer): string | undefined {
  if (a.count === b.count && a.rows === b.rows && a.cols === b.cols) {
    return magnitude !== undefined && magnitude.lengths === undefined
      ? `the magnitudes of the DoRA adapter of ${name} do not fit ${shapeOf(b)}, or are those of a kernel or ` +
          "of a part of a weight"
      : undefined;
  }
  const turned = a.rows === b.cols && a.cols === b.rows ? ", which stores it transposed (fan_in_fan_out)" : "";
  return `the adapter of ${name} makes ${shapeOf(b)}, the base has ${shapeOf(a)}${turned}`;
}

/** The layers of an adapter merged onto those of its base, and those that could not be merged. */
export interface MergedPlan extends LayerPlan {
  readonly unmerged: readonly Unmerged[];
  /** In words, what was assumed about names that differ between the two (A is the adapter, B the base). */
  readonly assumed: readonly string[];
}

/** A layer of the adapter without a counterpart in the base, and why. */
export interface Unmerged {
  readonly layer: Layer;
  readonly reason: string;
}

/**
 * The layers of an adapter, each merged onto the base's layer of the same name, or of the one name that is equal
 * without wrappers or ends like it. Never by role: libraries order rows within heads differently. Layers without a
 * counterpart are in `unmerged`. Other layers of the base are unchanged and not listed.
 */
export function mergeAdapters(base: LayerPlan, adapter: LayerPlan): MergedPlan {
  return finish(mergeAdaptersInSteps(base, adapter, unpaced()));
}

const LAYER_STEPS = 64;

/** `mergeAdapters` with pauses. */
export function* mergeAdaptersInSteps(base: LayerPlan, adapter: LayerPlan, pace: Pace): Steps<MergedPlan> {
  const products = adapter.layers.filter(({ knownRank }) => knownRank !== undefined);
  const { pairs, assumed } = yield* correspondingLayersInSteps(products, base.layers, { byRole: false, pace });
  const skipped = new Map(base.skipped.map((tensor) => [tensor.name, tensor]));
  const partners = new Map(pairs.map((pair) => [pair.a, pair.b]));
  const layers: Layer[] = [];
  const unmerged: Unmerged[] = [];
  for (const layer of adapter.layers) {
    if (pace.spend(LAYER_STEPS)) yield;
    // Modules that were saved whole beside the adapter.
    if (layer.knownRank === undefined) {
      layers.push({ ...layer, notes: [...layer.notes, "saved whole beside the adapter, in place of the base's"] });
      continue;
    }
    const under = partners.get(layer);
    const reason = under === undefined ? absence(layer, skipped) : mergeObjection(under, layer);
    if (under === undefined || reason !== undefined) unmerged.push({ layer, reason: reason! });
    else layers.push({ ...mergeAdapter(under, layer), index: layer.index });
  }
  return { layers, skipped: adapter.skipped, order: adapter.order, unmerged, assumed };
}

function absence({ name }: Layer, skipped: ReadonlyMap<string, SkippedTensor>): string {
  const left = skipped.get(name) ?? skipped.get(`${name}.weight`);
  return (
    `adapts ${name}, which the base ` +
    `${left === undefined ? "does not have" : `has only as a skipped tensor: ${left.reason}`}`
  );
}

/** A + B as a stack of their shape; needs two blocks of memory. Throws `RangeError` if B ends early. */
export function sum(a: MatrixSource, b: MatrixSource): MatrixSource {
  const { count, rows, cols } = a;
  return {
    count,
    rows,
    cols,
    ...(a.origin !== undefined && b.origin !== undefined && { origin: { kind: "sum", terms: [a.origin, b.origin] } }),
    async *blocks(signal) {
      const others = b.blocks(signal)[Symbol.asyncIterator]();
      let other: Values = new Float64Array(0);
      let used = 0;
      try {
        for await (const block of a.blocks(signal)) {
          const added = Float64Array.from(block);
          for (let i = 0; i < added.length; i++) {
            if (used === other.length) {
              const next = await others.next();
              if (next.done) throw new RangeError("the adapter's product ended before the base's weights");
              [other, used] = [next.value, 0];
            }
            added[i] += other[used++];
          }
          yield added;
        }
      } finally {
        await others.return?.();
      }
    },
  };
}

function shapeOf({ count, rows, cols }: MatrixSource): string {
  return count === 1 ? `${rows} x ${cols}` : `${count} x ${rows} x ${cols}`;
}
