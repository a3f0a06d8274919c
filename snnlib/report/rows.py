"""The numbers of all tables of a folder of results, one a row."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from ..reproduction.brainleaks import tables as brainleaks
from ..reproduction.mia_snn import tables as mia_snn
from ..reproduction.mia_snn.plan import model_name

FIXED = "fixed"  # of ``holds``: by construction
PRINTED = {"attack_accuracy": 2, "top3_accuracy": 2, "daa": 2, "test_accuracy": 3}  # decimals of published values
COLUMNS = ("id", "study", "data", "source", "profile", "attack", "metric", "value", "low", "high", "published")
METRIC_NAMES = brainleaks.METRICS | mia_snn.METRICS
ATTACK_NAMES = brainleaks.ATTACK_NAMES | brainleaks.CONTROL_NAMES


def read_rows(out: Path, profile: str) -> pd.DataFrame:
    """The rows of all tables of a profile in a folder of results, one number a row, with the table's ``id``."""
    files = sorted((out / "tables").glob("*.csv"))
    found = [pd.read_csv(file, dtype={"model": str}).assign(id=file.stem) for file in files]
    rows = pd.concat(found, ignore_index=True) if found else pd.DataFrame()
    rows = rows.reindex(columns=[*COLUMNS, *(c for c in rows.columns if c not in COLUMNS)])
    return rows[rows["profile"] == profile].reset_index(drop=True)


def compared(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a published value beside ours, with two more columns, ``holds`` and ``real``.

    ``holds`` is ``yes`` if our interval holds the published value, ``no`` if not, ``fixed`` where one of the two is
    what it is by construction, and empty where we have no interval. A value in the interval cannot be told apart from
    ours; that does not make the two alike: a wide interval holds much. Published value and ends of the interval are
    rounded to the print's decimals first, so that [0.69, 0.999] holds a printed 1.00.

    The decimals are taken from the metric's unit, since a CSV file drops zeros at the end: shares of paper A 0.01,
    test accuracies of paper B 0.1 %, percentages else 0.01 %, confidences and standard deviations 0.0001.

    ``real``: whether the data are the paper's own: official files or a copy that a package carries, no stand-in and
    no simulation.
    """
    found = rows.dropna(subset=["published", "value"]).reset_index(drop=True)
    decimals = found["metric"].map(PRINTED).fillna(4).astype(int)
    low, value, high = (
        np.array([np.round(float(x), d) for x, d in zip(found[column], decimals, strict=True)])
        for column in ("low", "published", "high")
    )
    holds = np.where((low <= value) & (value <= high), "yes", "no")
    holds = np.where(_fixed(found), FIXED, np.where(found["low"].isna(), "", holds))
    real = (found["data"] == found["study"]) & (found["source"] != "simulated")
    return found.assign(holds=holds, real=real)


def _fixed(rows: pd.DataFrame) -> pd.Series:
    """Attack-R's TPRs that are 0: with few references too many points share its highest value, whatever the network."""
    few_values = (rows["attack"] == "R") & rows["metric"].astype(str).str.startswith("tpr_at")
    return few_values & ((rows["published"] == 0) | (rows["high"] == 0))


def tally(found: pd.DataFrame) -> str:
    """How many intervals hold the published value, in words: on real data, and on all else.

    Args:
        found: of `compared`.
    """
    real, other = (found.loc[found["real"] == kind, "holds"] for kind in (True, False))
    counts = [f"{(of == 'yes').sum()} of {of.isin(['yes', 'no']).sum()}" for of in (real, other)]
    return (
        f"on the papers' own data {counts[0]} intervals hold the published value, on stand-ins and simulations "
        f"{counts[1]}"
    )


def metric_name(metric: str) -> str:
    """How a metric is called in tables."""
    return METRIC_NAMES.get(metric, metric.replace("_", " "))


def described(row: Mapping) -> str:
    """What a number of `read_rows` is, in words: model, attack and metric."""
    model, attack, metric = (row.get(key) for key in ("model", "attack", "metric"))
    who = [model_name(int(model) if model.isdigit() else model)] if isinstance(model, str) else []
    who += [ATTACK_NAMES.get(attack, attack)] if isinstance(attack, str) else []
    dropout = " with dropout" if str(row.get("dropout")) == "True" else ""
    return f"{', '.join(who)}{dropout}: {metric_name(metric)}"
