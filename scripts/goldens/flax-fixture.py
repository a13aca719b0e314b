"""Writes test/fixtures/formats/flax.msgpack as flax.serialization.to_bytes does (msgpack 1.0): arrays are extensions of
type 1 that hold (shape, name of the type, bytes); one is in chunks. Every array holds 0, 1, 2, ... in C order."""

import os

import msgpack
import numpy as np


def encoded(value):
    if isinstance(value, np.ndarray):
        return msgpack.ExtType(1, msgpack.packb((value.shape, value.dtype.name, value.tobytes("C")), use_bin_type=True))
    value = np.asarray(value)
    return msgpack.ExtType(3, msgpack.packb((value.shape, value.dtype.name, value.tobytes("C")), use_bin_type=True))


def counting(*shape, dtype="float32"):
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


chunks = {str(k): counting(20)[7 * k : 7 * k + 7] for k in range(3)}
tree = {
    "params": {
        "encoder": {"layer_0": {"kernel": counting(4, 6), "bias": counting(6)}, "norm": {"scale": counting(4)}},
        "embed": {"embedding": counting(5, 4, dtype="float16")},
        "big": {"__msgpack_chunked_array__": True, "shape": {"0": 4, "1": 5}, "chunks": chunks},
    },
    "opt_state": {"0": {"mu": counting(4, 6)}},
    "step": np.int32(7),
    "x": [1, -5, 300, 70000, -70000, 1.5, None, True, b"abc", 2**40],
}
with open(os.path.join(os.path.dirname(__file__), "../../test/fixtures/formats/flax.msgpack"), "wb") as out:
    out.write(msgpack.packb(tree, default=encoded, strict_types=True))
