import { MAX_AXES } from "../shape.js";
import { TORCH_DTYPES, type TorchDtype } from "./dtypes.js";
import { PyGlobal, PyList, PyObject, PyTuple, type Value } from "./pickle/values.js";

/** torch.float32 as a name; TorchScript writes the number of the type instead, if it writes one at all. */
export function dtypeNamed(value: Value): TorchDtype | undefined {
  return value instanceof PyGlobal && value.module === "torch" ? TORCH_DTYPES.get(value.name) : undefined;
}

/** The element type that a pickled value names; undefined if it names none. */
export function dtypeOf(value: Value | undefined): string | undefined {
  return value === undefined ? undefined : dtypeNamed(value)?.dtype;
}

/** The path of a pickled name, for messages. */
export function nameOf(value: Value | undefined): string {
  return value instanceof PyGlobal ? value.path : "unknown";
}

/**
 * A tuple, list or torch.Size of integers, as many as a tensor may have axes: one may be shared by all tensors of a
 * file.
 */
export function integers(value: Value | undefined): number[] | undefined {
  if (value instanceof PyObject && value.callee instanceof PyGlobal) return integers(sizeArgument(value));
  const items = value instanceof PyTuple || value instanceof PyList ? value.items : undefined;
  if (items !== undefined && items.length > MAX_AXES) return undefined;
  return items?.every((item): item is number => typeof item === "number" && Number.isSafeInteger(item))
    ? [...items]
    : undefined;
}

/** torch.Size((64, 96)) and TorchScript's build_intlist([64, 96]) hold plain sequences. */
function sizeArgument({ args }: PyObject): Value | undefined {
  const [inner] = args.items;
  return inner instanceof PyTuple || inner instanceof PyList ? inner : undefined;
}

/** Whether a pickled value is a count: a safe integer that is not negative. */
export function isCount(value: Value | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
