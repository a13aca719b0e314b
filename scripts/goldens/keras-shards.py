"""Writes test/fixtures/formats/keras_shards: weights in the layout of Keras 3's sharded save_weights(max_shard_size=...),
by h5py. Every array holds 0, 1, 2, ... in C order. The variables of dense_1 are spread over two shards."""

import json
import os

import h5py
import numpy as np

WHERE = os.path.join(os.path.dirname(__file__), "../../test/fixtures/formats/keras_shards")
SHARDS = {
    "model_00000.weights.h5": {"layers/dense/vars/0": (4, 6), "layers/dense/vars/1": (6,), "layers/dense_1/vars/0": (6, 3)},
    "model_00001.weights.h5": {"layers/dense_1/vars/1": (3,), "layers/embedding/vars/0": (5, 4)},
}
os.makedirs(WHERE, exist_ok=True)
weight_map = {}
for name, arrays in SHARDS.items():
    with h5py.File(os.path.join(WHERE, name), "w", libver="latest") as file:
        for path, shape in arrays.items():
            file[path] = np.arange(np.prod(shape), dtype="float32").reshape(shape)
            shards = weight_map.setdefault("/" + path.rsplit("/", 1)[0], [])
            if name not in shards:
                shards.append(name)
with open(os.path.join(WHERE, "model.weights.json"), "w") as out:
    json.dump({"metadata": {"total_size": 320}, "weight_map": weight_map}, out)
