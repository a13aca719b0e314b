"""analyze, open_run, compare, rank, advise: one call of the command each."""

from __future__ import annotations

import csv
import json
import os
import tempfile
import warnings
from contextlib import ExitStack
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, TypeVar, Union

from . import _command
from ._command import DONE, PARTIAL, RULE, Ended
from ._errors import EigenscopeError, EigenscopeWarning, RuleHolds
from ._facts import COMMANDS
from ._options import arguments_of
from ._progress import Progress, is_watched
from ._weights import OnDisk, is_in_memory, on_disk
from .results import Advice, Comparison, PathLike, Ranking, Report, Result, read_eigenvalues

Finished = TypeVar("Finished", bound=Result)

Scores = Union[PathLike, Mapping[Any, float], Sequence[float]]


def analyze(model: Any, *, progress: Optional[bool] = None, **options: Any) -> Report:
    """Analyses every layer of a model.

    model   -- a path (file, folder, glob), an https:// address, org/model[@revision][:file] of a hub; or in memory: a
               torch module, a state dict, a NumPy array, a dict or list of arrays. One in memory is written to a
               temporary file (as large as its weights, in TMPDIR), which is deleted at the end.
    progress -- say on stderr how many layers are done; None: in a terminal and in a notebook
    options -- the command's options in Python's spelling: layers="*.mlp.*", weightwatcher=True, html="report.html".
               help(eigenscope) lists them; `eigenscope analyze --help` explains them.

    Raises TypeError for an option that does not exist, UsageError for a value that the command refuses, InputError for
    what cannot be read, RuleHolds if a rule of fail_on holds. Layers that failed are rows with a reason, and a warning.
    """
    with ExitStack() as stack:
        on = stack.enter_context(on_disk(model))
        if options.get("base") is not None and is_in_memory(options["base"]):
            options["base"] = stack.enter_context(on_disk(options["base"])).path
        made = _report("analyze", [on], options, stack, is_watched() if progress is None else progress)
    return made


def open_run(folder: Union[PathLike, Sequence[PathLike]], **options: Any) -> Report:
    """The report of a run from its folder (`analyze(..., run=folder)`), or from those of its shares; solves nothing.

    Layers that are not done yet are rows with a reason, and a warning. Raises as analyze does.
    """
    folders = [folder] if isinstance(folder, (str, os.PathLike)) else list(folder)
    with ExitStack() as stack:
        made = _report("report", [OnDisk(os.fspath(one), None, {}) for one in folders], options, stack)
    return made


def compare(a: Any, b: Any, **options: Any) -> Comparison:
    """Compares two models layer by layer, and looks at W_B - W_A. The models are given as to analyze.

    Raises as analyze does.
    """
    with ExitStack() as stack:
        models = [stack.enter_context(on_disk(model)) for model in (a, b)]
        ended, data = _run("compare", [model.path for model in models], options)
        for side, model in zip(("a", "b"), models):
            if model.label is not None:
                data[side]["label"] = model.label
        made = _finish(Comparison(data), ended)
    return made


def rank(
    paths: Union[PathLike, Iterable[PathLike]], scores: Optional[Scores] = None, **options: Any
) -> Ranking:
    """Compares many models, one row each; with scores, says how well each number goes with them.

    paths  -- files, folders of models, globs, addresses, names of a hub; a folder or a glob may hold several models
    scores -- a CSV file with the header "name,score"; or a dict from names (or paths) to scores; or one score per path

    Raises as analyze does, and ValueError if a list of scores has not one for each path.
    """
    given = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    for path in given:
        if is_in_memory(path):
            raise TypeError(f"rank() takes paths, not {type(path).__name__}: save each model, then rank the folder")
    names = [os.fspath(path) for path in given]
    with ExitStack() as stack:
        if scores is not None:
            options["scores"] = _scores_file(scores, names, stack)
        ended, data = _run("rank", names, options)
        made = _finish(Ranking(data), ended)
    return made


def advise(model: Any = None, *, for_: str, **options: Any) -> Advice:
    """Says what to train, adapt or prune.

    for_ -- "finetuning", "lora", "pruning", "learning-rate" or "weight-decay"
    out  -- a folder for the files that other tools read (see .files of the result)

    The model is given as to analyze; it may be missing with scan=. Raises as analyze does; InputError also if no layer
    of the model is one for this purpose.
    """
    with ExitStack() as stack:
        on = None if model is None else stack.enter_context(on_disk(model))
        ended, data = _run("advise", [] if on is None else [on.path], options, [f"--for={for_}"])
        if on is not None and on.label is not None and options.get("name") is None:
            data["model"] = on.label
        made = _finish(Advice(data), ended)
    return made


