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
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path
from torch import Tensor, nn

from ...inversion import Inversion, brainleaks_v1, brainleaks_v2
from ...neurons import fast_sigmoid, lif
from ...randomness import numpy_generator
from ...report.figure import Data, drawn_by
from ...report.style import PAGE

SEED = 23  # its third iteration of BrainLeaks-v1 switches entries on and off
STEPS, PIXELS, HIDDEN, CLASSES, DRAWS = 8, 6, 8, 3, 7
OF_V2 = {"attack": brainleaks_v2, "population": DRAWS, "moment": "running"}  # options of `example_step`
WIDTH, HEIGHT, PANEL, FOOT = 0.92, 0.69, 2.9, 0.35  # of a picture, a panel and the note, in inches; so are all lengths
COLUMNS, TOP, BOTTOM = (0.86, 2.62, 4.38, 6.14), 1.87, 0.79  # centres of the pictures
PLACES = [*product(COLUMNS, (TOP,)), *product(reversed(COLUMNS), (BOTTOM,))]  # a turn: right above and left below
CENTRE = {"ha": "center", "va": "center", "fontsize": 7}
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
    ("a", "BrainLeaks-v1", "start at $X = 0$, ten turns; the last $X$ is the sample"),
    (
        "b",
        "BrainLeaks-v2",
        "start at $P = 0$, ten turns; the last $P$ is the sample, scored on draws from Bernoulli($P$)",
    ),
)


class TinyNetwork(nn.Module):
    """Two layers of leaky neurons, random weights: ``[T, B, pixels, 1]`` -> spikes, potential ``[T, B, classes]``."""

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
    """An iteration of an attack on one class of the tiny network, what it traces (see `snnlib.inversion`) by name.

    Quantities of an input are ``[T, pixels]``, of BrainLeaks-v2's draws ``[T, K, pixels]``.
    """
    trace: list[dict[str, Tensor]] = []
    size = {"shape": (PIXELS, 1), "steps": STEPS, "iterations": iteration}
    attack(TinyNetwork(), [0], **size, **settings, seed=SEED, trace=trace.append)
    return {name: values.squeeze().double().numpy() for name, values in trace[-1].items()}


def _draw_schematic(step: dict[str, np.ndarray], update: dict[str, np.ndarray]) -> Figure:
    height = FOOT + 2 * PANEL
    page = plt.figure(figsize=(PAGE, height)).add_axes((0, 0, 1, 1), xlim=(0, PAGE), ylim=(0, height))
    page.set_axis_off()
    panels = (FOOT + PANEL, STEP, OF_STEP, step), (FOOT, UPDATE, OF_UPDATE, update)
    for title, (base, pictures, arrows, values) in zip(PANELS, panels, strict=True):
        for x, part, size, weight in zip((0.25, 0.42, 1.4), title, (9, 8, 7), ("bold", "bold", "normal"), strict=True):
            page.text(x, base + PANEL - 0.14, part, fontsize=size, fontweight=weight)
        for (x, y), (key, heading, formula) in zip(PLACES, pictures, strict=True):
            above, centre = y == TOP, base + y
            page.text(x, centre + (0.665 if above else -0.465), heading, **CENTRE)
            page.text(
                x, centre + (0.505 if above else -0.555), formula, **CENTRE | {"va": "center" if above else "top"}
            )
            draw = {"network": _network, "confidence": _confidence}.get(key, _matrices)
            draw(page, x, centre, values, key)
        for arrow in (*TURN, *arrows):
            _arrow(page, base, *arrow)
    page.text(0.25, 0.06, NOTE, fontsize=6, color="0.25", va="bottom", linespacing=1.4)
    return page.figure


@drawn_by(_draw_schematic)
def attack_schematic() -> Data:
    """A-F1: one turn of BrainLeaks-v1 (a) and of BrainLeaks-v2 (b)."""
    return {"step": example_step(), "update": example_step(**OF_V2)}


def _framed(page: Axes, x: float, y: float) -> Axes:
    ax = page.inset_axes((x - WIDTH / 2, y - HEIGHT / 2, WIDTH, HEIGHT), transform=page.transData, xticks=(), yticks=())
    ax.spines[:].set(visible=True, color="0.3", linewidth=0.6)
    return ax


