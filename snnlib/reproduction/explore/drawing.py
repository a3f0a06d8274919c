"""Pictures of the teaching notebooks. Each is drawn where the cell that asks for it stands; nothing is returned."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from numpy.typing import ArrayLike

from ...metrics.membership import roc
from ...report.style import GUESSING, MEMBER, OTHER, PAGE, heaps, picture, roc_axes

PENS = cycler(color=["#000000", "#d95f02", "#31688e", "#21918c"], linestyle=["-", "--", "-.", ":"])  # clear in grey


def neuron(current: ArrayLike, spikes: ArrayLike, potential: ArrayLike) -> None:
    """A neuron of threshold 1 over time: input current, potential, and spikes, each ``[T]``."""
    current, spikes, potential = (np.asarray(a) for a in (current, spikes, potential))
    steps = np.arange(1, len(current) + 1)
    how = {"sharex": True, "height_ratios": (1, 2, 0.5), "layout": "constrained"}
    _, (top, middle, bottom) = plt.subplots(3, 1, figsize=(PAGE, 2.9), **how)
    top.step(steps, current, where="mid", color="0.4")
    top.set(ylabel="current $I$", ylim=(min(0, np.min(current)), 1.15 * max(np.max(current), 0.1)))
    potential_over_time(middle, potential, threshold=1)
    middle.set_ylim(min(0, np.min(potential)), max(1.25, 1.05 * np.max(potential)))
    bottom.vlines(steps[spikes > 0], 0, 1, color="#d95f02", linewidth=2)
    bottom.set(ylabel="spikes", yticks=[], ylim=(0, 1), xlabel="time step")


def potential_over_time(ax: plt.Axes, potential: np.ndarray, threshold: float) -> None:
    """A potential ``[T]`` at time steps 1 to T, and the threshold."""
    ax.plot(np.arange(1, len(potential) + 1), potential, ".-", color="black", linewidth=1)
    ax.axhline(threshold, color="0.4", linestyle="--", linewidth=0.8)
    ax.text(1.01, threshold, r"$\theta$", transform=ax.get_yaxis_transform(), va="center")
    ax.set_ylabel("potential $U$")


def lines(x: ArrayLike, curves: Mapping[str, ArrayLike], xlabel: str, ylabel: str, **axes: object) -> None:
    """Curves over a common x; ``axes`` are settings of matplotlib's axes, such as ``yscale="log"``."""
    _, ax = plt.subplots(figsize=(PAGE * 0.7, 2.6), layout="constrained")
    ax.set_prop_cycle(PENS)
    for name, y in curves.items():
        ax.plot(x, y, label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel, **axes)
    if len(curves) > 1:
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1))


def pictures(rows: Mapping[str, ArrayLike], titles: Sequence[str] = ()) -> None:
    """Rows of pictures ``[N, H, W]`` or ``[N, H, W, 3]`` by name; each grey one has its own scale."""
    shown = {name: np.asarray(row, dtype=float) for name, row in rows.items()}
    columns = max(map(len, shown.values()))
    height, width = next(iter(shown.values())).shape[1:3]
    cell = min((PAGE - 0.9) / columns, 1.2)
    size = (0.9 + cell * columns, (cell * height / width + 0.06) * len(shown) + (0.25 if titles else 0))
    _, axes = plt.subplots(len(shown), columns, figsize=size, squeeze=False, layout="constrained")
    for line, (name, row) in zip(axes, shown.items(), strict=True):
        for ax, image in zip(line, row, strict=False):
            picture(ax, image)
        for ax in line[len(row) :]:
            ax.set_axis_off()
        line[0].set_ylabel(name, fontsize=8, rotation=0, ha="right", va="center")
    for ax, title in zip(axes[0], titles, strict=False):
        ax.set_title(title, fontsize=8)


def signed(images: Mapping[str, ArrayLike]) -> None:
    """Pictures ``[H, W]`` of what may be negative: orange above 0, purple below, white at 0, each on its own scale."""
    _, axes = plt.subplots(1, len(images), figsize=(1.9 * len(images), 2.1), squeeze=False, layout="constrained")
    for ax, (name, image) in zip(axes[0], images.items(), strict=True):
        picture(ax, np.asarray(image, dtype=float), frame="0.75")
        largest = np.abs(image).max() or 1.0
        ax.images[0].set(cmap="PuOr_r", clim=(-largest, largest))
        ax.set_title(name, fontsize=8)


def two_heaps(signal: ArrayLike, members: ArrayLike, label: str) -> None:
    """Histograms of a signal of members and of non-members, on common bins."""
    signal, members = np.asarray(signal), np.asarray(members)
    _, ax = plt.subplots(figsize=(PAGE * 0.7, 2.5), layout="constrained")
    heaps(ax, signal, members, np.linspace(signal.min(), signal.max(), 41))
    ax.set(xlabel=label, ylabel="points")
    ax.legend()


def rocs(scores: Mapping[str, ArrayLike], members: ArrayLike) -> None:
    """ROC of some scores on linear and on logarithmic axes, these from one false positive on."""
    members = np.asarray(members)
    _, (linear, logarithmic) = plt.subplots(1, 2, figsize=(PAGE, 3), layout="constrained")
    for ax in (linear, logarithmic):
        ax.set_prop_cycle(PENS)
        for name, score in scores.items():
            ax.plot(*roc(np.asarray(score, dtype=float), members), label=name)
    roc_axes(linear, logarithmic, 1 / (~members).sum())
    linear.legend(loc="lower right")


def scatter(x: ArrayLike, y: ArrayLike, members: ArrayLike, xlabel: str, ylabel: str) -> None:
    """Points by two signals, members and non-members, and the line on which both signals agree."""
    x, y, members = (np.asarray(a) for a in (x, y, members))
    _, ax = plt.subplots(figsize=(PAGE * 0.6, 3.4), layout="constrained")
    for chosen, colour, marker, name in ((~members, OTHER, "x", "non-member"), (members, MEMBER, "o", "member")):
        ax.scatter(x[chosen], y[chosen], s=9, c=colour, marker=marker, alpha=0.5, linewidths=0.6, label=name)
    ends = max(x.min(), y.min()), min(x.max(), y.max())
    ax.plot(ends, ends, color="0.4", linewidth=0.8, linestyle="--")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend()


def prices(ways: Mapping[str, tuple[ArrayLike, ArrayLike]], **axes: object) -> None:
    """What attacks find against accuracy: a line where both are ``[N]``, such as by epoch; a mark for a pair."""
    _, ax = plt.subplots(figsize=(PAGE * 0.8, 3), layout="constrained")
    ax.set_prop_cycle(PENS)
    marks = iter("osD^v")
    for name, (accuracy, auc) in ways.items():
        if np.ndim(accuracy):
            ax.plot(accuracy, auc, label=name)
        else:
            ax.plot(accuracy, auc, next(marks), color="black", markerfacecolor="white", label=name)
    ax.axhline(0.5, **GUESSING)
    ax.set(xlabel="accuracy on other digits", ylabel="AUC of the attack", **axes)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
