"""Explorer of published values beside ours."""

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Markdown
from matplotlib.figure import Figure

from ...report.rows import compared, described, metric_name, tally
from ...report.style import PAGE
from .widgets import Explorer, State, noted, nothing, show

ALL = "all"


def published_explorer(rows: pd.DataFrame, **wanted: Any) -> Markdown | None:
    """Every number that has a published value beside ours, and one table of them as a list.

    Args:
        rows: of `snnlib.tables.read_rows`.
        wanted: ``paper``, ``data``, ``table`` and ``metric`` to begin with.
    """
    rows = rows.dropna(subset=["published", "value"]).reset_index(drop=True)
    if rows.empty:
        return nothing()
    rows["paper"], rows["measure"] = rows["id"].str[0], rows["metric"].map(metric_name)

    def column(of: str) -> Callable[[State], dict[str, str]]:
        def options(s: State) -> dict[str, str]:
            return {ALL: ALL} | {v: v for v in rows[_matching(rows, s)][_COLUMN[of]].unique()}

        return options

    choices = {control: column(control) for control in _COLUMN}
    start = {"paper": "B", "data": "cifar100", "table": "B-T2", "metric": "AUC"}

    def draw(s: State) -> Figure:
        return noted(published_overview(rows, _matching(rows, s)), _sources(rows))

    return show(Explorer(draw, choices, start | wanted, "Published values and ours"))


_COLUMN = {"paper": "paper", "data": "study", "table": "id", "metric": "measure"}


def _matching(rows: pd.DataFrame, state: State) -> np.ndarray:
    """Which rows have the values of a state."""
    found = np.ones(len(rows), bool)
    for control, value in state.items():
        found &= (rows[_COLUMN[control]] == value).to_numpy() | (value == ALL)
    return found


def _sources(rows: pd.DataFrame) -> str:
    """Which data stand for each data set of the papers, and where they are from."""
    found = rows[["study", "data", "source"]].drop_duplicates().itertuples()
    used = [f"{r.data} ({r.source})" + (f" for {r.study}" if r.data != r.study else "") for r in found]
    note = f"Profile {rows['profile'].iloc[0]}; data: {', '.join(used)}. *: not the paper's data or settings."
    return textwrap.fill(note, 170)


def published_overview(rows: pd.DataFrame, chosen: np.ndarray, most: int = 30) -> Figure:
    """Published values and ours: all of them as points, the chosen ones, at most so many, as a list beside.

    Args:
        rows: those of `snnlib.tables.read_rows` that have a published value.
        chosen: which rows stand out.
        most: rows of the list.
    """
    figure = Figure(figsize=(PAGE, 4.6), dpi=150)
    cloud, right = figure.add_axes((0.07, 0.24, 0.33, 0.33 * PAGE / 4.6)), figure.add_axes((0.75, 0.13, 0.235, 0.79))
    cloud.plot([0, 1], [0, 1], color="0.6", linewidth=0.8, linestyle=":")
    for mask, colour, marker, size, front in ((~chosen, "0.72", "o", 2.5, 1), (chosen, "#d95f02", "D", 3.5, 2)):
        of = rows[mask]
        bars = np.nan_to_num(np.clip(np.stack([of["value"] - of["low"], of["high"] - of["value"]]), 0, None))
        style = {"color": colour, "markersize": size, "linewidth": 0.6, "zorder": front}
        cloud.errorbar(of["published"], of["value"], yerr=bars, fmt=marker, **style)
    cloud.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="published", ylabel="ours, with 95 % interval")
    cloud.set_title("on the dotted line: the same number", fontsize=7.5)
    _list(right, rows[chosen].head(most))
    right.set_xlabel("dot: ours, diamond: published")
    for ax in (cloud, right):
        ax.tick_params(axis="x", labelsize=6.5)
        ax.xaxis.label.set_size(7.5)
        ax.yaxis.label.set_size(7.5)
    cloud.tick_params(axis="y", labelsize=6.5)
    first = f"; the first {most} are listed" if chosen.sum() > most else ""
    heading = f"{chosen.sum()} of {len(rows)} numbers chosen{first}.\n{tally(compared(rows[chosen])).capitalize()}."
    figure.text(0.01, 0.99, heading, fontsize=7, va="top")
    return figure


def _list(ax: plt.Axes, rows: pd.DataFrame) -> None:
    """A line for each number: dot and bar are ours, the diamond is the published value."""
    places = np.arange(len(rows))
    half = np.clip(np.stack([rows["value"] - rows["low"], rows["high"] - rows["value"]]), 0, None)
    ax.errorbar(rows["value"], places, xerr=np.nan_to_num(half), fmt="o", color="black", markersize=3, linewidth=1)
    ax.plot(rows["published"], places, "D", markerfacecolor="none", markeredgecolor="#d95f02", markersize=4)
    ax.set_yticks(places, [_label(row) for row in rows.to_dict("records")], fontsize=6)
    ax.set(ylim=(max(len(rows), 1) - 0.5, -0.5), xlim=(-0.02, 1.02))
    ax.grid(axis="x", color="0.9")


def _label(row: Mapping) -> str:
    mark = "" if row["profile"] == "paper" and row["source"] == "official" else "*"
    return f"{row['id']} {row['study']}, {described(row)}{mark}"
