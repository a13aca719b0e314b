"""The package as it is installed."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

import eigenscope

PYTHON = Path(__file__).resolve().parents[1]


def test_the_version_is_that_of_the_command():
    declared = re.search(r'^version = "(.*)"$', (PYTHON / "pyproject.toml").read_text(), re.MULTILINE)
    command = json.loads((ROOT / "package.json").read_text())["version"]
    assert declared is not None
    assert eigenscope.__version__ == declared[1] == command


def test_a_wheel_is_built_without_network_and_holds_what_is_imported(tmp_path):
    missing = [name for name in ("pip", "setuptools", "wheel") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"no {', '.join(missing)} here")
    # setuptools writes beside the sources.
    ours = shutil.ignore_patterns("__pycache__", "build", "*.egg-info", "tests")
    shutil.copytree(PYTHON, tmp_path / "python", ignore=ours)
    options = ["--quiet", "--no-index", "--no-build-isolation", "--no-deps", "--wheel-dir", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(tmp_path / "python")], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == f"eigenscope-{eigenscope.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if name.startswith("eigenscope/")}
        metadata = archive.read(f"eigenscope-{eigenscope.__version__}.dist-info/METADATA").decode()
    sources = {f"eigenscope/{path.name}" for path in (PYTHON / "src" / "eigenscope").iterdir() if path.is_file()}
    assert inside == sources
    assert {"eigenscope/py.typed", "eigenscope/facts.json"} <= inside
    assert [line for line in metadata.splitlines() if line.startswith("Requires-Dist")] == [
        "Requires-Dist: pandas ; extra == 'pandas'"
    ]


def test_all_names_are_there_and_documented():
    for name in eigenscope.__all__:
        assert (getattr(eigenscope, name).__doc__ or "").strip(), name
