"""What analyze, open_run, compare, rank and advise return."""

from __future__ import annotations

import array
import json
import os
import struct
import sys
from html import escape
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Union

from . import _html
from ._facts import COLUMNS

PathLike = Union[str, "os.PathLike[str]"]

PANDAS_MISSING = "to_pandas() needs pandas: install it with: pip install pandas"


class Layer(Mapping[str, Any]):
    """One layer: a mapping of column names to values, which are attributes too (``layer.alpha``, ``layer["N"]``).

    NOTATION.md and ``eigenscope explain <column>`` define the columns. None means not available. ``alpha`` holds every
    fit, as in WeightWatcher: read it only if ``alpha_valid`` is True.
    """

    def __init__(self, row: Mapping[str, Any], eigenvalues: Optional["array.array[float]"] = None) -> None:
        self._row = dict(row)
        self._eigenvalues = eigenvalues

    @property
    def eigenvalues(self) -> Optional["array.array[float]"]:
        """The eigenvalues of W'W, ascending, float64; None if the layer has none or the result was loaded from JSON.

        ``numpy.asarray(layer.eigenvalues)`` makes an array of them without a copy.
        """
        return self._eigenvalues

    def __getitem__(self, column: str) -> Any:
        return self._row[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)

    def __getattr__(self, column: str) -> Any:
        # copy and pickle ask for attributes before there is a row.
        row = self.__dict__.get("_row", {})
        if column in row:
            return row[column]
        if column in COLUMNS:
            raise AttributeError(f"this layer has no column {column!r}: it comes with an option (see NOTATION.md)")
        raise AttributeError(f"a layer has no column {column!r}")

    def __dir__(self) -> List[str]:
        return [*super().__dir__(), *self._row]

    def __repr__(self) -> str:
        shape = "x".join(str(side) for side in self._row.get("shape") or [])
        return f"<Layer {self._row.get('name')} {shape} {self._row.get('phase') or 'undecided'}>"

    def _repr_html_(self) -> str:
        return _html.layer_html(self._row, self._eigenvalues)


class Result:
    """What all results have.

    data -- the command's JSON as it was read (its schema is in the folder schema/ of the project)
    tool -- {"name", "version"} of what made it
    """

    def __init__(self, data: Dict[str, Any]) -> None:
        self.data = data

    @property
    def tool(self) -> Dict[str, str]:
        return self.data["tool"]

    @property
    def headline(self) -> str:
        """The answer in a sentence."""
        raise NotImplementedError

    def rows(self) -> List[Dict[str, Any]]:
        """One flat dictionary per row of the table."""
        raise NotImplementedError

    def to_pandas(self) -> Any:
        """The table as a pandas.DataFrame. Raises ImportError if pandas is not installed."""
        return frame_of(self.rows())

    def save(self, path: PathLike) -> None:
        """Writes the command's JSON; ``eigenscope.load(path)`` reads it again. Replaces the file as a whole."""
        name = os.fspath(path)
        if not name.endswith(".json"):
            raise ValueError(
                f'save() writes JSON: give a name that ends with ".json", not "{name}". For other files use the '
                'options html="report.html" and csv="layers.csv", or to_pandas().'
            )
        temporary = f"{name}.{os.getpid()}.tmp"
        try:
            with open(temporary, "w", encoding="utf-8") as file:
                json.dump(self.data, file, indent=2, ensure_ascii=False, allow_nan=False)
                file.write("\n")
            os.replace(temporary, name)
        except BaseException:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.headline}>"


class _Summarised(Result):
    """A result with a summary, in which the headline is."""

    @property
    def summary(self) -> Dict[str, Any]:
        return self.data["summary"]

    @property
    def headline(self) -> str:
        return self.summary["headline"]


class _Warned(Result):
    """A result that says how to read it."""

    @property
    def warnings(self) -> List[str]:
        return self.data["warnings"]

    def _box(self, *parts: str) -> str:
        """The headline, these parts and the warnings, as HTML."""
        return _html.box([_answer(self.headline), *parts, *_list(self.warnings)])


