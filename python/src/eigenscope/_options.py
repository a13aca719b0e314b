"""Keyword arguments -> options of the command."""

from __future__ import annotations

import difflib
import os
import re
from typing import Any, Callable, Dict, List, Mapping, Optional

from ._facts import COMMANDS

#: Options that this package sets itself, and what to use instead.
RESERVED: Dict[str, str] = {
    "json": "the result holds the JSON; use .save(path) to write it",
    "quiet": "warnings of the command are Python warnings; filter them with the module warnings",
    "progress": "only analyze() shows progress",
    "color": "the command prints nothing here",
    "help": "use help() of Python",
    "version": "see .tool of a result",
    "shard": "a share makes no report; give it to the command, then use open_run(folder)",
    "for": "use for_, because for is a word of Python",
}

#: WeightWatcher's arguments of analyze() -> what to use here. docs/python.md has the reasons.
WEIGHTWATCHER_ARGUMENTS: Dict[str, str] = {
    "model": "the first argument",
    "layers": "layers and exclude, with patterns of names",
    "min_evals": "min_eigenvalues",
    "max_evals": "nothing: no limit",
    "max_N": "nothing: no limit",
    "min_size": "min_eigenvalues",
    "max_size": "nothing: no limit",
    "plot": 'html="report.html"',
    "savefig": 'html="report.html"',
    "randomize": 'randomize=5, or weightwatcher="randomize" for its columns',
    "mp_fit": 'weightwatcher="mp_fit"',
    "detX": 'weightwatcher="detX"',
    "vectors": 'vectors=True, or weightwatcher="vectors" for its columns',
    "fit": "tails=True for TPL and E_TPL",
    "pl_package": "nothing: one implementation",
    "xmax": "tails=True, column alpha_xmax_forced",
    "xmin_max": "nothing: not offered",
    "fix_fingers": "tails=True, columns clipped_alpha and alpha_from_peak",
    "max_fingers": "nothing: fixed",
    "finger_thresh": "nothing: fixed",
    "base_model": "compare(base_model, model)",
    "peft": 'nothing: an adapter is recognised; base="org/model" merges it',
    "pool": 'conv="flatten" for one matrix per kernel',
    "conv2d_norm": "nothing: always on",
    "svd_method": "engine and precision",
    "tolerance": "nothing: fixed",
    "start_ids": "nothing: ids start at 0",
    "glorot_fix": "nothing: not offered",
    "ww2x": "nothing: not offered",
    "conv2d_fft": "nothing: not offered",
    "fft": "nothing: not offered",
    "deltas": "nothing: not offered; see the column level_spacing",
    "channels": "nothing: found from the format",
    "intra": "nothing: not offered",
    "sparsify": "nothing: not offered",
    "stacked": "nothing: not offered",
    "inverse": "nothing: not offered",
}


def option_names(command: str) -> List[str]:
    """The keyword arguments that a command takes."""
    return [name for name in COMMANDS[command] if name not in RESERVED]


def arguments_of(command: str, options: Mapping[str, Any], help_text: Callable[[], str]) -> List[str]:
    """The command's arguments for keyword arguments. Options that are None or False are left out.

    `help_text` gives the installed command's own help. It is asked for names that this package does not know, because
    a newer command may have them. Raises TypeError for a name that neither knows, and for a value of a wrong kind.
    """
    known = COMMANDS[command]
    words: List[str] = []
    from_help: Optional[Dict[str, Dict[str, Any]]] = None
    for name, value in options.items():
        if name in RESERVED:
            raise TypeError(f"{command}() does not take {name}: {RESERVED[name]}")
        option = known.get(name)
        if option is None:
            if from_help is None:
                from_help = options_in_help(help_text())
            option = from_help.get(name)
        if option is None:
            raise TypeError(_unknown(command, name, [*option_names(command), *(from_help or {})]))
        words += _words(command, name, option, value)
    return words


def options_in_help(text: str) -> Dict[str, Dict[str, Any]]:
    """The options that a help text of the command lists, by their Python names."""
    found: Dict[str, Dict[str, Any]] = {}
    pattern = r"^  (?:-\w, )?(--[a-z][a-z0-9-]*)(?: (<[^>]+>|\[[^\]]+\]))?(?=\s|$)"
    for flag, argument in re.findall(pattern, text, re.MULTILINE):
        if flag.startswith("--no-"):
            continue
        takes = "nothing" if not argument else "value" if argument.startswith("<") else "maybe a value"
        name = python_name(flag)
        if name not in RESERVED:
            found[name] = {"flag": flag, "takes": takes, "repeats": "repeatable" in _description(text, flag)}
    return found


def _description(text: str, flag: str) -> str:
    begin = text.index(f"{flag} ") if f"{flag} " in text else text.index(flag)
    following = re.search(r"\n  -", text[begin:])
    return text[begin : begin + following.start()] if following else text[begin:]


def python_name(flag: str) -> str:
    """--min-eigenvalues -> min_eigenvalues."""
    return flag[2:].replace("-", "_")


def _unknown(command: str, name: str, candidates: List[str]) -> str:
    if command == "analyze" and name in WEIGHTWATCHER_ARGUMENTS:
        return (
            f"analyze() has no option {name!r}, which is WeightWatcher's; "
            f"here: {WEIGHTWATCHER_ARGUMENTS[name]} (docs/python.md)"
        )
    near = difflib.get_close_matches(name, candidates, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"options are: {', '.join(sorted(set(candidates)))}"
    return f"{command}() has no option {name!r}; {hint}"


def _words(command: str, name: str, option: Dict[str, Any], value: Any) -> List[str]:
    flag, takes = option["flag"], option["takes"]
    if value is None or value is False:
        return []
    if value is True:
        if takes == "value":
            raise TypeError(f"{command}(): {name} needs a value, not True")
        return [flag]
    if takes == "nothing":
        raise TypeError(f"{command}(): {name} is True or False, not {value!r}")
    if isinstance(value, (list, tuple, set, frozenset)):
        texts = [_text(command, name, item) for item in value]
        if not texts:
            return []
        return [f"{flag}={text}" for text in texts] if option["repeats"] else [f"{flag}={','.join(texts)}"]
    return [f"{flag}={_text(command, name, value)}"]


def _text(command: str, name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, os.PathLike)):
        # Numbers of NumPy are no int, but say that they are one.
        try:
            value = value.__index__()
        except AttributeError:
            raise TypeError(
                f"{command}(): {name} is a text, a number or a path, not {type(value).__name__}"
            ) from None
    return os.fspath(value) if isinstance(value, (str, os.PathLike)) else repr(value)
