import { FormatError } from "../../bytes/errors.js";
import type { ErrorLocation, StoredBytes } from "../../bytes/stored-bytes.js";
import { decodeElements, ELEMENT_TYPES } from "../element-types.js";
import { elementCount } from "../shape.js";
import { refuseValues, streamElements } from "../stream-elements.js";
import type { Tensor } from "../tensor.js";
import type { TorchDtype } from "./dtypes.js";
import { mergedAxes, streamStrided } from "./strided-values.js";
import type { UnreadableTensor } from "./torch-tensor.js";

/** A storage that was found in the file. */
export interface Storage {
  readonly stored: StoredBytes;
  /** Its identity in the file set. */
  readonly key: string;
  readonly bigEndian: boolean;
}

/**
 * A view of a storage: element (i, j, ...) is number `offset + i * stride[0] + j * stride[1] + ...` of its elements.
 */
export interface View {
  readonly storage: Storage;
  readonly type: TorchDtype;
  readonly offset: number;
  readonly size: readonly number[];
  readonly stride: readonly number[];
}

/** A view of a storage as a tensor. Throws `FormatError` if it exceeds its storage. */
export function storedTensor(name: string, view: View, where: ErrorLocation & { readonly file: string }): Tensor {
  const { storage, type, offset, size } = view;
  const details = { ...where, tensor: name };
  const { count, reach } = extentOf(view, details);
  if (type.bytes === undefined) {
    return unreadableTensor(
      name,
      { dtype: type.dtype, size, reason: `elements of type ${type.dtype}, which are not supported` },
      where,
    );
  }
  const bytes = type.bytes;
  const held = Math.floor(storage.stored.byteLength / bytes);
  if (count > 0 && reach > held) {
    throw new FormatError(`its view of the storage reaches element ${reach - 1}, but the storage has ${held}`, {
      ...details,
      kind: "malformed",
    });
  }
  if (count > held) {
    const view = `${size.join(" x ")} over ${held} stored values`;
    const reason = `a view that repeats its elements (${view}), which is not supported`;
    return unreadableTensor(name, { dtype: type.dtype, size, reason }, where);
  }

  const axes = count === 0 ? [] : mergedAxes(size, view.stride);
  const contiguous = axes.length === 0 || (axes.length === 1 && axes[0].stride === 1);
  const element = ELEMENT_TYPES.get(type.dtype);
  const begin = offset * bytes;
  const layout = contiguous ? "" : `:${size.join("x")}/${view.stride.join(",")}`;
  return {
    name,
    shape: size,
    dtype: type.dtype,
    storedBits: bytes * 8,
    floating: element?.floating ?? false,
    quantised: false,
    file: where.file,
    byteLength: count * bytes,
    // Tensors without bytes may have the same location; they are not tied for that reason.
    storageKey:
      count === 0
        ? `${storage.key}:${name}`
        : `${storage.key}:${type.dtype}:${begin}-${begin + count * bytes}${layout}`,
    values(range) {
      if (element === undefined)
        return refuseValues(`its elements are ${type.dtype}, which this version does not decode`, details);
      const run = {
        stored: storage.stored,
        offset: begin,
        count,
        bytesPerElement: bytes,
        decode: (stored: Uint8Array, owned?: boolean) =>
          decodeElements(stored, element, { bigEndian: storage.bigEndian, owned }),
      };
      return contiguous ? streamElements(run, range) : streamStrided(run, axes, range);
    },
  };
}

/** Number of elements of a view, and one past the last storage element that it touches. */
function extentOf(
  { offset, size, stride }: View,
  details: ErrorLocation,
): { readonly count: number; readonly reach: number } {
  const count = elementCount(size);
  if (count === undefined)
    throw new FormatError(`its shape (${size.join(", ")}) is not valid, or overflows`, {
      ...details,
      kind: "malformed",
    });
  const whole =
    stride.every((step) => Number.isSafeInteger(step) && step >= 0) && Number.isSafeInteger(offset) && offset >= 0;
  if (!whole || stride.length !== size.length) {
    const found = `strides (${stride.join(", ")}) and offset ${offset}`;
    throw new FormatError(`its ${found} are not what PyTorch writes for shape (${size.join(", ")})`, {
      ...details,
      kind: "malformed",
    });
  }
  const reach = size.reduce((sum, side, k) => sum + (side - 1) * stride[k], offset + 1);
  if (count > 0 && !Number.isSafeInteger(reach))
    throw new FormatError("its strides overflow", { ...details, kind: "malformed" });
  return { count, reach };
}

/** A tensor that is listed with the reason why it cannot be read. */
export function unreadableTensor(
  name: string,
  { dtype, size, reason }: Omit<UnreadableTensor, "kind">,
  where: ErrorLocation & { readonly file: string },
): Tensor {
  return {
    name,
    shape: elementCount(size) === undefined ? [] : size,
    dtype,
    storedBits: 0,
    floating: false,
    quantised: false,
    file: where.file,
    byteLength: 0,
    storageKey: `${where.file}:unreadable:${name}`,
    unreadable: reason,
    values: () => refuseValues(`it is ${reason}`, { ...where, tensor: name }),
  };
}
