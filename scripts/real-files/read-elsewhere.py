"""read-elsewhere.py FILE...: what readers that share nothing with src/ find in weight files. Prints one JSON object
per file and line: the reader, every tensor with its shape, and of each weight the largest eigenvalue of W'W by numpy's
singular values in doubles. Needs Debian's python3-numpy, -torch, -onnx, -h5py and -msgpack."""
import json
import os
import sys
import zipfile

import numpy as np

import decoders

STACKED = {"weight_ih": 4, "weight_hh": 4, ".to_qkv.": 3}
LEAVES_OF_TENSORFLOW = ("kernel", "recurrent_kernel", "pointwise_kernel", "embeddings")


def largest(matrix):
    return float(np.linalg.svd(np.asarray(matrix, "f8"), compute_uv=False)[0] ** 2)


def layer(matrices, factor=1):
    """Sides, number of matrices, and the largest eigenvalue of all, times the factor that slices of kernels have."""
    rows, cols = matrices[0].shape
    return [max(rows, cols), min(rows, cols), len(matrices), factor * max(largest(m) for m in matrices)]


def kernel(array, axes):
    """A matrix per kernel position, times 1/2 as WeightWatcher has it."""
    array = {"oihw": lambda a: np.moveaxis(a, (0, 1), (-2, -1)), "ohwi": lambda a: np.moveaxis(a, 0, -2)}.get(
        axes, lambda a: a
    )(array)
    return [layer(list(array.reshape(-1, *array.shape[-2:])), 1 / 2)]


def weight(array, axes, parts=1, side=0):
    """The layers of one tensor: a kernel, or the parts of a matrix along one of its sides."""
    if array.ndim > 2:
        return kernel(array, axes)
    return [layer([part]) for part in np.split(array, parts, axis=side)]


def torch_weights(arrays):
    """Rows are outputs; the four gates of an LSTM, and queries, keys and values, are stacked rows."""
    return {
        name: weight(array, "oihw", next((n for part, n in STACKED.items() if part in name), 1))
        for name, array in arrays.items()
        if array.ndim > 1 and min(array.shape[:2]) > 1
    }


def keras_weights(arrays):
    """Columns are outputs; the four gates of an LSTM are columns beside each other."""
    return {
        name: weight(array, "hwio", 4 if "lstm" in name else 1, 1)
        for name, array in arrays.items()
        if array.ndim > 1 and name.split("/")[-1].removesuffix(":0") in LEAVES_OF_TENSORFLOW
    }


def read_torch(path):
    import torch

    if path.endswith(".jit"):
        state = torch.jit.load(path, map_location="cpu").state_dict()
    else:
        state = torch.load(path, map_location="cpu")
        # Of the trained weights and their running average (BasicSR saves both) the trained ones.
        state = state.get("params", state.get("params_ema", state))
    arrays = {name: value.numpy() for name, value in state.items()}
    return f"torch {torch.__version__}", arrays, torch_weights(arrays)


def read_safetensors(path):
    arrays = decoders.safetensors(path)
    return "struct", arrays, torch_weights(arrays)


def read_adapter(folder):
    arrays = decoders.safetensors(f"{folder}/adapter_model.safetensors")
    config = json.load(open(f"{folder}/adapter_config.json"))
    scale = config["lora_alpha"] / config["r"]
    products = {}
    for name, up in arrays.items():
        if ".lora_B." in name:
            product = scale * up.astype("f8") @ arrays[name.replace(".lora_B.", ".lora_A.")].astype("f8")
            products[name] = weight(product, None)
    return "struct", arrays, {**torch_weights({n: a for n, a in arrays.items() if ".lora_" not in n}), **products}


CONVOLUTIONS = ("Conv", "ConvTranspose")


def is_named_weight(name):
    """Whether PyTorch gave a tensor the name of a weight."""
    return name.endswith(".weight") or ".weight_ih" in name or ".weight_hh" in name


def read_onnx(path):
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    arrays, weights, named = {}, {}, {}

    def visit(graph, prefix, outside):
        """`outside`: what the enclosing graphs define, which its nodes may take too."""
        stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        # Exporters of old versions write weights as constants.
        constants = {
            node.output[0]: numpy_helper.to_array(node.attribute[0].t)
            for node in graph.node
            if node.op_type == "Constant" and node.attribute[0].name == "value"
        }
        known = {**constants, **stored}
        arrays.update({prefix + name: array for name, array in stored.items()})
        # What a constant is once it was reshaped, transposed or cast.
        became = {**outside, **{name: (prefix + name, array) for name, array in known.items()}}
        named.update({prefix + name: array for name, array in known.items() if is_named_weight(name)})
        for node in graph.node:
            source = became.get(node.input[0]) if len(node.input) > 0 else None
            if source is not None and node.op_type == "Reshape" and node.input[1] in known:
                became[node.output[0]] = (source[0], source[1].reshape(known[node.input[1]]))
            if source is not None and node.op_type == "Transpose":
                perm = next((a.ints for a in node.attribute if a.name == "perm"), None)
                became[node.output[0]] = (source[0], source[1].transpose(perm))
            if source is not None and node.op_type in ("Cast", "Identity"):
                became[node.output[0]] = source
            for position, name in enumerate(node.input):
                if name not in became or position == 0 and node.op_type in (*CONVOLUTIONS, "LSTM"):
                    continue
                origin, array = became[name]
                if node.op_type in CONVOLUTIONS and position == 1:
                    weights[origin] = weight(array, "oihw")
                if node.op_type in ("MatMul", "Gemm") and position < 2 and array.ndim == 2:
                    weights[origin] = weight(array, None)
                if node.op_type == "LSTM" and position in (1, 2):
                    weights[origin] = [part for one in array for part in weight(one, None, 4)]
                if origin in weights:
                    arrays.setdefault(origin, array)
            for attribute in node.attribute:
                if attribute.type == onnx.AttributeProto.GRAPH:
                    visit(attribute.g, f"{prefix}{node.name or node.output[0]}/{attribute.name}/", became)

    visit(model.graph, "", {})
    # ONNX Runtime's quantisation, by its names: a zero point is a code, or (Cast, Mul, Add) the value of code 0.
    for name, codes in arrays.items():
        base = name.removesuffix("_quantized")
        if base != name and codes.ndim > 1 and f"{base}_scale" in arrays:
            scale, zero = (arrays[f"{base}_{word}"].squeeze() for word in ("scale", "zero_point"))
            shift = zero if zero.dtype.kind == "f" else -scale.astype("f8") * zero
            weights[name] = weight(codes * scale.astype("f8") + shift, "oihw")
    # Weights that reach their operator through a function, a branch or a reordering of gates: PyTorch's names tell.
    arrays.update(named)
    return f"onnx {onnx.__version__}", arrays, {**weights, **torch_weights(named)}


