"""Tables: rows for machines, and what people read, which is made from them."""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from ..errors import DataError
from ..metrics.estimate import Estimate

NOT_PUBLISHED, NOTHING = "not published", "—"
_CSS = """<style>
.snnlib td, .snnlib th { text-align: left !important; } .snnlib td { white-space: nowrap; }
.snnlib td.text { white-space: normal; min-width: 10em; }
</style>"""
Text = dict[str, Any]  # of a table: ``id``, ``title``, ``columns``, ``cells`` and ``notes``, all of them texts

_LATEX = {
    **{character: "\\" + character for character in "%_&#${}"},
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
    **{"θ": r"$\theta$", "λ": r"$\lambda$", "≥": r"$\ge$", "<": "$<$", ">": "$>$", "—": "---"},
}


@dataclass(frozen=True)
class Table:
    """A table twice: ``rows`` for machines (one number a row), ``shown`` for people; ``notes`` explain it.

    ``artefacts`` are what it was made from: the ``key`` of each, and the cells of the rows that rest on it, as texts or
    lists of them. (A cell that is not given may be any.)
    """

    id: str
    rows: pd.DataFrame
    shown: pd.DataFrame
    notes: list[str] = field(default_factory=list)
    title: str = ""
    artefacts: list[dict] = field(default_factory=list)

    def text(self) -> Text:
        """The table as people read it, cell by cell: the data that its Markdown and its LaTeX are made from."""
        flat = self.shown.reset_index()
        heading = f"{self.id}: {self.title}" if self.title else self.id
        columns, cells = [str(column) for column in flat.columns], flat.astype(str).values.tolist()
        return {"id": self.id, "title": heading, "columns": columns, "cells": cells, "notes": list(self.notes)}

    def _repr_html_(self) -> str:
        text = self.text()
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        scrolled = f"<div style='overflow-x: auto'>{html(text)}</div>"
        return f"{_CSS}<p><b>{escape(text['title'])}</b></p>{scrolled}<ul>{notes}</ul>"


def html(text: Text) -> str:
    """An HTML table of a table's text; cells that hold sentences are of class ``text``: they may break."""
    head = "".join(f"<th>{escape(column)}</th>" for column in text["columns"])
    lines = [f"<tr>{head}</tr>"]
    for cells in text["cells"]:
        line = (f"<td{' class=text' if len(cell) > 24 else ''}>{escape(cell)}</td>" for cell in cells)
        lines.append(f"<tr>{''.join(line)}</tr>")
    return f'<table class="snnlib">{"".join(lines)}</table>'


def parse(content: bytes, name: str) -> Text:
    """A table's text from JSON, see `Table.text`; DataError, with the file's ``name``, for anything else."""
    try:
        text = json.loads(content)
        width, cells = len(text["columns"]), text["cells"]
        texts = (text["id"], text["title"], *text["columns"], *itertools.chain(*cells), *text["notes"])
        if not all(isinstance(part, str) for part in texts) or {len(line) for line in cells} - {width}:
            raise TypeError("not a table of texts")
        return text
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        problem = f"{name} does not hold the text of a table, or is damaged."
        raise DataError(problem, "Make it anew: run 'snnlib reproduce'.") from error


def table_files(text: Text) -> dict[str, str]:
    """A table's text as Markdown and as LaTeX: content by ending."""
    return {"md": markdown(text), "tex": latex(text)}


def markdown(text: Text) -> str:
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
                head = {name: row[name] for name in index} | {"": label}
                lines.setdefault(tuple(head.values()), head)[row[columns]] = cell
    names, shown = [*index, ""] if writers is text else [*index], pd.DataFrame(lines.values()).fillna(NOTHING)
    order = [column for column in rows[columns].unique() if column in shown]
    return shown_once(shown[[*names, *order]], index).set_index(names)


def shown_once(shown: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The same with the values of ``columns`` only in the first of consecutive lines that share them, from the left."""
    cleared = shown.copy()
    for place in range(len(columns)):
        left = shown[list(columns[: place + 1])]
        cleared[columns[place]] = shown[columns[place]].mask((left == left.shift()).all(axis=1), "")
    return cleared
