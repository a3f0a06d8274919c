"""Figure A-F4: a sample unrolled in time, as a strip for print and as a film for the screen."""

from collections.abc import Mapping
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ...errors import SettingError
from ...report.figure import DPI, Data, Film, drawn_by
from ...report.style import PAGE, picture

WINDOWS = 10  # of the strip, in a row
STEP_MS = 80  # of the film, from step to step


def _draw_strip(rows: list[dict]) -> Figure:
    height, width = np.max([row["windows"].shape[1:] for row in rows], axis=0)
    tall, room = PAGE / (WINDOWS + 2) * height / width, 0.36  # of a picture and of its texts, in inches
    high = (tall + room) * len(rows)
    place = {"left": 0.01, "right": 0.99, "bottom": 0.16 / high, "top": 1 - 0.2 / high, "wspace": 0.06}
    place |= {"hspace": room / tall, "width_ratios": [1] * WINDOWS + [0.3, 1]}  # the sum stands apart
    figure, axes = plt.subplots(len(rows), WINDOWS + 2, figsize=(PAGE, high), squeeze=False, gridspec_kw=place)
    for line, row in zip(axes, rows, strict=True):
        *windows, total = row["windows"]
        whites = [np.max(windows)] * len(windows) + [np.max(total)]
        scale = f"white: {whites[0]:.2g} spikes a window, {whites[-1]:.2g} in all"
        line[0].set_title(f"{row['name']} ({scale})", fontsize=8, loc="left", pad=3)
        shown = [*line[: len(windows)], line[-1]]
        for ax, image, label, white in zip(shown, row["windows"], row["labels"], whites, strict=True):
            picture(ax, image, frame="0.75", white=float(white))
            ax.set_xlabel(label, fontsize=6, labelpad=2)
        for ax in line[len(windows) : -1]:
            ax.remove()
    return figure


@drawn_by(_draw_strip)
def film_strip(samples: Mapping[str, np.ndarray], milliseconds: float) -> Data:
    """A-F4 in print: each sample as the sums over windows of its time steps, and the sum over all of them.

    ``samples``: by name, spikes or their probabilities ``[T, H, W]``, a step being so many milliseconds. Every step is
    in exactly one window. The windows of a row share one grey scale, from 0 to the largest of their sums; the sum over
    all steps, set apart, has a scale of its own.
    """
    rows = []
    for name, sample in samples.items():
        _check(sample)
        count = min(WINDOWS, len(sample))
        edges = np.arange(count + 1) * len(sample) // count  # where T is no multiple, longer windows are spread evenly
        windows = [*np.add.reduceat(sample, edges[:-1]), sample.sum(0)]
        labels = [f"{a * milliseconds:g}–{b * milliseconds:g}" for a, b in pairwise(edges.tolist())]
        labels.append(f"all {len(sample) * milliseconds:g} ms")
        rows.append({"name": name, "windows": np.stack(windows), "labels": labels})
    return {"rows": rows}


def _draw_film(sample: np.ndarray, title: str) -> Film:
    figure = Figure(figsize=(4.4, 2.1 * sample.shape[1] / sample.shape[2] + 0.55), dpi=DPI, layout="constrained")
    canvas, frames = FigureCanvasAgg(figure), []
    shown = {"this step": sample, "sum so far": np.cumsum(sample, 0, dtype=float)}
    for ax, (label, images) in zip(figure.subplots(1, 2), shown.items(), strict=True):
        picture(ax, images[0], frame="0.75", white=float(images.max()))
        ax.set_xlabel(label, fontsize=8, labelpad=2)
    for t in range(len(sample)):
        for ax, images in zip(figure.axes, shown.values(), strict=True):
            ax.images[0].set_data(images[t])
        figure.suptitle(f"{title}, step {t + 1} of {len(sample)}", fontsize=9)
        canvas.draw()
        figure.set_layout_engine("none")  # laid out once, not for every step
        frames.append(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("L"))
    return Film(frames, STEP_MS)


@drawn_by(_draw_film)
def film(sample: np.ndarray, title: str) -> Data:
    """A-F4 on the screen: left the spikes ``[T, H, W]`` of a step, right the sum of all steps so far."""
    _check(sample)
    return {"sample": sample, "title": title}


def _check(sample: np.ndarray) -> None:
    if sample.ndim != 3 or not sample.size:
        raise SettingError(f"A sample has the shape {sample.shape}.", "Pass time steps of pictures, [T, H, W].")
