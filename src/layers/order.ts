import { finish, type Pace, type Steps, unpaced } from "../bytes/pace.js";
import { sortInSteps } from "../bytes/sort-in-steps.js";
import type { Tensor, TensorOrder, WeightFile } from "../formats/tensor.js";
import { type LayerRole, layerRole, ROLES } from "./role.js";

/**
 * The order of the layers: the file's own (`TensorOrder`), or "names": blocks by number, embeddings first, the head
 * last.
 */
export type LayerOrder = TensorOrder | "names";

/** The words for an order: "in the order of ...". */
export const ORDER_WORDS: Readonly<Record<LayerOrder, string>> = {
  graph: "the graph's operators",
  configuration: "the model's configuration",
  file: "the file",
  names: "names (blocks by number, embeddings first, the head last)",
};

/**
 * A file's tensors from the model's input to its output, as well as this can be determined. The order of the file's
 * graph or configuration comes first, if it has one. Else the file's order, which is the model's in a PyTorch state
 * dict, unless it is clearly not the model's: names sorted as text (safetensors' writers put "layers.10" before
 * "layers.2"), blocks that do not ascend, a head before the blocks. Else by names.
 */
export function orderTensors(file: Pick<WeightFile, "tensors" | "order">): OrderedTensors {
  return finish(orderTensorsInSteps(file, unpaced()));
}

export interface OrderedTensors {
  readonly tensors: readonly Tensor[];
  readonly order: LayerOrder;
}

/** Steps to read a role or a key from a name: one per character, plus these. */
const NAME_STEPS = 16;
/** Memory of a sorting key, and for each character of the name; alternating digits and words are the worst case. */
const KEY_BYTES = 300;
const KEY_BYTES_PER_CHARACTER = 24;
/** Steps of comparing two keys. */
const COMPARISON_STEPS = 4;

/** `orderTensors` with pauses. */
export function* orderTensorsInSteps(
  { tensors, order = "file" }: Pick<WeightFile, "tensors" | "order">,
  pace: Pace,
): Steps<OrderedTensors> {
  if (order !== "file" || tensors.length < 2) return { tensors, order };
  const placed: Placed[] = [];
  for (const tensor of tensors) {
    if (pace.spend(NAME_STEPS + tensor.name.length)) yield;
    placed.push({ tensor, ...layerRole(tensor.name) });
  }
  if (!isSorted(tensors) && blocksAscend(placed) && !headLeads(placed)) return { tensors, order };
  const keyed: (Placed & { readonly key: Key })[] = [];
  for (const each of placed) {
    const { length } = each.tensor.name;
    pace.keep(KEY_BYTES + KEY_BYTES_PER_CHARACTER * length);
    if (pace.spend(NAME_STEPS + length)) yield;
    keyed.push({ ...each, key: keyOf(each) });
  }
  const byName = yield* sortInSteps(keyed, (a, b) => compareKeys(a.key, b.key), { pace, steps: COMPARISON_STEPS });
  const changed = byName.some(({ tensor }, k) => tensor !== tensors[k]);
  return changed ? { tensors: byName.map(({ tensor }) => tensor), order: "names" } : { tensors, order };
}

type Placed = LayerRole & { readonly tensor: Tensor };

/** Writers that sort do so within a file, with the wider types first. */
function isSorted(tensors: readonly Tensor[]): boolean {
  return tensors.every((tensor, k) => {
    const before = tensors[k - 1];
    return (
      before === undefined || before.file !== tensor.file || before.dtype !== tensor.dtype || before.name < tensor.name
    );
  });
}

function blocksAscend(placed: readonly Placed[]): boolean {
  const last = new Map<string, number>();
  return placed.every(({ block, family }) => {
    if (block === null) return true;
    const ascends = block >= (last.get(family) ?? 0);
    last.set(family, block);
    return ascends;
  });
}

function headLeads(placed: readonly Placed[]): boolean {
  const head = placed.findIndex(({ role, block }) => role === "head" && block === null);
  return head >= 0 && placed.slice(head).some(({ block }) => block !== null);
}

/** Compared element by element: numbers by value, texts by their characters. */
type Key = readonly (string | number)[];

/** Stage of the model, then the name up to its block's number, then the role in that block, then the whole name. */
function keyOf({ tensor: { name }, block, role, family }: Placed): Key {
  const head = block === null ? name : family.slice(0, family.indexOf("*"));
  const within = block === null || role === null ? ROLES.length : ROLES.indexOf(role);
  return [stageOf({ name, block, role }), ...naturalKey(head), block ?? -1, within, ...naturalKey(name)];
}

function stageOf({ name, block, role }: Pick<LayerRole, "block" | "role"> & { readonly name: string }): number {
  if (block === null && role === "embedding") return 0;
  if (block === null && role === "head") return 3;
  return /(^|[./])dec(oder)?[./]/i.test(name) ? 2 : 1;
}

/** "layers.10.fc" as ["layers.", 10, ".fc"]. */
function naturalKey(name: string): (string | number)[] {
  return name.split(/(\d+)/).map((part, k) => (k % 2 === 1 ? Number(part) : part));
}

function compareKeys(a: Key, b: Key): number {
  for (let k = 0; k < Math.min(a.length, b.length); k++) {
    if (a[k] === b[k]) continue;
    // Numbers sort before texts, as digits before letters.
    if (typeof a[k] !== typeof b[k]) return typeof a[k] === "number" ? -1 : 1;
    return a[k] < b[k] ? -1 : 1;
  }
  return a.length - b.length;
}
