"""Figure A-F1: how the two BrainLeaks attacks work, one iteration of each, cell by cell.

Every small picture is the trace of the real attack on a tiny network with random weights: an
example of the formulas beside it, no result.
"""

from collections.abc import Callable
from itertools import chain, product
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle
from matplotlib.path import Path
from torch import Tensor, nn

from ...inversion import Inversion, brainleaks_v1, brainleaks_v2
from ...neurons import fast_sigmoid, lif
from ...randomness import numpy_generator
from ...report.figure import Data, drawn_by
from ...report.style import PAGE

SEED = 23  # its third iteration of BrainLeaks-v1 switches entries on and off
STEPS, PIXELS, HIDDEN, CLASSES, DRAWS = 8, 6, 8, 3, 7
CELL = 0.115  # of a matrix, in inches; so are all lengths below
WIDTH, HEIGHT, PANEL = STEPS * CELL, PIXELS * CELL, 2.9
COLUMNS, TOP, BOTTOM = (0.86, 2.62, 4.38, 6.14), 1.87, 0.79  # centres of the pictures
NOTE = (
    f"Each picture: {STEPS} time steps (to the right) × {PIXELS} pixels. Grey: 0 is white, 1 black. "
    "Orange, +: above 0; purple, −: below 0; darker: further away.\n"
    "Signs in the new $X$: switched on, switched off. Computed with a tiny network of random weights, third iteration: "
    "an example of the rules, not a result."
)
# Per picture: column, row, name in the example, heading, formula. The turn goes right above and left below.
STEP = (
    (0, TOP, "X", "spikes $X$", "binary, 0 at the start"),
    (1, TOP, "network", "target SNN", "weights known"),
    (2, TOP, "confidence", "confidence in class $y$", r"$J = \mathrm{mean}_t\ \mathrm{softmax}(U_t)_y$"),
    (3, TOP, "g", "surrogate gradient", r"$g = \partial J / \partial X$"),
    (3, BOTTOM, "n", "scaled to [0, 1]", r"$n = \dfrac{|g| - \min|g|}{\max|g| - \min|g|}$"),
    (2, BOTTOM, "M", "gradients binarisation", r"$M \sim \mathrm{Bernoulli}(n)$"),
    (1, BOTTOM, "fused", "directional fusion", r"$\mathrm{sign}(g)\,M$"),
    (0, BOTTOM, "X_next", "overflow thresholding", r"$X \leftarrow \mathbf{1}[X + \mathrm{sign}(g)\,M > 0]$"),
)
MOMENTS = r"$m \leftarrow 0.9\,m + g,\ \ v \leftarrow \alpha v + (1 - \alpha)\,g^2$"
UPDATE = (
    (0, TOP, "P", "spike probabilities $P$", "0 at the start"),
    (1, TOP, "draws", f"population of $K = {DRAWS}$ draws", r"$S_k \sim \mathrm{Bernoulli}(P)$"),
    (2, TOP, "network", "target SNN, costs", r"$c_k = L_k + \lambda\,\mathrm{mean}(S_k)$"),
    (3, TOP, "gradients", "surrogate gradients", r"$g_k = \partial c_k / \partial S_k$"),
    (3, BOTTOM, "g", "mean, weighted by cost", r"$g = \Sigma_k\, c_k\, g_k\ /\ \Sigma_k\, c_k$"),
    (2, BOTTOM, "step", r"moments, $m\, /\, (\sqrt{v} + \epsilon)$", MOMENTS),
    (1, BOTTOM, "moved", "descent", r"$P - \mathrm{rate}\cdot m\, /\, (\sqrt{v} + \epsilon)$"),
    (0, BOTTOM, "P_next", "new $P$", "negatives to 0; all divided\nby the largest if above 1"),
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


def example_step(iteration: int = 3) -> dict[str, np.ndarray]:
    """An iteration of BrainLeaks-v1 on the tiny network, as `snnlib.inversion.brainleaks_v1` traces it.

    Returns:
        ``X``, ``g``, ``n``, ``M``, ``fused`` (sign(g) M) and ``X_next``, each ``[T, pixels]``, and
        ``confidence`` ``[T]``, whose mean over time is J.
    """
    return _traced(brainleaks_v1, iteration)


def example_update(iteration: int = 3) -> dict[str, np.ndarray]:
    """An iteration of BrainLeaks-v2 on the tiny network, as `snnlib.inversion.brainleaks_v2` traces it.

    Returns:
        ``P``, ``g``, ``step`` (m / sqrt(v)), ``moved`` and ``P_next``, each ``[T, pixels]``; ``draws``
        and ``gradients``, each ``[T, K, pixels]``; ``costs`` ``[K]``.
    """
    return _traced(brainleaks_v2, iteration, population=DRAWS, moment="running")


def _traced(attack: Callable[..., Inversion], iteration: int, **settings: Any) -> dict[str, np.ndarray]:
    """The last of some iterations of an attack on one class, without the dimensions of class and width."""
    trace: list[dict[str, Tensor]] = []
    size = {"shape": (PIXELS, 1), "steps": STEPS, "iterations": iteration}
    attack(TinyNetwork(), [0], **size, **settings, seed=SEED, trace=trace.append)
    return {name: values.squeeze().double().numpy() for name, values in trace[-1].items()}


def _draw_schematic(step: dict[str, np.ndarray], update: dict[str, np.ndarray]) -> Figure:
    height = 2 * PANEL + 0.35
    figure = plt.figure(figsize=(PAGE, height))
    first, second = (figure.add_axes((0, 1 - k * PANEL / height, 1, PANEL / height)) for k in (1, 2))
    _panel(first, "a", "BrainLeaks-v1", "start at $X = 0$, ten turns; the last $X$ is the sample", STEP, step)
    _arrows(first, ("forward", "$U_t$", "backward"), ((3, 1, "sign($g$)"), (0, 0, "$X$")))
    text = "start at $P = 0$, ten turns; the last $P$ is the sample, scored on draws from Bernoulli($P$)"
    _panel(second, "b", "BrainLeaks-v2", text, UPDATE, update)
    _arrows(second, ("draw", "forward", "backward"), ((0, 1, "$P$"),))
    figure.text(0.25 / PAGE, 0.01, NOTE, fontsize=6, color="0.25", va="bottom", linespacing=1.4)
    return figure


@drawn_by(_draw_schematic)
def attack_schematic() -> Data:
    """A-F1: one turn of BrainLeaks-v1 (a) and of BrainLeaks-v2 (b)."""
    return {"step": example_step(), "update": example_update()}


def _panel(ax: Axes, letter: str, name: str, text: str, pictures: tuple, values: dict[str, np.ndarray]) -> None:
    ax.set(xlim=(0, PAGE), ylim=(0, PANEL))
    ax.set_axis_off()
    for x, part, size, weight in ((0.25, letter, 9, "bold"), (0.42, name, 8, "bold"), (1.4, text, 7, "normal")):
        ax.text(x, PANEL - 0.14, part, fontsize=size, fontweight=weight)
    for column, y, key, heading, formula in pictures:
        x, above = COLUMNS[column], y == TOP
        edge = y + HEIGHT / 2 if above else y - HEIGHT / 2
        _write(ax, x, edge + (0.32 if above else -0.12), heading)
        _write(ax, x, edge + (0.16 if above else -0.21), formula, va="center" if above else "top")
        if key == "network":
            _network(ax, x, y)
        elif key == "confidence":
            _confidence(ax, x, y, values[key])
        else:
            _matrices(ax, x, y, values, key)


def _write(ax: Axes, x: float, y: float, text: str, size: float = 7, ha: str = "center", va: str = "center") -> None:
    ax.text(x, y, text, fontsize=size, ha=ha, va=va)


def _matrices(ax: Axes, x: float, y: float, values: dict[str, np.ndarray], key: str) -> None:
    """One matrix ``[T, pixels]``, or the first three of ``[T, K, pixels]``, one behind the other."""
    matrix, signed = values[key], key in ("g", "fused", "gradients", "step", "moved")
    if matrix.ndim == 3:
        for k in (2, 1, 0):
            one = matrix[:, k]
            _tile(ax, x + 0.035 * k, y + 0.035 * k, one, signs=one if signed else None, depth=3 - k)
    else:
        changes = values["X_next"] - values["X"] if key == "X_next" else None
        _tile(ax, x, y, matrix, signs=matrix if signed else changes)


def _tile(ax: Axes, x: float, y: float, matrix: np.ndarray, signs: np.ndarray | None = None, depth: int = 1) -> None:
    """A matrix, time to the right, and signs in its cells: in grey, shades do not tell + from −.

    Coloured if the signs are those of the matrix itself.
    """
    left, low, top = x - WIDTH / 2, y - HEIGHT / 2, np.abs(matrix).max() or 1.0
    grid = left + CELL * np.arange(STEPS + 1), low + CELL * np.arange(PIXELS, -1, -1)
    scale = ("PuOr_r", -1.25 * top, 1.25 * top) if signs is matrix else ("Greys", 0, 1.1)
    colours = dict(zip(("cmap", "vmin", "vmax"), scale, strict=True))
    ax.pcolormesh(*grid, matrix.T, edgecolor="0.8", linewidth=0.3, zorder=depth, **colours)
    ax.add_patch(Rectangle((left, low), WIDTH, HEIGHT, fill=False, edgecolor="0.3", linewidth=0.6, zorder=depth))
    for t, pixel in np.argwhere(np.zeros_like(matrix) if signs is None else signs):
        colour = "white" if abs(matrix[t, pixel]) > 0.75 * top else "black"
        at, text = (grid[0][t] + CELL / 2, grid[1][pixel] - CELL / 2), "+" if signs[t, pixel] > 0 else "−"
        ax.text(*at, text, fontsize=6, ha="center", va="center_baseline", color=colour, zorder=depth)


def _network(ax: Axes, x: float, y: float) -> None:
    corner = (x - WIDTH / 2, y - HEIGHT / 2)
    ax.add_patch(Rectangle(corner, WIDTH, HEIGHT, facecolor="0.96", edgecolor="0.3", linewidth=0.6))
    layers = [[(x + dx, y + 0.16 * (k - (n - 1) / 2)) for k in range(n)] for dx, n in ((-0.3, 3), (0, 4), (0.3, 3))]
    for a, b in chain(product(layers[0], layers[1]), product(layers[1], layers[2])):
        ax.plot((a[0], b[0]), (a[1], b[1]), color="0.6", linewidth=0.4)
    for dot in chain(*layers):
        ax.add_patch(Circle(dot, 0.045, facecolor="white", edgecolor="0.2", linewidth=0.7, zorder=3))


def _confidence(ax: Axes, x: float, y: float, confidence: np.ndarray) -> None:
    """Confidence at each time step, and its mean, dashed."""
    left, right, low = x - WIDTH / 2, x + WIDTH / 2, y - HEIGHT / 2
    ax.add_patch(Rectangle((left, low), WIDTH, HEIGHT, fill=False, edgecolor="0.3", linewidth=0.6))
    t, mean = left + CELL * (np.arange(STEPS) + 0.5), low + HEIGHT * confidence.mean()
    ax.plot(t, low + HEIGHT * confidence, ".-", color="0.2", linewidth=0.8, markersize=3, clip_on=False)
    ax.plot((left, right), (mean, mean), color="0.2", linewidth=0.8, linestyle="--")
    _write(ax, right + 0.05, mean, "$J$")
    _write(ax, left - 0.05, low + 0.03, "0", 6)
    _write(ax, left - 0.05, low + HEIGHT - 0.03, "1", 6)


def _arrows(ax: Axes, words: tuple[str, str, str], besides: tuple[tuple[int, int, str], ...]) -> None:
    """Right above, down, left below and up again; and what pictures below need besides, from columns above."""
    low, high = BOTTOM + HEIGHT / 2 + 0.02, TOP - HEIGHT / 2
    for a, b, word in zip(COLUMNS[:-1], COLUMNS[1:], words, strict=True):
        _line(ax, (a + WIDTH / 2, TOP), (b - WIDTH / 2 - 0.02, TOP))
        _line(ax, (b - WIDTH / 2, BOTTOM), (a + WIDTH / 2 + 0.02, BOTTOM))
        _write(ax, (a + b) / 2 + 0.02, TOP + 0.08, word, 6.5)
    _line(ax, (COLUMNS[3] + 0.2, high), (COLUMNS[3] + 0.2, low))
    _line(ax, (COLUMNS[0] - 0.2, low), (COLUMNS[0] - 0.2, high - 0.02), width=1.8)
    middle = (low + high) / 2
    _write(ax, COLUMNS[0] - 0.28, middle, "next turn", 6.5, ha="right")
    for start, end, word in besides:
        a = COLUMNS[start] + (-0.2 if start > end else 0.2)
        b = COLUMNS[end] + (0.2 if start == end else 0)
        _line(ax, (a, high), (a, middle), (b, middle), (b, low))
        _write(ax, (a + b) / 2 + (0.08 if start == end else 0), middle + (0.07 if start != end else 0), word, 6.5)


def _line(ax: Axes, *points: tuple[float, float], width: float = 0.9) -> None:
    """An arrow along the points; below the pictures, so that it comes out from behind a stack."""
    path = FancyArrowPatch(path=Path(points), arrowstyle="-|>", mutation_scale=5 + 2 * width, zorder=0)
    path.set(linewidth=width, color="0.1", capstyle="butt", joinstyle="miter")
    ax.add_patch(path)
