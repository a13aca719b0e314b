"""What a notebook shows of a result: HTML without scripts. Every text of a model or of the command is escaped."""

from __future__ import annotations

import math
from html import escape
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence

from ._facts import NO_PHASE, PHASES

#: Rows of a table, and spectra, that are shown; a line says how many are not.
MAX_ROWS = 60
MAX_SPECTRA = 24

#: Bins of a small spectrum, equal in log10 of the eigenvalues.
BINS = 32
_WIDTH, _HEIGHT = 150, 56

_CELL = "padding:2px 10px 2px 0;text-align:right;white-space:nowrap"
_TEXT = "padding:2px 10px 2px 0;text-align:left"


def report_html(
    headline: str,
    summary: Mapping[str, Any],
    layers: Sequence[Mapping[str, Any]],
    spectra: Sequence[Optional[Sequence[float]]],
    notes: Iterable[str] = (),
) -> str:
    """The answer, the phases, small spectra, and the table of a report."""
    answer = f"<p><strong>{escape(headline)}</strong></p>"
    parts = [answer, _findings(summary), _phases(summary), _spectra(layers, spectra)]
    headings = ["layer", "shape", "Q", "alpha", "index", "spikes", "soft", "stable", "phase", "sure"]
    parts.append(table_html(headings, [_layer_cells(layer) for layer in layers], text={0, 8}))
    parts += [f"<p>{escape(note)}</p>" for note in notes]
    return box(parts)


def box(parts: Iterable[str]) -> str:
    """The parts in one element."""
    return f'<div class="eigenscope" style="font-size:13px;line-height:1.4">{"".join(parts)}</div>'


def table_html(
    headings: Sequence[str], rows: Sequence[Sequence[Any]], text: Iterable[int] = (0,), most: int = MAX_ROWS
) -> str:
    """A table. `text` has the numbers of columns that are read as text, on the left."""
    left = set(text)
    styles = [_TEXT if i in left else _CELL for i in range(len(headings))]
    head = "".join(f'<th style="{style}">{escape(name)}</th>' for style, name in zip(styles, headings))
    body = "".join(_row(row, styles) for row in rows[:most])
    rest = f"<p>{len(rows) - most} more rows: .to_pandas() has all.</p>" if len(rows) > most else ""
    return f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}'


def _row(row: Sequence[Any], styles: Sequence[str]) -> str:
    cells = (f'<td style="{style}">{escape(cell_text(value))}</td>' for style, value in zip(styles, row))
    return f"<tr>{''.join(cells)}</tr>"


def cell_text(value: Any) -> str:
    """A value as a table shows it: numbers with three digits, n/a for what is not available."""
    if value is None:
        return "n/a"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}" if math.isfinite(value) else "n/a"
    return str(value)


def _layer_cells(layer: Mapping[str, Any]) -> List[Any]:
    sure = layer.get("phase_confidence")
    return [
        layer.get("name"),
        "x".join(str(side) for side in layer.get("shape") or []),
        layer.get("Q"),
        # A power law can be fitted to anything: without alpha_valid the number says nothing.
        layer.get("alpha") if layer.get("alpha_valid") else None,
        layer.get("tail_index"),
        layer.get("spikes"),
        layer.get("mp_soft_rank"),
        layer.get("stable_rank"),
        layer.get("phase") or ("failed" if layer.get("status") == "failed" else "undecided"),
        None if sure is None else f"{sure:.0%}",
    ]


def _phases(summary: Mapping[str, Any]) -> str:
    failed = summary.get("failed") or 0
    counts: Dict[str, int] = dict(summary.get("phases") or {})
    # The command counts failed layers among those without a phase.
    counts["undecided"] = (summary.get("undecided") or 0) - failed
    counts["failed"] = failed
    most = max(counts.values(), default=0)
    if most <= 0:
        return ""
    rows = [
        f'<tr><td style="{_TEXT}">{escape(phase)}</td><td style="{_CELL}">{count:d}</td><td>'
        f'<div style="background:{_colour(phase)};height:10px;width:{180 * count / most:.0f}px"></div></td></tr>'
        for phase, count in counts.items()
        if count > 0
    ]
    return f'<table style="border-collapse:collapse">{"".join(rows)}</table>'


