"""Weights in memory -> a safetensors file.

Neither torch nor numpy is imported: an object of theirs exists only if they are, so they are taken from `sys.modules`.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import tempfile
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from ._errors import EigenscopeError

#: The types of safetensors by the names that NumPy and torch give them, with bytes per value.
TYPES: Dict[str, Tuple[str, int]] = {
    "float64": ("F64", 8),
    "float32": ("F32", 4),
    "float16": ("F16", 2),
    "bfloat16": ("BF16", 2),
    "float8_e4m3fn": ("F8_E4M3", 1),
    "float8_e5m2": ("F8_E5M2", 1),
    "int64": ("I64", 8),
    "int32": ("I32", 4),
    "int16": ("I16", 2),
    "int8": ("I8", 1),
    "uint64": ("U64", 8),
    "uint32": ("U32", 4),
    "uint16": ("U16", 2),
    "uint8": ("U8", 1),
    "bool": ("BOOL", 1),
}

#: A file's header begins at byte 8 and is filled with spaces, so that the values begin at a multiple of this.
ALIGNMENT = 8

#: Mappings inside mappings (trees of JAX and Flax) deeper than this are refused: they contain themselves.
MAX_DEPTH = 50


class Collected(NamedTuple):
    """The tensors of a model, and which names share one tensor: other name -> name under which it is written."""

    tensors: Dict[str, Any]
    tied: Dict[str, str]


def is_in_memory(model: Any) -> bool:
    """False for what the command takes as it is: a path, an address, a name."""
    return not isinstance(model, (str, bytes, os.PathLike))


def describe(model: Any) -> str:
    """What a result calls a model in memory."""
    return f"{type(model).__name__} (in memory)"


def collect(model: Any) -> Collected:
    """The tensors of a torch module, a state dict, a mapping or list of arrays, or one array, by their names.

    Tied tensors (same memory, same shape and strides) appear once, under their first name. Raises TypeError for what
    is none of these, and for entries that are no arrays; ValueError if there is no tensor at all.
    """
    tensors: Dict[str, Any] = {}
    tied: Dict[str, str] = {}
    seen: Dict[Tuple[Any, ...], str] = {}
    for name, tensor in _entries(model):
        if name in tensors or name in tied:
            raise ValueError(f'the model has two tensors called "{name}"')
        memory = _memory_of(tensor)
        if memory is not None and memory in seen:
            tied[name] = seen[memory]
            continue
        if memory is not None:
            seen[memory] = name
        tensors[name] = tensor
    if not tensors:
        raise ValueError(f"{type(model).__name__} holds no tensor")
    return Collected(tensors, tied)


def _entries(model: Any) -> Iterator[Tuple[str, Any]]:
    if is_tensor(model):
        yield "weight", model
    elif _is_torch(model, "nn.Module") or (not isinstance(model, Mapping) and _has_state_dict(model)):
        yield from _flat(model.state_dict(), "")
    elif isinstance(model, (Mapping, list, tuple)):
        yield from _flat(model, "")
    else:
        raise TypeError(
            f"expected a path, a torch module, a state dict, an array or a dict of arrays, found {type(model).__name__}"
        )


def _has_state_dict(model: Any) -> bool:
    return callable(getattr(model, "state_dict", None)) and not isinstance(model, type)


def _flat(tree: Any, prefix: str, depth: int = 0) -> Iterator[Tuple[str, Any]]:
    if depth > MAX_DEPTH:
        raise ValueError(f'"{prefix[:60]}...": mappings more than {MAX_DEPTH} deep')
    pairs = tree.items() if isinstance(tree, Mapping) else ((str(i), item) for i, item in enumerate(tree))
    for key, value in pairs:
        name = f"{prefix}{key}"
        if is_tensor(value):
            yield name, value
        elif isinstance(value, (Mapping, list, tuple)):
            yield from _flat(value, f"{name}.", depth + 1)
        elif value is None or isinstance(value, (str, bytes, bool, int, float)):
            # Versions, step counts and settings beside the weights, and _extra_state of torch modules.
            continue
        elif not _scalar(value):
            raise TypeError(
                f'"{name}" is no array but {type(value).__name__}: of a checkpoint, give the part with the weights'
            )


def _scalar(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.generic)


def is_tensor(value: Any) -> bool:
    """True for a torch tensor, a NumPy array, and what can be made one (arrays of JAX, MLX, CuPy, TensorFlow)."""
    if isinstance(value, (str, bytes, Mapping, list, tuple, type)) or _scalar(value):
        return False
    if _is_torch(value, "Tensor"):
        return True
    return hasattr(value, "__array__") and hasattr(value, "shape") and hasattr(value, "dtype")


def _is_torch(value: Any, name: str) -> bool:
    found = sys.modules.get("torch")
    for part in name.split("."):
        found = getattr(found, part, None)
    return isinstance(found, type) and isinstance(value, found)


def _memory_of(tensor: Any) -> Optional[Tuple[Any, ...]]:
    """What two names of one tensor have in common; None if it cannot be told or there are no values."""
    if _is_torch(tensor, "Tensor"):
        if tensor.numel() == 0 or tensor.layout is not sys.modules["torch"].strided or tensor.device.type == "meta":
            return None
        return (tensor.data_ptr(), tuple(tensor.shape), tuple(tensor.stride()), str(tensor.dtype), str(tensor.device))
    interface = getattr(tensor, "__array_interface__", None)
    if interface is None or 0 in interface["shape"]:
        return None
    return (interface["data"][0], interface["shape"], tensor.strides, interface["typestr"])


def element_type(tensor: Any) -> str:
    """The type's name without its library: float32, bfloat16. Byte order does not show."""
    dtype = tensor.dtype
    return str(getattr(dtype, "name", dtype)).rsplit(".", 1)[-1]


