import type { Values } from "../formats/tensor.js";
import type { Layer, MatrixSource } from "./layer.js";
import { rankNote } from "./make-layer.js";
import type { LayerPlan } from "./plan-layers.js";

/**
 * W + dW: a base's layer with an adapter's product added, in f64; both are streamed in step. Everything else is the base's. Throws `RangeError` where their
 * matrices differ in shape.
 */
export function mergeAdapter(base: Layer, adapter: Layer): Layer {
  const objection = mergeObjection(base, adapter);
  if (objection !== undefined) throw new RangeError(objection);
  const said = adapter.notes.filter((note) => note !== rankNote(adapter) && !base.notes.includes(note));
  return { ...base, tiedWith: [], notes: [...base.notes, "its adapter was added", ...said], source: sum(base.source, adapter.source) };
}

function mergeObjection({ name, source: a }: Layer, { source: b }: Layer): string | undefined {
  if (a.count === b.count && a.rows === b.rows && a.cols === b.cols) return undefined;
  const turned = a.rows === b.cols && a.cols === b.rows ? ", which stores it the other way round (fan_in_fan_out)" : "";
  return `the adapter of ${name} makes ${shapeOf(b)}, the base has ${shapeOf(a)}${turned}`;
}

/** An adapter's layers on those of its base, and what found no place there. */
export interface MergedPlan extends LayerPlan {
  readonly unmerged: readonly Unmerged[];
}

/** An adapter's layer that the base has no place for, and why. */
export interface Unmerged {
  readonly layer: Layer;
  readonly reason: string;
}

/**
 * The layers of an adapter, each merged onto the base's layer of the same name (or of the one name that ends like it, as bases are saved with and without
 * their outermost module). Those without one are in `unmerged`; the base's other layers are as they were and not listed.
 */
export function mergeAdapters(base: LayerPlan, adapter: LayerPlan): MergedPlan {
  const find = finder(base.layers);
  const layers: Layer[] = [];
  const unmerged: Unmerged[] = [];
  for (const layer of adapter.layers) {
    // Modules that were saved whole beside the adapter.
    if (layer.knownRank === undefined) {
      layers.push({ ...layer, notes: [...layer.notes, "saved whole beside the adapter, in place of the base's"] });
      continue;
    }
    const under = find(layer.name);
    const reason = under === undefined ? absence(layer, base) : mergeObjection(under, layer);
    if (under === undefined || reason !== undefined) unmerged.push({ layer, reason: reason! });
    else layers.push({ ...mergeAdapter(under, layer), index: layer.index });
  }
  return { layers, skipped: adapter.skipped, order: adapter.order, unmerged };
}

function absence({ name }: Layer, { skipped }: LayerPlan): string {
  const left = skipped.find((tensor) => tensor.name === name || tensor.name === `${name}.weight`);
  return `adapts ${name}, which the base ${left === undefined ? "does not have" : `has only as a tensor that is left out: ${left.reason}`}`;
}

/** The layer of a name, or the only one whose name is a longer or shorter form of it by whole segments, or the same in kohya's spelling. */
function finder(layers: readonly Layer[]): (name: string) => Layer | undefined {
  const exact = new Map(layers.map((layer) => [layer.name, layer]));
  const byTail = new Map<string, Layer[]>();
  const add = (tail: string, layer: Layer): void => {
    const others = byTail.get(tail);
    if (others === undefined) byTail.set(tail, [layer]);
    else others.push(layer);
  };
  for (const layer of layers) {
    for (const tail of [...tails(layer.name), kohyaName(layer.name)]) add(tail, layer);
  }
  return (name) => {
    if (exact.has(name)) return exact.get(name);
    const longer = byTail.get(name) ?? byTail.get(kohyaName(name)) ?? [];
    if (longer.length > 0) return longer.length === 1 ? longer[0] : undefined;
    return tails(name)
      .map((tail) => exact.get(tail))
      .find((layer) => layer !== undefined);
  };
}

/** kohya's scripts write "lora_unet_" or "lora_te1_" before a module's name, and "_" for its dots. */
function kohyaName(name: string): string {
  return `lora_${name.replace(/^lora_(?:unet|te\d?|transformer)_/, "").replaceAll(".", "_")}`;
}

/** Outermost modules that a base is saved with or without ("model.", "base_model.model.", "transformer."). */
const MAX_OUTER_SEGMENTS = 3;

function tails(name: string): string[] {
  const segments = name.split(".");
  return Array.from({ length: Math.min(MAX_OUTER_SEGMENTS, segments.length - 1) }, (_, k) => segments.slice(k + 1).join("."));
}

/** A + B as a stack of their shape: two blocks of memory. Throws `RangeError` where B ends early. */
function sum(a: MatrixSource, b: MatrixSource): MatrixSource {
  const { count, rows, cols } = a;
  return {
    count,
    rows,
    cols,
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
