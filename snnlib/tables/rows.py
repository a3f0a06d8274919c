"""The numbers of all tables of a folder of results, one a row."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ..plan import name
from . import inversion, membership

COLUMNS = ("id", "study", "data", "source", "profile", "attack", "metric", "value", "low", "high", "published")
METRIC_NAMES = inversion.METRICS | membership.METRICS
ATTACK_NAMES = inversion.ATTACK_NAMES | inversion.CONTROL_NAMES


def read_rows(out: Path, profile: str) -> pd.DataFrame:
    """The rows of all tables of a profile in a folder of results, one number a row, with the table's ``id``."""
    files = sorted((out / "tables").glob("*.csv"))
    found = [pd.read_csv(file, dtype={"model": str}).assign(id=file.stem) for file in files]
    rows = pd.concat(found, ignore_index=True) if found else pd.DataFrame()
    rows = rows.reindex(columns=[*COLUMNS, *(c for c in rows.columns if c not in COLUMNS)])
    return rows[rows["profile"] == profile].reset_index(drop=True)


def metric_name(metric: str) -> str:
    """How a metric is called in tables."""
    return METRIC_NAMES.get(metric, metric.replace("_", " "))


def described(row: Mapping) -> str:
    """What a number of `read_rows` is, in words: model, attack and metric."""
    model, attack, metric = (row.get(key) for key in ("model", "attack", "metric"))
    who = [name(int(model) if model.isdigit() else model)] if isinstance(model, str) else []
    who += [ATTACK_NAMES.get(attack, attack)] if isinstance(attack, str) else []
    dropout = " with dropout" if str(row.get("dropout")) == "True" else ""
    return f"{', '.join(who)}{dropout}: {metric_name(metric)}"
