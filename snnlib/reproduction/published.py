"""Published values: read from a paper's CSV files, never guessed."""

import functools

import pandas as pd

read = functools.cache(pd.read_csv)  # each table has its own column names and units; an empty cell is a missing value


def value(rows: pd.DataFrame, column: str, **where: object) -> float | None:
    """One number of a `read` table, or None if it was not published.

    ``where`` holds the values of other columns, which pick the row; None is an empty cell. LookupError if several fit.
    """
    for key, wanted in where.items():
        rows = rows[rows[key].isna() if wanted is None else rows[key] == wanted]
    if len(rows) > 1:
        raise LookupError(f"{len(rows)} published rows fit {where}")
    return None if rows.empty or pd.isna(rows[column].iloc[0]) else float(rows[column].iloc[0])