def _report(
    command: str, inputs: Sequence[OnDisk], options: Dict[str, Any], stack: ExitStack, progress: bool = False
) -> Report:
    folder = options.get("save_eigenvalues")
    if folder is None:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="eigenscope-spectra-"))
        options = {**options, "save_eigenvalues": folder}
    bar = Progress(os.fspath(folder))
    try:
        ended, data = _run(command, [one.path for one in inputs], options, on_wait=bar.look if progress else None)
    finally:
        bar.close()
    if inputs[0].label is not None:
        data["input"]["label"] = inputs[0].label
    names = os.fspath(folder)
    # The command makes the folder with the first spectrum.
    spectra = read_eigenvalues(names) if os.path.isdir(names) else {}
    return _finish(Report(data, spectra, inputs[0].tied), ended)


def _run(
    command: str,
    paths: Sequence[str],
    options: Mapping[str, Any],
    more: Sequence[str] = (),
    on_wait: Optional[Callable[[], None]] = None,
) -> Tuple[Ended, Dict[str, Any]]:
    """Runs the command and reads its JSON. Raises if it made none."""
    found = _command.find_command()
    own = arguments_of(command, options, lambda: _command.run(found, [command, "--help"]).stdout)
    fixed = ["--json=-", "--quiet"]
    # Notebooks set FORCE_COLOR.
    fixed += [f"--no-{name}" for name in ("progress", "color") if name in COMMANDS[command]]
    ended = _command.run(found, [command, *fixed, *more, *own, "--", *paths], on_wait)
    if ended.exit_code not in (DONE, PARTIAL, RULE) or not ended.stdout.strip():
        raise _command.error_of(ended)
    try:
        return ended, json.loads(ended.stdout)
    except ValueError as error:
        raise EigenscopeError(
            f"the command {' '.join(found)} printed something that is no JSON: is it eigenscope?",
            exit_code=ended.exit_code,
            stderr=ended.stderr,
        ) from error


def _finish(result: Finished, ended: Ended) -> Finished:
    """Turns warnings of the command into Python's, and a rule that holds into an exception."""
    said_by_command = _command.sentences_of(ended.stderr)
    if ended.exit_code == RULE:
        said = "\n".join(said_by_command) or "a rule holds"
        raise RuleHolds(said, result=result, exit_code=RULE, reason=said, stderr=ended.stderr)
    # With fail_on, the command also says that no rule holds.
    worth_a_look = [sentence for sentence in said_by_command if not sentence.startswith("passed: ")]
    for sentence in [*worth_a_look, *_own_warnings(result)]:
        # 1 is this line, 2 the function of this module, 3 its caller; _report is one more.
        warnings.warn(sentence, EigenscopeWarning, stacklevel=4 if isinstance(result, Report) else 3)
    return result


def _own_warnings(result: Result) -> List[str]:
    if isinstance(result, Report):
        failed = [layer for layer in result.layers if layer["status"] == "failed"]
        found = list(result.data["input"]["warnings"])
        if failed:
            first = f"{failed[0]['name']}: {failed[0]['reason']}"
            found.append(f"{len(failed)} of {len(result.layers)} layers failed; {first}")
        return found
    if isinstance(result, Comparison):
        inputs = [*result.data["a"]["warnings"], *result.data["b"]["warnings"]]
        return list(dict.fromkeys([*inputs, *result.warnings]))
    if isinstance(result, Ranking):
        failed_models = [model for model in result.models if model["status"] == "failed"]
        return [f"{model['name']} failed: {model['reason']}" for model in failed_models]
    # What an advice or a ranking warns of is a part of its answer, and is in .warnings.
    return []


def _scores_file(scores: Scores, names: Sequence[str], stack: ExitStack) -> str:
    if isinstance(scores, (str, os.PathLike)):
        return os.fspath(scores)
    if isinstance(scores, Mapping):
        pairs = [(os.fspath(name), float(score)) for name, score in scores.items()]
    else:
        values = [float(score) for score in scores]
        if len(values) != len(names):
            raise ValueError(f"rank(): {len(values)} scores for {len(names)} paths; give one each, or a dict by name")
        pairs = list(zip(names, values))
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="eigenscope-scores-"))
    path = os.path.join(folder, "scores.csv")
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "score"])
        writer.writerows((name, repr(score)) for name, score in pairs)
    return path
