"""Second decoders for formats that no package of Debian reads: a few lines of struct each, written from the formats'
specifications and sharing nothing with src/. Each returns {name: array}, and TFLite also the kernels' axes."""
import json
import struct

import numpy as np

SAFETENSORS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "u1", "I8": "i1"}
GGML = {0: (np.dtype("<f4"), 1), 1: (np.dtype("<f2"), 1)}
GGUF_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
TFLITE = {0: "<f4", 1: "<f2", 2: "<i4", 3: "u1", 4: "<i8", 6: "?", 7: "<i2", 9: "i1", 10: "<f8"}
TENSORFLOW = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 10: "?", 19: "<f2"}


def safetensors(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    body = data[8 + length :]
    return {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], SAFETENSORS[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
    }


def gguf(path):
    data, at = open(path, "rb").read(), 24

    def take(kind):
        nonlocal at
        if kind == 8:
            (length,) = struct.unpack_from("<Q", data, at)
            at += 8 + length
            return data[at - length : at].decode()
        if kind == 9:
            inner, count = struct.unpack_from("<IQ", data, at)
            at += 12
            return [take(inner) for _ in range(count)]
        (value,) = struct.unpack_from(GGUF_SCALARS[kind], data, at)
        at += struct.calcsize(GGUF_SCALARS[kind])
        return value

    tensors, keys = struct.unpack_from("<QQ", data, 8)
    metadata = {}
    for _ in range(keys):
        key = take(8)
        metadata[key] = take(take(4))
    infos = []
    for _ in range(tensors):
        name = take(8)
        sides = [take(10) for _ in range(take(4))]
        infos.append((name, sides[::-1], take(4), take(10)))
    alignment = metadata.get("general.alignment", 32)
    start = -(-at // alignment) * alignment
    return {
        name: np.frombuffer(data, GGML[kind][0], int(np.prod(shape)), start + offset).reshape(shape)
        for name, shape, kind, offset in infos
    }


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def message(data):
    """The fields of a protocol buffer: {number: [integers or bytes]}."""
    fields, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            length = {1: 8, 5: 4}.get(key & 7)
            if length is None:
                length, at = varint(data, at)
            value, at = data[at : at + length], at + length
        fields.setdefault(key >> 3, []).append(value)
    return fields


def table_block(data, offset, size):
    """The entries of one block of a LevelDB table, uncompressed, keys with shared prefixes."""
    block = data[offset : offset + size]
    assert data[offset + size] == 0, "a compressed block"
    (restarts,) = struct.unpack_from("<I", block, size - 4)
    entries, at, key = [], 0, b""
    while at < size - 4 - 4 * restarts:
        shared, at = varint(block, at)
        own, at = varint(block, at)
        length, at = varint(block, at)
        key = key[:shared] + block[at : at + own]
        entries.append((key, block[at + own : at + own + length]))
        at += own + length
    return entries


def handle(data, at=0):
    offset, at = varint(data, at)
    size, at = varint(data, at)
    return offset, size, at


def tensorflow_bundle(prefix):
    """A checkpoint of one data shard, its variables under the names that Keras gave them."""
    data, values = open(f"{prefix}.index", "rb").read(), open(f"{prefix}.data-00000-of-00001", "rb").read()
    *_, at = handle(data[-48:])
    offset, size, _ = handle(data[-48:], at)
    found, names = {}, {}
    for _, where in table_block(data, offset, size):
        for key, entry in table_block(data, *handle(where)[:2]):
            fields = message(entry)
            if key == b"":
                continue
            dtype, start, length = (fields.get(n, [0])[0] for n in (1, 4, 5))
            shape = [message(side).get(1, [0])[0] for side in message(fields.get(2, [b""])[0]).get(2, [])]
            raw = values[start : start + length]
            if dtype == 7:
                # One string: its length, a checksum, its bytes.
                for node in message(raw[varint(raw, 0)[1] + 4 :]).get(1, []):
                    for attribute in message(node).get(2, []):
                        name, full, stored = (message(attribute).get(n, [b""])[0].decode() for n in (1, 2, 3))
                        names[stored] = full if name == "VARIABLE_VALUE" else stored
            else:
                found[key.decode()] = np.frombuffer(raw, TENSORFLOW[dtype]).reshape(shape)
    return {key: (names.get(key) or key, array) for key, array in found.items()}


class Table:
    """A table of a flatbuffer."""

    def __init__(self, data, at):
        self.data, self.at = data, at
        self.vtable = at - struct.unpack_from("<i", data, at)[0]

    def field(self, slot):
        (size,) = struct.unpack_from("<H", self.data, self.vtable)
        place = 4 + 2 * slot
        offset = struct.unpack_from("<H", self.data, self.vtable + place)[0] if place < size else 0
        return self.at + offset if offset else None

    def scalar(self, slot, kind, default=0):
        at = self.field(slot)
        return default if at is None else struct.unpack_from(kind, self.data, at)[0]

    def vector(self, slot):
        """Where the elements begin, and their number."""
        at = self.field(slot)
        if at is None:
            return 0, 0
        at += struct.unpack_from("<I", self.data, at)[0]
        return at + 4, struct.unpack_from("<I", self.data, at)[0]

    def numbers(self, slot, kind):
        at, count = self.vector(slot)
        return np.frombuffer(self.data, kind, count, at)

    def text(self, slot):
        return self.numbers(slot, "u1").tobytes().decode()

    def table(self, slot):
        at = self.field(slot)
        return None if at is None else Table(self.data, at + struct.unpack_from("<I", self.data, at)[0])

    def tables(self, slot):
        at, count = self.vector(slot)
        places = [at + 4 * k for k in range(count)]
        return [Table(self.data, place + struct.unpack_from("<I", self.data, place)[0]) for place in places]


# Numbers of tflite's BuiltinOperator: operators with a weight and its axes, the one before weights in halves, and IF.
TFLITE_WEIGHTS = {3: "ohwi", 4: "depthwise", 9: "dense"}
TFLITE_DEQUANTIZE, TFLITE_IF = 6, 118


def tflite(path):
    """
    {name: array} with codes dequantised, and {name: axes} of the weights of convolutions and products. Both branches of
    an IF take its constants as arguments.
    """
    data = open(path, "rb").read()
    model = Table(data, struct.unpack_from("<I", data)[0])
    codes = [max(code.scalar(0, "<b"), code.scalar(3, "<i")) for code in model.tables(1)]
    buffers, graphs = model.tables(4), model.tables(2)
    arrays, axes = {}, {}
    names = [
        tflite_tensors(data, graph, buffers, arrays, "" if k == 0 else f"{graph.text(4) or f'subgraph {k}'}/")
        for k, graph in enumerate(graphs)
    ]

    def visit(k, given):
        """`given`: the names of constants of a caller by the tensor that they become in subgraph k."""
        known = [given.get(place, name) for place, name in enumerate(names[k])]
        for operator in graphs[k].tables(3):
            inputs, code = operator.numbers(1, "<i4"), codes[operator.scalar(0, "<I")]
            if code in TFLITE_WEIGHTS and known[inputs[1]] in arrays:
                axes[known[inputs[1]]] = TFLITE_WEIGHTS[code]
            if code == TFLITE_DEQUANTIZE:
                known[operator.numbers(2, "<i4")[0]] = known[inputs[0]]
            if code == TFLITE_IF:
                options = operator.table(4)
                for branch in (options.scalar(0, "<i"), options.scalar(1, "<i")):
                    arguments = graphs[branch].numbers(1, "<i4")
                    visit(branch, {place: known[each] for place, each in zip(arguments, inputs[1:])})

    visit(0, {})
    return arrays, axes


def tflite_tensors(data, graph, buffers, arrays, prefix):
    """The names of a subgraph's tensors. Adds those that have bytes to `arrays`."""
    names, counts = [], {}
    for tensor in graph.tables(0):
        shape, name = tensor.numbers(0, "<i4").tolist(), prefix + tensor.text(3)
        counts[name] = counts.get(name, 0) + 1
        names.append(name if counts[name] == 1 else f"{name} ({counts[name]})")
        at, count = buffers[tensor.scalar(2, "<I")].vector(0)
        if count == 0:
            continue
        kind = tensor.scalar(1, "<b")
        values = np.frombuffer(data, TFLITE[kind], count // np.dtype(TFLITE[kind]).itemsize, at).reshape(shape)
        quantisation = tensor.table(4)
        scales = quantisation.numbers(2, "<f4") if quantisation is not None else []
        if len(scales) > 0 and kind in (2, 3, 7, 9):
            sides = [1] * len(shape)
            if len(scales) > 1:
                sides[quantisation.scalar(6, "<i")] = len(scales)
            zeros = quantisation.numbers(3, "<i8")
            zeros = zeros.reshape(sides) if len(zeros) == len(scales) else 0
            values = ((values.astype("f8") - zeros) * scales.reshape(sides)).astype("f4")
        arrays[names[-1]] = values
    return names