def _findings(summary: Mapping[str, Any]) -> str:
    items = "".join(f"<li>{escape(str(sentence))}</li>" for sentence in summary.get("findings") or [])
    return f"<ul>{items}</ul>" if items else ""


def _colour(phase: Optional[str]) -> str:
    return PHASES.get(phase or "", NO_PHASE)


def _spectra(layers: Sequence[Mapping[str, Any]], spectra: Sequence[Optional[Sequence[float]]]) -> str:
    drawn = [(layer, values) for layer, values in zip(layers, spectra) if values is not None]
    figures = "".join(_figure(layer, values) for layer, values in drawn[:MAX_SPECTRA])
    rest = len(drawn) - MAX_SPECTRA
    more = f"<p>{rest} more spectra: report.layers[i]._repr_html_()</p>" if rest > 0 else ""
    return f'<div style="display:flex;flex-wrap:wrap;gap:10px;margin:8px 0">{figures}</div>{more}' if figures else ""


def layer_html(layer: Mapping[str, Any], values: Optional[Sequence[float]]) -> str:
    """One layer: its spectrum, its phase with the reason, and its numbers."""
    reason = layer.get("phase_reason") or layer.get("reason") or ""
    numbers = [[name, value] for name, value in layer.items() if not isinstance(value, (dict, list))]
    parts = ["" if values is None else _figure(layer, values), f"<p>{escape(str(reason))}</p>"]
    return box([*parts, table_html(["column", "value"], numbers, text={0, 1}, most=len(numbers))])


def _figure(layer: Mapping[str, Any], values: Sequence[float]) -> str:
    name = escape(str(layer.get("name")))
    phase = escape(str(layer.get("phase") or "undecided"))
    return (
        '<figure style="margin:0">'
        f"{spectrum_svg(values, _colour(layer.get('phase')), layer.get('lambda_plus'))}"
        f'<figcaption style="max-width:{_WIDTH}px;overflow-wrap:anywhere">{name}<br>{phase}</figcaption></figure>'
    )


def spectrum_svg(values: Sequence[float], colour: str, edge: Optional[float] = None) -> str:
    """A histogram of log10 of the eigenvalues, with a line at the edge of the bulk; "" if none is positive."""
    logs = [math.log10(value) for value in values if value > 0]
    if not logs:
        return ""
    # Eigenvalues that are zero but for rounding would leave no room for the others.
    low, high = max(min(logs), max(logs) - 8), max(logs)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    counts = [0] * BINS
    for value in logs:
        if value >= low:
            counts[min(BINS - 1, int((value - low) / (high - low) * BINS))] += 1
    # The square root keeps single eigenvalues beyond the bulk visible.
    most = math.sqrt(max(counts))
    step = _WIDTH / BINS
    bars = "".join(
        f'<rect x="{i * step:.1f}" y="{_HEIGHT * (1 - math.sqrt(count) / most):.1f}" width="{step - 0.5:.1f}" '
        f'height="{_HEIGHT * math.sqrt(count) / most:.1f}"/>'
        for i, count in enumerate(counts)
        if count > 0
    )
    line = ""
    if edge is not None and edge > 0 and low <= math.log10(edge) <= high:
        x = (math.log10(edge) - low) / (high - low) * _WIDTH
        line = f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{_HEIGHT}" stroke="currentColor" stroke-dasharray="2 2"/>'
    title = f"{len(values)} eigenvalues of W'W from {min(values):.3g} to {max(values):.3g}, log scale"
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title><g fill="{colour}">{bars}</g>{line}</svg>'
    )
