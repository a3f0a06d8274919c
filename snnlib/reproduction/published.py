"""Published values: read from a paper's CSV files, never guessed."""

import functools
from pathlib import Path

import pandas as pd

from ..paths import PACKAGE

FILES = {
    "inversion": "poursiami2024",
    "membership": "guan2025",
    "accuracy": "guan2025_accuracy",
    "roc": "guan2025_roc",
    "recordings": "nmnist_recordings",  # not a paper's: measured on 1,100 of N-MNIST's recordings
}


@functools.cache
def read(file: Path) -> pd.DataFrame:
    """A table of published values, with its own column names and units; an empty cell is a missing value."""
    return pd.read_csv(file)


def value(published: pd.DataFrame | str, column: str, **where: object) -> float | None:
    """One published number, or None if it was not published.

    Args:
        published: of `read`.
        column: what is looked up.
        where: the value of other columns, which pick the row; None: an empty cell.

    Raises:
        LookupError: if several rows fit: a number that cannot be told apart is no number.
    """
    rows = table(published) if isinstance(published, str) else published
    for key, wanted in where.items():
        rows = rows[rows[key].isna() if wanted is None else rows[key] == wanted]
    if len(rows) > 1:
        raise LookupError(f"{len(rows)} published rows fit {where}")
    return None if rows.empty or pd.isna(rows[column].iloc[0]) else float(rows[column].iloc[0])


def table(name: str) -> pd.DataFrame:
    """One of ``FILES``."""
    return read(PACKAGE / "published" / f"{FILES[name]}.csv")
