"""The report: one self-contained HTML page with every table and figure, published values beside ours."""

import base64
import json
from pathlib import Path

import jinja2
import pandas as pd

from ..engine.files import write
from ..report.rows import FIXED, compared, described, read_rows, tally
from ..report.table import html
from ..report.verdict import claimed_side
from .claims import CLAIMS
from .departures import departures, deviations
from .items import INVENTORY, Item, cell_of
from .profiles import Profile
from .record import read_run

PAPERS = {
    "A": "Paper A: model inversion (BrainLeaks, arXiv 2402.00906)",
    "B": "Paper B: membership inference (UAI 2025, arXiv 2502.13191)",
}


COLUMNS = ("table", "study", "what", "ours", "interval", "published", "holds it")


def write_report(out: Path, profile: Profile) -> Path:
    """Write ``report.html`` from what a folder of results holds of a profile; its path.

    Items that were not made are listed as such, those that are not built yet too.
    """
    made = {id: item for id, item in read_run(out)["items"].items() if item.get("profile") == profile.name}
    sections = [
        {
            "title": title,
            "items": [_item(out, item, made.get(item.id)) for item in INVENTORY if item.paper == paper],
        }
        for paper, title in PAPERS.items()
    ]
    rows = read_rows(out, profile.name)
    rows = rows[rows["id"].isin(made)]
    found = compared(rows)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("snnlib"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    page = environment.get_template("report.html").render(
        profile=profile,
        departures=departures(profile.name),
        deviations=deviations(profile.name),
        sections=sections,
        verdicts=_verdicts(rows),
        columns=COLUMNS,
        numbers=[_number(row) for row in found.to_dict("records")],
        tally=tally(found),
        fixed=int((found["holds"] == FIXED).sum()),
        notebooks=sorted(f.name for f in (out / "notebooks").glob("[0-9]*.ipynb") if "failed" not in f.name),
    )
    write(out / "report.html", page)
    return out / "report.html"


def _verdicts(rows: pd.DataFrame) -> list[dict]:
    """Each claim with the verdict on it and the data that it rests on, each with a verdict of its own where it has."""
    if "verdict_on_claim" not in rows:
        return []
    found = []
    for (id, claim), group in rows.dropna(subset=["verdict_on_claim"]).groupby(["id", "claim"], sort=False):
        on_data = dict.fromkeys(_on_data(row) for row in group.to_dict("records"))
        verdict = group["verdict_on_claim"].iloc[0]
        of_claim = {"id": id, "claim": claim, "text": CLAIMS[claim], "data": "; ".join(on_data)}
        found.append(of_claim | {"verdict": verdict, "side": claimed_side(group)})
    return found


def _on_data(row: dict) -> str:
    network = " (VGG-16)" if row.get("network") == "vgg16" else ""
    verdict = row.get("verdict_on_data")
    return f"{row['data']}{network}" + ("" if verdict is None or pd.isna(verdict) else f": {verdict}")


def _number(row: dict) -> list[str]:
    """One row of `snnlib.tables.compared` as text for each of ``COLUMNS``."""
    mark = "" if row["profile"] == "paper" and row["source"] == "official" else "*"
    interval = "" if pd.isna(row["low"]) else f"{row['low']:.3f} to {row['high']:.3f}"
    return [
        row["id"],
        row["study"],
        described(row),
        f"{row['value']:.3f}{mark}",
        interval,
        f"{row['published']:.3f}",
        row["holds"],
    ]


def _item(out: Path, item: Item, made: dict | None) -> dict:
    cell = cell_of(item)
    return {
        "id": item.id,
        "title": item.title,
        "built": bool(item.notebook),
        "made": made["made"] if made else "",
        "device": made["device"] if made else "",
        "where": f"{item.notebook}, cell {cell}" if cell else item.notebook,
        "files": made["files"] if made else [],
        "tables": [html(json.loads((out / f).read_text(encoding="utf-8"))) for f in _files(made, ".json")],
        "pictures": [_data_url(out / f) for f in _files(made, ".png")],
        "notes": made["notes"] if made else [],
    }


def _files(made: dict | None, ending: str) -> list[str]:
    return [f for f in made["files"] if f.endswith(ending)] if made else []


def _data_url(file: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(file.read_bytes()).decode()
