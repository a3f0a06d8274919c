"""Pictures of the teaching notebooks. Each is drawn where the cell that asks for it stands; nothing is returned."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import ArrayLike

from ...metrics.membership import roc
from ...report.style import MEMBER, OTHER, PAGE, picture

PENS = (("#000000", "-"), ("#d95f02", "--"), ("#31688e", "-."), ("#21918c", ":"))  # told apart in grey as well


def neuron(current: ArrayLike, spikes: ArrayLike, potential: ArrayLike, threshold: float = 1.0) -> None:
    """A neuron over time: input current, potential with its threshold, and spikes, each ``[T]``."""
    current, spikes, potential = (np.asarray(a) for a in (current, spikes, potential))
    steps = np.arange(1, len(current) + 1)
    _, (top, middle, bottom) = plt.subplots(
        3, 1, figsize=(PAGE, 2.9), sharex=True, height_ratios=(1, 2, 0.5), layout="constrained"
    )
    top.step(steps, current, where="mid", color="0.4")
    top.set(ylabel="current $I$", ylim=(min(0, np.min(current)), 1.15 * max(np.max(current), 0.1)))
    middle.plot(steps, potential, ".-", color="#31688e")
    middle.axhline(threshold, color="0.4", linestyle="--", linewidth=0.8)
    middle.text(1.005, threshold, r"$\theta$", transform=middle.get_yaxis_transform(), color="0.3", va="center")
    middle.set(
        ylabel="potential $U$", ylim=(min(0, np.min(potential)), max(1.25 * threshold, 1.05 * np.max(potential)))
    )
    bottom.vlines(steps[spikes > 0], 0, 1, color="#d95f02", linewidth=2)
    bottom.set(ylabel="spikes", yticks=[], ylim=(0, 1), xlabel="time step")


def lines(x: ArrayLike, curves: Mapping[str, ArrayLike], xlabel: str, ylabel: str, **axes: object) -> None:
    """Curves over a common x; ``axes`` are settings of matplotlib's axes, such as ``yscale="log"``."""
    _, ax = plt.subplots(figsize=(PAGE * 0.7, 2.6), layout="constrained")
    for i, (name, y) in enumerate(curves.items()):
        colour, dashes = PENS[i % len(PENS)]
        ax.plot(x, y, color=colour, linestyle=dashes, label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel, **axes)
    if len(curves) > 1:
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1))


def pictures(rows: Mapping[str, ArrayLike], titles: Sequence[str] = (), alike: bool = False) -> None:
    """Rows of pictures ``[N, H, W]`` or ``[N, H, W, 3]`` by name; a grey one has its own scale, or that of its row."""
    shown = {name: np.asarray(row, dtype=float) for name, row in rows.items()}
    columns = max(map(len, shown.values()))
    height, width = next(iter(shown.values())).shape[1:3]
    cell = min((PAGE - 0.9) / columns, 1.2)
    size = (0.9 + cell * columns, (cell * height / width + 0.06) * len(shown) + (0.25 if titles else 0))
    _, axes = plt.subplots(len(shown), columns, figsize=size, squeeze=False, layout="constrained")
    for line, (name, row) in zip(axes, shown.items(), strict=True):
        for ax, image in zip(line, row, strict=False):
            picture(ax, image)
            if alike:
                ax.images[0].set_clim(row.min(), row.max())
        for ax in line[len(row) :]:
            ax.set_axis_off()
        line[0].set_ylabel(name, fontsize=8, rotation=0, ha="right", va="center")
    for ax, title in zip(axes[0], titles, strict=False):
        ax.set_title(title, fontsize=8)


def signed(images: Mapping[str, ArrayLike]) -> None:
    """Pictures ``[H, W]`` of what may be negative: orange above 0, purple below, white at 0, each on its own scale."""
    size = (1.9 * len(images), 2.1)
    _, axes = plt.subplots(1, len(images), figsize=size, squeeze=False, layout="constrained")
    for ax, (name, image) in zip(axes[0], images.items(), strict=True):
        picture(ax, np.asarray(image, dtype=float))
        largest = np.abs(image).max() or 1.0
        ax.images[0].set(cmap="PuOr_r", clim=(-largest, largest))
        ax.set_title(name, fontsize=8)
        for spine in ax.spines.values():
            spine.set(visible=True, color="0.75", linewidth=0.5)


def two_heaps(signal: ArrayLike, members: ArrayLike, label: str) -> None:
    """Histograms of a signal of members and of non-members, on common bins."""
    signal, members = np.asarray(signal), np.asarray(members)
    _, ax = plt.subplots(figsize=(PAGE * 0.7, 2.5), layout="constrained")
    bins = np.linspace(signal.min(), signal.max(), 41)
    for inside, colour, name, line in ((True, MEMBER, "members", "-"), (False, OTHER, "non-members", "--")):
        ax.hist(signal[members == inside], bins, color=colour, alpha=0.35)
        ax.hist(signal[members == inside], bins, color=colour, histtype="step", linestyle=line, label=name)
    ax.set(xlabel=label, ylabel="points")
    ax.legend()


def rocs(scores: Mapping[str, ArrayLike], members: ArrayLike) -> None:
    """ROC of some scores on linear and on logarithmic axes, these from one false positive on."""
    members = np.asarray(members)
    least = 1 / (~members).sum()
    _, axes = plt.subplots(1, 2, figsize=(PAGE, 3), layout="constrained")
    for i, (name, score) in enumerate(scores.items()):
        colour, dashes = PENS[i % len(PENS)]
        fpr, tpr = roc(np.asarray(score, dtype=float), members)
        for ax in axes:
            ax.plot(fpr, tpr, color=colour, linestyle=dashes, label=name)
    for ax, scale, low in ((axes[0], "linear", 0), (axes[1], "log", least)):
        ax.plot((least, 1), (least, 1), color="0.6", linewidth=0.8, linestyle=(0, (1, 1)), label="guessing")
        ax.set(xlabel="false positive rate", ylabel="true positive rate", xscale=scale, yscale=scale)
        ax.set(xlim=(low, 1), ylim=(low, 1.02))
    axes[0].legend(loc="lower right")


def scatter(x: ArrayLike, y: ArrayLike, members: ArrayLike, xlabel: str, ylabel: str) -> None:
    """Points by two signals, members and non-members, and the line on which both signals agree."""
    x, y, members = (np.asarray(a) for a in (x, y, members))
    _, ax = plt.subplots(figsize=(PAGE * 0.6, 3.4), layout="constrained")
    for inside, colour, marker, name in ((False, OTHER, "x", "non-member"), (True, MEMBER, "o", "member")):
        chosen = members == inside
        ax.scatter(x[chosen], y[chosen], s=9, c=colour, marker=marker, alpha=0.5, linewidths=0.6, label=name)
    ends = max(x.min(), y.min()), min(x.max(), y.max())
    ax.plot(ends, ends, color="0.4", linewidth=0.8, linestyle="--")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend()
