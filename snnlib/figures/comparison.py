"""Figures that are not in the papers: training curves, and published values beside ours."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ..tables import compared, described, tally
from .style import COLOURS, PAGE


def training_curves(losses: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Training loss of each epoch, relative to the first: a panel for each data set, a line for each network.

    ANNs are black, SNNs blue; targets solid, scorers dashed.
    """
    figure, axes = plt.subplots(1, len(losses), figsize=(PAGE, 2.2), squeeze=False, layout="constrained")
    for ax, (data, of) in zip(axes[0], losses.items(), strict=True):
        for label, loss in of.items():
            style = {"color": _colour(label), "linestyle": "-" if label.endswith("target") else "--", "linewidth": 1.1}
            ax.plot(range(1, len(loss) + 1), np.asarray(loss) / loss[0], label=label, **style)
        ax.set(xlabel="epoch", yscale="log")
        ax.set_title(data, fontsize=8)
    axes[0, 0].set_ylabel("loss (first epoch = 1)")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return figure


def network_accuracies(found: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Accuracy of each network as a dot, the mean of its kind as a line; a panel for each data set.

    Args:
        found: by data set and kind of network, one number for each seed.
    """
    kinds = list(dict.fromkeys(kind for of in found.values() for kind in of))
    size = (PAGE, 0.6 + 0.2 * len(kinds))
    figure, axes = plt.subplots(1, len(found), figsize=size, sharey=True, squeeze=False, layout="constrained")
    for ax, (data, of) in zip(axes[0], found.items(), strict=True):
        for place, kind in enumerate(kinds):
            values, colour = np.asarray(of.get(kind, [])), _colour(kind)
            ax.plot(values, np.full(len(values), place), "o", color=colour, markersize=3.5, alpha=0.6)
            if len(values):
                ax.vlines(values.mean(), place - 0.3, place + 0.3, color=colour, linewidth=1.5)
        ax.set(xlim=(-0.03, 1.03), xlabel="test accuracy", ylim=(len(kinds) - 0.5, -0.5))
        ax.set_title(data, fontsize=8)
        ax.grid(axis="x", color="0.9")
    axes[0, 0].set_yticks(range(len(kinds)), [_of_network(kind) for kind in kinds], fontsize=7)
    return figure


def _colour(kind: str) -> str:
    return COLOURS[3] if kind.lower().startswith("snn") else COLOURS["ann"]


def _of_network(kind: str) -> str:
    network, role = kind.split()
    return f"{network.upper() if len(network) == 3 else network.replace('snn', 'SNN').replace('_', ' ')} {role}"


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
