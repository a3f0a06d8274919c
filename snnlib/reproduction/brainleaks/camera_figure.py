"""Figure A-SF3: the simulated event camera beside real recordings of N-MNIST."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ...report.figure import Data, drawn_by
from ...report.style import PAGE, picture
from .camera import BIN_MS
from .published import real_recordings

DIGITS = [0, 2, 4, 7]  # whose pictures are shown
QUANTITIES = {"events": "events a recording", "duration_ms": "duration (ms)", "share_brighter": "share of ON events"}
LOOKS = {  # line, and colour and marker
    "real": ("--", {"color": "#000000", "marker": "D"}),
    "simulated": ("-", {"color": "#1b9e77", "marker": "o"}),
}


def _draw_camera(numbers: dict[str, dict], pictures: dict[str, list]) -> Figure:
    heights = (2.3, 0.95 * len(pictures) + 0.2)  # inches
    figure = plt.figure(figsize=(PAGE, sum(heights)), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=heights)
    first, *others = top.subplots(1, 4, width_ratios=(2.4, 1.2, 0.7, 0.7))
    for x, (kind, (dashes, look)) in enumerate(LOOKS.items()):
        mean, sd = numbers[kind]["per_bin"]
        middle, colour = BIN_MS * (np.arange(len(mean)) + 0.5), look["color"]
        first.fill_between(middle, mean - sd, mean + sd, color=colour, alpha=0.18, linewidth=0)
        first.plot(middle, mean, dashes, color=colour, linewidth=1.2, label=kind)
        for ax, quantity in zip(others, QUANTITIES, strict=True):
            ax.errorbar([x], *numbers[kind][quantity], **look, markersize=4, capsize=2)
    first.set(xlabel="time (ms)", ylabel=f"events in {BIN_MS} ms (mean, s.d.)", ylim=(0, None))
    first.legend(loc="upper right", fontsize=7)
    first.set_title("N-MNIST; the simulation was fitted to these real recordings", fontsize=6.5)
    for ax, (quantity, label) in zip(others, QUANTITIES.items(), strict=True):
        mean, sd = numbers["real"][quantity]
        ax.set(xlim=(-0.6, 1.6), ylim=(0 if mean - 2 * sd < 0.5 * mean else None, None), ylabel=label)
        ax.set_xticks([0, 1], ["real", "simul."], fontsize=7)
    axes = bottom.subplots(len(pictures), 2 * len(DIGITS), squeeze=False)
    for line, (kind, images) in zip(axes, pictures.items(), strict=True):
        line[0].set_ylabel(kind, fontsize=8)
        for ax, image in zip(line, images, strict=True):
            picture(ax, image)
    for i, ax in enumerate(axes[0]):
        ax.set_title("OFF only" if i % 2 else "all events", fontsize=7)
    return figure


@drawn_by(_draw_camera)
def camera_check(statistics: Mapping[str, Mapping[str, np.ndarray]]) -> Data:
    """A-SF3: events over time and in a recording, duration, polarity, and pictures.

    ``statistics``: of ``simulated`` and, where they are there, of ``real`` recordings, see `camera.statistics`.
    """
    known, names = real_recordings(), {"per_bin": "events_per_10ms"} | {q: q for q in QUANTITIES}
    real = {q: known.loc[name, ["mean", "sd"]].to_numpy(float).T for q, name in names.items()}
    simulated = {q: [of.mean(0), of.std(0, ddof=1)] for q, of in statistics["simulated"].items() if q in names}
    simulated["per_bin"] = [of[: real["per_bin"].shape[1]] for of in simulated["per_bin"]]
    pictures = {  # all events of a digit, then its darker ones
        kind: [of[part][digit] for digit in DIGITS for part in ("picture", "picture_darker")]
        for kind, of in statistics.items()
    }
    return {"numbers": {"real": real, "simulated": simulated}, "pictures": pictures}