def _matrices(page: Axes, x: float, y: float, values: dict[str, np.ndarray], key: str) -> None:
    """One matrix ``[T, pixels]``, or the first three of ``[T, K, pixels]``, one behind the other; time to the right.

    Signs in the cells: in grey, shades do not tell + from −. They are those of the matrix, or of what changes in X.
    """
    signed = key in ("g", "fused", "gradients", "step", "moved")
    changes = values["X_next"] - values["X"] if key == "X_next" else np.zeros((STEPS, PIXELS))
    stack = np.moveaxis(values[key].reshape(STEPS, -1, PIXELS), 1, 0)[:3]
    for k, matrix in reversed([*enumerate(stack)]):
        ax, top, signs = _framed(page, x + 0.035 * k, y + 0.035 * k), np.abs(matrix).max() or 1.0, changes
        colours = {"cmap": "Greys", "vmin": 0, "vmax": 1.1}
        if signed:
            signs, colours = matrix, {"cmap": "PuOr_r", "vmin": -1.25 * top, "vmax": 1.25 * top}
        ax.pcolormesh(matrix.T, edgecolor="0.8", linewidth=0.3, **colours)
        ax.invert_yaxis()
        for t, pixel in np.argwhere(signs):
            sign, colour = (
                "+" if signs[t, pixel] > 0 else "−",
                "white" if abs(matrix[t, pixel]) > 0.75 * top else "black",
            )
            ax.text(t + 0.5, pixel + 0.5, sign, fontsize=6, ha="center", va="center_baseline", color=colour)


def _network(page: Axes, x: float, y: float, *_: Any) -> None:
    ax = _framed(page, x, y)
    ax.set(facecolor="0.96", xlim=(-1, 1), ylim=(-2.2, 2.2))
    layers = [[(dx, k - (n - 1) / 2) for k in range(n)] for dx, n in ((-0.65, 3), (0, 4), (0.65, 3))]
    for a, b in chain(*(product(*pair) for pair in pairwise(layers))):
        ax.plot((a[0], b[0]), (a[1], b[1]), color="0.6", linewidth=0.4)
    for dot in chain(*layers):
        ax.plot(*dot, "o", color="0.2", markerfacecolor="white", markersize=6.5, markeredgewidth=0.7)


def _confidence(page: Axes, x: float, y: float, values: dict[str, np.ndarray], key: str) -> None:
    """Confidence at each time step, and its mean, dashed."""
    ax, mean = _framed(page, x, y), values[key].mean()
    ax.plot(np.arange(STEPS) + 0.5, values[key], ".-", color="0.2", linewidth=0.8, markersize=3, clip_on=False)
    ax.axhline(mean, color="0.2", linewidth=0.8, linestyle="--")
    ax.set(xlim=(0, STEPS), ylim=(0, 1))
    ax.text(STEPS + 0.2, mean, "$J$", fontsize=7, va="center")
    ax.set_yticks((0, 1), ("0", "1"), fontsize=6)
    ax.tick_params(length=0, pad=2)


def _arrow(page: Axes, base: float, word: str, start: int, end: int) -> None:
    """From picture to picture, along a row or between the rows; behind them, so that it comes out of a stack."""
    (xa, ya), (xb, yb) = (np.add(PLACES[i], (0, base)) for i in (start, end))
    right, up, middle = np.sign(xb - xa), np.sign(yb - ya), (ya + yb) / 2
    words = CENTRE | {"x": (xa + xb) / 2, "y": middle + 0.08, "fontsize": 6.5}
    if not up:
        points = (xa + right * WIDTH / 2, ya), (xb - right * (WIDTH / 2 + 0.02), yb)
    else:
        out = xa + 0.2 * (right or -up)  # the one that goes up is left of the one that goes down
        points = (out, ya + up * HEIGHT / 2), (out, middle), (xb, middle), (xb, yb - up * (HEIGHT / 2 + 0.02))
        if not right:
            points = (points[0], (out, points[-1][1]))
            words |= {"x": out - 0.07 * up, "y": middle, "ha": "right" if up > 0 else "left"}
    path = FancyArrowPatch(path=Path(points), arrowstyle="-|>", mutation_scale=8.6 if up > 0 else 6.8, zorder=0)
    path.set(linewidth=1.8 if up > 0 else 0.9, color="0.1", capstyle="butt", joinstyle="miter")
    page.add_patch(path)
    page.text(s=word, **words)
