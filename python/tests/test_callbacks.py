"""Writing weights beside a training. Trainer and Lightning are stand-ins here: the frameworks are not installed.

The stand-ins call callbacks as transformers 4 and Lightning 2 do, as far as it matters: Trainer asks for every event by
name and passes keyword arguments; Lightning accepts only instances of its own Callback.
"""

from __future__ import annotations

import copy
import os
import pickle
import sys
import types
from pathlib import Path

import pytest
from conftest import read_safetensors

import eigenscope
from eigenscope.callbacks import HuggingFaceCallback, LightningCallback, WeightWriter

numpy = pytest.importorskip("numpy")
LAUNCHERS = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")


@pytest.fixture(autouse=True)
def _no_launcher(monkeypatch):
    for name in LAUNCHERS:
        monkeypatch.delenv(name, raising=False)


def weights(value=1.0):
    return {
        "fc.weight": numpy.full((12, 11), value),
        "conv.weight": numpy.full((4, 3, 2, 2), value, "float16"),
        "fc.bias": numpy.zeros(12),
        "ids": numpy.arange(100).reshape(10, 10),
        "empty": numpy.zeros((0, 4)),
    }


def names(folder) -> "list[str]":
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


class TestWeightWriter:
    def test_it_writes_matrices_and_kernels_under_the_steps_name(self, tmp_path):
        path = WeightWriter(tmp_path / "deep" / "run").write(weights(), 100)
        assert Path(path) == tmp_path / "deep" / "run" / "step-000100.safetensors"
        header, values, metadata = read_safetensors(path)
        assert sorted(header) == ["conv.weight", "fc.weight"]
        assert metadata == {"writer": "eigenscope.callbacks", "step": "100"}
        assert values["fc.weight"] == weights()["fc.weight"].tobytes()

    def test_every_and_rank_decide_whether_it_writes(self, tmp_path, monkeypatch):
        writer = WeightWriter(tmp_path, every=10)
        assert [writer.write(weights(), step) is not None for step in (0, 5, 9, 10, 11, 20)] == [1, 0, 0, 1, 0, 1]
        assert WeightWriter(tmp_path, rank=1).write(weights(), 30) is None
        assert WeightWriter(tmp_path, rank=0).write(weights(), 40) is not None

    @pytest.mark.parametrize("variable", LAUNCHERS)
    def test_the_launchers_rank_counts(self, variable, tmp_path, monkeypatch):
        monkeypatch.setenv(variable, "1")
        assert WeightWriter(tmp_path).write(weights(), 1) is None
        assert WeightWriter(tmp_path, rank=0).write(weights(), 1) is not None
        monkeypatch.setenv(variable, "0")
        assert WeightWriter(tmp_path).write(weights(), 2) is not None

    def test_the_rank_of_torch_distributed_comes_first(self, tmp_path, monkeypatch):
        torch = pytest.importorskip("torch")
        monkeypatch.setenv("RANK", "0")
        monkeypatch.setattr(torch.distributed, "is_available", lambda: True)
        monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True, raising=False)
        monkeypatch.setattr(torch.distributed, "get_rank", lambda: 3, raising=False)
        assert WeightWriter(tmp_path).write(weights(), 1) is None

    def test_keep_last_deletes_older_steps_by_number_and_nothing_else(self, tmp_path):
        other = tmp_path / "step-000001.safetensors"
        from eigenscope._weights import write_safetensors

        write_safetensors(str(other), {"w": numpy.ones((2, 2))})
        (tmp_path / "step-000002.safetensors").write_bytes(b"half")
        (tmp_path / "notes.txt").write_text("x")
        writer = WeightWriter(tmp_path, keep_last=2)
        for step in (900, 1_000_000, 1_000_001):
            writer.write(weights(), step)
        # A new process goes on with the files of the one before.
        WeightWriter(tmp_path, keep_last=2).write(weights(), 1_000_002)
        assert names(tmp_path) == [
            "notes.txt",
            "step-000001.safetensors",
            "step-000002.safetensors",
            "step-1000001.safetensors",
            "step-1000002.safetensors",
        ]

    def test_without_keep_last_all_stay(self, tmp_path):
        writer = WeightWriter(tmp_path)
        for step in range(5):
            writer.write(weights(), step)
        assert len(names(tmp_path)) == 5

    def test_a_file_has_its_name_only_when_it_is_complete(self, tmp_path, monkeypatch):
        writer = WeightWriter(tmp_path)
        writer.write(weights(1.0), 7)
        seen = []

        def replace(source, target):
            seen.append((os.path.basename(source), os.path.basename(target)))
            assert sorted(read_safetensors(source)[0]) == ["conv.weight", "fc.weight"]
            raise OSError("no space")

        monkeypatch.setattr("eigenscope.callbacks.os.replace", replace)
        with pytest.raises(OSError, match="no space"):
            writer.write(weights(2.0), 7)
        assert seen == [(f".step-000007.{os.getpid()}.tmp", "step-000007.safetensors")]
        # The old file is whole, and the temporary one is gone.
        assert names(tmp_path) == ["step-000007.safetensors"]
        assert read_safetensors(tmp_path / names(tmp_path)[0])[1]["fc.weight"] == weights(1.0)["fc.weight"].tobytes()

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"every": 0}, "every is a number of steps from 1, not 0"),
            ({"keep_last": 0}, "keep_last is .* from 1, .* not 0"),
        ],
    )
    def test_values_out_of_range(self, arguments, message, tmp_path):
        with pytest.raises(ValueError, match=message):
            WeightWriter(tmp_path, **arguments)
        with pytest.raises(ValueError, match="a step is a number from 0, not -1"):
            WeightWriter(tmp_path).write(weights(), -1)

    def test_a_model_without_matrices_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match="no weight with two or more dimensions"):
            WeightWriter(tmp_path).write({"b": numpy.zeros(3)}, 1)

    def test_parameters_of_a_module_under_the_names_of_the_module_inside(self, tmp_path):
        torch = pytest.importorskip("torch")
        inner = torch.nn.Sequential(torch.nn.Linear(12, 11), torch.nn.LayerNorm(11))
        inner.register_buffer("mask", torch.ones(11, 11))
        path = WeightWriter(tmp_path).write(torch.nn.DataParallel(inner), 1)
        assert list(read_safetensors(path)[0]) == ["0.weight"]

        class OptimizedModule:
            _orig_mod = inner

        assert list(read_safetensors(WeightWriter(tmp_path).write(OptimizedModule(), 2))[0]) == ["0.weight"]

    def test_the_command_reads_what_a_loop_wrote(self, tmp_path):
        torch = pytest.importorskip("torch")
        torch.manual_seed(1)
        model = torch.nn.Sequential(torch.nn.Linear(40, 30), torch.nn.ReLU(), torch.nn.Linear(30, 20))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        writer = WeightWriter(tmp_path, every=2)
        for step in range(1, 5):
            optimizer.zero_grad()
            model(torch.randn(8, 40)).square().mean().backward()
            optimizer.step()
            writer.write(model, step)
        found = eigenscope.rank(tmp_path)
        assert [model["name"] for model in found.models] == ["step-000002", "step-000004"]
        last = eigenscope.analyze(tmp_path / "step-000004.safetensors")
        assert last.layer("0").lambda_max == eigenscope.analyze(model).layer("0").lambda_max


