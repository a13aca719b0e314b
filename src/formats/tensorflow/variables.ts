import type { TensorHints } from "../tensor.js";
import type { BundleEntry } from "./bundle.js";
import { OBJECT_GRAPH_KEY, type ObjectGraph } from "./object-graph.js";

/** A bundle's entry as a variable. */
export interface Variable {
  readonly name: string;
  readonly hints: TensorHints | undefined;
  /** Why it is not a weight that can be analysed; undefined if it is one. */
  readonly unreadable: string | undefined;
}

/** The end of an object's path in a key; the name of the object's attribute follows. */
const ATTRIBUTES = "/.ATTRIBUTES/";
const SLOT = "/.OPTIMIZER_SLOT/";
/**
 * Only Keras' optimizers keep these; the lists beside them are their state, except the list of the weights that they
 * train.
 */
const OPTIMIZER_SIGN = /^(.+)\/(_iterations|_learning_rate)$/;
const OPTIMIZER_LIST = /^(.+)\/(?!_trainable_variables\/)_\w+\/\d+$/;
/** Names of a layer's own variables: not slots of an optimizer, even below another variable. */
const LAYER_LEAF = /^(kernel|weights?|bias(es)?|embeddings|gamma|beta)$/;
const COUNTER = /(^|\/)(save_counter|global_step)$/;

/** Names and hints for a bundle's entries, by their keys; in the same order. */
export function bundleVariables(entries: readonly BundleEntry[], graph: ObjectGraph): Variable[] {
  const copies = copiesOf(entries, graph);
  const names = uniqueNames(entries, copies, graph);
  const [keys, known] = [new Set(entries.map(({ key }) => key)), new Set(names)];
  const optimizers = new Set(entries.flatMap(({ key }) => OPTIMIZER_SIGN.exec(objectPath(key) ?? "")?.[1] ?? []));
  return entries.map((entry, k) => {
    const original = copies.get(entry);
    const copy =
      original === undefined ? undefined : `a second copy of ${graph.fullNames.get(original.key)}, under another path`;
    return {
      name: names[k],
      hints: hintsOf(names[k], entry.shape, known),
      unreadable: copy ?? reasonNotWeight(entry, { graph, keys, optimizers }),
    };
  });
}

/**
 * Entries that repeat a variable, with the first that holds it: Keras' `export` writes each of them twice. They are
 * recognised by TensorFlow's name for the variable, the shape and type, and the checksum of the elements.
 */
function copiesOf(entries: readonly BundleEntry[], { fullNames }: ObjectGraph): ReadonlyMap<BundleEntry, BundleEntry> {
  const first = new Map<string, BundleEntry>();
  const copies = new Map<BundleEntry, BundleEntry>();
  for (const entry of entries) {
    const { key, type, shape, checksum, size } = entry;
    const name = fullNames.get(key);
    if (name === undefined || checksum === undefined || size === 0) continue;
    const identity = JSON.stringify([name, type, shape, checksum]);
    const original = first.get(identity);
    if (original === undefined) first.set(identity, entry);
    else copies.set(entry, original);
  }
  return copies;
}

/** TensorFlow's own name of the variable if it is unique, else its path in the tree of objects, else its key. */
function uniqueNames(
  entries: readonly BundleEntry[],
  copies: ReadonlyMap<BundleEntry, unknown>,
  { fullNames }: ObjectGraph,
): string[] {
  const candidates = entries.map((entry) => {
    const fullName = copies.has(entry) ? undefined : fullNames.get(entry.key);
    return [...(fullName === undefined ? [] : [fullName]), readablePath(entry.key), entry.key];
  });
  const uses = new Map<string, number>();
  for (const names of candidates) for (const name of new Set(names)) uses.set(name, (uses.get(name) ?? 0) + 1);
  return candidates.map((names, k) => names.find((name) => uses.get(name) === 1) ?? entries[k].key);
}

/** The path of the object to which a key belongs; undefined for the plain names from before TensorFlow 2. */
function objectPath(key: string): string | undefined {
  const end = key.indexOf(ATTRIBUTES);
  return end < 0 ? undefined : key.slice(0, end);
}

/**
 * "layers/1/_kernel/.ATTRIBUTES/VARIABLE_VALUE" as "layers/1/kernel": Keras' private attributes begin with "_", and "/"
 * in a name is kept as ".S".
 */
function readablePath(key: string): string {
  const segments = objectPath(key)?.split("/");
  if (segments === undefined) return key;
  return segments
    .map((segment) => segment.replace(/^_+(?=.)/, "").replace(/\.([S.])/g, (_, mark) => (mark === "S" ? "/" : ".")))
    .join("/");
}

interface VariableContext {
  readonly graph: ObjectGraph;
  readonly keys: ReadonlySet<string>;
  /** Paths of optimizers. */
  readonly optimizers: ReadonlySet<string>;
}

function reasonNotWeight(
  { key, slices }: BundleEntry,
  { graph, keys, optimizers }: VariableContext,
): string | undefined {
  if (key === OBJECT_GRAPH_KEY) return "the tree of the saved objects, not a weight";
  const path = objectPath(key) ?? key;
  if (COUNTER.test(path)) return "a counter of the training, not a weight";
  const cut = path.lastIndexOf("/");
  const [owner, leaf] = [path.slice(0, cut), path.slice(cut + 1)];
  if (graph.slots.has(key) || path.includes(SLOT))
    return `an optimizer's state (${graph.slots.get(key) ?? leaf}), not a weight`;
  if (optimizers.has(OPTIMIZER_SIGN.exec(path)?.[1] ?? OPTIMIZER_LIST.exec(path)?.[1] ?? ""))
    return "an optimizer's state, not a weight";
  // Before TensorFlow 2 a slot has the name of its variable, followed by its own.
  if (path === key && keys.has(owner) && !LAYER_LEAF.test(leaf)) {
    return `kept beside the variable ${owner} (an optimizer's state, or a moving average): not a weight of its own`;
  }
  return slices === 0
    ? undefined
    : `a partitioned variable in ${slices} slices, which are not joined; save it without a partitioner`;
}

/** TensorFlow stores kernels with the inputs before the outputs, whatever the layer. */
function hintsOf(
  name: string,
  { length: axes }: readonly number[],
  names: ReadonlySet<string>,
): TensorHints | undefined {
  const plain = name.replace(/:0$/, "");
  const owner = plain.slice(0, plain.lastIndexOf("/") + 1);
  const leaf = plain.slice(owner.length);
  if (/^depthwise_(kernel|weights)$/.test(leaf)) return { role: "depthwise-conv", kernelLayout: "hwio" };
  if (leaf === "embeddings") return { role: "embedding" };
  if (!/(^|_)(kernel|weights|filters?)$/.test(leaf)) return undefined;
  if (axes === 2) {
    const recurrent = leaf === "recurrent_kernel" || names.has(`${owner}recurrent_kernel`);
    // If the path contains "embeddings", the role is left to the rules that read names.
    return recurrent || leaf !== "kernel" ? { denseLayout: "in-out" } : { role: "dense", denseLayout: "in-out" };
  }
  if (axes !== 4 && axes !== 5) return undefined;
  return { role: /transpose/i.test(owner) ? "transposed-conv" : "conv", kernelLayout: "hwio" };
}
