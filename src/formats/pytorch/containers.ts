import { PyDict, PyGlobal, PyList, PyObject, PyTuple, type Value } from "./pickle/values.js";

/** Values that hold other values. */
export type Container = PyDict | PyList | PyTuple | PyObject;

/**
 * One of the collections that hold a container's contents. A pickle may share a collection among many containers, so
 * each has its own identity: a hundred modules with one dictionary of parameters are a hundred containers with one
 * section.
 */
export interface Section {
  readonly owner: Container;
  readonly entries?: ReadonlyMap<Value, Value> | undefined;
  readonly items?: readonly Value[] | undefined;
  /** Python 2 pickled OrderedDict as a list of pairs: OrderedDict([["a", 1], ["b", 2]]). */
  readonly pairs?: readonly Value[];
}

/** A value in a section: its key there (a list's items have none), and its position. */
export type SectionEntry = readonly [key: Value | undefined, value: Value, position: number];

/** Classes whose calls make dictionaries: they have entries. */
const DICTIONARIES: ReadonlySet<string> = new Set([
  ...["collections.OrderedDict", "collections.defaultdict", "collections.Counter", "builtins.dict", "__builtin__.dict"],
]);

/** The attributes in which a module stores the parts of its state dict, in PyTorch's own order. */
const MODULE_PARTS = ["_parameters", "_buffers", "_modules"] as const;

/**
 * The contents of a value, in its own order: entries of dictionaries, items of lists, the parameters, buffers and
 * submodules of a pickled module, the attributes of any other object. Empty for atoms. Nothing is copied: O(1) whatever
 * the value holds.
 */
export function sectionsOf(value: Value): Section[] {
  if (value instanceof PyDict) return filled({ owner: value, entries: value.entries });
  if (value instanceof PyTuple || value instanceof PyList) return filled({ owner: value, items: value.items });
  if (!(value instanceof PyObject)) return [];
  const attributes = attributesOf(value);
  const parts = attributes === undefined ? undefined : moduleParts(attributes.entries);
  if (parts !== undefined)
    return parts.flatMap((part) => (isMapping(part) ? ownSections(part as PyDict | PyObject) : []));
  return isDictionary(value) || attributes === undefined
    ? ownSections(value)
    : [...ownSections(value), ...filled({ owner: attributes, entries: attributes.entries })];
}

/** Whether the value can hold others. */
export function isContainer(value: Value): value is Container {
  return value instanceof PyDict || value instanceof PyList || value instanceof PyTuple || value instanceof PyObject;
}

/** The contents of a dictionary or object, without its attributes. */
function ownSections(value: PyDict | PyObject): Section[] {
  if (value instanceof PyDict) return filled({ owner: value, entries: value.entries });
  const [list] = value.args.items;
  const pairs = isDictionary(value) && list instanceof PyList ? filled({ owner: list, pairs: list.items }) : [];
  return [...pairs, ...filled({ owner: value, entries: value.entries, items: value.items })];
}

function filled(section: Section): Section[] {
  const { entries, items, pairs } = section;
  return (entries?.size ?? 0) + (items?.length ?? 0) + (pairs?.length ?? 0) > 0 ? [section] : [];
}

/** The contents of a section, one after the other. */
export function* sectionEntries({ entries, items = [], pairs }: Section): Generator<SectionEntry> {
  let position = 0;
  for (const [key, value] of pairs === undefined ? (entries ?? []) : entriesOfPairs(pairs))
    yield [key, value, position++];
  for (position = 0; position < items.length; position++) yield [undefined, items[position], position];
}

/**
 * The value under a key of a section that has keys; of two pairs with one key, the later wins. O(1), except for pairs.
 */
export function valueUnder({ entries, pairs }: Section, key: string): Value | undefined {
  return pairs === undefined ? entries?.get(key) : entriesOfPairs(pairs).get(key);
}

/**
 * The name of a value within its section, as part of a longer name; a key that is neither text nor number is named by
 * its position.
 */
export function keyText([key, , position]: SectionEntry): string {
  if (key === undefined) return String(position);
  return typeof key === "string" || typeof key === "number" || typeof key === "bigint"
    ? String(key)
    : `(key ${position})`;
}

/**
 * Whether it is a dictionary, whose keys were chosen by whoever saved the file. (The keys of a module or another object
 * are defined by its class.)
 */
export function isMapping(value: Value): boolean {
  return value instanceof PyDict || (value instanceof PyObject && (isDictionary(value) || value.entries !== undefined));
}

function isDictionary({ callee }: PyObject): boolean {
  return callee instanceof PyGlobal && DICTIONARIES.has(callee.path);
}

/** The dictionaries of a pickled torch.nn.Module, from its attributes; undefined for anything else. */
function moduleParts(attributes: ReadonlyMap<Value, Value> | undefined): Value[] | undefined {
  if (attributes === undefined || !attributes.has("_parameters") || !attributes.has("_modules")) return undefined;
  return MODULE_PARTS.map((part) => attributes.get(part) ?? null);
}

/** An object's state is its dictionary of attributes, or a tuple of that and its slots. */
function attributesOf({ state }: PyObject): PyDict | undefined {
  const dictionary = state instanceof PyTuple ? state.items[0] : state;
  return dictionary instanceof PyDict ? dictionary : undefined;
}

/** One list of pairs may be the argument of many dictionaries: it is read only once. */
const READ_PAIRS = /* @__PURE__ */ new WeakMap<readonly Value[], ReadonlyMap<Value, Value>>();

function entriesOfPairs(pairs: readonly Value[]): ReadonlyMap<Value, Value> {
  const known = READ_PAIRS.get(pairs);
  if (known !== undefined) return known;
  const entries = new Map<Value, Value>();
  READ_PAIRS.set(pairs, entries);
  for (const pair of pairs) {
    if ((pair instanceof PyList || pair instanceof PyTuple) && pair.items.length === 2)
      entries.set(pair.items[0], pair.items[1]);
  }
  return entries;
}
