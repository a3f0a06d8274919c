"""Figure A-F1: how the two BrainLeaks attacks work, one iteration of each, cell by cell.

Every small picture is the trace of the real attack on a tiny network with random weights: an
example of the formulas beside it, no result.
"""

from collections.abc import Callable
from itertools import chain, pairwise, product
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import FancyArrowPatch
from torch import Tensor, nn

from ...inversion import Inversion, brainleaks_v1, brainleaks_v2
from ...neurons import fast_sigmoid, lif
from ...randomness import numpy_generator
from ...report.figure import Data, drawn_by
from ...report.style import PAGE

SEED = 23  # its third iteration of BrainLeaks-v1 switches entries on and off
STEPS, PIXELS, HIDDEN, CLASSES, DRAWS = 8, 6, 8, 3, 7
OF_V2 = {"attack": brainleaks_v2, "population": DRAWS, "moment": "running"}  # options of `example_step`
DOT = {"markersize": 6.5, "markerfacecolor": "white", "markeredgecolor": "0.2", "markeredgewidth": 0.7}
PLACE = {"left": 0.06, "right": 0.95, "bottom": 0.19, "top": 0.78, "wspace": 0.9, "hspace": 0.55}  # in a panel
NOTE = (
    f"Each picture: {STEPS} time steps (to the right) × {PIXELS} pixels. Grey: 0 is white, 1 black. "
    "Orange, +: above 0; purple, −: below 0; darker: further away.\n"
    "Signs in the new $X$: switched on, switched off. Computed with a tiny network of random weights, third iteration: "
    "an example of the rules, not a result."
)
# Per picture, in the order of a turn: name in the example, heading, formula.
STEP = (
    ("X", "spikes $X$", "binary, 0 at the start"),
    ("network", "target SNN", "weights known"),
    ("confidence", "confidence in class $y$", r"$J = \mathrm{mean}_t\ \mathrm{softmax}(U_t)_y$"),
    ("g", "surrogate gradient", r"$g = \partial J / \partial X$"),
    ("n", "scaled to [0, 1]", r"$n = \dfrac{|g| - \min|g|}{\max|g| - \min|g|}$"),
    ("M", "gradients binarisation", r"$M \sim \mathrm{Bernoulli}(n)$"),
    ("fused", "directional fusion", r"$\mathrm{sign}(g)\,M$"),
    ("X_next", "overflow thresholding", r"$X \leftarrow \mathbf{1}[X + \mathrm{sign}(g)\,M > 0]$"),
)
MOMENTS = r"$m \leftarrow 0.9\,m + g,\ \ v \leftarrow \alpha v + (1 - \alpha)\,g^2$"
UPDATE = (
    ("P", "spike probabilities $P$", "0 at the start"),
    ("draws", f"population of $K = {DRAWS}$ draws", r"$S_k \sim \mathrm{Bernoulli}(P)$"),
    ("network", "target SNN, costs", r"$c_k = L_k + \lambda\,\mathrm{mean}(S_k)$"),
    ("gradients", "surrogate gradients", r"$g_k = \partial c_k / \partial S_k$"),
    ("g", "mean, weighted by cost", r"$g = \Sigma_k\, c_k\, g_k\ /\ \Sigma_k\, c_k$"),
    ("step", r"moments, $m\, /\, (\sqrt{v} + \epsilon)$", MOMENTS),
    ("moved", "descent", r"$P - \mathrm{rate}\cdot m\, /\, (\sqrt{v} + \epsilon)$"),
    ("P_next", "new $P$", "negatives to 0; all divided\nby the largest if above 1"),
)
# Per arrow: word, from, to. The last ones of an attack lead to what needs more than the picture before it.
TURN = (("", 3, 4), ("", 4, 5), ("", 5, 6), ("", 6, 7), ("next turn", 7, 0))
OF_STEP = ("forward", 0, 1), ("$U_t$", 1, 2), ("backward", 2, 3), ("sign($g$)", 3, 6), ("$X$", 0, 7)
OF_UPDATE = ("draw", 0, 1), ("forward", 1, 2), ("backward", 2, 3), ("$P$", 0, 6)
PANELS = (
    ("a  BrainLeaks-v1: start at $X = 0$, ten turns; the last $X$ is the sample", STEP, OF_STEP),
    ("b  BrainLeaks-v2: start at $P = 0$, ten turns; the last $P$, scored on draws, is the sample", UPDATE, OF_UPDATE),
)


class TinyNetwork(nn.Module):
    """Two layers of leaky neurons: ``[T, B, pixels, 1]`` -> spikes, potential ``[T, B, classes]``."""

    def __init__(self):
        super().__init__()
        noise = numpy_generator(SEED, "schematic", "weights")
        first, second = (torch.from_numpy(noise.normal(0.2, 1, s)) for s in ((PIXELS, HIDDEN), (HIDDEN, CLASSES)))
        self.first, self.second = nn.Parameter(first.float()), nn.Parameter(second.float())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        hidden, _ = lif(x.flatten(2) @ self.first, beta=0.7, surrogate=fast_sigmoid(4))
        return lif(hidden @ self.second, beta=0.7)


def example_step(
    iteration: int = 3, attack: Callable[..., Inversion] = brainleaks_v1, **settings: Any
) -> dict[str, np.ndarray]:
    """What an attack traces (see `snnlib.inversion`) in an iteration, ``[T, pixels]``, of draws ``[T, K, pixels]``."""
    trace: list[dict[str, Tensor]] = []
    size = {"shape": (PIXELS, 1), "steps": STEPS, "iterations": iteration}
    attack(TinyNetwork(), [0], **size, **settings, seed=SEED, trace=trace.append)
    return {name: values.squeeze().double().numpy() for name, values in trace[-1].items()}


