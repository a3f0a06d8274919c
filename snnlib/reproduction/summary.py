"""The report of a folder of results: every table and figure of both papers, published values beside ours."""

import base64
from collections import namedtuple
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from ..report.page import page
from ..report.table import html, parse
from .brainleaks import claims as brainleaks_claims
from .brainleaks.sizes import STUDIES as INVERSION
from .comparison import FIXED, beside_published, described, read_rows, star, tally
from .items import INVENTORY, NOTHING, Item, cell_of, read_file, read_run
from .mia_snn import claims as mia_snn_claims
from .mia_snn.sizes import STUDIES as MEMBERSHIP
from .profiles import PROFILES, Profile

PAPERS = {
    "A": "Paper A: model inversion (BrainLeaks, arXiv 2402.00906)",
    "B": "Paper B: membership inference (UAI 2025, arXiv 2502.13191)",
}
ABBREVIATIONS = """AA: share of samples that a scorer, a network with no part in the attack, recognises as their class.
v1, v2: the two BrainLeaks attacks. P, R, RMIA: the attacks of paper B, the last two with reference networks. AUC: how
well an attack tells members from others. T: number of time steps."""
CLAIMS = brainleaks_claims.CLAIMS | mia_snn_claims.CLAIMS
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
            title: [_item(out, item, made.get(item.id, NOTHING)) for item in INVENTORY if item.id[0] == paper]
            for paper, title in PAPERS.items()
        },
        verdicts=_verdicts(rows),
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


def claimed_side(rows: pd.DataFrame) -> str:
    """How many comparisons, rows of A-V or B-V, came out on the claimed side, certain or not: ``5 of 6``."""
    of_networks = rows.get("mean_over_targets", float("nan"))  # where a comparison is one of networks, not of points
    difference = rows["value"].fillna(of_networks)
    return f"{(difference > -rows['margin']).sum()} of {len(rows)}"


def _verdicts(rows: pd.DataFrame) -> list[dict]:
    """Each claim with the verdict on it and the data that it rests on."""
    if "verdict_on_claim" not in rows:
        return []
    of_claims = rows.dropna(subset=["verdict_on_claim"]).groupby(["id", "claim"], sort=False)
    return [
        {
            "id": id,
            "claim": claim,
            "text": CLAIMS[claim],
            "data": ", ".join(dict.fromkeys(group["data"])),
            "verdict": group["verdict_on_claim"].iloc[0],
            "side": claimed_side(group),
        }
        for (id, claim), group in of_claims
    ]


def _number(row: Mapping) -> dict[str, str]:
    """A row of `beside_published` as text by heading."""
    interval = "" if pd.isna(row["low"]) else f"{row['low']:.3f} to {row['high']:.3f}"
    ours, published = f"{row['value']:.3f}{star(row)}", f"{row['published']:.3f}"
    shown = {"table": row["id"], "study": row["study"], "what": described(row), "ours": ours, "interval": interval}
    return shown | {"published": published, "holds it": row["holds"]}


def _item(out: Path, item: Item, made: Mapping) -> dict:
    """What the page shows of an item, given its record."""
    tables, pictures = ([f for f in made["files"] if f.endswith(ending)] for ending in (".json", ".png"))
    cell = cell_of(item)
    return {**made, **vars(item)} | {
        "where": f"{item.notebook}, cell {cell}" if cell else item.notebook,
        "tables": [html(parse(read_file(out, name), name)) for name in tables],
        "pictures": [base64.b64encode(read_file(out, name)).decode() for name in pictures],
    }
