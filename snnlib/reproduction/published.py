"""The papers' published values, read from the CSV files in ``published/``."""

import functools

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
def table(name: str) -> pd.DataFrame:
    """One of ``FILES``, with its own column names and units; an empty cell is a missing value."""
    return pd.read_csv(PACKAGE / "published" / f"{FILES[name]}.csv")


def value(name: str, column: str, **where: object) -> float | None:
    """One published number, or None if it was not published; ``where`` picks the row (None: empty cell).

    Raises:
        LookupError: if several rows fit: a number that cannot be told apart is no number.
    """
    fitting = [row for row in _records(name) if all(_fits(row[key], wanted) for key, wanted in where.items())]
    if len(fitting) > 1:
        raise LookupError(f"{len(fitting)} published rows fit {where}")
    if not fitting or pd.isna(fitting[0][column]):
        return None
    return float(fitting[0][column])


@functools.cache
def _records(name: str) -> list[dict]:
    return table(name).to_dict("records")


def _fits(cell: object, wanted: object) -> bool:
    return bool(pd.isna(cell)) if wanted is None else cell == wanted
