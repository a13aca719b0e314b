"""The example notebook runs from top to bottom, and shows what it promises."""

from __future__ import annotations

from pathlib import Path

import pytest

import eigenscope

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
for needed in ("ipykernel", "numpy", "pandas"):
    pytest.importorskip(needed)

NOTEBOOK = Path(__file__).resolve().parents[1] / "examples" / "first-steps.ipynb"


def outputs(cell) -> "list[dict]":
    return [output.get("data", {}) for output in cell.outputs]


def test_the_notebook_runs_and_shows_the_answer_a_table_and_spectra(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(eigenscope.__file__).parents[1]))
    monkeypatch.setenv("FORCE_COLOR", "1")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(cell.get("outputs", []) == [] for cell in notebook.cells), "commit it without outputs"
    nbclient.NotebookClient(notebook, timeout=None, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = [next((data["text/html"] for data in outputs(cell) if "text/html" in data), "") for cell in code]
    assert "No layer needs a look." in shown[0]
    assert shown[0].count("<svg") == 3 and "<table" in shown[0]
    assert shown[2].count("<svg") == 1
    assert "random-like" in shown[5]
    assert "fc" in shown[6]
    printed = "".join(output.get("text", "") for output in code[-1].outputs)
    assert "did you mean 'min_eigenvalues'?" in printed
