"""Tables: rows for machines, and what people read, which is made from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import Any

import pandas as pd

from ..metrics.estimate import Estimate

NOT_PUBLISHED, NOTHING = "not published", "—"
_CSS = """<style>
.snnlib td, .snnlib th { text-align: left !important; } .snnlib td { white-space: nowrap; }
.snnlib td.text { white-space: normal; min-width: 10em; }
</style>"""
Text = dict[str, Any]  # of a table: ``id``, ``title``, ``columns``, ``cells`` and ``notes``, all of them texts

_LATEX = {
    **{character: "\\" + character for character in "%_&#"},
    **{"θ": r"$\theta$", "λ": r"$\lambda$", "≥": r"$\ge$", "<": "$<$", ">": "$>$", "—": "---"},
}


@dataclass(frozen=True)
class Table:
    """A table twice: ``rows`` for machines (one number a row), ``shown`` for people; ``notes`` explain it."""

    id: str
    rows: pd.DataFrame
    shown: pd.DataFrame
    notes: list[str] = field(default_factory=list)
    title: str = ""

    def text(self) -> Text:
        """The table as people read it, cell by cell: the data that its Markdown and its LaTeX are made from."""
        flat = self._flat()
        cells = flat.astype(str).values.tolist()
        columns = [str(column) for column in flat.columns]
        return {"id": self.id, "title": self._heading(), "columns": columns, "cells": cells, "notes": list(self.notes)}

    def markdown(self) -> str:
        """GitHub's Markdown."""
        return markdown(self.text())

    def latex(self) -> str:
        """A LaTeX table with booktabs rules."""
        return latex(self.text())

    def html(self) -> str:
        """An HTML table."""
        return html(self.text())

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        return f"{_CSS}<p><b>{self._heading()}</b></p><div style='overflow-x: auto'>{self.html()}</div><ul>{notes}</ul>"

    def _heading(self) -> str:
        return f"{self.id}: {self.title}" if self.title else self.id

    def _flat(self) -> pd.DataFrame:
        return self.shown.reset_index()


def html(text: Text) -> str:
    """An HTML table of a table's text; cells that hold sentences are of class ``text``: they may break."""
    head = "".join(f"<th>{escape(column)}</th>" for column in text["columns"])
    lines = [f"<tr>{head}</tr>"]
    for cells in text["cells"]:
        line = (f"<td{' class=text' if len(cell) > 24 else ''}>{escape(cell)}</td>" for cell in cells)
        lines.append(f"<tr>{''.join(line)}</tr>")
    return f'<table class="snnlib">{"".join(lines)}</table>'


def table_files(text: Text) -> dict[str, str]:
    """A table's text as Markdown and as LaTeX: content by ending."""
    return {"md": markdown(text), "tex": latex(text)}


def markdown(text: Text) -> str:
    """GitHub's Markdown of a table's text."""
    lines = [text["columns"], ["---"] * len(text["columns"]), *text["cells"]]
    body = "\n".join("| " + " | ".join(c.replace("|", r"\|") for c in cells) + " |" for cells in lines)
    return f"**{text['title']}**\n\n{body}\n\n" + "\n".join(f"- {note}" for note in text["notes"]) + "\n"


def latex(text: Text) -> str:
    """A LaTeX table with booktabs rules of a table's text."""
    escapes = str.maketrans(_LATEX)
    columns, *cells = ([cell.translate(escapes) for cell in line] for line in (text["columns"], *text["cells"]))
    body = pd.DataFrame(cells, columns=columns).to_latex(index=False, column_format="l" * len(columns))
    caption = f"\\caption{{{text['title'].translate(escapes)}. {' '.join(text['notes']).translate(escapes)}}}\n"
    return f"\\begin{{table}}\n\\centering\n{caption}{body}\\end{{table}}\n"


def printed_number(value: float | None, digits: int = 2) -> str:
    """A published value with the digits of its print, or that there is none."""
    return NOT_PUBLISHED if value is None or pd.isna(value) else f"{value:.{digits}f}"


def values(estimate: Estimate, printed: float | None) -> dict:
    """The cells of a row that hold an estimate, and the published value beside it."""
    ours = {"value": estimate.value, "low": estimate.low, "high": estimate.high, "remark": estimate.why}
    return ours | {"published": printed}


def estimate_of(row: Mapping) -> Estimate:
    """The estimate that `values` has written into a row."""
    numbers = (None if pd.isna(row[part]) else row[part] for part in ("value", "low", "high"))
    return Estimate(*numbers, why="" if pd.isna(row["remark"]) else row["remark"])


Write = Callable[[Mapping], str | None]


def pivot(rows: pd.DataFrame, index: Sequence[str], columns: str, text: Write | Mapping[str, Write]) -> pd.DataFrame:
    """What people read of tidy rows: a line for each value of ``index``, a column for each value of ``columns``.

    Lines and columns keep the order of the rows. A value of ``index`` is shown in the first of its lines only; a cell
    that no row fills is ``NOTHING``.

    Args:
        rows: one number a row, with the names that people read in the columns ``index`` and ``columns``.
        text: from a row to its cell, None for no cell. Or several of them by label, such as ``ours`` and
            ``published``: each has a line of its own, and the label stands in a last column of the index.
    """
    writers = text if isinstance(text, Mapping) else {"": text}
    lines: dict[tuple, dict[str, str]] = {}
    for row in rows.to_dict("records"):
        for label, write in writers.items():
            cell = write(row)
            if cell is not None:
                lines.setdefault((*(row[name] for name in index), label), {})[row[columns]] = cell
    heads = [head if writers is text else head[:-1] for head in lines]
    names = [*index, ""] if writers is text else [*index]
    used = {column for line in lines.values() for column in line}
    shown = pd.DataFrame(lines.values(), columns=[c for c in rows[columns].unique() if c in used]).fillna(NOTHING)
    for place, name in enumerate(names):
        repeated = [False, *(a[: place + 1] == b[: place + 1] for a, b in pairwise(heads))]
        shown.insert(place, name, ["" if seen else head[place] for head, seen in zip(heads, repeated, strict=True)])
    return shown.set_index(names)
