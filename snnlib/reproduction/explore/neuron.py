"""Explorer of a spiking neuron."""

import functools
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from ...neurons import RESETS, lif
from .widgets import CHOSEN, REST, Explorer, canvas, show, values


def neuron_explorer(**wanted: Any) -> None:
    """A LIF neuron with a constant current: potential, spikes under each reset, firing rate.

    Args:
        wanted: ``current``, ``beta``, ``threshold`` and ``reset`` to begin with.
    """
    choices = {
        "current": lambda _: values(0, 1.5, 0.05),
        "beta": lambda _: values(0, 1, 0.05),
        "threshold": lambda _: values(0.5, 2, 0.1),
        "reset": lambda _: {reset.replace("_", " "): reset for reset in RESETS},
    }
    start = {"current": 0.6, "beta": 0.7, "threshold": 1.0, "reset": RESETS[0]}
    show(Explorer(lambda s: neuron_trace(**s), choices, start | wanted, "A spiking neuron over time"))


FIRING = "#21918c"
STEPS = 30  # of a neuron's trace


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
    steps = np.arange(1, STEPS + 1)
    for place, kind in enumerate(RESETS):
        spikes, potential = _fired(current, beta, threshold, kind)
        colour = FIRING if kind == reset else REST
        raster.plot(steps[spikes], np.full(spikes.sum(), place), "|", color=colour, markersize=7, markeredgewidth=2)
        if kind == reset:
            trace.plot(steps, potential, ".-", color="black", linewidth=1, markersize=5)
            trace.vlines(steps[spikes], threshold, potential[spikes], color=FIRING, linewidth=3)
            trace.set_title(f"{reset.replace('_', ' ')}: {spikes.sum()} spikes in {STEPS} steps", fontsize=8)
    trace.axhline(threshold, color="0.4", linestyle=":", linewidth=0.9)
    trace.text(1.01, threshold, r"$\theta$", transform=trace.get_yaxis_transform(), va="center", fontsize=8)
    trace.set(ylabel="potential $U$", xlim=(0, STEPS + 1), xticklabels=[], ylim=(min(0, trace.get_ylim()[0]), None))
    raster.set_yticks(range(len(RESETS)), [r.replace("_", " ") for r in RESETS], fontsize=7)
    raster.set(xlim=(0, STEPS + 1), ylim=(len(RESETS) - 0.5, -0.5), xlabel="time step")
    raster.tick_params(axis="y", length=0)
    x, rates = _rates(beta, threshold)
    for kind in sorted(RESETS, key=lambda r: r == reset):
        chosen = kind == reset
        rate.plot(x, rates[kind], color=FIRING if chosen else REST, linewidth=2 if chosen else 1)
    rate.plot(current, np.interp(current, x, rates[reset]), "o", color=CHOSEN, markersize=6)
    rate.set(xlabel="current $I$", ylabel="spikes per step", ylim=(-0.03, 1.05), xlim=(-0.02, 1.52))
    rate.set_title("teal: this reset, grey: the others", fontsize=8)
    return figure


def _fired(current: float, beta: float, threshold: float, reset: str) -> tuple[np.ndarray, np.ndarray]:
    spikes, potential = lif(torch.full((STEPS, 1), current), beta=beta, threshold=threshold, reset=reset)
    return spikes[:, 0].numpy() > 0, potential[:, 0].numpy()


@functools.lru_cache(maxsize=64)
def _rates(beta: float, threshold: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Spikes per step in 60 steps, by reset, for many currents."""
    x = torch.linspace(0, 1.5, 151)
    drive = x.expand(60, -1)
    return x.numpy(), {r: lif(drive, beta=beta, threshold=threshold, reset=r)[0].mean(0).numpy() for r in RESETS}
