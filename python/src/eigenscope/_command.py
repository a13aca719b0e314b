"""Finds the command eigenscope, runs it, and turns how it ended into a result, warnings or an exception."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ._errors import CommandNotFound, EigenscopeError, InputError, UsageError

NOT_FOUND = (
    "The command eigenscope was not found: with Node 20.19 or later, clone https://github.com/eigenscope/eigenscope "
    'and run "npm ci && npm link" in it, or set the environment variable EIGENSCOPE_COMMAND to the command\'s path.'
)

#: How long an interrupted command may take to end before it is killed. It needs milliseconds.
SECONDS_TO_END = 3.0

#: How often `on_wait` is called.
SECONDS_BETWEEN_LOOKS = 0.5

DONE, RULE, USAGE, INPUT, PARTIAL = 0, 1, 2, 3, 4

# Folders in which npx has the command: asking npx takes as long as a small analysis.
_npx_has_it: Dict[Tuple[str, str], bool] = {}


def find_command() -> List[str]:
    """The words that start the command: EIGENSCOPE_COMMAND, else eigenscope on PATH, else npx in this folder.

    EIGENSCOPE_COMMAND is a path, or words as a shell takes them ("node /opt/eigenscope/dist/bundle/eigenscope.cjs").
    Raises CommandNotFound.
    """
    named = os.environ.get("EIGENSCOPE_COMMAND", "").strip()
    if named:
        return _named_command(named)
    path = shutil.which("eigenscope")
    if path is not None:
        return [path]
    npx = shutil.which("npx")
    if npx is not None:
        words = [npx, "--no-install", "eigenscope"]
        key = (npx, os.getcwd())
        if not _npx_has_it.get(key):
            _npx_has_it[key] = run(words, ["--version"]).exit_code == DONE
        if _npx_has_it[key]:
            return words
    raise CommandNotFound(NOT_FOUND)


def _named_command(named: str) -> List[str]:
    words = [named] if os.path.exists(named) else shlex.split(named, posix=os.name != "nt")
    program = shutil.which(words[0])
    if program is None and os.path.isfile(words[0]) and words[0].endswith((".js", ".cjs", ".mjs")):
        node = shutil.which("node")
        if node is not None:
            return [node, *words]
    if program is None:
        raise CommandNotFound(
            f'EIGENSCOPE_COMMAND names "{named}", which cannot be run: set it to the path of the command eigenscope, '
            "or unset it."
        )
    return [program, *words[1:]]


class Ended(NamedTuple):
    """How a process ended."""

    exit_code: int
    stdout: str
    stderr: str


def run(command: Sequence[str], arguments: Sequence[str], on_wait: Optional[Callable[[], None]] = None) -> Ended:
    """Runs the command to its end. If Python is interrupted (Ctrl-C, or any exception), the command is ended first.

    `on_wait` is called now and then while the command runs.
    """
    # npx starts the command as a child of its own: a group lets a signal reach both. The command itself stays in
    # Python's group, so that a scheduler or a closed terminal ends both.
    own_group = os.name == "posix" and os.path.basename(command[0]) == "npx"
    process: Optional["subprocess.Popen[str]"] = None
    try:
        with _interrupts_held():
            process = subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "EIGENSCOPE_ERRORS": "json"},
                encoding="utf-8",
                errors="replace",
                start_new_session=own_group,
            )
        while True:
            try:
                stdout, stderr = process.communicate(timeout=None if on_wait is None else SECONDS_BETWEEN_LOOKS)
                break
            except subprocess.TimeoutExpired:
                if on_wait is not None:
                    on_wait()
    except BaseException as error:
        if process is not None:
            _end(process, own_group)
        elif isinstance(error, OSError):
            raise CommandNotFound(f"{' '.join(command)} cannot be run: {error}") from error
        raise
    return Ended(process.returncode, stdout, stderr)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C takes effect at the end: inside Popen, it would leave a process that nobody knows of."""
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return
    held: List[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: held.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if held:
            handler(held[0], None)


def _end(process: "subprocess.Popen[str]", own_group: bool) -> None:
    """Ends the process, first with the signal of Ctrl-C, so that it removes its unfinished files, then by force."""

    def send(number: int) -> None:
        try:
            if own_group:
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
        except (ProcessLookupError, PermissionError):
            pass

    try:
        if os.name == "posix":
            send(signal.SIGINT)
            process.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        pass
    finally:
        if own_group:
            send(signal.SIGKILL)
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def error_of(ended: Ended) -> EigenscopeError:
    """The exception for a command that ended without a result."""
    parts = _json_error(ended.stderr)
    if parts is not None:
        message = str(parts.pop("message", "")) or "the command eigenscope failed"
        parts.pop("exitCode", None)
        known = ("kind", "format", "file", "tensor", "offset", "reason", "remedy", "option")
        details: Dict[str, Any] = {name: parts.get(name) for name in known}
        if details["option"]:
            # minEigenvalues -> min_eigenvalues
            details["option"] = re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", details["option"])
    else:
        message = _plain_message(ended.stderr) or f"the command eigenscope ended with exit code {ended.exit_code}"
        details = {"reason": message}
    kinds = {USAGE: UsageError, INPUT: InputError}
    kind = kinds.get(ended.exit_code, EigenscopeError)
    return kind(message, exit_code=ended.exit_code, stderr=ended.stderr, **details)


def _json_error(stderr: str) -> Optional[Dict[str, Any]]:
    for line in reversed(stderr.splitlines()):
        if line.startswith('{"error":'):
            try:
                found = json.loads(line)["error"]
            except ValueError:
                return None
            return found if isinstance(found, dict) else None
    return None


def _plain_message(stderr: str) -> str:
    lines = [_without_prefix(line) for line in stderr.strip().splitlines()]
    return "\n".join(line for line in lines if line)


def _without_prefix(line: str) -> str:
    for prefix in ("eigenscope: ", "error: "):
        if line.startswith(prefix):
            return line[len(prefix) :]
    return line


def sentences_of(stderr: str) -> List[str]:
    """What a command that made its result wrote to stderr: each entry with its indented lines."""
    found: List[str] = []
    for line in stderr.splitlines():
        if found and line.startswith(" "):
            found[-1] += f"\n{line}"
        elif line.strip():
            found.append(_without_prefix(line))
    return found
