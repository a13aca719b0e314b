import { FormatError } from "../../bytes/errors.js";
import type { ErrorLocation } from "../../bytes/stored-bytes.js";
import { STORAGE_DTYPES } from "./dtypes.js";
import { PyDict, PyGlobal, PyObject, PyPersistent, PyTuple, type Value } from "./pickle/values.js";
import { dtypeNamed, dtypeOf, integers, isCount, nameOf } from "./rebuild-arguments.js";
import type { StorageReference, TorchTensor, UnreadableTensor } from "./torch-tensor.js";

/** Classes of tensors that are spread over ranks: a file has the part of one rank. */
const RANK_PART = /^torch\.distributed\.(.*\.)?(DTensor|ShardedTensor)$/;

/** A parameter is a tensor in a wrapper or two; a longer chain of wrappers is not a tensor. */
const MAX_WRAPPERS = 8;

type Rebuild = (args: readonly Value[], context: Context) => TorchTensor | undefined;

interface Context {
  readonly where: ErrorLocation;
  readonly wrappers: number;
}

/** Functions of torch._utils by what they would rebuild. */
const REBUILD: ReadonlyMap<string, Rebuild> = new Map<string, Rebuild>([
  [
    "torch._utils._rebuild_tensor",
    ([storage, offset, size, stride], { where }) => strided({ storage, offset, size, stride }, where),
  ],
  [
    "torch._utils._rebuild_tensor_v2",
    ([storage, offset, size, stride, , , metadata], { where }) =>
      strided({ storage, offset, size, stride, metadata }, where),
  ],
  [
    "torch._utils._rebuild_tensor_v3",
    ([storage, offset, size, stride, , , dtype, metadata], { where }) =>
      strided({ storage, offset, size, stride, dtype, metadata }, where),
  ],
  ["torch._utils._rebuild_parameter", ([data], context) => unwrap(data, context)],
  ["torch._utils._rebuild_parameter_with_state", ([data], context) => unwrap(data, context)],
  ["torch.nn.parameter.Parameter", ([data], context) => unwrap(data, context)],
  ["torch.nn.parameter.Buffer", ([data], context) => unwrap(data, context)],
  ["torch._utils._rebuild_device_tensor_from_cpu_tensor", ([data], context) => unwrap(data, context)],
  ["torch._utils._rebuild_device_tensor_from_numpy", ([data], context) => unwrap(data, context)],
  ["torch._utils._rebuild_xla_tensor", ([data], context) => unwrap(data, context)],
  ["torch._tensor._rebuild_from_type", rebuildFromType],
  ["torch._tensor._rebuild_from_type_v2", rebuildFromType],
  ["torch._utils._rebuild_qtensor", ([storage, , size, , quantiser]) => quantised(storage, size, quantiser)],
  ["torch._utils._rebuild_sparse_tensor", ([layout, data], context) => sparse(layout, data, context)],
  ["torch._utils._rebuild_sparse_csr_tensor", ([data], context) => sparse("sparse_csr", data, context)],
  [
    "torch._utils._rebuild_meta_tensor_no_storage",
    ([dtype, size]) =>
      unreadable(dtypeOf(dtype), size, "a tensor on the meta device: the file holds its shape, not its values"),
  ],
  [
    "torch._utils._rebuild_wrapper_subclass",
    ([type, dtype, size]) =>
      type instanceof PyGlobal && RANK_PART.test(type.path)
        ? partOfRank(type, dtypeOf(dtype), size)
        : unreadable(
            dtypeOf(dtype),
            size,
            `a tensor of class ${nameOf(type)}, whose values only that class can compute; they are not read`,
          ),
  ],
  ["torch._utils._rebuild_nested_tensor", ([data], context) => nested(data, context)],
]);

/**
 * The tensor that a value of a pickle represents, or undefined if it is not one. Throws `FormatError` if it is one by
 * name but its arguments are not those that PyTorch writes.
 */
export function tensorOf(value: Value, where: ErrorLocation): TorchTensor | undefined {
  return unwrap(value, { where, wrappers: 0 });
}

/** Such classes have about ten attributes. */
const MAX_ATTRIBUTES = 64;
/** Quantised tensors whose attributes are plain tensors: codes, scales, zero points. */
const QUANTISED_SUBCLASS = /^(torchao|optimum\.quanto|quanto)\./;

/**
 * The attributes of a pickled tensor subclass of torchao or quanto, from which its weight can be composed; undefined
 * for any other value. Other subclasses (DTensor) hold a part of a tensor, which is no weight by itself.
 */
export function subclassAttributes(value: Value): PyDict | undefined {
  let inner: Value | undefined = value;
  for (let depth = 0; depth < MAX_WRAPPERS; depth++) {
    if (!(inner instanceof PyObject) || !(inner.callee instanceof PyGlobal)) return undefined;
    const items: readonly Value[] = inner.args.items;
    if (inner.callee.path !== "torch._tensor._rebuild_from_type_v2") {
      inner = items[0];
      continue;
    }
    const [, type, , state] = items;
    const attributes = state instanceof PyTuple ? state.items[0] : state;
    const known = type instanceof PyGlobal && QUANTISED_SUBCLASS.test(type.path);
    const few = attributes instanceof PyDict && (attributes.entries?.size ?? 0) <= MAX_ATTRIBUTES;
    return known && few ? attributes : undefined;
  }
  return undefined;
}

