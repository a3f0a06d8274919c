"""Figures of paper A: inverted samples and how the attacks get there."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ..plan import family
from ..results import InversionResults
from ..tables import ATTACK_NAMES
from .style import PAGE, picture


def over_time(sample: np.ndarray) -> np.ndarray:
    """A sample as one picture: intensities as they are, spikes or their probabilities summed over time.

    ``[C, H, W]`` or ``[T, C, H, W]`` -> ``[C, H, W]``.
    """
    return sample.sum(0) if sample.ndim == 4 else sample


def comparison_grid(all_results: Mapping[str, InversionResults], classes: Mapping[str, Sequence[int]]) -> Figure:
    """A-F2: ground truth and both BrainLeaks attacks for some classes of each data set.

    Args:
        all_results: by data set.
        classes: the classes to show, by data set.
    """
    columns = [(data, c) for data in all_results for c in classes[data]]
    lines = ("truth", "brainleaks_v1", "brainleaks_v2")
    figure, axes = plt.subplots(
        len(lines), len(columns), figsize=(1.15 * len(columns) + 0.6, 3.9), squeeze=False, layout="constrained"
    )
    for j, (data, c) in enumerate(columns):
        results = all_results[data]
        for i, line in enumerate(lines):
            if line == "truth":
                picture(axes[i, j], results.truth[c])
                axes[i, j].set_title(f"{results.info['title']}\n{_class_name(data, c)}", fontsize=8)
            else:
                picture(axes[i, j], over_time(results.samples[line, results.study.seeds[0]])[c])
    for i, line in enumerate(lines):
        axes[i, 0].set_ylabel("ground truth" if line == "truth" else ATTACK_NAMES[line], fontsize=8)
    return figure


def all_classes(results: InversionResults, columns: int) -> Figure:
    """A-F3 for one data set: a sample of every class by each attack beside the ground truth.

    The title over each sample is the target's confidence that it is of its class.
    """
    seed, classes = results.study.seeds[0], results.info["classes"]
    panels = ["truth", *results.study.attacks]
    height, width = results.info["shape"]
    room = 0.3 if classes > 10 else 0.22  # for the number over a sample, in heights of a sample
    rows, cell = -(-classes // columns), 0.42 if classes > 10 else 0.62
    size = (2 * columns * cell, 2 * rows * cell * height / width * (1 + room) + 0.5)
    figure, axes = plt.subplots(2, 2, figsize=size, layout="constrained")
    for ax, panel in zip(axes.flat, panels, strict=False):
        kind = "" if panel == "truth" else f" ({family(panel).upper()})"
        ax.set_title("ground truth" if panel == "truth" else ATTACK_NAMES[panel] + kind, fontsize=9)
        pictures = results.truth if panel == "truth" else over_time(results.samples[panel, seed])
        for c in range(classes):
            x, y = 1.06 * width * (c % columns), (1 + room) * height * (c // columns)
            ax.imshow(pictures[c], extent=(x, x + width, y + height, y), interpolation="nearest")
            if panel != "truth":
                text = f"{results.final[panel, seed][c]:.2f}"
                ax.text(x + width / 2, y - 0.02 * height, text, ha="center", fontsize=5 if classes > 10 else 7)
        ax.set(xlim=(0, 1.06 * width * columns), ylim=((1 + room) * height * rows, -room * height))
        ax.set_axis_off()
    return figure


def _class_name(dataset: str, c: int) -> str:
    return f"person {c + 1}" if dataset == "att_faces" else str(c)


def course_of_attack(results: InversionResults) -> Figure:
    """How the target's confidence grows with the iterations of each attack: every class and the mean."""
    attacks = list(results.study.attacks)
    figure, axes = plt.subplots(1, len(attacks), figsize=(PAGE, 2.2), sharey=True, layout="constrained")
    for ax, attack in zip(axes, attacks, strict=True):
        course = _hold_last(results.course[attack, results.study.seeds[0]])
        ax.plot(course, color="0.75", linewidth=0.6)
        ax.plot(course.mean(1), color="black", linewidth=1.4)
        ax.set(title=ATTACK_NAMES[attack], xlabel="iteration")
    axes[0].set_ylabel("target's confidence in the class")
    return figure


def _hold_last(course: np.ndarray) -> np.ndarray:
    """Carry each column's last number on to the end."""
    held = course.copy()
    for t in range(1, len(held)):
        held[t] = np.where(np.isfinite(held[t]), held[t], held[t - 1])
    return held
