import { FormatError } from "../../../bytes/errors.js";
import type { Pace, Steps } from "../../../bytes/pace.js";
import type { ErrorLocation } from "../../../bytes/stored-bytes.js";
import type { Tile } from "../../tiled-values.js";
import { PyDict, PyGlobal, PyList, PyObject, PyTuple, type Value } from "../pickle/values.js";
import { integers } from "../rebuild-arguments.js";

/** Where the bytes of a part are: a torch.save archive of its own within a file. */
export interface PartLocation {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  /** Names of the transformations of its bytes (compression). */
  readonly transforms: readonly string[];
}

/** A part of a tensor, and where it is stored. */
export type StoredTile = Tile & PartLocation;

export interface PlannedTensor {
  /** The keys that lead to it in the nested state dict that was saved. */
  readonly path: readonly string[];
  /** The type's name in torch ("float32"). */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly tiles: readonly StoredTile[];
}

/** The plan of a checkpoint of torch.distributed.checkpoint. */
export interface Plan {
  readonly tensors: readonly PlannedTensor[];
  /** Values that are no tensors (pickles of their own, which are not read). */
  readonly others: number;
}

/** Steps to read an entry of the plan. */
const ENTRY_STEPS = 32;
const ENTRY_BYTES = 500;

/** The classes of the plan, in PyTorch from 1.13 on [torch/distributed/checkpoint/metadata.py, filesystem.py]. */
const CLASSES = /^torch\.distributed\.(?:_shard\.)?checkpoint\.(?:metadata|filesystem|_fsspec_filesystem)\.(\w+)$/;

/**
 * Whether the plan may name it: its own classes, those of shards of tensors, and how Python 3.11 writes enumerations.
 */
export function isPlanGlobal(path: string): boolean {
  if (path === "builtins.getattr") return true;
  return /^torch\.(distributed|memory_format|contiguous_format|preserve_format|channels_last)(\.|$)/.test(path);
}

/**
 * Reads an unpickled `.metadata`. Throws `FormatError` if it is no plan, or if a tensor's part is stored nowhere.
 * Nothing in it is called.
 */
export function* planOf(value: Value, { where, pace }: { where: ErrorLocation; pace: Pace }): Steps<Plan> {
  const fields = classOf(value) === "Metadata" ? fieldsOf(value) : undefined;
  const [listed, stored] = [fields?.get("state_dict_metadata"), fields?.get("storage_data")];
  if (!(listed instanceof PyDict) || !(stored instanceof PyDict)) {
    throw new FormatError("it is not a plan of torch.distributed.checkpoint", {
      ...where,
      kind: "malformed",
      remedy:
        "The checkpoint is incomplete (was it still being written?); get it again. If PyTorch can load it: " +
        "python -m torch.distributed.checkpoint.format_utils dcp_to_torch <folder> model.pt",
    });
  }
  const locations = new Map<string, PartLocation>();
  for (const [key, info] of stored.entries ?? []) {
    if (pace.spend(ENTRY_STEPS)) yield;
    pace.keep(ENTRY_BYTES);
    const index = fieldsOf(key);
    const fqn = index?.get("fqn");
    const found = locationOf(info);
    if (typeof fqn !== "string" || found === undefined) malformed("an entry of its storage is not one", where);
    locations.set(keyOf(fqn as string, integers(index?.get("offset"))), found as PartLocation);
  }
  const paths = pathsOf(fields?.get("planner_data"));
  const tensors: PlannedTensor[] = [];
  let others = 0;
  for (const [fqn, entry] of listed.entries ?? []) {
    if (pace.spend(ENTRY_STEPS)) yield;
    if (typeof fqn !== "string") malformed("a name in it is not text", where);
    if (classOf(entry) !== "TensorStorageMetadata") {
      others++;
      continue;
    }
    const name = fqn as string;
    const own = { ...where, tensor: name };
    const chunks = fieldsOf(entry)?.get("chunks");
    const shape = integers(fieldsOf(entry)?.get("size"));
    const dtype = dtypeOf(fieldsOf(entry)?.get("properties"));
    if (!(chunks instanceof PyList) || shape === undefined || dtype === undefined)
      malformed("its description is not that of a tensor", own);
    const tiles: StoredTile[] = [];
    for (const chunk of (chunks as PyList).items) {
      if (pace.spend(ENTRY_STEPS)) yield;
      pace.keep(ENTRY_BYTES);
      const [offsets, sizes] = ["offsets", "sizes"].map((field) => integers(fieldsOf(chunk)?.get(field)));
      if (offsets === undefined || sizes === undefined) malformed("a part of it has no offsets or sizes", own);
      const location =
        locations.get(keyOf(name, offsets)) ??
        ((chunks as PyList).items.length === 1 ? locations.get(keyOf(name, undefined)) : undefined);
      if (location === undefined)
        malformed(`its part at (${offsets?.join(", ")}) is in no file that the plan names`, own);
      tiles.push({ offsets: offsets!, sizes: sizes!, ...location! });
    }
    tensors.push({ path: paths.get(name) ?? [name], dtype: dtype!, shape: shape!, tiles });
  }
  return { tensors, others };
}

function keyOf(fqn: string, offsets: readonly number[] | undefined): string {
  return `${offsets?.join(",") ?? "-"}|${fqn}`;
}

function locationOf(value: Value): PartLocation | undefined {
  const fields = fieldsOf(value);
  const [file, offset, length] = ["relative_path", "offset", "length"].map((key) => fields?.get(key));
  const transforms = fields?.get("transform_descriptors");
  if (typeof file !== "string" || !isCount(offset) || !isCount(length)) return undefined;
  const named = transforms instanceof PyList || transforms instanceof PyTuple ? transforms.items : [];
  return { file, offset, length, transforms: named.map((each) => (typeof each === "string" ? each : "unknown")) };
}

/** The dictionary that planners keep of nested names: {"model.fc.weight": ("model", "fc.weight")}. */
function pathsOf(value: Value | undefined): ReadonlyMap<string, readonly string[]> {
  const paths = new Map<string, readonly string[]>();
  for (const [fqn, path] of (value instanceof PyDict ? value.entries : undefined) ?? []) {
    const keys = path instanceof PyTuple || path instanceof PyList ? path.items : [];
    if (typeof fqn === "string" && keys.length > 0) paths.set(fqn, keys.map(String));
  }
  return paths;
}

/** TensorProperties: a tuple that begins with the type, or its fields. */
function dtypeOf(value: Value | undefined): string | undefined {
  const state = value instanceof PyObject ? value.state : undefined;
  const dtype = state instanceof PyTuple ? state.items[0] : fieldsOf(value)?.get("dtype");
  return dtype instanceof PyGlobal && dtype.module === "torch" ? dtype.name : undefined;
}

function classOf(value: Value): string | undefined {
  if (!(value instanceof PyObject) || !(value.callee instanceof PyGlobal)) return undefined;
  // copyreg's way to make an object names the class in the first argument.
  const [first] = value.args.items;
  const named = CLASSES.test(value.callee.path) ? value.callee : first;
  return named instanceof PyGlobal ? CLASSES.exec(named.path)?.[1] : undefined;
}

function fieldsOf(value: Value | undefined): ReadonlyMap<Value, Value> | undefined {
  return value instanceof PyObject && value.state instanceof PyDict ? value.state.entries : undefined;
}

function isCount(value: Value | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function malformed(reason: string, where: ErrorLocation): never {
  throw new FormatError(reason, { ...where, kind: "malformed", remedy: "The checkpoint is damaged; get it again." });
}
