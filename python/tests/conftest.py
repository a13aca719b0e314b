"""The tests run the command that was built in this checkout."""

from __future__ import annotations

import json
import os
import stat
import struct
import sys
from pathlib import Path
from typing import Any, Dict, Tuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = ROOT / "dist" / "bundle" / "eigenscope.cjs"
EXAMPLE = ROOT / "examples" / "digits_b4.safetensors"

if not BUNDLE.exists():
    pytest.exit("the command is not built: run npm run build first", returncode=1)


@pytest.fixture(autouse=True)
def _built_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EIGENSCOPE_COMMAND", str(BUNDLE))
    # The bits of the native engine depend on the processor.
    monkeypatch.setenv("EIGENSCOPE_NATIVE", "off")


@pytest.fixture()
def example() -> str:
    return str(EXAMPLE)


def read_safetensors(path: Any) -> Tuple[Dict[str, Any], Dict[str, bytes], Dict[str, str]]:
    """A reader of its own: header entries, bytes by name, metadata."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    values = data[8 + length :]
    return header, {name: values[slice(*entry["data_offsets"])] for name, entry in header.items()}, metadata


def executable(path: Path, body: str) -> Path:
    """A stand-in for a command: a script of this Python."""
    path.write_text(f"#!{sys.executable}\n{body}", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def environment_without(*names: str) -> Dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in names}


def pytest_collection_modifyitems(items: "list[pytest.Item]") -> None:
    """A warning that a test does not expect is an error."""
    for item in items:
        item.add_marker(pytest.mark.filterwarnings("error::eigenscope.EigenscopeWarning"), append=False)
