"""The report: one self-contained HTML page with every table and figure, published values beside ours."""

import base64
import html
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2

from . import inventory, profiles
from .lab import read_run, write

PAPERS = {
    "A": "Paper A: model inversion (BrainLeaks, arXiv 2402.00906)",
    "B": "Paper B: membership inference (UAI 2025, arXiv 2502.13191)",
}


def write_report(out: Path, profile: profiles.Profile) -> Path:
    """Write ``report.html`` from what a folder of results holds of a profile; its path.

    Items that were not made are listed as such, those that are not built yet too.
    """
    made = {id: item for id, item in read_run(out)["items"].items() if item.get("profile") == profile.name}
    sections = [
        {
            "title": title,
            "items": [_item(out, item, made.get(item.id)) for item in inventory.INVENTORY if item.paper == paper],
        }
        for paper, title in PAPERS.items()
    ]
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("snnlib"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    page = environment.get_template("report.html").render(
        profile=profile,
        departures=profiles.departures(profile),
        deviations=profiles.deviations(profile),
        sections=sections,
        notebooks=sorted(f.name for f in (out / "notebooks").glob("[0-9]*.ipynb") if "failed" not in f.name),
    )
    write(out / "report.html", page)
    return out / "report.html"


def _item(out: Path, item: inventory.Item, made: dict | None) -> dict:
    cell = inventory.cell_of(item)
    return {
        "id": item.id,
        "title": item.title,
        "built": bool(item.notebook),
        "made": made["made"] if made else "",
        "device": made["device"] if made else "",
        "where": f"{item.notebook}, cell {cell}" if cell else item.notebook,
        "files": made["files"] if made else [],
        "tables": [_table(out / f) for f in _files(made, ".md")],
        "pictures": [_data_url(out / f) for f in _files(made, ".png")],
        "notes": made["notes"] if made else [],
    }


def _files(made: dict | None, ending: str) -> list[str]:
    return [f for f in made["files"] if f.endswith(ending)] if made else []


def _data_url(file: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(file.read_bytes()).decode()


def _table(file: Path) -> str:
    """The table of a Markdown file as HTML."""
    lines = [line for line in file.read_text().splitlines() if line.startswith("|")]
    return "".join(_rows(lines))


def _rows(lines: list[str]) -> Iterator[str]:
    yield "<table>"
    for n, line in enumerate(lines):
        if n == 1:  # the rule below the header
            continue
        tag = "th" if n == 0 else "td"
        cells = (html.escape(cell.strip().replace(r"\|", "|")) for cell in re.split(r"(?<!\\)\|", line)[1:-1])
        yield "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"
    yield "</table>"
