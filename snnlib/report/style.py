"""The visual language of both papers' figures.

The ANN is black and dashed, SNNs get darker with T, on a scale that stays apart for colour-blind
readers and in grey. So do members, dark red, and non-members, light blue.
"""

from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

PAGE = 7.0  # width in inches
COLOURS = {1: "#8fd744", 2: "#21918c", 3: "#31688e", 4: "#440154", "ann": "#000000"}
LINES = {1: "-", 2: "-", 3: "-", 4: "-", "ann": "--"}
MEMBER, OTHER = "#b2182b", "#67a9cf"
GUESSING = {"color": "0.6", "linewidth": 0.8, "linestyle": ":", "label": "guessing"}


def style() -> None:
    """Set matplotlib's defaults for print: seaborn's ticks, small type, no frame on legends.

    A reader's matplotlibrc changes nothing: all settings begin from those that matplotlib comes with.
    """
    mpl.rcdefaults()
    sns.set_theme(context="paper", style="ticks", font_scale=0.9)
    mpl.rcParams |= {
        "figure.dpi": 110,
        "savefig.dpi": 200,
        "savefig.bbox": "tight",
        "svg.fonttype": "path",
        "svg.hashsalt": "snnlib",
        "legend.frameon": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "image.cmap": "gray",
    }


def picture(ax: plt.Axes, image: np.ndarray, frame: str = "", width: float = 0.5, white: float | None = None) -> None:
    """A grey picture without axes, in a frame if that has a colour.

    ``white``: the value that is white, 0 being black. Without it, the largest and the least value are.
    """
    ax.imshow(image, interpolation="nearest", vmin=None if white is None else 0, vmax=white or None)
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=bool(frame), color=frame or "none", linewidth=width)


def roc_axes(linear: plt.Axes, logarithmic: plt.Axes, least: float) -> None:
    """Two empty panels for an ROC: on linear axes, and on logarithmic ones from a rate of ``least`` on."""
    for ax, scale, low in ((linear, "linear", 0), (logarithmic, "log", least)):
        ax.plot([least, 1], [least, 1], **GUESSING)
        ax.set(xlabel="false positive rate", ylabel="true positive rate", xscale=scale, yscale=scale)
        ax.set(xlim=(low, 1), ylim=(low, 1))


def heaps(ax: plt.Axes, values: np.ndarray, members: np.ndarray, bins: np.ndarray, **how: Any) -> None:
    """Histograms on common bins: members as an outline over the others' heap, to be told apart in grey, too."""
    ax.hist(values[~members], bins, color=OTHER, alpha=0.6, histtype="stepfilled", label="non-members", **how)
    ax.hist(values[members], bins, color=MEMBER, histtype="step", label="members", **how)
