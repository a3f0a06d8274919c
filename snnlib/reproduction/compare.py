"""Whether two folders of results agree: numbers within each other's intervals, verdicts, settings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import DataError
from .comparison import COLUMNS, read_rows
from .items import read_run
from .summary import departures, leaves

NUMBERS = ("value", "low", "high")
VERDICTS = {"verdict_on_claim": ["id", "claim"], "verdict": ["id", "study", "comparison"]}  # and what each is on
SETTINGS = ("profile", "data", "source", "runs", "margin", "delta", "primary")  # cells that say how it was measured
OTHERS = (
    "published", "difference_published", "remark", "remark_on_claim", "p", "p_holm", "p_supported", "p_contradicted",
)  # fmt: skip


def compare(a: Path, b: Path) -> tuple[list[str], bool]:
    """Lines on what two folders of results have in common and in what they differ, and whether all results agree.

    A number of one lies inside the other's interval and the other way round, or, where one has none, both are equal. A
    row, known by its key columns, that only one folder has is a difference. P-values are not compared.

    Raises:
        DataError: if a folder holds no tables.
    """
    one, other = _rows(a), _rows(b)
    keys = keys_of(dict.fromkeys([*one, *other]))
    both = _keyed(one, keys).merge(_keyed(other, keys), "outer", [*keys, "n"], suffixes=("_a", "_b"), indicator="in")
    found, lost = both[both["in"] == "both"], both[both["in"] != "both"]
    bounded = found[["low_a", "high_a", "low_b", "high_b"]].notna().all(axis=1)
    of_b = found["value_b"].between(found["low_a"], found["high_a"])
    of_a = found["value_a"].between(found["low_b"], found["high_b"])
    alike = (of_a & of_b).where(
        bounded, found["value_a"].eq(found["value_b"]) | found[["value_a", "value_b"]].isna().all(axis=1)
    )
    parts = {
        "numbers that differ": [
            f"{named(r, keys)}: {number(r, '_a')} | {number(r, '_b')}" for r in found[~alike].to_dict("records")
        ],
        "rows that are missing": [
            f"{named(r, keys)}: only in {a if r['in'] == 'left_only' else b}" for r in lost.to_dict("records")
        ],
        "verdicts that differ": [line for column, of in VERDICTS.items() for line in _other_cells(found, column, of)],
    }
    agree = not any(parts.values())
    parts["settings that differ"] = [*_settings(found, a, b)]
    lines = [
        f"{(alike & bounded).sum():,} of {bounded.sum():,} numbers lie inside each other's intervals; "
        f"{(of_b & bounded).sum():,} of the second folder's inside the first one's",
        f"{(alike & ~bounded).sum():,} of {(~bounded).sum():,} numbers without an interval are equal",
    ]
    for title, of in parts.items():
        lines += [f"{title}: {len(set(of))}", *(f"  {line}" for line in dict.fromkeys(of))]
    return lines, agree


def keys_of(columns: Iterable[str]) -> list[str]:
    """The columns, of those of a table, that say which number a row is."""
    return [name for name in columns if name not in (*NUMBERS, *VERDICTS, *SETTINGS, *OTHERS)]


def named(row: Mapping, keys: Sequence[str]) -> str:
    """Which number a row is, in the words of its key columns."""
    return ", ".join(str(row[key]) for key in keys if str(row[key]) not in ("", "nan"))


def number(row: Mapping, which: str = "") -> str:
    """A row's value with its interval."""
    value, low, high = (row.get(f"{name}{which}") for name in NUMBERS)
    return ("none" if pd.isna(value) else f"{value:.6g}") + (f" [{low:.4g}, {high:.4g}]" if pd.notna(low) else "")


def _rows(out: Path) -> pd.DataFrame:
    rows = read_rows(out)
    if rows.empty:
        raise DataError(f"{out} holds no tables of results.", "Name a folder that 'snnlib reproduce' has written.")
    return rows.reindex(
        columns=list(dict.fromkeys([*COLUMNS, *rows.columns, *SETTINGS, *VERDICTS, "claim", "comparison"]))
    )


def _keyed(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Key columns as text, and ``n``, which tells rows apart that have the same."""
    rows = rows.assign(**_text(rows.reindex(columns=keys)))
    return rows.assign(n=rows.groupby(keys).cumcount())


def _text(cells: Any) -> Any:
    """A column or a table as texts, empty where there is nothing."""
    return cells.astype(object).fillna("").astype(str)


def _other_cells(found: pd.DataFrame, column: str, of: Sequence[str]) -> Iterator[str]:
    """Where two folders have other cells in a column; ``of`` names what the cell is of."""
    one, other = (_text(found[f"{column}_{which}"]) for which in "ab")
    for row in found.assign(one=one, other=other)[one != other].to_dict("records"):
        yield f"{named(row, of)}: {row['one']} | {row['other']}"


def _settings(found: pd.DataFrame, a: Path, b: Path) -> Iterator[str]:
    """Settings that differ: of rows, of profiles, and what run.json records of runs."""
    for column in SETTINGS:
        yield from (f"{column} of {line}" for line in _other_cells(found, column, ["study"]))
    for here, there in sorted({*zip(found["profile_a"], found["profile_b"], strict=True)}):
        yield from (f"{d.setting} of {d.study}: {d.here} | {d.paper}" for d in departures(here, there))
    one, other = _of_runs(a), _of_runs(b)
    yield from (f"the runs of {out}: not recorded" for out, of in ((a, one), (b, other)) if not of)
    for name in sorted(one.keys() | other.keys()) if one and other else ():
        if one.get(name) != other.get(name):
            yield f"{name}: {' | '.join(', '.join(of.get(name, ['not recorded'])) for of in (one, other))}"


def _of_runs(out: Path) -> dict[str, list[str]]:
    """All values of what run.json records of the runs behind a folder's items."""
    found: dict[str, set[str]] = {}
    for name, value in (leaf for run in read_run(out)["runs"].values() for leaf in leaves("", run)):
        found.setdefault(name, set()).add(str(value))
    return {name: sorted(of) for name, of in found.items()}
