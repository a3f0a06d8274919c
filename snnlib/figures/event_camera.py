"""Figure A-SF3: the simulated event camera beside real recordings of N-MNIST."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure, SubFigure

from .. import published
from .style import PAGE, picture

SIMULATED, REAL = "#1b9e77", "#000000"
BIN_MS = 10


def camera_check(statistics: Mapping[str, Mapping[str, np.ndarray]], digits: tuple[int, ...] = (0, 2, 4, 7)) -> Figure:
    """A-SF3: events over time and events a recording, duration, polarity, and pictures.

    Args:
        statistics: of `snnlib.datasets.event_statistics`: ``simulated`` and, where they are there, ``real``
            recordings. The real ones' mean and standard deviation are known in any case.
        digits: whose pictures are shown.
    """
    pictures = 0.95 * len(statistics) + 0.2  # inches
    figure = plt.figure(figsize=(PAGE, 2.3 + pictures), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(2.3, pictures))
    course, counts, duration, polarity = top.subplots(1, 4, width_ratios=(2.4, 1.2, 0.7, 0.7))
    simulated, real = statistics["simulated"], published.table("recordings")
    bins = real[real["quantity"] == "events_per_10ms"]
    middle = bins["bin_start_ms"].to_numpy() + BIN_MS / 2
    _band(course, middle, bins["mean"].to_numpy(), bins["sd"].to_numpy(), REAL, "real (mean, s.d.)")
    per_bin = simulated["per_bin"][:, : len(bins)]
    _band(course, middle[: per_bin.shape[1]], per_bin.mean(0), per_bin.std(0, ddof=1), SIMULATED, "simulated")
    course.set(xlabel="time (ms)", ylabel=f"events in {BIN_MS} ms", ylim=(0, None))
    course.legend(loc="upper right", fontsize=7)
    panels = ((counts, "events", "events a recording"), (duration, "duration_ms", "duration (ms)"))
    for ax, quantity, label in (*panels, (polarity, "share_brighter", "share of ON events")):
        _beside(ax, simulated[quantity], real[real["quantity"] == quantity].iloc[0])
        ax.set(ylabel=label)
    _pictures(bottom, statistics, digits)
    return figure


def _band(ax: plt.Axes, x: np.ndarray, mean: np.ndarray, sd: np.ndarray, colour: str, label: str) -> None:
    ax.fill_between(x, mean - sd, mean + sd, color=colour, alpha=0.18, linewidth=0)
    ax.plot(x, mean, color=colour, linewidth=1.2, linestyle="--" if colour == REAL else "-", label=label)


def _beside(ax: plt.Axes, simulated: np.ndarray, real: pd.Series) -> None:
    """Mean and standard deviation of the real ones and of the simulated ones."""
    ax.errorbar([0], [real["mean"]], yerr=[real["sd"]], fmt="D", color=REAL, markersize=4, capsize=2)
    ax.errorbar(
        [1], [simulated.mean()], yerr=[simulated.std(ddof=1)], fmt="o", color=SIMULATED, markersize=4, capsize=2
    )
    low = 0 if real["mean"] - 2 * real["sd"] < 0.5 * real["mean"] else None
    ax.set(xlim=(-0.6, 1.6), ylim=(low, None))
    ax.set_xticks([0, 1], ["real", "simul."], fontsize=7)


def _pictures(part: SubFigure, statistics: Mapping, digits: tuple[int, ...]) -> None:
    """Events summed over a recording, all of them and the darker ones; real ones below where they are there."""
    kinds = [kind for kind in ("simulated", "real") if kind in statistics]
    axes = part.subplots(len(kinds), 2 * len(digits), squeeze=False)
    for line, kind in zip(axes, kinds, strict=True):
        for i, digit in enumerate(digits):
            for j, name in enumerate(("picture", "picture_darker")):
                ax = line[2 * i + j]
                picture(ax, statistics[kind][name][digit])
                if kind == kinds[0]:
                    ax.set_title("all events" if j == 0 else "OFF only", fontsize=7)
        line[0].set_ylabel(kind, fontsize=8)
