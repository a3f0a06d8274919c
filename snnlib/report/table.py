"""What a table is, how its numbers are written, and where they are from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from ..metrics.estimate import Estimate

NOT_PUBLISHED = "not published"
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
    return NOT_PUBLISHED if value is None else f"{value:.{digits}f}"


def provenance(info: Mapping, profile: str, dataset: str | None = None) -> str:
    """One sentence on where the data are from and at what size this was run."""
    stands_in = dataset is not None and dataset != info["dataset"]
    sizes = ", ".join(f"{n} {part}" for part, n in info["sizes"].items())
    mark = f" It stands in for {dataset}: real pixels, but no object recognition." if stands_in else ""
    size = f"Profile {profile}" + (", far too small to mean anything" if profile == "smoke" else "")
    return f"{size}; data: {info['title']} ({info['source']}; {sizes} points).{mark}"


def row(results: Any, profile: str, runs: int, **keys: object) -> dict:
    info = results.info
    about = {"study": results.study.dataset, "data": info["dataset"], "source": info["source"], "profile": profile}
    return about | keys | {"runs": runs}


def values(estimate: Estimate, printed: float | None) -> dict:
    ours = {"value": estimate.value, "low": estimate.low, "high": estimate.high, "remark": estimate.why}
    return ours | {"published": printed}
