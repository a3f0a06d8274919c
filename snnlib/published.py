"""The papers' published values, read from the CSV files in ``published/``."""

import functools

import pandas as pd

from . import paths

NOT_PUBLISHED = "not published"
FILES = {
    "inversion": "poursiami2024",
    "membership": "guan2025",
    "accuracy": "guan2025_accuracy",
    "roc": "guan2025_roc",
    "recordings": "nmnist_recordings",  # not a paper's: measured on 1,100 of N-MNIST's recordings
}


@functools.cache
def table(name: str) -> pd.DataFrame:
    """One of ``FILES``, with its own column names and units; an empty cell is a missing value."""
    return pd.read_csv(paths.PACKAGE / "published" / f"{FILES[name]}.csv")


def value(name: str, column: str, **where: object) -> float | None:
    """One published number, or None if it was not published; ``where`` picks the row (None: empty cell).

    Raises:
        LookupError: if several rows fit: a number that cannot be told apart is no number.
    """
    rows = table(name)
    for key, wanted in where.items():
        rows = rows[rows[key].isna() if wanted is None else rows[key] == wanted]
    if len(rows) > 1:
        raise LookupError(f"{len(rows)} published rows fit {where}")
    if rows.empty or pd.isna(rows[column].iloc[0]):
        return None
    return float(rows[column].iloc[0])
