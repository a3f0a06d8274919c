"""Published values: read from a paper's CSV files, never guessed."""

import functools
from pathlib import Path

import pandas as pd


@functools.cache
def read(file: Path) -> pd.DataFrame:
    """A table of published values, with its own column names and units; an empty cell is a missing value."""
    return pd.read_csv(file)


def value(rows: pd.DataFrame, column: str, **where: object) -> float | None:
    """One number of a `read` table, or None if it was not published.

    ``where`` holds the values of other columns, which pick the row; None is an empty cell. LookupError if several fit.
    """
    for key, wanted in where.items():
        rows = rows[rows[key].isna() if wanted is None else rows[key] == wanted]
    if len(rows) > 1:
        raise LookupError(f"{len(rows)} published rows fit {where}")
    return None if rows.empty or pd.isna(rows[column].iloc[0]) else float(rows[column].iloc[0])
