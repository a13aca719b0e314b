"""Exceptions and warnings of this package."""

from __future__ import annotations

from typing import Any, Optional


class EigenscopeWarning(UserWarning):
    """A warning of the command: its result is complete, but something about the input deserves a look."""


class EigenscopeError(Exception):
    """The command could not do what was asked.

    ``str(error)`` is the command's sentence. The attributes have its parts; each is None if the command did not say it.

    exit_code -- 2 wrong usage, 3 unreadable or malformed input or nothing in it to analyse, 4 layers failed,
                 70 a fault of eigenscope; negative: ended by that signal
    kind      -- "missing", "unreadable", "malformed", "unsupported", "unknown-format", "usage" or "internal"
    format    -- the format's name, such as "safetensors"
    file      -- the file at fault
    tensor    -- the tensor at fault
    offset    -- byte offset of the fault in the file
    reason    -- what is wrong, without the place
    remedy    -- what you can do
    option    -- the option at fault, as Python spells it
    stderr    -- all that the command wrote to stderr
    """

    def __init__(
        self,
        message: str,
        *,
        exit_code: Optional[int] = None,
        kind: Optional[str] = None,
        format: Optional[str] = None,
        file: Optional[str] = None,
        tensor: Optional[str] = None,
        offset: Optional[int] = None,
        reason: Optional[str] = None,
        remedy: Optional[str] = None,
        option: Optional[str] = None,
        stderr: str = "",
    ) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.kind = kind
        self.format = format
        self.file = file
        self.tensor = tensor
        self.offset = offset
        self.reason = reason
        self.remedy = remedy
        self.option = option
        self.stderr = stderr


class CommandNotFound(EigenscopeError):
    """The command eigenscope is not installed. The message says how to install it."""


class UsageError(EigenscopeError, ValueError):
    """The command refused an option's value, a pattern without a match, or an output (exit code 2)."""


class InputError(EigenscopeError):
    """The input cannot be read, is malformed, or holds nothing to analyse (exit code 3)."""


class RuleHolds(EigenscopeError):
    """A rule of ``fail_on`` holds (exit code 1). ``result`` is the report or comparison all the same."""

    def __init__(self, message: str, *, result: Any = None, **parts: Any) -> None:
        super().__init__(message, **parts)
        self.result = result