EVENTS = [
    *["on_init_end", "on_train_begin", "on_epoch_begin", "on_step_begin", "on_pre_optimizer_step", "on_optimizer_step"],
    *["on_substep_end", "on_step_end", "on_log", "on_save", "on_evaluate", "on_epoch_end", "on_train_end"],
]


class Trainer:
    """Calls callbacks as transformers.Trainer does."""

    def __init__(self, callbacks, *, steps, is_zero=True, model=None):
        self.callbacks, self.steps, self.model = callbacks, steps, model or weights()
        self.state = types.SimpleNamespace(global_step=0, is_world_process_zero=is_zero)

    def call(self, event):
        for callback in self.callbacks:
            method = getattr(callback, event)
            assert method(object(), self.state, object(), model=self.model, optimizer=None, logs={}) is None

    def train(self):
        for event in EVENTS[:3]:
            self.call(event)
        for _ in range(self.steps):
            self.state.global_step += 1
            for event in EVENTS[3:12]:
                self.call(event)
        self.call("on_train_end")


class TestHuggingFace:
    def test_it_writes_every_n_steps_and_at_the_end(self, tmp_path):
        Trainer([HuggingFaceCallback(tmp_path, every=3)], steps=7).train()
        assert names(tmp_path) == [f"step-00000{step}.safetensors" for step in (3, 6, 7)]

    def test_the_last_step_is_written_once(self, tmp_path, monkeypatch):
        written = []
        callback = HuggingFaceCallback(tmp_path, every=3)
        monkeypatch.setattr(callback.writer, "write_now", lambda model, step: written.append(step))
        Trainer([callback], steps=6).train()
        assert written == [3, 6]

    def test_only_the_first_process_writes(self, tmp_path):
        Trainer([HuggingFaceCallback(tmp_path)], steps=2, is_zero=False).train()
        assert names(tmp_path) == []

    def test_keep_last(self, tmp_path):
        Trainer([HuggingFaceCallback(tmp_path, keep_last=2)], steps=5).train()
        assert names(tmp_path) == ["step-000004.safetensors", "step-000005.safetensors"]

    def test_a_full_disk_is_a_warning(self, tmp_path, monkeypatch):
        def full(*_arguments):
            raise OSError("no space left")

        monkeypatch.setattr("eigenscope.callbacks.write_safetensors", full)
        with pytest.warns(eigenscope.EigenscopeWarning, match="step 1: the weights were not written: no space left"):
            Trainer([HuggingFaceCallback(tmp_path)], steps=1).train()

    def test_it_has_events_only(self, tmp_path):
        with pytest.raises(AttributeError):
            HuggingFaceCallback(tmp_path).missing

    def test_with_transformers_loaded_it_is_a_trainer_callback(self, tmp_path, monkeypatch):
        module = types.ModuleType("transformers")
        module.TrainerCallback = type("TrainerCallback", (), {event: lambda *a, **k: None for event in EVENTS})
        monkeypatch.setitem(sys.modules, "transformers", module)
        callback = HuggingFaceCallback(tmp_path, every=2)
        assert isinstance(callback, module.TrainerCallback) and isinstance(callback, HuggingFaceCallback)
        Trainer([callback], steps=3).train()
        assert names(tmp_path) == ["step-000002.safetensors", "step-000003.safetensors"]


