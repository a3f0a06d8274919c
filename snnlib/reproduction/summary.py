"""The report of a folder of results: every table and figure of both papers, published values beside ours."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ..engine.files import write
from ..report.page import embedded, page
from ..report.rows import FIXED, compared, read_rows, tally
from ..report.table import html
from .brainleaks import claims as brainleaks_claims
from .brainleaks import study as brainleaks
from .departures import departures, deviations
from .items import INVENTORY, Item, cell_of
from .mia_snn import claims as mia_snn_claims
from .mia_snn import tables as mia_snn
from .mia_snn.plan import model_name
from .profiles import Profile
from .record import read_run

TITLE = "Privacy of spiking neural networks: two papers reproduced"
PAPERS = {
    "A": "Paper A: model inversion (BrainLeaks, arXiv 2402.00906)",
    "B": "Paper B: membership inference (UAI 2025, arXiv 2502.13191)",
}
ABBREVIATIONS = """AA: share of samples that a scorer, a network with no part in the attack, recognises as their class.
v1, v2: the two BrainLeaks attacks. P, R, RMIA: the attacks of paper B, the last two with reference networks. AUC: how
well an attack tells members from others. T: number of time steps."""
CLAIMS = brainleaks_claims.CLAIMS | mia_snn_claims.CLAIMS
METRICS = brainleaks.METRICS | mia_snn.METRICS
ATTACKS = brainleaks.ATTACK_NAMES | brainleaks.CONTROL_NAMES
# In print, shares of paper A have 0.01, test accuracies of paper B 0.1 %; percentages else have 0.01 %, confidences and
# standard deviations 0.0001.
DECIMALS = {"attack_accuracy": 2, "top3_accuracy": 2, "daa": 2, "test_accuracy": 3}
FIXED_ARE = "Attack-R's TPRs of 0"
COLUMNS = ("table", "study", "what", "ours", "interval", "published", "holds it")


def write_report(out: Path, profile: Profile) -> Path:
    """Write ``report.html`` from what a folder of results holds of a profile; its path.

    Items that were not made are listed as such, those that are not built yet too.
    """
    made = {id: item for id, item in read_run(out)["items"].items() if item.get("profile") == profile.name}
    sections = [
        {"title": title, "items": [_item(out, item, made.get(item.id)) for item in INVENTORY if item.paper == paper]}
        for paper, title in PAPERS.items()
    ]
    rows = read_rows(out, profile.name)
    rows = rows[rows["id"].isin(made)]
    comparisons = beside_published(rows)
    text = page(
        title=TITLE,
        profile=profile,
        departures=departures(profile.name),
        deviations=deviations(profile.name),
        sections=sections,
        verdicts=_verdicts(rows),
        abbreviations=ABBREVIATIONS,
        columns=COLUMNS,
        numbers=[_number(row) for row in comparisons.to_dict("records")],
        tally=tally(comparisons),
        fixed=int((comparisons["holds"] == FIXED).sum()),
        fixed_are=FIXED_ARE,
        notebooks=sorted(f.name for f in (out / "notebooks").glob("[0-9]*.ipynb") if "failed" not in f.name),
    )
    write(out / "report.html", text)
    return out / "report.html"


def beside_published(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a published value, and whether our interval holds it (see `report.rows.compared`)."""
    return compared(rows, DECIMALS, _fixed)


def _fixed(rows: pd.DataFrame) -> pd.Series:
    """Attack-R's TPRs that are 0: with few references too many points share its highest value, whatever the network."""
    few_values = (rows["attack"] == "R") & rows["metric"].astype(str).str.startswith("tpr_at")
    return few_values & ((rows["published"] == 0) | (rows["high"] == 0))


def metric_name(metric: str) -> str:
    """How a metric is called in tables."""
    return METRICS.get(metric, metric.replace("_", " "))


def described(row: Mapping) -> str:
    """What a number of `read_rows` is, in words: model, attack and metric."""
    model, attack, metric = (row.get(key) for key in ("model", "attack", "metric"))
    who = [model_name(int(model) if model.isdigit() else model)] if isinstance(model, str) else []
    who += [ATTACKS.get(attack, attack)] if isinstance(attack, str) else []
    dropout = " with dropout" if str(row.get("dropout")) == "True" else ""
    return f"{', '.join(who)}{dropout}: {metric_name(metric)}"


def star(row: Mapping) -> str:
    """A star for a number that is from a stand-in or at another size than the paper's."""
    return "" if row["profile"] == "paper" and row["source"] == "official" else "*"


def claimed_side(rows: pd.DataFrame) -> str:
    """How many comparisons, rows of A-V or B-V, came out on the claimed side, certain or not: ``5 of 6``."""
    difference = rows["value"]
    if "mean_over_targets" in rows:
        difference = difference.fillna(rows["mean_over_targets"])  # those of networks, not of points
    return f"{(difference > -rows['margin']).sum()} of {len(rows)}"


def _verdicts(rows: pd.DataFrame) -> list[dict]:
    """Each claim with the verdict on it and the data that it rests on, each with a verdict of its own where it has."""
    if "verdict_on_claim" not in rows:
        return []
    of_claims = rows.dropna(subset=["verdict_on_claim"]).groupby(["id", "claim"], sort=False)
    return [
        {
            "id": id,
            "claim": claim,
            "text": CLAIMS[claim],
            "data": "; ".join(dict.fromkeys(_on_data(row) for row in group.to_dict("records"))),
            "verdict": group["verdict_on_claim"].iloc[0],
            "side": claimed_side(group),
        }
        for (id, claim), group in of_claims
    ]


def _on_data(row: Mapping) -> str:
    network = " (VGG-16)" if row.get("network") == "vgg16" else ""
    verdict = row.get("verdict_on_data")
    return f"{row['data']}{network}" + ("" if verdict is None or pd.isna(verdict) else f": {verdict}")


def _number(row: Mapping) -> list[str]:
    """A row of `beside_published` as text for each of ``COLUMNS``."""
    interval = "" if pd.isna(row["low"]) else f"{row['low']:.3f} to {row['high']:.3f}"
    ours, published = f"{row['value']:.3f}{star(row)}", f"{row['published']:.3f}"
    return [row["id"], row["study"], described(row), ours, interval, published, row["holds"]]


def _item(out: Path, item: Item, made: Mapping | None) -> dict:
    cell = cell_of(item)
    made = made or {"made": "", "device": "", "files": [], "notes": []}
    tables, pictures = ([out / f for f in made["files"] if f.endswith(ending)] for ending in (".json", ".png"))
    return {
        "id": item.id,
        "title": item.title,
        "built": bool(item.notebook),
        "where": f"{item.notebook}, cell {cell}" if cell else item.notebook,
        **{part: made[part] for part in ("made", "device", "files", "notes")},
        "tables": [html(json.loads(file.read_text(encoding="utf-8"))) for file in tables],
        "pictures": [embedded(file.read_bytes()) for file in pictures],
    }