class Report(_Summarised):
    """The report of a model: ``analyze`` and ``open_run``.

    layers   -- a list of Layer
    summary  -- counts and means (keys as in schema/report.schema.json)
    skipped  -- tensors that were not analysed: {"name", "shape", "dtype", "reason"}
    findings -- what stands out, worst first: {"layer", "kind", "severity", "what", "advice", ...}
    tied     -- of a model in memory: name -> the name of the same tensor under which it was analysed
    """

    def __init__(
        self,
        data: Dict[str, Any],
        eigenvalues: Optional[Mapping[int, "array.array[float]"]] = None,
        tied: Optional[Mapping[str, str]] = None,
    ) -> None:
        super().__init__(data)
        spectra = eigenvalues or {}
        self.layers: List[Layer] = [Layer(row, spectra.get(row["layer_id"])) for row in data["layers"]]
        self.tied: Dict[str, str] = dict(tied or {})

    @property
    def skipped(self) -> List[Dict[str, Any]]:
        return self.data["skipped"]

    @property
    def findings(self) -> List[Dict[str, Any]]:
        return self.data["findings"]

    def layer(self, name: str) -> Layer:
        """The layer of this full name. Raises KeyError."""
        for layer in self.layers:
            if layer["name"] == name:
                return layer
        raise KeyError(name)

    def rows(self) -> List[Dict[str, Any]]:
        return [dict(layer) for layer in self.layers]

    def to_pandas(self, *, weightwatcher_only: bool = False) -> Any:
        """One row per layer, in the columns of the command's CSV. Raises ImportError if pandas is not installed.

        Columns with WeightWatcher's name have WeightWatcher's value (NOTATION.md lists the exceptions); with
        `weightwatcher_only` there are no others. Lists and dictionaries (``shape``, ``phase_evidence``) stay objects.
        None becomes NaN in columns of numbers. Read ``alpha`` only where ``alpha_valid`` is True.
        """
        frame = frame_of(self.rows(), order=list(COLUMNS))
        if not weightwatcher_only:
            return frame
        return frame[[name for name in frame.columns if COLUMNS.get(name, {}).get("weightwatcher")]]

    def _repr_html_(self) -> str:
        notes = []
        if self.skipped:
            notes.append(f"{len(self.skipped)} tensors skipped: .skipped has the reasons.")
        if self.tied:
            notes.append(f"{len(self.tied)} tied tensors were analysed once: .tied has their names.")
        rows = [dict(layer) for layer in self.layers]
        spectra = [layer.eigenvalues for layer in self.layers]
        return _html.report_html(self.headline, self.summary, rows, spectra, notes)


class Comparison(_Summarised, _Warned):
    """Two models, layer by layer. The fields are as in schema/compare.schema.json."""

    @property
    def kind(self) -> str:
        """What was done to the model, in a word: "unchanged", "low-rank", "rounding" and others (docs/compare.md)."""
        return self.data["summary"]["kind"]

    @property
    def layers(self) -> List[Dict[str, Any]]:
        return self.data["layers"]

    def rows(self) -> List[Dict[str, Any]]:
        """One row per pair of layers. The columns of both models are ``<column>_a`` and ``<column>_b``."""
        found = []
        for layer in self.layers:
            row = {name: value for name, value in layer.items() if name not in ("columns", "difference")}
            for column, values in (layer.get("columns") or {}).items():
                for side in ("a", "b"):
                    row.setdefault(f"{column}_{side}", values[side])
            found.append(row)
        return found

    def _repr_html_(self) -> str:
        headings = ["name", "shape", "status", "kind", "relative_change", "dw_rank", "phase_a", "phase_b"]
        rows = [[_shown(layer.get(name)) for name in headings] for layer in self.layers]
        return self._box(_html.table_html(headings, rows, text={0, 2, 3, 6, 7}))


class Ranking(_Warned):
    """Many models, one row each. The fields are as in schema/rank.schema.json."""

    @property
    def headline(self) -> str:
        failed = sum(model["status"] == "failed" for model in self.models)
        count = f"{len(self.models)} model{'' if len(self.models) == 1 else 's'}"
        return count if failed == 0 else f"{count}, {failed} of them failed"

    @property
    def models(self) -> List[Dict[str, Any]]:
        return self.data["models"]

    @property
    def groups(self) -> List[Dict[str, Any]]:
        return self.data["groups"]

    @property
    def correlations(self) -> List[Dict[str, Any]]:
        return self.data["correlations"]

    @property
    def comparable(self) -> Dict[str, Any]:
        return self.data["comparable"]

    def rows(self) -> List[Dict[str, Any]]:
        """One row per model, in the columns of ``eigenscope rank --csv``: ``mean_alpha`` and so on."""
        return [_flat_model(model) for model in self.models]

    def correlations_to_pandas(self) -> Any:
        """One row per number of a model: how it goes with the scores. Empty without scores."""
        return frame_of([dict(row) for row in self.correlations])

    def _repr_html_(self) -> str:
        headings = ["name", "group", "score", "layers", "valid_layers", "mean_stable_rank", "valid_mean_alpha"]
        rows = [[row.get(name) for name in headings] for row in self.rows()]
        return self._box(_html.table_html(headings, rows, text={0, 1}))


#: Nested fields of a ranked model -> what precedes the names of their columns in the CSV.
_PREFIXES = {
    "phases": "layers_",
    "phase_shares": "share_",
    "weightwatcher": "weightwatcher_",
    "means": "mean_",
    "valid_means": "valid_mean_",
    "medians": "median_",
    "valid_medians": "valid_median_",
}

