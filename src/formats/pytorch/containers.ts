import { PyDict, PyGlobal, PyList, PyObject, PyTuple, type Value } from "./pickle/values.js";

/** A value inside another, and what it is called there. */
export type Child = readonly [key: string, value: Value];

/** Classes whose calls are dictionaries: they have entries, whatever else. */
const DICTIONARIES: ReadonlySet<string> = new Set([
  ...["collections.OrderedDict", "collections.defaultdict", "collections.Counter", "builtins.dict", "__builtin__.dict"],
]);

/** Where a module keeps what its state dict is made of, in PyTorch's own order. */
const MODULE_PARTS = ["_parameters", "_buffers", "_modules"] as const;

/**
 * What a value holds, in its own order: entries of dictionaries, items of lists, the parameters, buffers and submodules of a pickled module, the
 * attributes of any other object. Nothing for atoms and tensors.
 */
export function childrenOf(value: Value): Child[] {
  if (value instanceof PyDict) return entriesOf(value.entries);
  if (value instanceof PyTuple || value instanceof PyList) return value.items.map((item, k) => [String(k), item]);
  if (!(value instanceof PyObject)) return [];
  const module = moduleParts(value);
  if (module !== undefined) return module.flatMap((part) => childrenOf(part));
  const held: Child[] = [...pairsOf(value), ...entriesOf(value.entries), ...(value.items ?? []).map((item, k): Child => [String(k), item])];
  return isDictionary(value) ? held : [...held, ...entriesOf(attributesOf(value))];
}

/** Is it a dictionary, whose keys the one who saved the file chose? (A module's or another object's are its class's.) */
export function isMapping(value: Value): boolean {
  return value instanceof PyDict || (value instanceof PyObject && (isDictionary(value) || value.entries !== undefined));
}

function isDictionary({ callee }: PyObject): boolean {
  return callee instanceof PyGlobal && DICTIONARIES.has(callee.path);
}

/** The dictionaries of a pickled torch.nn.Module; undefined for anything else. */
function moduleParts(value: PyObject): Value[] | undefined {
  const attributes = attributesOf(value);
  if (attributes === undefined || !attributes.has("_parameters") || !attributes.has("_modules")) return undefined;
  return MODULE_PARTS.map((part) => attributes.get(part) ?? null);
}

/** An object's state is its dictionary of attributes, or that and its slots in a tuple. */
function attributesOf({ state }: PyObject): ReadonlyMap<Value, Value> | undefined {
  const dictionary = state instanceof PyTuple ? state.items[0] : state;
  return dictionary instanceof PyDict ? dictionary.entries : undefined;
}

/** Python 2 pickled OrderedDict as a list of pairs: OrderedDict([["a", 1], ["b", 2]]). */
function pairsOf(value: PyObject): Child[] {
  const [list] = value.args.items;
  if (!isDictionary(value) || !(list instanceof PyList)) return [];
  const pairs = new Map<Value, Value>();
  for (const pair of list.items) {
    if ((pair instanceof PyList || pair instanceof PyTuple) && pair.items.length === 2) pairs.set(pair.items[0], pair.items[1]);
  }
  return entriesOf(pairs);
}

function entriesOf(entries: ReadonlyMap<Value, Value> | undefined): Child[] {
  return entries === undefined ? [] : [...entries].map(([key, value], k) => [keyText(key, k), value]);
}

/** A key as part of a name; keys that are no text or number are called by their place. */
function keyText(key: Value, place: number): string {
  return typeof key === "string" || typeof key === "number" || typeof key === "bigint" ? String(key) : `(key ${place})`;
}
