"""Writes the weights of a training for ``eigenscope watch``, which analyses them beside it.

    writer = WeightWriter("weights", every=100, keep_last=5)
    for step, batch in enumerate(batches):
        ...
        writer.write(model, step)

No framework is imported. If one is loaded already, its callback is a subclass of the framework's own, because
Lightning accepts nothing else.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from typing import Any, Dict, List, Optional, Union

from ._errors import EigenscopeWarning
from ._weights import collect, element_type, metadata_of, write_safetensors

__all__ = ["HuggingFaceCallback", "LightningCallback", "WeightWriter"]

#: What marks a file as written here: only such files are deleted by keep_last.
_WRITER = "eigenscope.callbacks"

_NAME = re.compile(r"step-(\d+)\.safetensors")

#: Variables in which launchers (torchrun, Accelerate, DeepSpeed; srun; mpirun) give a process its number.
_RANKS = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")

_FLOATS = {"float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"}


class WeightWriter:
    """Writes step-000100.safetensors into a folder: weight matrices and convolution kernels, no biases and norms.

    folder    -- is made if it is not there
    every     -- write at steps that are multiples of this; others cost nothing
    keep_last -- keep this many of the newest steps, and delete older files; only files that a WeightWriter wrote.
                 None keeps all.
    rank      -- number of this process; only 0 writes. None: that of torch.distributed, else of the launcher, else 0.

    A file appears under its name when it is complete (temporary name, fsync, rename). Raises ValueError for values out
    of range, OSError if a file cannot be written.
    """

    def __init__(
        self,
        folder: Union[str, "os.PathLike[str]"],
        *,
        every: int = 1,
        keep_last: Optional[int] = None,
        rank: Optional[int] = None,
    ) -> None:
        if every < 1:
            raise ValueError(f"every is a number of steps from 1, not {every}")
        if keep_last is not None and keep_last < 1:
            raise ValueError(f"keep_last is a number of files from 1, or None to keep all, not {keep_last}")
        self.folder = os.fspath(folder)
        self.every = every
        self.keep_last = keep_last
        self.rank = rank

    def write(self, model: Any, step: int) -> Optional[str]:
        """Writes the weights of a module, state dict or dict of arrays, if it is this step's and this process's turn.

        Returns the path, or None if nothing was written.
        """
        if step % self.every != 0 or self._rank() != 0:
            return None
        return self.write_now(model, step)

    def write_now(self, model: Any, step: int) -> str:
        """Writes the weights whatever the step and the process are, and returns the path."""
        if step < 0:
            raise ValueError(f"a step is a number from 0, not {step}")
        os.makedirs(self.folder, exist_ok=True)
        path = os.path.join(self.folder, f"step-{step:06d}.safetensors")
        # A name without the ending of a weight file, and hidden: nothing takes it for a checkpoint.
        temporary = os.path.join(self.folder, f".step-{step:06d}.{os.getpid()}.tmp")
        try:
            write_safetensors(temporary, _weights_of(model), {"writer": _WRITER, "step": str(step)})
            os.replace(temporary, path)
        except BaseException:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise
        self._delete_old()
        return path

    def _rank(self) -> int:
        return _process_rank() if self.rank is None else self.rank

    def _delete_old(self) -> None:
        if self.keep_last is None:
            return
        steps: Dict[int, str] = {}
        for name in os.listdir(self.folder):
            match = _NAME.fullmatch(name)
            path = os.path.join(self.folder, name)
            if match and metadata_of(path).get("writer") == _WRITER:
                steps[int(match[1])] = path
        for step in sorted(steps)[: -self.keep_last]:
            try:
                os.unlink(steps[step])
            except FileNotFoundError:
                pass


def _process_rank() -> int:
    distributed = getattr(sys.modules.get("torch"), "distributed", None)
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return int(distributed.get_rank())
    for name in _RANKS:
        if os.environ.get(name, "").isdigit():
            return int(os.environ[name])
    return 0


def _weights_of(model: Any) -> Dict[str, Any]:
    """The weights with two or more dimensions. Raises ValueError if there are none.

    Of a module these are its parameters: its other tensors (masks, tables of positions) are not trained.
    """
    model = _unwrapped(model)
    named = getattr(model, "named_parameters", None)
    entries: Any = dict(named()) if callable(named) else model
    found = {
        name: tensor
        for name, tensor in collect(entries).tensors.items()
        if len(tensor.shape) >= 2 and 0 not in tuple(tensor.shape) and element_type(tensor) in _FLOATS
    }
    if not found:
        raise ValueError(f"{type(model).__name__} has no weight with two or more dimensions")
    return found


def _unwrapped(model: Any) -> Any:
    """The module inside those of DataParallel, DistributedDataParallel and torch.compile, which prefix its names."""
    while True:
        name = type(model).__name__
        if name in ("DataParallel", "DistributedDataParallel") and hasattr(model, "module"):
            model = model.module
        elif name == "OptimizedModule" and hasattr(model, "_orig_mod"):
            model = model._orig_mod
        else:
            return model


class _OfFramework:
    """A class whose instances are also instances of a framework's base class, if that framework is loaded."""

    _bases: List[str] = []

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        bases = [base for base in map(_loaded, cls._bases) if base is not None and not issubclass(cls, base)]
        if not bases:
            return object.__new__(cls)
        names = {"__module__": cls.__module__, "__doc__": cls.__doc__, "_own": cls}
        made = type(cls.__name__, (cls, *dict.fromkeys(bases)), names)
        return object.__new__(made)

    def __reduce__(self) -> Any:
        # Trainers that start processes pickle their callbacks, and no module has the class that was made above.
        return _again, (getattr(type(self), "_own", type(self)), self.__dict__)


