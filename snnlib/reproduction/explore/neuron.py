"""Explorer of a spiking neuron."""

from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from ...neurons import RESETS, lif
from .drawing import potential_over_time
from .widgets import CHOSEN, REST, Explorer, canvas, show, stepped

FIRING = "#21918c"
STEPS, LONG = 30, 60  # of the trace, and of the firing rates
LABELS = {reset: reset.replace("_", " ") for reset in RESETS}


def neuron_explorer(**wanted: Any) -> None:
    """A LIF neuron with a constant current; ``wanted``: what to begin with, see `neuron_trace`."""
    choices = {
        "current": lambda _: stepped(0, 1.5, 0.05),
        "beta": lambda _: stepped(0, 1, 0.05),
        "threshold": lambda _: stepped(0.5, 2, 0.1),
        "reset": lambda _: {label: reset for reset, label in LABELS.items()},
    }
    start = {"current": 0.6, "beta": 0.7, "threshold": 1.0, "reset": RESETS[0]}
    show(Explorer(lambda s: neuron_trace(**s), choices, start | wanted, "A spiking neuron over time"))


def neuron_trace(current: float, beta: float, threshold: float, reset: str) -> Figure:
    """Left: potential under one reset, and below it the spikes under each; right: how often they fire, by current."""
    figure = canvas(2.9)
    figure.subplots_adjust(left=0.17, right=0.985, top=0.9, bottom=0.15, wspace=0.2)
    grid = figure.add_gridspec(2, 2, width_ratios=(1.7, 1), height_ratios=(1.9, 1))
    trace, raster, rate = (figure.add_subplot(g) for g in (grid[0, 0], grid[1, 0], grid[:, 1]))
    runs = {r: lif(torch.full((STEPS, 1), current), beta=beta, threshold=threshold, reset=r) for r in RESETS}
    fired = {r: 1 + np.flatnonzero(spikes) for r, (spikes, _) in runs.items()}
    potential = runs[reset][1][:, 0].numpy()
    potential_over_time(trace, potential, threshold)
    trace.vlines(fired[reset], threshold, potential[fired[reset] - 1], color=FIRING, linewidth=3)
    trace.set(xlim=(0, STEPS + 1), xticklabels=[], ylim=(min(0, trace.get_ylim()[0]), None))
    trace.set_title(f"{LABELS[reset]}: {len(fired[reset])} spikes in {STEPS} steps", fontsize=8)
    for place, (r, at) in enumerate(fired.items()):
        colour = FIRING if r == reset else REST
        raster.plot(at, np.full(len(at), place), "|", color=colour, markersize=7, markeredgewidth=2)
    raster.set_yticks(range(len(fired)), [LABELS[r] for r in fired], fontsize=7)
    raster.set(xlim=(0, STEPS + 1), ylim=(len(fired) - 0.5, -0.5), xlabel="time step")
    raster.tick_params(axis="y", length=0)
    x = torch.linspace(0, 1.5, 151)
    for r in sorted(RESETS, key=lambda r: r == reset):  # the chosen one in front
        rates = lif(x.expand(LONG, -1), beta=beta, threshold=threshold, reset=r)[0].mean(0)
        rate.plot(x, rates, color=FIRING if r == reset else REST, linewidth=2 if r == reset else 1)
    rate.plot(current, np.interp(current, x, rates), "o", color=CHOSEN, markersize=6)
    rate.set(xlabel="current $I$", ylabel="spikes per step", ylim=(-0.03, 1.05), xlim=(-0.02, 1.52))
    rate.set_title("teal: this reset, grey: the others", fontsize=8)
    return figure