_FIRST = ["name", "path", "status", "reason", "group", "family", "score", "layers", "failed_layers", "valid_layers"]


def _flat_model(model: Mapping[str, Any]) -> Dict[str, Any]:
    row = {name: model.get(name) for name in _FIRST}
    for field, prefix in _PREFIXES.items():
        for name, value in (model.get(field) or {}).items():
            phase = field in ("phases", "phase_shares")
            row[prefix + (name.replace("-", "_").replace("+", "_") if phase else name)] = value
    return {**row, "solved": model.get("solved"), "reused": model.get("reused")}


class Advice(_Warned):
    """What to train, adapt or prune. ``data`` is as in schema/advice.schema.json."""

    @property
    def headline(self) -> str:
        return self.data["answer"]

    @property
    def method(self) -> Dict[str, str]:
        """Whose method it is: {"name", "source", "formula", "claim"}."""
        return self.data["method"]

    @property
    def left_out(self) -> List[Dict[str, str]]:
        """Layers that the method does not cover: {"name", "reason"}."""
        return self.data["left_out"]

    @property
    def files(self) -> List[Dict[str, str]]:
        """The files for other tools that were written into the folder ``out``: {"name", "use"}."""
        return self.data["files"]

    def rows(self) -> List[Dict[str, Any]]:
        return [dict(row) for row in self.data["rows"]]

    def _repr_html_(self) -> str:
        rows = self.rows()
        headings = list(rows[0]) if rows else ["name"]
        method = f"<p>{escape(self.method['name'])}: {escape(self.method['claim'])}</p>"
        return self._box(method, _html.table_html(headings, [[row.get(name) for name in headings] for row in rows]))


def load(path: PathLike) -> Union[Report, Comparison, Ranking, Advice]:
    """A result from JSON that ``save`` or the command wrote. Raises OSError, and ValueError for other files."""
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    if isinstance(data, dict) and isinstance(data.get("tool"), dict):
        for kind, field in _KINDS:
            if field in data:
                return kind(data)
    raise ValueError(f"{os.fspath(path)} is no JSON that eigenscope wrote")


#: A result by a field that only it has.
_KINDS = ((Ranking, "models"), (Advice, "rows"), (Comparison, "only_in_a"), (Report, "findings"))


def frame_of(rows: Sequence[Mapping[str, Any]], order: Sequence[str] = ()) -> Any:
    """A DataFrame whose columns are those of `order` that a row has, then the others as they come."""
    try:
        import pandas  # type: ignore[import]
    except ImportError as error:
        raise ImportError(PANDAS_MISSING) from error
    # A row that failed may lack columns: the fullest one decides their order.
    names = dict.fromkeys(name for row in sorted(rows, key=len, reverse=True) for name in row)
    ordered = [*(name for name in order if name in names), *(name for name in names if name not in set(order))]
    columns = {name: _column(pandas, [row.get(name) for row in rows], name) for name in ordered}
    return pandas.DataFrame(columns, columns=ordered)


def _column(pandas: Any, values: List[Any], name: str) -> Any:
    """None becomes NaN among numbers; elsewhere it stays None."""
    numeric = all(value is None or type(value) in (int, float) for value in values)
    known = COLUMNS.get(name, {}).get("type")
    empty = all(value is None for value in values)
    if numeric and (known == "number" or not empty):
        if any(value is None or isinstance(value, float) for value in values):
            return pandas.Series(values, dtype="float64")
        return pandas.Series(values, dtype="int64")
    if values and all(isinstance(value, bool) for value in values):
        return pandas.Series(values, dtype="bool")
    return pandas.Series(values, dtype="object")


def read_eigenvalues(folder: str) -> Dict[int, "array.array[float]"]:
    """The .npy files that --save-eigenvalues wrote, by layer_id: their names begin with it."""
    found = {}
    for name in os.listdir(folder):
        number = name.split("_", 1)[0]
        if name.endswith(".npy") and number.isdigit():
            found[int(number)] = _read_vector(os.path.join(folder, name))
    return found


def _read_vector(path: str) -> "array.array[float]":
    """A vector of float64, little-endian, as the command writes it (NumPy's format, version 1.0)."""
    with open(path, "rb") as file:
        start = file.read(10)
        if start[:8] != b"\x93NUMPY\x01\x00":
            raise ValueError(f"{path} is no .npy file of version 1.0")
        header = file.read(struct.unpack("<H", start[8:])[0])
        if b"'<f8'" not in header:
            raise ValueError(f"{path} holds no little-endian float64")
        values = array.array("d", file.read())
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _answer(headline: str) -> str:
    return f"<p><strong>{escape(headline)}</strong></p>"


def _list(sentences: Sequence[str]) -> List[str]:
    return [f"<p>{escape(sentence)}</p>" for sentence in sentences]


def _shown(value: Any) -> Any:
    return "x".join(str(side) for side in value) if isinstance(value, list) else value
