"""Weights in memory: collected, written, read back, and deleted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import read_safetensors

import eigenscope
from eigenscope._weights import collect, is_tensor, metadata_of, on_disk, write_safetensors

numpy = pytest.importorskip("numpy")


def written(model, tmp_path):
    path = tmp_path / "x.safetensors"
    write_safetensors(str(path), collect(model).tensors)
    return read_safetensors(path)


class TestNumpy:
    @pytest.mark.parametrize("name", ["float64", "float32", "float16", "int64", "int8", "uint16", "bool"])
    def test_each_type_keeps_its_bits(self, name, tmp_path):
        array = numpy.arange(-3, 9).reshape(3, 4).astype(name)
        header, values, _ = written({"w": array}, tmp_path)
        code = {"float64": "F64", "float32": "F32", "float16": "F16", "int64": "I64", "int8": "I8", "uint16": "U16"}
        assert header["w"]["dtype"] == code.get(name, "BOOL")
        assert header["w"]["shape"] == [3, 4]
        assert values["w"] == array.tobytes()

    def test_what_is_not_contiguous_or_big_endian_is_written_in_order(self, tmp_path):
        base = numpy.arange(24, dtype="float32").reshape(4, 6)
        views = {"t": base.T, "s": base[::2, ::-1], "b": base.astype(">f4"), "f": numpy.asfortranarray(base)}
        header, values, _ = written(views, tmp_path)
        for name, view in views.items():
            assert numpy.frombuffer(values[name], "<f4").reshape(view.shape).tolist() == view.tolist()
            assert header[name]["shape"] == list(view.shape)

    def test_scalars_and_empty_arrays_have_their_shapes(self, tmp_path):
        header, values, _ = written({"a": numpy.array(2.5), "e": numpy.zeros((0, 4))}, tmp_path)
        assert (header["a"]["shape"], header["e"]["shape"]) == ([], [0, 4])
        assert (len(values["a"]), values["e"]) == (8, b"")

    def test_values_begin_at_a_multiple_of_their_size(self, tmp_path):
        path = tmp_path / "x.safetensors"
        tensors = {"b": numpy.zeros(3, "int8"), "h": numpy.zeros(1, "float16"), "d": numpy.zeros(2)}
        write_safetensors(str(path), tensors, {"k": "v"})
        header, _, metadata = read_safetensors(path)
        assert int.from_bytes(path.read_bytes()[:8], "little") % 8 == 0
        assert [header[name]["data_offsets"][0] for name in "dhb"] == [0, 16, 18]
        assert metadata == {"k": "v"}
        assert metadata_of(str(path)) == {"k": "v"}

    def test_trees_are_flattened_and_settings_left_out(self):
        tree = {"params": {"dense": {"kernel": numpy.ones((2, 2))}, "list": [numpy.zeros(3)]}, "epoch": 3, "name": "x"}
        assert list(collect(tree).tensors) == ["params.dense.kernel", "params.list.0"]

    def test_tied_arrays_are_written_once(self):
        shared = numpy.ones((3, 4))
        found = collect({"embed": shared, "head": shared, "view": shared[:], "other": shared.T, "copy": shared.copy()})
        assert list(found.tensors) == ["embed", "other", "copy"]
        assert found.tied == {"head": "embed", "view": "embed"}

    def test_one_array_is_a_model(self):
        assert list(collect(numpy.ones((2, 3))).tensors) == ["weight"]

    @pytest.mark.parametrize(
        ("model", "error", "message"),
        [
            (3, TypeError, "expected a path, a torch module.*found int"),
            ({}, ValueError, "dict holds no tensor"),
            ({"step": 3}, ValueError, "dict holds no tensor"),
            ({"w": numpy.ones(2), "args": object()}, TypeError, '"args" is no array but object'),
            ({"w": numpy.ones(2), "a": {"b": numpy.ones(2)}, "a.b": numpy.ones(3)}, ValueError, 'two tensors.*"a.b"'),
        ],
    )
    def test_what_is_no_model(self, model, error, message):
        with pytest.raises(error, match=message):
            collect(model)

    def test_a_mapping_that_contains_itself_is_refused(self):
        loop: dict = {}
        loop["loop"] = loop
        with pytest.raises(ValueError, match="more than 50 deep"):
            collect(loop)

    def test_a_type_without_a_place_in_safetensors_is_named_before_anything_is_written(self, tmp_path):
        path = tmp_path / "x.safetensors"
        with pytest.raises(TypeError, match='tensor "z" has the type complex128'):
            write_safetensors(str(path), {"w": numpy.ones(3), "z": numpy.ones(2, "complex128")})
        assert not path.exists()

    def test_types_and_scalars_are_no_tensors(self):
        assert not is_tensor(numpy.float64(3))
        assert not is_tensor(numpy.ndarray)
        assert is_tensor(numpy.ones(1))


class TestTorch:
    @pytest.fixture(autouse=True)
    def _torch(self):
        self.torch = pytest.importorskip("torch")

    @pytest.mark.parametrize("name", ["float64", "float32", "float16", "bfloat16", "int64", "uint8", "bool"])
    def test_each_type_keeps_its_bits(self, name, tmp_path):
        torch = self.torch
        tensor = torch.arange(12).reshape(3, 4).to(getattr(torch, name))
        header, values, _ = written({"w": tensor}, tmp_path)
        codes = {"float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16", "int64": "I64"}
        assert header["w"]["dtype"] == codes.get(name, {"uint8": "U8", "bool": "BOOL"}.get(name))
        back = torch.frombuffer(bytearray(values["w"]), dtype=tensor.dtype).reshape(3, 4)
        assert torch.equal(back, tensor)

    def test_a_module_with_tied_transposed_and_trained_weights(self, tmp_path):
        torch = self.torch
        model = torch.nn.Module()
        model.embed = torch.nn.Embedding(30, 16)
        model.head = torch.nn.Linear(16, 30, bias=False)
        model.head.weight = model.embed.weight
        model.turned = torch.nn.Parameter(torch.randn(12, 20).T)
        found = collect(model)
        assert found.tied == {"head.weight": "embed.weight"}
        header, values, _ = written(model, tmp_path)
        assert header["turned"]["shape"] == [20, 12]
        back = torch.frombuffer(bytearray(values["turned"]), dtype=torch.float32).reshape(20, 12)
        assert torch.equal(back, model.turned.detach())

    def test_a_square_matrix_and_its_transpose_are_not_tied(self):
        tensor = self.torch.arange(9.0).reshape(3, 3)
        assert collect({"a": tensor, "b": tensor.T}).tied == {}

    def test_bfloat16_may_be_a_scalar_or_transposed(self, tmp_path):
        turned = self.torch.arange(6).reshape(2, 3).to(self.torch.bfloat16).T
        _, values, _ = written({"w": turned, "scale": self.torch.tensor(1.5, dtype=self.torch.bfloat16)}, tmp_path)
        assert values["scale"] == b"\xc0\x3f"
        back = self.torch.frombuffer(bytearray(values["w"]), dtype=self.torch.bfloat16).reshape(3, 2)
        assert self.torch.equal(back, turned)

    def test_rows_of_one_tensor_are_not_tied(self):
        tensor = self.torch.ones(4, 6)
        assert collect({"a": tensor[:2], "b": tensor[2:], "c": tensor}).tied == {}

    def test_a_tensor_without_values_is_refused_by_name(self, tmp_path):
        with pytest.raises(TypeError, match='tensor "w" is on the device "meta"'):
            written({"w": self.torch.empty(3, 3, device="meta")}, tmp_path)

    def test_a_sharded_tensor_is_refused_by_name(self, tmp_path):
        class Sharded(self.torch.Tensor):
            def full_tensor(self):
                raise AssertionError("every process would have to call this")

        with pytest.raises(TypeError, match='tensor "w" is sharded over processes'):
            written({"w": self.torch.ones(3, 3).as_subclass(Sharded)}, tmp_path)

    def test_sparse_tensors_are_written_dense(self, tmp_path):
        dense = self.torch.eye(3)
        header, values, _ = written({"w": dense.to_sparse()}, tmp_path)
        assert values["w"] == dense.numpy().tobytes()

    def test_the_command_finds_the_same_as_in_a_file_of_torch(self, tmp_path):
        torch = self.torch
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Conv2d(12, 20, 3), torch.nn.Flatten(), torch.nn.Linear(100, 40)).half()
        torch.save(model.state_dict(), tmp_path / "model.pt")
        here = eigenscope.analyze(model)
        there = eigenscope.analyze(tmp_path / "model.pt")
        assert [layer.dtype for layer in here.layers] == ["F16", "F16"]
        for name in ("name", "N", "M", "rf", "lambda_max", "alpha", "phase", "stable_rank"):
            assert [layer[name] for layer in here.layers] == [layer[name] for layer in there.layers]


def test_no_framework_is_imported():
    script = (
        "import sys, eigenscope\n"
        "from eigenscope._weights import on_disk\n"
        "with on_disk('x'): pass\n"
        "print(sorted({'numpy', 'torch', 'pandas', 'IPython', 'lightning', 'transformers'} & set(sys.modules)))"
    )
    source = str(Path(eigenscope.__file__).parents[1])
    printed = subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": source}, capture_output=True, text=True)
    assert printed.stdout == "[]\n", printed.stderr


@pytest.mark.parametrize("fails", [False, True])
def test_the_temporary_file_is_deleted_also_on_errors(fails):
    kept = []
    try:
        with on_disk(numpy.ones((4, 5))) as on:
            kept.append(Path(on.path))
            assert kept[0].exists()
            assert on.label == "ndarray (in memory)"
            if fails:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert not kept[0].exists()
    assert not kept[0].parent.exists()


def test_an_error_does_not_name_the_temporary_file():
    with pytest.raises(eigenscope.InputError, match=r"^ndarray \(in memory\): no layer was analysed"):
        eigenscope.analyze(numpy.ones(5))


def test_paths_are_given_as_they_are():
    with on_disk("org/model@main") as on:
        assert (on.path, on.label) == ("org/model@main", None)
    with on_disk(Path("a/b")) as on:
        assert on.path == "a/b"
