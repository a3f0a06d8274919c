"""Figure A-SF3: the simulated event camera beside real recordings of N-MNIST."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure, SubFigure

from ...report.figure import Data, drawn_by
from ...report.style import PAGE, picture
from .published import real_recordings

SIMULATED, REAL = "#1b9e77", "#000000"
BIN_MS = 10
DIGITS = (0, 2, 4, 7)  # whose pictures are shown
QUANTITIES = {"events": "events a recording", "duration_ms": "duration (ms)", "share_brighter": "share of ON events"}


def _draw_camera(over_time: dict, quantities: list[dict], pictures: dict) -> Figure:
    high = 0.95 * len(pictures) + 0.2  # inches
    figure = plt.figure(figsize=(PAGE, 2.3 + high), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(2.3, high))
    first, *others = top.subplots(1, 4, width_ratios=(2.4, 1.2, 0.7, 0.7))
    for kind, colour, label in (("real", REAL, "real (mean, s.d.)"), ("simulated", SIMULATED, "simulated")):
        mean, sd = over_time[kind]
        x = over_time["middle_ms"][: len(mean)]
        first.fill_between(x, mean - sd, mean + sd, color=colour, alpha=0.18, linewidth=0)
        first.plot(x, mean, color=colour, linewidth=1.2, linestyle="--" if kind == "real" else "-", label=label)
    first.set(xlabel="time (ms)", ylabel=f"events in {BIN_MS} ms", ylim=(0, None))
    first.legend(loc="upper right", fontsize=7)
    first.set_title("N-MNIST; the simulation was fitted to these real recordings", fontsize=6.5)
    for ax, quantity in zip(others, quantities, strict=True):
        _beside(ax, quantity["simulated"], quantity["real"])
        ax.set(ylabel=quantity["label"])
    _pictures(bottom, pictures)
    return figure


@drawn_by(_draw_camera)
def camera_check(statistics: Mapping[str, Mapping[str, np.ndarray]]) -> Data:
    """A-SF3: events over time and in a recording, duration, polarity, and pictures.

    Args:
        statistics: of `brainleaks.camera.statistics`: ``simulated`` and, where they are there, ``real``
            recordings. The real ones' mean and standard deviation are known in any case.
    """
    simulated, real = statistics["simulated"], real_recordings()
    bins = real.loc["events_per_10ms"]
    per_bin = simulated["per_bin"][:, : len(bins)]
    over_time = {"middle_ms": bins["bin_start_ms"].to_numpy() + BIN_MS / 2}
    over_time["real"] = bins["mean"].to_numpy(), bins["sd"].to_numpy()
    over_time["simulated"] = per_bin.mean(0), per_bin.std(0, ddof=1)
    quantities = [
        {"label": label, "real": [real.loc[quantity, "mean"], real.loc[quantity, "sd"]]}
        | {"simulated": [simulated[quantity].mean(), simulated[quantity].std(ddof=1)]}
        for quantity, label in QUANTITIES.items()
    ]
    pictures = {
        kind: [statistics[kind][part][list(DIGITS)] for part in ("picture", "picture_darker")]
        for kind in ("simulated", "real")
        if kind in statistics
    }
    return {"over_time": over_time, "quantities": quantities, "pictures": pictures}


def _beside(ax: plt.Axes, simulated: list[float], real: list[float]) -> None:
    """Mean and standard deviation of the real ones and of the simulated ones."""
    for x, (mean, sd), marker, colour in ((0, real, "D", REAL), (1, simulated, "o", SIMULATED)):
        ax.errorbar([x], [mean], yerr=[sd], fmt=marker, color=colour, markersize=4, capsize=2)
    mean, sd = real
    ax.set(xlim=(-0.6, 1.6), ylim=(0 if mean - 2 * sd < 0.5 * mean else None, None))
    ax.set_xticks([0, 1], ["real", "simul."], fontsize=7)


def _pictures(part: SubFigure, pictures: dict[str, list[np.ndarray]]) -> None:
    """Events summed over a recording, all of them and the darker ones; real ones below where they are there."""
    columns = 2 * len(pictures["simulated"][0])
    axes = part.subplots(len(pictures), columns, squeeze=False)
    for line, (kind, (whole, darker)) in zip(axes, pictures.items(), strict=True):
        for i, ax in enumerate(line):
            picture(ax, (whole, darker)[i % 2][i // 2])
        line[0].set_ylabel(kind, fontsize=8)
    for i, ax in enumerate(axes[0]):
        ax.set_title("all events" if i % 2 == 0 else "OFF only", fontsize=7)
