"""Pictures of paper A's networks in notebook 1: how they learnt and how accurate they are."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ...report.style import COLOURS, PAGE
from .figures import grid


def training_curves(losses: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Training loss of each epoch, relative to the first: a panel for each data set, a line for each network.

    ANNs are black, SNNs blue; targets solid, scorers dashed.
    """
    figure, axes = grid(["loss (first epoch = 1)"], list(losses), (PAGE, 2.2))
    for ax, of in zip(axes[0], losses.values(), strict=True):
        for label, loss in of.items():
            dashes = "-" if label.endswith("target") else "--"
            x, y = range(1, len(loss) + 1), np.asarray(loss) / loss[0]
            ax.plot(x, y, dashes, color=_colour(label), linewidth=1.1, label=label)
        ax.set(xlabel="epoch", yscale="log")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return figure


def network_accuracies(accuracies: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Accuracy of each network as a dot, the mean of its kind as a line; a panel for each data set.

    ``accuracies``: by data set and kind of network, one number for each seed.
    """
    kinds = list(dict.fromkeys(kind for of in accuracies.values() for kind in of))
    figure, axes = grid([""], list(accuracies), (PAGE, 0.6 + 0.2 * len(kinds)), sharey=True)
    for ax, of in zip(axes[0], accuracies.values(), strict=True):
        for kind, values in of.items():
            place, colour = kinds.index(kind), _colour(kind)
            ax.plot(values, [place] * len(values), "o", color=colour, markersize=3.5, alpha=0.6)
            ax.vlines(np.mean(values), place - 0.3, place + 0.3, color=colour, linewidth=1.5)
        ax.set(xlim=(-0.03, 1.03), xlabel="test accuracy", ylim=(len(kinds) - 0.5, -0.5))
        ax.grid(axis="x", color="0.9")
    names = [kind.replace("ann", "ANN").replace("snn", "SNN").replace("_", " ") for kind in kinds]
    axes[0, 0].set_yticks(range(len(kinds)), names, fontsize=7)
    return figure


def _colour(kind: str) -> str:
    return COLOURS[3] if kind.lower().startswith("snn") else COLOURS["ann"]