function unwrap(value: Value | undefined, { where, wrappers }: Context): TorchTensor | undefined {
  if (!(value instanceof PyObject) || !(value.callee instanceof PyGlobal) || wrappers > MAX_WRAPPERS) return undefined;
  if (isNumpyArray(value.callee)) return numpyArray(value);
  // Before PyTorch 1.13 it was a plain object, whose parts must not pass for weights.
  if (RANK_PART.test(value.callee.path)) return partOfRank(value.callee, undefined, undefined);
  return REBUILD.get(value.callee.path)?.(value.args.items, { where, wrappers: wrappers + 1 });
}

/** A subclass of Tensor, or a tensor with attributes: (function, class, its arguments, state). */
function rebuildFromType([callee, , args]: readonly Value[], context: Context): TorchTensor | undefined {
  if (!(callee instanceof PyGlobal) || !(args instanceof PyTuple)) return undefined;
  return REBUILD.get(callee.path)?.(args.items, { ...context, wrappers: context.wrappers + 1 });
}

interface StridedArguments {
  readonly storage: Value;
  readonly offset: Value;
  readonly size: Value;
  readonly stride: Value;
  readonly dtype?: Value;
  readonly metadata?: Value;
}

function strided(
  { storage, offset, size, stride, dtype, metadata }: StridedArguments,
  where: ErrorLocation,
): TorchTensor {
  const reference = storageOf(storage, where);
  const type = dtype === undefined ? reference.type : dtypeNamed(dtype);
  const sizes = integers(size);
  const strides = integers(stride);
  if (type === undefined || sizes === undefined || strides === undefined || typeof offset !== "number") {
    throw new FormatError("a tensor is described in a way that PyTorch does not write", {
      ...where,
      kind: "malformed",
    });
  }
  const bit =
    metadata instanceof PyDict ? ["conj", "neg"].find((key) => metadata.entries?.get(key) === true) : undefined;
  if (bit !== undefined)
    return {
      kind: "unreadable",
      dtype: type.dtype,
      size: sizes,
      reason: `a view whose ${bit} bit is set, which is not supported`,
    };
  return { kind: "strided", storage: reference, type, offset, size: sizes, stride: strides };
}

function storageOf(value: Value | undefined, where: ErrorLocation): StorageReference {
  const reference = value instanceof PyPersistent ? storageReference(value) : undefined;
  if (reference !== undefined) return reference;
  throw new FormatError("a tensor refers to a storage in a way that PyTorch does not write", {
    ...where,
    kind: "malformed",
  });
}

/**
 * ("storage", class, key, device, elements), in old files followed by a view (key, offset, elements) or None; undefined
 * for anything else.
 */
export function storageReference({ id }: PyPersistent): StorageReference | undefined {
  if (!(id instanceof PyTuple)) return undefined;
  const [tag, storageClass, key, , numel, view] = id.items;
  const type = storageClass instanceof PyGlobal ? STORAGE_DTYPES.get(storageClass.path) : undefined;
  const viewOffset = view instanceof PyTuple ? view.items[1] : 0;
  if (tag !== "storage" || type === undefined || typeof key !== "string" || !isCount(numel) || !isCount(viewOffset))
    return undefined;
  return { key, type, numel, viewOffset };
}

function quantised(
  storage: Value | undefined,
  size: Value | undefined,
  quantiser: Value | undefined,
): UnreadableTensor {
  const type = storage instanceof PyPersistent ? storageReference(storage)?.type : undefined;
  const scheme = quantiser instanceof PyTuple ? nameOf(quantiser.items[0]).replace(/^torch\./, "") : "unknown scheme";
  return unreadable(type?.dtype, size, `a quantised tensor (${scheme}), which this version does not dequantise`);
}

function sparse(layout: Value | undefined, data: Value | undefined, context: Context): UnreadableTensor {
  const named = layout instanceof PyObject ? layout.args.items[0] : layout;
  const name = (typeof named === "string" ? named : nameOf(named)).replace(/^torch\./, "");
  const parts = data instanceof PyTuple ? data.items : [];
  const size = name === "sparse_coo" ? parts[2] : parts[3];
  const values = unwrap(name === "sparse_coo" ? parts[1] : parts[2], context);
  return unreadable(
    values?.kind === "strided" ? values.type.dtype : values?.dtype,
    size,
    `a sparse tensor (${name}), which is not supported`,
  );
}

function nested(data: Value | undefined, context: Context): UnreadableTensor {
  const buffer = unwrap(data, context);
  return unreadable(
    buffer?.kind === "strided" ? buffer.type.dtype : buffer?.dtype,
    undefined,
    "a nested (ragged) tensor, which is not a single matrix",
  );
}

function isNumpyArray({ path }: PyGlobal): boolean {
  return /^numpy\.(core|_core)\.(multiarray\._reconstruct|numeric\._frombuffer)$/.test(path);
}

/** An array inside the pickle, with its state (version, shape, dtype, Fortran order, bytes). */
function numpyArray({ args, state }: PyObject): UnreadableTensor {
  const [size, dtype] = state instanceof PyTuple ? state.items.slice(1, 3) : [args.items[2], args.items[1]];
  const code = dtype instanceof PyObject ? dtype.args.items[0] : undefined;
  return unreadable(
    typeof code === "string" ? `numpy ${code}` : undefined,
    size,
    "a NumPy array inside the pickle, which is not supported",
  );
}

function partOfRank(type: PyGlobal, dtype: string | undefined, size: Value | undefined): UnreadableTensor {
  const reason = `one rank's part of a tensor (${nameOf(type)}): the other parts are in the files of other ranks`;
  return { ...unreadable(dtype, size, reason), ofRank: true };
}

function unreadable(dtype: string | undefined, size: Value | undefined, reason: string): UnreadableTensor {
  return {
    kind: "unreadable",
    dtype: dtype ?? "unknown",
    size: integers(size)?.filter((side) => side >= 0) ?? [],
    reason,
  };
}