class Lightning:
    """Calls callbacks as Lightning's Trainer does."""

    def __init__(self, callbacks, base, *, batches, accumulate=1, is_zero=True):
        if not all(isinstance(callback, base) for callback in callbacks):
            raise ValueError("Expected a parent")
        self.callbacks, self.batches, self.accumulate = callbacks, batches, accumulate
        self.is_global_zero, self.global_step = is_zero, 0

    def call(self, hook, *arguments):
        for callback in self.callbacks:
            getattr(callback, hook)(self, *arguments)

    def fit(self, module):
        self.call("on_train_start", module)
        for batch in range(self.batches):
            self.global_step += (batch + 1) % self.accumulate == 0
            self.call("on_train_batch_end", module, None, None, batch)
        self.call("on_train_end", module)


@pytest.fixture(params=["lightning.pytorch", "pytorch_lightning"])
def base(request, monkeypatch):
    """A stand-in for Lightning's Callback, loaded under this name."""
    module = types.ModuleType(request.param)
    module.Callback = type("Callback", (), {"on_train_start": lambda *a: None, "state_dict": lambda self: {}})
    monkeypatch.setitem(sys.modules, request.param, module)
    return module.Callback


class TestLightning:
    def test_it_is_lightnings_own_callback_and_writes_every_n_optimizer_steps(self, base, tmp_path):
        callback = LightningCallback(tmp_path, every=2)
        Lightning([callback], base, batches=5).fit(weights())
        assert names(tmp_path) == [f"step-00000{step}.safetensors" for step in (2, 4, 5)]

    def test_a_step_of_several_batches_is_written_once(self, base, tmp_path, monkeypatch):
        written = []
        callback = LightningCallback(tmp_path)
        monkeypatch.setattr(callback.writer, "write_now", lambda model, step: written.append(step))
        Lightning([callback], base, batches=7, accumulate=3).fit(weights())
        assert written == [1, 2]

    def test_only_the_first_process_writes(self, base, tmp_path):
        Lightning([LightningCallback(tmp_path)], base, batches=2, is_zero=False).fit(weights())
        assert names(tmp_path) == []

    def test_a_full_disk_is_a_warning(self, base, tmp_path, monkeypatch):
        def full(*_arguments):
            raise OSError("no space left")

        monkeypatch.setattr("eigenscope.callbacks.write_safetensors", full)
        with pytest.warns(eigenscope.EigenscopeWarning, match="not written: no space left"):
            Lightning([LightningCallback(tmp_path)], base, batches=1).fit(weights())

    def test_it_can_be_copied_and_sent_to_other_processes(self, base, tmp_path):
        callback = LightningCallback(tmp_path, every=5, keep_last=2)
        for again in (copy.deepcopy(callback), pickle.loads(pickle.dumps(callback))):
            assert isinstance(again, base) and isinstance(again, LightningCallback)
            assert (again.writer.every, again.writer.keep_last) == (5, 2)

    def test_without_lightning_it_is_a_plain_object(self, tmp_path):
        assert type(LightningCallback(tmp_path)) is LightningCallback
