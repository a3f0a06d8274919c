"""The report of a folder of results: every table and figure of both papers, published values beside ours."""

import base64
from collections import namedtuple
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from ..report.page import page
from ..report.table import html, parse
from .brainleaks.sizes import STUDIES as INVERSION
from .comparison import FIXED, beside_published, described, read_rows, star, tally
from .findings import claim_lines, sentences
from .items import INVENTORY, NOTHING, Item, cell_of, read_file, read_run, select
from .mia_snn.sizes import STUDIES as MEMBERSHIP
from .profiles import PROFILES, Profile

PAPERS = {
    "A": "Paper A: model inversion (BrainLeaks, arXiv 2402.00906)",
    "B": "Paper B: membership inference (UAI 2025, arXiv 2502.13191)",
}
ABBREVIATIONS = """AA: share of samples that a scorer, a network with no part in the attack, recognises as their class.
v1, v2: the two BrainLeaks attacks. P, R, RMIA: the attacks of paper B, the last two with reference networks. AUC: how
well an attack tells members from others. T: number of time steps."""
FIRST = {"A-F2": "A-F2", "B-F2": "B-F2_roc", "A-V": "A-V", "B-V": "B-V"}  # pictures that the page begins with
Departure = namedtuple("Departure", "study setting paper here")  # a setting and its value in both
STUDIES = {name: INVERSION[name] | MEMBERSHIP[name] for name in PROFILES}


def report(out: Path, profile: Profile) -> str:
    """The page of what a folder of results holds of a profile; items that were not made are listed as such."""
    made = {id: item for id, item in read_run(out)["items"].items() if item.get("profile") == profile.name}
    rows = read_rows(out, profile.name)
    rows = rows[rows["id"].isin(made)]
    comparisons = beside_published(rows)
    return page(
        title="Privacy of spiking neural networks: two papers reproduced",
        profile=profile,
        departures=departures(profile.name),
        deviations=deviations(profile.name),
        sections={
            title: [
                _item(out, item, made.get(item.id, NOTHING))
                for item in sorted(INVENTORY, key=_order)
                if item.id[0] == paper
            ]
            for paper, title in PAPERS.items()
        },
        sentences=sentences(rows),
        first=_first(out, made),
        verdicts=claim_lines(rows),
        abbreviations=ABBREVIATIONS,
        numbers=[_number(row) for row in comparisons.to_dict("records")],
        tally=tally(comparisons),
        fixed=int((comparisons["holds"] == FIXED).sum()),
        fixed_are="Attack-R's TPRs of 0",
        notebooks=[n for n in sorted({f"{i.notebook}.ipynb" for i in INVENTORY}) if (out / "notebooks" / n).exists()],
    )


def departures(profile: str, original: str = "paper") -> list[Departure]:
    """All settings in which a profile differs from ``paper``, or from another one."""
    found = []
    for name, study in STUDIES[profile].items():
        before = dict(leaves("", asdict(STUDIES[original][name])))
        for setting, value in leaves("", asdict(study)):
            if before.get(setting) != value:
                found.append(Departure(name, setting, before.get(setting), value))
    return found


def deviations(profile: str) -> dict[str, list[str]]:
    """What is not done as published, whatever the size: sentences, each with the studies that it holds for."""
    studies_of: dict[str, list[str]] = {}
    for name, study in STUDIES[profile].items():
        for text in study.deviations:
            studies_of.setdefault(text, []).append(name)
    return studies_of


def leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """All settings below a value, each with its path, such as ``ann.epochs``."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from leaves(f"{path}.{key}".removeprefix("."), inner)
    else:
        yield path, value


def _number(row: Mapping) -> dict[str, str]:
    """A row of `beside_published` as text by heading."""
    interval = "" if pd.isna(row["low"]) else f"{row['low']:.3f} to {row['high']:.3f}"
    ours, published = f"{row['value']:.3f}{star(row)}", f"{row['published']:.3f}"
    shown = {"table": row["id"], "study": row["study"], "what": described(row), "ours": ours, "interval": interval}
    return shown | {"published": published, "holds it": row["holds"]}


def _picture(out: Path, item: Item, name: str, notes: Iterable[str] = ()) -> dict[str, str]:
    """A picture as the page holds it; who cannot see it is told the notes that it has below."""
    return {
        "id": item.id,
        "png": base64.b64encode(read_file(out, name)).decode(),
        "alt": " ".join([f"{item.id}: {item.title}.", *notes]),
    }


def _first(out: Path, made: Mapping) -> list[dict]:
    """The pictures that the page begins with, as far as there are."""
    names = {id: f"figures/{name}.png" for id, name in FIRST.items()}
    there = (item for item in select(tuple(FIRST)) if names[item.id] in made.get(item.id, NOTHING)["files"])
    return [_picture(out, item, names[item.id]) for item in there]


def _item(out: Path, item: Item, made: Mapping) -> dict:
    """What the page shows of an item, given its record: a picture is not shown again where it begins with it."""
    tables, pictures = ([f for f in made["files"] if f.endswith(ending)] for ending in (".json", ".png"))
    texts, cell = [parse(read_file(out, name), name) for name in tables], cell_of(item)
    return {**made, **vars(item)} | {
        "where": f"{item.notebook}, cell {cell}" if cell else item.notebook,
        "tables": [{"html": html(text), "notes": text["notes"]} for text in texts],
        "pictures": [_picture(out, item, name, made["notes"]) for name in pictures if not texts],
    }


def _order(item: Item) -> tuple[bool, bool]:
    """Verdicts first, then figures, then tables."""
    return not item.id.endswith("V"), "F" not in item.id