def _again(cls: Any, state: Dict[str, Any]) -> Any:
    made = cls.__new__(cls)
    made.__dict__.update(state)
    return made


def _loaded(name: str) -> Optional[type]:
    module, attribute = name.rsplit(".", 1)
    found = getattr(sys.modules.get(module), attribute, None)
    return found if isinstance(found, type) else None


class HuggingFaceCallback(_OfFramework):
    """For ``transformers.Trainer(callbacks=[HuggingFaceCallback("weights", every=100)])``; arguments as WeightWriter.

    Writes after every optimizer step whose number (``state.global_step``) is a multiple of `every`, and at the end.
    A file that cannot be written is a warning.
    """

    _bases = ["transformers.TrainerCallback"]

    def __init__(
        self, folder: Union[str, "os.PathLike[str]"], *, every: int = 1, keep_last: Optional[int] = None
    ) -> None:
        self.writer = WeightWriter(folder, every=every, keep_last=keep_last)
        self._last: Optional[int] = None

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        if state.global_step % self.writer.every == 0:
            self._write(state, model)

    def on_train_end(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        if state.global_step != self._last:
            self._write(state, model)

    def _write(self, state: Any, model: Any) -> None:
        self._last = state.global_step
        if state.is_world_process_zero and model is not None:
            _write_or_warn(self.writer, model, state.global_step)

    def __getattr__(self, name: str) -> Any:
        # Trainer calls every event of every callback; a newer version may have more of them.
        if name.startswith("on_"):
            return _nothing
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")


def _nothing(*args: Any, **kwargs: Any) -> None:
    return None


class LightningCallback(_OfFramework):
    """For ``Trainer(callbacks=[LightningCallback("weights", every=100)])``; arguments as WeightWriter.

    Import Lightning before you make it. Writes after every batch after which the number of optimizer steps
    (``trainer.global_step``) has become a multiple of `every`, and at the end.
    A file that cannot be written is a warning.
    """

    _bases = ["lightning.pytorch.Callback", "pytorch_lightning.Callback"]

    def __init__(
        self, folder: Union[str, "os.PathLike[str]"], *, every: int = 1, keep_last: Optional[int] = None
    ) -> None:
        super().__init__()
        self.writer = WeightWriter(folder, every=every, keep_last=keep_last)
        self._last: Optional[int] = None

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *args: Any, **kwargs: Any) -> None:
        # With gradients accumulated over batches, the step stays the same for several of them.
        step = trainer.global_step
        if step > 0 and step % self.writer.every == 0 and step != self._last:
            self._write(trainer, pl_module)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        if trainer.global_step != self._last:
            self._write(trainer, pl_module)

    def _write(self, trainer: Any, module: Any) -> None:
        self._last = trainer.global_step
        if trainer.is_global_zero:
            _write_or_warn(self.writer, module, trainer.global_step)


def _write_or_warn(writer: WeightWriter, model: Any, step: int) -> None:
    """A full disk must not end a training."""
    try:
        writer.write_now(model, step)
    except OSError as error:
        warnings.warn(f"step {step}: the weights were not written: {error}", EigenscopeWarning, stacklevel=3)
