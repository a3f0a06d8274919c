"""Explorer of published values beside ours."""

import textwrap

import numpy as np
import pandas as pd
from IPython.display import Markdown
from matplotlib.figure import Figure

from ..comparison import beside_published, described, metric_name, star, tally
from .widgets import CHOSEN, NO_RESULTS, REST, Explorer, State, canvas, noted, show, small

ALL = "all"
COLUMN = {"paper": "paper", "data": "study", "table": "id", "metric": "measure"}  # of the rows, by control


def published_explorer(rows: pd.DataFrame) -> Markdown | None:
    """Every number of `comparison.read_rows` that has a published value beside ours, and some of them as a list."""
    rows = beside_published(rows)
    if rows.empty:
        return NO_RESULTS
    rows = rows.assign(paper=rows["id"].str[0], measure=rows["metric"].map(metric_name))
    sources = rows[["study", "data", "source"]].drop_duplicates().itertuples()
    used = [f"{r.data} ({r.source})" + (f" for {r.study}" if r.data != r.study else "") for r in sources]
    note = f"Profile {rows['profile'].iloc[0]}; data: {', '.join(used)}. *: not the paper's data or settings."

    def matching(state: State) -> np.ndarray:
        same = [(rows[COLUMN[control]] == value) | (value == ALL) for control, value in state.items()]
        return np.logical_and.reduce([np.ones(len(rows), bool), *same])

    def draw(s: State) -> Figure:
        return noted(published_overview(rows, matching(s)), textwrap.fill(note, 170))

    choices = {
        control: lambda s, column=column: {v: v for v in (ALL, *rows[matching(s)][column].unique())}
        for control, column in COLUMN.items()
    }
    start = {"paper": "B", "data": "cifar100", "table": "B-T2", "metric": "AUC"}
    return show(Explorer(draw, choices, start, "Published values and ours"))


def published_overview(rows: pd.DataFrame, chosen: np.ndarray, most: int = 30) -> Figure:
    """Rows of `beside_published`: all of them as points, the chosen ones, at most so many, as a list beside."""
    figure, listed = canvas(4.6), rows[chosen].head(most)
    cloud, names = figure.add_axes((0.07, 0.24, 0.33, 0.502)), figure.add_axes((0.75, 0.13, 0.235, 0.79))
    cloud.plot([0, 1], [0, 1], color="0.6", linewidth=0.8, linestyle=":")
    for of, colour, marker, size, front in ((rows[~chosen], REST, "o", 2.5, 1), (rows[chosen], CHOSEN, "D", 3.5, 2)):
        look = {"color": colour, "markersize": size, "linewidth": 0.6, "zorder": front}
        cloud.errorbar(of["published"], of["value"], yerr=_bars(of), fmt=marker, **look)
    cloud.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="published", ylabel="ours, with 95 % interval")
    cloud.set_title("on the dotted line: the same number", fontsize=7.5)
    places = np.arange(len(listed))
    names.errorbar(listed["value"], places, xerr=_bars(listed), fmt="o", color="black", markersize=3, linewidth=1)
    names.plot(listed["published"], places, "D", markerfacecolor="none", markeredgecolor=CHOSEN, markersize=4)
    names.set(ylim=(max(len(listed), 1) - 0.5, -0.5), xlim=(-0.02, 1.02), xlabel="dot: ours, diamond: published")
    names.grid(axis="x", color="0.9")
    small(cloud)
    small(names)
    labels = [f"{row['id']} {row['study']}, {described(row)}{star(row)}" for row in listed.to_dict("records")]
    names.set_yticks(places, labels, fontsize=6)
    first = f"; the first {most} are listed" if chosen.sum() > most else ""
    heading = f"{chosen.sum()} of {len(rows)} numbers chosen{first}.\n{tally(rows[chosen]).capitalize()}."
    figure.text(0.01, 0.99, heading, fontsize=7, va="top")
    return figure


def _bars(rows: pd.DataFrame) -> np.ndarray:
    """Lengths of the two halves of each interval, 0 where there is none."""
    return np.nan_to_num(np.clip(np.stack([rows["value"] - rows["low"], rows["high"] - rows["value"]]), 0, None))
