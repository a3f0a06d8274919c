"""Explorer of a spiking neuron."""

import functools
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...neurons import RESETS, lif
from .widgets import CHOSEN, REST, Explorer, canvas, show, stepped

FIRING = "#21918c"
STEPS, LONG = 30, 60  # of the trace, and of the firing rates


def neuron_explorer(**wanted: Any) -> None:
    """A LIF neuron with a constant current: potential, spikes under each reset, firing rate.

    Args:
        wanted: ``current``, ``beta``, ``threshold`` and ``reset`` to begin with.
    """
    choices = {
        "current": lambda _: stepped(0, 1.5, 0.05),
        "beta": lambda _: stepped(0, 1, 0.05),
        "threshold": lambda _: stepped(0.5, 2, 0.1),
        "reset": lambda _: {_label(reset): reset for reset in RESETS},
    }
    start = {"current": 0.6, "beta": 0.7, "threshold": 1.0, "reset": RESETS[0]}
    show(Explorer(lambda s: neuron_trace(**s), choices, start | wanted, "A spiking neuron over time"))


def neuron_trace(current: float, beta: float, threshold: float, reset: str) -> Figure:
    """A LIF neuron with a constant current.

    Left: its potential under one reset, and below it when it fires under each of them. Right: how often it fires,
    by current.
    """
    figure = canvas(2.9)
    grid = figure.add_gridspec(
        2, 2, width_ratios=(1.7, 1), height_ratios=(1.9, 1), left=0.17, right=0.985, top=0.9, bottom=0.15, wspace=0.2
    )
    trace, raster, rate = (figure.add_subplot(g) for g in (grid[0, 0], grid[1, 0], grid[:, 1]))
    runs = {r: lif(torch.full((STEPS, 1), current), beta=beta, threshold=threshold, reset=r) for r in RESETS}
    fired = {r: spikes[:, 0].numpy() > 0 for r, (spikes, _) in runs.items()}
    _trace(trace, runs[reset][1][:, 0].numpy(), fired[reset], threshold)
    trace.set_title(f"{_label(reset)}: {fired[reset].sum()} spikes in {STEPS} steps", fontsize=8)
    _raster(raster, fired, reset)
    _rate(rate, current, _rates(beta, threshold), reset)
    return figure


def _label(reset: str) -> str:
    return reset.replace("_", " ")


def _trace(ax: Axes, potential: np.ndarray, fired: np.ndarray, threshold: float) -> None:
    steps = np.arange(1, STEPS + 1)
    ax.plot(steps, potential, ".-", color="black", linewidth=1, markersize=5)
    ax.vlines(steps[fired], threshold, potential[fired], color=FIRING, linewidth=3)
    ax.axhline(threshold, color="0.4", linestyle=":", linewidth=0.9)
    ax.text(1.01, threshold, r"$\theta$", transform=ax.get_yaxis_transform(), va="center", fontsize=8)
    ax.set(ylabel="potential $U$", xlim=(0, STEPS + 1), xticklabels=[], ylim=(min(0, ax.get_ylim()[0]), None))


def _raster(ax: Axes, fired: dict[str, np.ndarray], reset: str) -> None:
    for place, (r, spikes) in enumerate(fired.items()):
        at, colour = 1 + np.flatnonzero(spikes), FIRING if r == reset else REST
        ax.plot(at, np.full(len(at), place), "|", color=colour, markersize=7, markeredgewidth=2)
    ax.set_yticks(range(len(fired)), [_label(r) for r in fired], fontsize=7)
    ax.set(xlim=(0, STEPS + 1), ylim=(len(fired) - 0.5, -0.5), xlabel="time step")
    ax.tick_params(axis="y", length=0)


def _rate(ax: Axes, current: float, rates: tuple[np.ndarray, dict[str, np.ndarray]], reset: str) -> None:
    x, by_reset = rates
    for r in sorted(by_reset, key=lambda r: r == reset):  # the chosen one in front
        ax.plot(x, by_reset[r], color=FIRING if r == reset else REST, linewidth=2 if r == reset else 1)
    ax.plot(current, np.interp(current, x, by_reset[reset]), "o", color=CHOSEN, markersize=6)
    ax.set(xlabel="current $I$", ylabel="spikes per step", ylim=(-0.03, 1.05), xlim=(-0.02, 1.52))
    ax.set_title("teal: this reset, grey: the others", fontsize=8)


@functools.lru_cache(maxsize=64)
def _rates(beta: float, threshold: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Currents, and by reset the spikes per step that each gives."""
    x = torch.linspace(0, 1.5, 151)
    drive = x.expand(LONG, -1)
    return x.numpy(), {r: lif(drive, beta=beta, threshold=threshold, reset=r)[0].mean(0).numpy() for r in RESETS}
