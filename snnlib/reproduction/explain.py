"""The artefacts behind the numbers of a table: what they rest on, how that was made, and what it took."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ..engine.store import record_of
from ..errors import DataError, SettingError
from . import places
from .compare import keys_of, named, number
from .comparison import read_rows
from .items import KEY, NOTHING, read_run, select
from .summary import STUDIES, departures, leaves


def explain(out: Path, id: str, where: Sequence[str] = ()) -> Iterator[str]:
    """Lines on rows of a table in a folder of results, those with ``column=value``, and on all that they come from.

    Raises:
        SettingError: for a column or a value that the table does not have.
        DataError: if the table is not there, or is damaged.
    """
    (item,), run = select((id,)), read_run(out)
    made = run["items"].get(id, NOTHING)
    table = read_rows(out, made.get("profile", ""))
    table = table[table["id"] == id].dropna(axis="columns", how="all")
    if table.empty or not made["made"]:
        raise DataError(f"{out} holds no numbers of {id}.", "Name a table, and the folder of results with --out.")
    rows = _picked(table, where).to_dict("records")
    yield f"{id}: {item.title}"
    yield from (f"  {named(row, keys_of(table.columns[1:]))}: {number(row)}" for row in rows)
    yield f"made {made['made']} by this run:"
    for name, of in run["runs"].get(made.get("run"), {"device": made["device"]}).items():
        yield f"  {name}: {', '.join(f'{leaf} {value}'.strip() for leaf, value in leaves('', of))}"
    yield from _chain([of["key"] for of in made.get("artefacts", ()) if any(_behind(of, row) for row in rows)])
    yield "settings that differ from the paper's:"
    of_rows = {(study, f"{study}-{row.get('network')}") for row in rows for study in row["study"].split(", ")}
    studies = {name if name in STUDIES["paper"] else study for study, name in of_rows}
    for d in departures(made["profile"]):
        if d.study in studies:
            yield f"  {d.study} {d.setting}: {d.here} (paper: {d.paper})"


def _picked(rows: pd.DataFrame, where: Sequence[str]) -> pd.DataFrame:
    for condition in where:
        column, _, value = condition.partition("=")
        if column not in rows:
            raise SettingError(f"There is no column {column!r}.", f"Choose from {', '.join(rows.columns)}.")
        cells = rows[column].astype(str)
        if value not in set(cells):
            there = ", ".join(dict.fromkeys(cells))
            raise SettingError(f"No row that is left has {column}={value}.", f"Choose from {there}.")
        rows = rows[cells == value]
    return rows


def _behind(artefact: Mapping, row: Mapping) -> bool:
    """Whether a row rests on an artefact: they share a value in each column that both have."""
    return all(
        {*([cell] if isinstance(cell, str) else cell)} & {*str(row[name]).split(", ")}
        for name, cell in artefact.items()
        if name != "key" and pd.notna(row.get(name))
    )


def _chain(keys: Sequence[str]) -> Iterator[str]:
    """A line for each artefact, what it needs first; then the settings that differ from those of the last such job."""
    found: dict[str, Mapping | None] = {}

    def visit(key: str) -> None:
        if key not in found:
            record = record_of(places.store(), key)
            for need in _needs(record).values():
                visit(need)
            found[key] = record

    for key in keys:
        visit(key)
    seconds = sum(record["seconds"] for record in found.values() if record)
    counted = f"{len(found)} artefacts" if found else "artefacts that were not recorded"
    yield f"from {counted}, in {places.store()}, made in {seconds:,.1f} s:"
    before: dict[str, dict[str, Any]] = {}
    for key, record in found.items():
        if record is None:
            yield f"  {key[:12]}  is not in the store any more, nor, perhaps, what it came from"
            continue
        needs = _needs(record)
        source = f", from {' '.join(need[:12] for need in dict.fromkeys(needs.values()))}" if needs else ""
        yield f"  {key[:12]}  {record['label']}: {record['seconds']} s on {record['machine']}{source}"
        settings = dict(leaves("", {name: of for name, of in record["settings"].items() if name not in needs}))
        last = before.get(record["task"], {})
        new = [f"{name} {value}" for name, value in settings.items() if name not in last or last[name] != value]
        yield from ([f"      {', '.join(new)}"] if new else ())
        before[record["task"]] = settings


def _needs(record: Mapping | None) -> dict[str, str]:
    """The keys of the artefacts that a job took, by setting."""
    settings = record["settings"] if record else {}
    return {n: of for n, of in settings.items() if n != "digest" and isinstance(of, str) and KEY.fullmatch(of)}
