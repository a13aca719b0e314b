"""Writes the checkpoints of torch.distributed.checkpoint in test/fixtures/formats: dcp_113 by PyTorch 1.13 itself, the
others in the layout of PyTorch 2.x, whose classes are made here under their names. Needs PyTorch 1.13 (Debian 12).

    python3 scripts/goldens/distributed-fixtures.py

Every matrix holds 0, 1, 2, ... in C order."""

import dataclasses
import io
import os
import pickle
import sys
import types
import warnings

import torch

warnings.filterwarnings("ignore")
HERE = os.path.join(os.path.dirname(__file__), "../../test/fixtures/formats")


def counting(*shape, dtype=torch.float32):
    return torch.arange(torch.Size(shape).numel(), dtype=torch.float32).reshape(shape).to(dtype)


def folder(name):
    path = os.path.join(HERE, name)
    os.makedirs(path, exist_ok=True)
    return path


def by_torch_113():
    # Python 3.11 refuses unhashable defaults of dataclasses; that version of PyTorch has one.
    plain = dataclasses.dataclass
    dataclasses.dataclass = lambda cls=None, **kw: (
        plain(unsafe_hash=cls.__name__ == "TensorProperties", **kw)(cls) if cls else lambda c: plain(c, **kw)
    )
    from torch.distributed._shard import checkpoint

    state = {"fc.weight": counting(4, 6), "fc.bias": counting(4), "step": 7}
    checkpoint.save_state_dict(state, checkpoint.FileSystemWriter(folder("dcp_113")), no_dist=True)


def fake(module, name, fields):
    made = dataclasses.make_dataclass(name, fields)
    made.__module__ = module
    if module not in sys.modules:
        sys.modules[module] = types.ModuleType(module)
    setattr(sys.modules[module], name, made)
    return made


META = "torch.distributed.checkpoint.metadata"
Chunk = fake(META, "ChunkStorageMetadata", ["offsets", "sizes"])
TensorMeta = fake(META, "TensorStorageMetadata", ["properties", "size", "chunks"])
BytesMeta = fake(META, "BytesStorageMetadata", [])
Metadata = fake(META, "Metadata", ["state_dict_metadata", "planner_data", "storage_data", "storage_meta", "version"])
Index = fake(META, "MetadataIndex", ["fqn", "offset", "index"])
Index.__hash__ = lambda self: hash((self.fqn, self.offset))
Properties = fake(META, "TensorProperties", ["dtype"])
# As PyTorch: (dtype, layout, requires_grad, memory format, pin_memory).
Properties.__getstate__ = lambda self: (self.dtype, torch.strided, True, 0, False)
Properties.__setstate__ = lambda self, state: None
Info = fake("torch.distributed.checkpoint.filesystem", "_StorageInfo", ["relative_path", "offset", "length", "transform_descriptors"])


def layout_2x(name, tensors, *, paths, ranks=2, legacy=(), transforms=None):
    """`tensors`: by name the whole tensor and the boxes of its parts; part k goes to rank k mod `ranks`."""
    where = folder(name)
    files = [io.BytesIO() for _ in range(ranks)]
    listed, stored = {}, {}
    for fqn, (tensor, boxes) in tensors.items():
        chunks = []
        for k, (offsets, sizes) in enumerate(boxes):
            part = tensor[tuple(slice(o, o + s) for o, s in zip(offsets, sizes))].clone()
            file = files[k % ranks]
            at = file.tell()
            # An archive of its own, with its own offsets, as a stream of torch.save gets it.
            one = io.BytesIO()
            torch.save(part, one, _use_new_zipfile_serialization=fqn not in legacy)
            file.write(one.getvalue())
            chunks.append(Chunk(torch.Size(offsets), torch.Size(sizes)))
            info = Info(f"__{k % ranks}_0.distcp", at, file.tell() - at, transforms)
            stored[Index(fqn, torch.Size(offsets), k)] = info
        listed[fqn] = TensorMeta(Properties(tensor.dtype), tensor.size(), chunks)
    listed["extra"] = BytesMeta()
    for rank, file in enumerate(files):
        with open(os.path.join(where, f"__{rank}_0.distcp"), "wb") as out:
            out.write(file.getvalue())
    with open(os.path.join(where, ".metadata"), "wb") as out:
        pickle.dump(Metadata(listed, paths, stored, None, "1.0.0"), out)


by_torch_113()
layout_2x(
    "dcp_2x",
    {
        "model.rows.weight": (counting(5, 4), [((0, 0), (3, 4)), ((3, 0), (2, 4))]),
        "model.grid.weight": (counting(4, 6, dtype=torch.bfloat16), [((0, 0), (2, 3)), ((0, 3), (2, 3)), ((2, 0), (2, 6))]),
        "model.whole.weight": (counting(3, 4), [((0, 0), (3, 4))]),
        "optimizer.state.rows.weight.exp_avg": (counting(5, 4), [((0, 0), (5, 4))]),
    },
    paths={
        "model.rows.weight": ("model", "rows.weight"),
        "model.grid.weight": ("model", "grid.weight"),
        "model.whole.weight": ("model", "whole.weight"),
        "optimizer.state.rows.weight.exp_avg": ("optimizer", "state", "rows.weight", "exp_avg"),
    },
    legacy=("model.whole.weight",),
)
# Megatron's torch_dist: no nested names, layers stacked along the first axis.
layout_2x(
    "dcp_megatron",
    {
        "model.decoder.layers.mlp.linear_fc1.weight": (counting(2, 4, 3), [((0, 0, 0), (1, 4, 3)), ((1, 0, 0), (1, 4, 3))]),
        "optimizer.state.exp_avg.decoder.weight": (counting(4), [((0,), (4,))]),
    },
    paths=None,
)
