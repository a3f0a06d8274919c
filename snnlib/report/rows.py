"""The numbers of all tables of a folder of results, one a row, and what the published ones beside them say."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

FIXED = "fixed"  # of ``holds``: by construction
COLUMNS = ("id", "study", "data", "source", "profile", "attack", "metric", "value", "low", "high", "published")


def read_rows(out: Path, profile: str) -> pd.DataFrame:
    """The rows of all tables of a profile in a folder of results, one number a row, with the table's ``id``."""
    files = sorted((out / "tables").glob("*.csv"))
    tables = [pd.read_csv(file, dtype={"model": str}).assign(id=file.stem) for file in files]  # a model may be "4"
    rows = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    rows = rows.reindex(columns=[*COLUMNS, *(c for c in rows.columns if c not in COLUMNS)])
    return rows[rows["profile"] == profile].reset_index(drop=True)


def compared(
    rows: pd.DataFrame, decimals: Mapping[str, int], fixed: Callable[[pd.DataFrame], pd.Series] | None = None
) -> pd.DataFrame:
    """The rows that have a published value beside ours, with two more columns, ``holds`` and ``real``.

    ``holds`` is ``yes`` if our interval holds the published value, ``no`` if not, ``fixed`` where one of the two is
    what it is by construction, and empty where we have no interval. A value in the interval cannot be told apart from
    ours; that does not make the two alike: a wide interval holds much. Published value and ends of the interval are
    rounded to the print's decimals first, so that [0.69, 0.999] holds a printed 1.00.

    ``real``: whether the data are the paper's own: official files or a copy that a package carries, no stand-in and
    no simulation.

    Args:
        rows: of `read_rows`.
        decimals: of the print, by metric; 4 for all others. They are given because a CSV file drops zeros at the end.
        fixed: which rows are what they are by construction.
    """
    found = rows.dropna(subset=["published", "value"]).reset_index(drop=True)
    places = found["metric"].map(decimals).fillna(4).astype(int)
    low, value, high = (
        np.array([round(float(x), d) for x, d in zip(found[column], places, strict=True)])
        for column in ("low", "published", "high")
    )
    holds = np.where((low <= value) & (value <= high), "yes", "no")
    holds = np.where(found["low"].isna(), "", holds)
    if fixed is not None:
        holds = np.where(fixed(found), FIXED, holds)
    real = (found["data"] == found["study"]) & (found["source"] != "simulated")
    return found.assign(holds=holds, real=real)


def tally(comparisons: pd.DataFrame) -> str:
    """How many intervals of `compared` rows hold the published value, in words: on real data, and on all else."""
    counts = [
        f"{(holds == 'yes').sum()} of {holds.isin(['yes', 'no']).sum()}"
        for holds in (comparisons.loc[comparisons["real"] == real, "holds"] for real in (True, False))
    ]
    return (
        f"on the papers' own data {counts[0]} intervals hold the published value, on stand-ins and simulations "
        f"{counts[1]}"
    )
