"""How far an analysis is, for whoever waits for it."""

from __future__ import annotations

import os
import sys
from typing import Optional, TextIO


def is_watched() -> bool:
    """True if someone may be looking: a terminal, or a notebook."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


class Progress:
    """Counts the files of eigenvalues, one for each layer that is done, and keeps one line of a stream up to date."""

    def __init__(self, folder: str, stream: Optional[TextIO] = None) -> None:
        self._folder = folder
        self._stream = sys.stderr if stream is None else stream
        self._shown = ""

    def look(self) -> None:
        """Shows the number of layers that are done, if it has changed."""
        try:
            count = sum(name.endswith(".npy") for name in os.listdir(self._folder))
        except FileNotFoundError:
            count = 0
        text = f"eigenscope: {count} layer{'' if count == 1 else 's'} done"
        if text != self._shown:
            self._stream.write(f"\r{text}")
            self._stream.flush()
            self._shown = text

    def close(self) -> None:
        """Clears the line."""
        if self._shown:
            self._stream.write(f"\r{' ' * len(self._shown)}\r")
            self._stream.flush()