def type_of(name: str, tensor: Any) -> Tuple[str, int]:
    """The type in safetensors, and bytes per value. Raises TypeError for a type that safetensors does not have."""
    found = TYPES.get(element_type(tensor))
    if found is None:
        raise TypeError(f'tensor "{name}" has the type {element_type(tensor)}, which safetensors does not have')
    return found


def bytes_of(name: str, tensor: Any) -> memoryview:
    """The values in C order, little-endian. Copies only what is not stored so, or not in main memory."""
    if _is_torch(tensor, "Tensor"):
        array = _numpy_of_torch(name, tensor)
    else:
        array = sys.modules["numpy"].asarray(tensor) if "numpy" in sys.modules else _import_numpy().asarray(tensor)
    numpy = sys.modules["numpy"]
    if array.dtype.byteorder == ">" or (array.dtype.byteorder == "=" and sys.byteorder == "big"):
        array = array.astype(array.dtype.newbyteorder("<"))
    # reshape: ascontiguousarray makes a vector of a scalar. uint8: memoryview knows neither float16 nor bfloat16.
    flat = numpy.ascontiguousarray(array).reshape(-1)
    return memoryview(flat.view(numpy.uint8)) if flat.size > 0 else memoryview(b"")


def _import_numpy() -> Any:
    # Arrays that are not NumPy's say by __array__ that they become such: it must be there.
    import numpy

    return numpy


def _numpy_of_torch(name: str, tensor: Any) -> Any:
    torch = sys.modules["torch"]
    if tensor.device.type == "meta":
        raise TypeError(f'tensor "{name}" is on the device "meta" and has no values: load the model first')
    if hasattr(tensor, "full_tensor"):
        raise TypeError(f'tensor "{name}" is sharded over processes: save a whole checkpoint and give its path')
    tensor = tensor.detach()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    tensor = tensor.cpu()
    if element_type(tensor) in ("bfloat16", "float8_e4m3fn", "float8_e5m2"):
        # NumPy has no such type: the same bytes as integers.
        tensor = tensor.view(torch.int16 if tensor.element_size() == 2 else torch.uint8)
    return tensor.numpy()


def write_safetensors(path: str, tensors: Mapping[str, Any], metadata: Optional[Mapping[str, str]] = None) -> None:
    """Writes a safetensors file, one tensor after the other, so that only one of them is copied at a time.

    Raises TypeError for a type that safetensors does not have (nothing is written then), OSError as `open`.
    """
    header: Dict[str, Any] = {}
    if metadata:
        header["__metadata__"] = dict(metadata)
    at = 0
    # The widest types first: every tensor then begins at a multiple of its size.
    names = sorted(tensors, key=lambda name: -type_of(name, tensors[name])[1])
    lengths: List[int] = []
    for name in names:
        tensor = tensors[name]
        code, size = type_of(name, tensor)
        shape = [int(side) for side in tensor.shape]
        length = size
        for side in shape:
            length *= side
        header[name] = {"dtype": code, "shape": shape, "data_offsets": [at, at + length]}
        lengths.append(length)
        at += length
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % ALIGNMENT)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for name, length in zip(names, lengths):
            values = bytes_of(name, tensors[name])
            if values.nbytes != length:
                raise ValueError(f'tensor "{name}" has {values.nbytes} bytes; its shape and type need {length}')
            file.write(values)
        file.flush()
        os.fsync(file.fileno())


def metadata_of(path: str) -> Dict[str, str]:
    """The metadata of a safetensors file; empty if it has none or is no such file."""
    try:
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            # The limit of the format's own readers.
            if length > 100_000_000:
                return {}
            found = json.loads(file.read(length)).get("__metadata__", {})
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError, struct.error, AttributeError):
        return {}


class OnDisk(NamedTuple):
    """A model that the command can read: its path, what to call it, and its tied tensors."""

    path: str
    label: Optional[str]
    tied: Dict[str, str]


@contextmanager
def on_disk(model: Any) -> Iterator[OnDisk]:
    """The path of a model. One in memory is written to a temporary file; it is deleted at the end, also on errors."""
    if not is_in_memory(model):
        yield OnDisk(os.fsdecode(model) if isinstance(model, (bytes, os.PathLike)) else model, None, {})
        return
    collected = collect(model)
    with tempfile.TemporaryDirectory(prefix="eigenscope-") as folder:
        path = os.path.join(folder, "model.safetensors")
        write_safetensors(path, collected.tensors)
        try:
            yield OnDisk(path, describe(model), collected.tied)
        except EigenscopeError as error:
            # The file is gone when its name is read.
            error.args = (str(error).replace(path, describe(model)),)
            raise