def read_keras(path):
    """Keras's HDF5: each layer's group names its weights."""
    import h5py

    with h5py.File(path, "r") as file:
        root = file.get("model_weights", file)
        arrays = {}
        for name in root.attrs["layer_names"]:
            group = root[name]
            for path_in_group in group.attrs["weight_names"]:
                text = path_in_group.decode() if isinstance(path_in_group, bytes) else path_in_group
                arrays[text] = group[text][()]
    return f"h5py {h5py.__version__}", arrays, keras_weights(arrays)


def read_keras_archive(path):
    import io

    import h5py

    if not zipfile.is_zipfile(path):
        return read_keras(path)
    arrays = {}
    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r") as file:

        def visit(name, found):
            if isinstance(found, h5py.Dataset) and not name.startswith("optimizer"):
                owner, _, number = name.rpartition("/vars/")
                arrays[f"{owner}/{['kernel', 'bias'][int(number)]}"] = found[()]

        file.visititems(visit)
    return f"h5py {h5py.__version__}", arrays, keras_weights(arrays)


def read_npz(path):
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    # Haiku's and TensorFlow's layouts: columns are outputs, kernels are width, in, out.
    weights = {name: weight(array, "hwio") for name, array in arrays.items() if array.ndim > 1}
    return f"numpy {np.__version__}", arrays, weights


def read_gguf(path):
    arrays = decoders.gguf(path)
    return "struct", arrays, torch_weights(arrays)


def read_flax(path):
    import msgpack

    def array(code, data):
        shape, dtype, values = msgpack.unpackb(data, raw=True)
        return np.frombuffer(values, dtype.decode()).reshape(shape)

    arrays = {}

    def visit(prefix, tree):
        for name, value in tree.items():
            if isinstance(value, dict):
                visit(f"{prefix}{name}/", value)
            elif isinstance(value, np.ndarray):
                arrays[prefix + name] = value

    visit("", msgpack.unpackb(open(path, "rb").read(), ext_hook=array, strict_map_key=False))
    return f"msgpack {'.'.join(map(str, msgpack.version))}", arrays, keras_weights(arrays)


def read_tensorflow(folder):
    prefix = f"{folder}/variables/variables"
    if not os.path.exists(f"{prefix}.index"):
        prefix = f"{folder}/model.ckpt"
    arrays, counts = {}, {}
    for key, (name, array) in decoders.tensorflow_bundle(prefix).items():
        counts[name] = counts.get(name, 0) + 1
        arrays[name if counts[name] == 1 else key.removesuffix("/.ATTRIBUTES/VARIABLE_VALUE")] = array
    weights = {name: array for name, array in arrays.items() if not name.startswith("Adam/")}
    return "struct", arrays, keras_weights(weights)


def read_tflite(path):
    arrays, axes = decoders.tflite(path)
    weights = {
        name: weight(arrays[name], "ohwi" if order == "ohwi" else None)
        for name, order in axes.items()
        if order != "depthwise" and arrays[name].ndim > 1
    }
    return "struct", arrays, weights


READERS = [
    ((".pt", ".pth", ".jit"), read_torch),
    ((".safetensors",), read_safetensors),
    ((".onnx",), read_onnx),
    ((".h5", ".hdf5"), read_keras),
    ((".keras",), read_keras_archive),
    ((".npz",), read_npz),
    ((".gguf",), read_gguf),
    ((".msgpack",), read_flax),
    ((".tflite",), read_tflite),
]


def reader_of(path):
    if os.path.isdir(path):
        return read_adapter if os.path.exists(f"{path}/adapter_config.json") else read_tensorflow
    return next(read for endings, read in READERS if path.endswith(endings))


for path in sys.argv[1:]:
    reader, arrays, weights = reader_of(path)(path)
    tensors = {name: list(array.shape) for name, array in arrays.items()}
    print(json.dumps({"path": path, "reader": reader, "tensors": tensors, "layers": weights}))
