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
    rows = -(-classes // columns)
    height, width = results.info["shape"]
    cell, type_size = (0.42, 5) if classes > 10 else (0.62, 7)
    size = (2 * columns * (cell + 0.03) + 0.2, 2 * (rows * (cell * height / width + 0.15) + 0.35))
    figure = plt.figure(figsize=size, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.01, h_pad=0.01, wspace=0, hspace=0)
    for part, panel in zip(figure.subfigures(2, 2, wspace=0.05, hspace=0.04).flat, panels, strict=False):
        kind = "" if panel == "truth" else f" ({family(panel).upper()})"
        part.suptitle("ground truth" if panel == "truth" else ATTACK_NAMES[panel] + kind, fontsize=9)
        axes = part.subplots(rows, columns, squeeze=False).flat
        pictures = results.truth if panel == "truth" else over_time(results.samples[panel, seed])
        for c, ax in enumerate(axes):
            if c >= classes:
                ax.set_axis_off()
                continue
            picture(ax, pictures[c])
            if panel != "truth":
                ax.set_title(f"{results.final[panel, seed][c]:.2f}", fontsize=type_size, pad=1.5)
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