def _draw_schematic(step: dict[str, np.ndarray], update: dict[str, np.ndarray]) -> Figure:
    figure = plt.figure(figsize=(PAGE, 6.2))
    *parts, foot = figure.subfigures(3, 1, height_ratios=(10, 10, 1))
    foot.text(0.03, 0.2, NOTE, fontsize=6, color="0.25", va="bottom", linespacing=1.4)
    pictures_of = {"network": _network, "confidence": _confidence}
    for part, (title, pictures, arrows), values in zip(parts, PANELS, (step, update), strict=True):
        part.suptitle(title, x=0.03, ha="left", fontsize=8)
        above, below = part.subplots(2, 4, gridspec_kw=PLACE)
        turn = [*above, *reversed(below)]
        for ax, (key, heading, formula) in zip(turn, pictures, strict=True):
            (ax.set_title if ax in above else ax.set_xlabel)(f"{heading}\n{formula}", fontsize=7)
            ax.set(xticks=(), yticks=())
            ax.spines[:].set(visible=key in pictures_of, color="0.3", linewidth=0.6)
            pictures_of.get(key, _matrices)(ax, values, key)
        for word, start, end in (*TURN, *arrows):
            _arrow(part, word, turn[start], turn[end])
    return figure


@drawn_by(_draw_schematic)
def attack_schematic() -> Data:
    """A-F1: one turn of BrainLeaks-v1 (a) and of BrainLeaks-v2 (b)."""
    return {"step": example_step(), "update": example_step(**OF_V2)}


def _matrices(ax: Axes, values: dict[str, np.ndarray], key: str) -> None:
    """One matrix ``[T, pixels]``, or the first three of ``[T, K, pixels]``, one behind the other; time to the right.

    Signs in the cells: in grey, shades do not tell + from −. They are those of the matrix, or of what changes in X.
    """
    signed = key in ("g", "fused", "gradients", "step", "moved")
    changes = values["X_next"] - values["X"] if key == "X_next" else np.zeros((STEPS, PIXELS))
    stack = np.moveaxis(values[key].reshape(STEPS, -1, PIXELS), 1, 0)[:3]
    for k, matrix in reversed([*enumerate(stack)]):
        cells = ax.inset_axes((0.04 * k, 0.05 * k, 1, 1), xticks=(), yticks=())
        cells.spines[:].set(visible=True, color="0.3", linewidth=0.6)
        top, signs, colours = np.abs(matrix).max() or 1.0, changes, {"cmap": "Greys", "vmin": 0, "vmax": 1.1}
        if signed:
            signs, colours = matrix, {"cmap": "PuOr_r", "vmin": -1.25 * top, "vmax": 1.25 * top}
        cells.pcolormesh(matrix.T, edgecolor="0.8", linewidth=0.3, **colours)
        cells.invert_yaxis()
        for t, pixel in np.argwhere(signs):
            sign, colour = "+−"[int(signs[t, pixel] < 0)], "black" if abs(matrix[t, pixel]) <= 0.75 * top else "white"
            cells.text(t + 0.5, pixel + 0.5, sign, fontsize=6, ha="center", va="center_baseline", color=colour)


def _network(ax: Axes, *_: Any) -> None:
    ax.set(facecolor="0.96", xlim=(-1, 1), ylim=(-2.2, 2.2))
    layers = [[(dx, k - (n - 1) / 2) for k in range(n)] for dx, n in ((-0.65, 3), (0, 4), (0.65, 3))]
    for pair in chain(*(product(*two) for two in pairwise(layers))):
        ax.plot(*zip(*pair, strict=True), "o-", color="0.6", linewidth=0.4, **DOT)


def _confidence(ax: Axes, values: dict[str, np.ndarray], key: str) -> None:
    """Confidence at each time step, and its mean, dashed."""
    mean = values[key].mean()
    ax.plot(np.arange(STEPS) + 0.5, values[key], ".-", color="0.2", linewidth=0.8, markersize=3, clip_on=False)
    ax.axhline(mean, color="0.2", linewidth=0.8, linestyle="--")
    ax.set(xlim=(0, STEPS), ylim=(0, 1))
    ax.text(STEPS + 0.2, mean, "$J$", fontsize=7, va="center")
    ax.set_yticks((0, 1), ("0", "1"), fontsize=6)
    ax.tick_params(length=0, pad=2)


def _arrow(part: SubFigure, word: str, start: Axes, end: Axes) -> None:
    """From picture to picture, along a row or between the rows; behind them, so that it comes out of a stack."""
    a, b = start.get_position(), end.get_position()
    left, up = b.x0 < a.x0, b.y0 > a.y0
    if a.y0 == b.y0:
        out, into = (int(not left), 0.5), (int(left), 0.5)  # in widths and heights of both
        place = {"ha": "center", "va": "bottom"}
    else:
        out, into = (0.25 if up or left else 0.6, int(up)), (0.25 if up else 0.6, int(not up))
        place = {"ha": "right" if up or left else "left", "va": "bottom"}
    tail, head = a.p0 + out * a.size, b.p0 + into * b.size
    look = {"arrowstyle": "-|>", "mutation_scale": 7, "color": "0.1", "shrinkA": 0, "shrinkB": 1, "zorder": -1}
    look["linewidth"] = 1.8 if up else 0.9
    part.add_artist(FancyArrowPatch(tail, head, transform=part.transSubfigure, **look))
    part.text(*(tail + head) / 2, f" {word} ", fontsize=6.5, **place)
