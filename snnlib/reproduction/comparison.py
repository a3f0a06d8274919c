"""The numbers of all tables of a folder of results, one a row, and what the published ones beside them say."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DataError
from .brainleaks import study as brainleaks
from .items import read_file
from .mia_snn import tables as mia_snn
from .mia_snn.study import model_name
from .profiles import PROFILES

METRICS = brainleaks.METRICS | mia_snn.METRICS
ATTACKS = brainleaks.ATTACK_NAMES | brainleaks.CONTROL_NAMES
# In print, shares of paper A have 0.01, test accuracies of paper B 0.1 %; percentages else have 0.01 %, confidences and
# standard deviations 0.0001. They are given because a CSV file drops zeros at the end.
DECIMALS = {"attack_accuracy": 2, "top3_accuracy": 2, "daa": 2, "test_accuracy": 3}
FIXED = "fixed"  # of ``holds``: by construction
NUMBERS = {"value", "low", "high", "published"}
COLUMNS = ("id", "study", "data", "source", "profile", "attack", "metric", "value", "low", "high", "published")


def read_rows(out: Path, profile: str = "") -> pd.DataFrame:
    """The rows of all tables of a folder of results, of a profile or all, one number a row, with the table's ``id``."""
    tables = []
    for file in sorted((out / "tables").glob("*.csv")):
        try:
            rows = pd.read_csv(io.BytesIO(read_file(out, f"tables/{file.name}")), dtype={"model": str})  # may be "4"
            tables.append(rows.assign(id=file.stem).astype(dict.fromkeys(NUMBERS & {*rows}, float)))
            of_runs = rows[rows["profile"].notna()] if "profile" in rows else rows[:0]
            studies = [text for text in of_runs.get("study", ()) if isinstance(text, str)]
            if len(studies) < len(of_runs) or {*of_runs.get("profile", ())} - {*PROFILES}:
                raise ValueError("a row names no study, or no profile")
        except ValueError as error:
            raise DataError(f"{file} is damaged: {error}.", "Run 'snnlib reproduce' to make it anew.") from error
    rows = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    rows = rows.reindex(columns=[*COLUMNS, *(c for c in rows.columns if c not in COLUMNS)])
    wanted = rows["profile"] == profile if profile else rows["profile"].notna()  # B-T1 holds formulas
    return rows[wanted].reset_index(drop=True)


def beside_published(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a published value beside ours, with two more columns, ``holds`` and ``real``.

    ``holds`` is ``yes`` if our interval holds the published value, ``no`` if not, and empty where we have no interval.
    A value in the interval cannot be told apart from ours; that does not make the two alike: a wide interval holds
    much. Published value and ends of the interval are rounded to the print's decimals first, so that [0.69, 0.999]
    holds a printed 1.00. ``fixed`` are Attack-R's TPRs of 0, by construction: with few references too many points
    share its highest value, whatever the network.

    ``real``: whether the data are the paper's own: official files or a copy that a package carries, no stand-in and
    no simulation.
    """
    found = rows.dropna(subset=["published", "value"]).reset_index(drop=True)
    places = found["metric"].map(DECIMALS).fillna(4).astype(int)
    as_printed = np.vectorize(round, otypes=[float])
    low, value, high = (as_printed(found[of].astype(float), places) for of in ("low", "published", "high"))
    tpr_of_r = (found["attack"] == "R") & found["metric"].astype(str).str.startswith("tpr_at")
    fixed = tpr_of_r & ((found["published"] == 0) | (found["high"] == 0))
    held = (low <= value) & (value <= high)
    real = (found["data"] == found["study"]) & (found["source"] != "simulated")
    return found.assign(holds=np.select([fixed, found["low"].isna(), held], [FIXED, "", "yes"], "no"), real=real)


def tally(comparisons: pd.DataFrame) -> str:
    """How many intervals hold the published value, in words: on real data, and on all else."""
    counted = comparisons[comparisons["holds"].isin(["yes", "no"])]
    real, other = (counted.loc[counted["real"] == own, "holds"] == "yes" for own in (True, False))
    return (
        f"on the papers' own data {real.sum()} of {len(real)} intervals hold the published value, on stand-ins and "
        f"simulations {other.sum()} of {len(other)}"
    )


def metric_name(metric: str) -> str:
    return METRICS.get(metric, metric.replace("_", " "))


def described(row: Mapping) -> str:
    """What a number of `read_rows` is, in words: model, attack and metric."""
    model, attack = row.get("model"), row.get("attack")
    who = [model_name(int(model) if model.isdigit() else model)] if isinstance(model, str) else []
    who += [ATTACKS.get(attack, attack)] if isinstance(attack, str) else []
    dropout = " with dropout" if str(row.get("dropout")) == "True" else ""
    return f"{', '.join(who)}{dropout}: {metric_name(row['metric'])}"


def star(row: Mapping) -> str:
    """A star for a number that is from a stand-in or at another size than the paper's."""
    return "" if row["profile"] == "paper" and row["source"] == "official" else "*"
