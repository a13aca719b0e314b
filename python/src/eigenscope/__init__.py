"""eigenscope from Python: spectra, random-matrix fits and the 5+1 phases of a network's weights.

    import eigenscope

    report = eigenscope.analyze(model)          # a path, a torch module, a state dict, arrays
    report.headline; report.layers[0].phase; report.to_pandas()

This package has no dependencies. It runs the command ``eigenscope`` (Node), which it looks for in this order: the
environment variable EIGENSCOPE_COMMAND, the command on PATH, npx in the current folder.
"""

from __future__ import annotations

from . import callbacks
from ._api import advise, analyze, compare, open_run, rank
from ._errors import CommandNotFound, EigenscopeError, EigenscopeWarning, InputError, RuleHolds, UsageError
from ._options import option_names
from .results import Advice, Comparison, Layer, Ranking, Report, Result, load

__version__ = "0.1.0"

__all__ = [
    "Advice",
    "CommandNotFound",
    "Comparison",
    "EigenscopeError",
    "EigenscopeWarning",
    "InputError",
    "Layer",
    "Ranking",
    "Report",
    "Result",
    "RuleHolds",
    "UsageError",
    "advise",
    "analyze",
    "callbacks",
    "compare",
    "load",
    "open_run",
    "rank",
]


def _with_options() -> None:
    """help() of a function lists its options."""
    for command, function in (
        ("analyze", analyze),
        ("report", open_run),
        ("compare", compare),
        ("rank", rank),
        ("advise", advise),
    ):
        function.__doc__ = f"{function.__doc__ or ''}\n    Options: {', '.join(option_names(command))}.\n    "


_with_options()
