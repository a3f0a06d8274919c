"""The visual language of both papers' figures.

The ANN is black and dashed, SNNs get darker with T, on a scale that stays apart for colour-blind
readers and in grey. So do members, dark red, and non-members, light blue.
"""

from collections.abc import Sequence

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.figure import Figure

COLUMN, PAGE = 3.4, 7.0  # widths in inches
COLOURS = {1: "#8fd744", 2: "#21918c", 3: "#31688e", 4: "#440154", "ann": "#000000"}
LINES = {1: "-", 2: "-", 3: "-", 4: "-", "ann": "--"}
MEMBER, OTHER = "#b2182b", "#67a9cf"


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


def sign(figure: Figure, notes: Sequence[str]) -> None:
    """Print where the numbers come from in small type below a figure."""
    for line, note in enumerate(notes):
        figure.text(0.01, -0.03 - 0.13 * line / figure.get_figheight(), note, fontsize=5.5, color="0.35", va="top")


def picture(ax: plt.Axes, image: np.ndarray) -> None:
    """A grey picture without axes."""
    ax.imshow(image, interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
