"""Figures of paper A: inverted samples and how the attacks get there."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ..datasets import known
from ..metrics import share_over_seeds
from ..results import InversionResults
from ..tables import ATTACK_NAMES, own_judge, recognition_of_course
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
                axes[i, j].set_title(f"{results.info['title']}\n{class_name(data, c)}", fontsize=8)
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
        kind = "" if panel == "truth" else f" ({own_judge(results, panel).upper()})"
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


def class_name(dataset: str, c: int) -> str:
    """What a class is called: a person's number, a digit or a gesture."""
    recorded = known(dataset).recorded
    return f"person {c + 1}" if dataset == "att_faces" else recorded.classes[c] if recorded else str(c)


def course_of_attack(all_results: Mapping[str, InversionResults]) -> Figure:
    """A-SF1: how the target's confidence and AA grow with the iterations of each attack; a row for each data set.

    Grey: the target's confidence in each class, for the first target; black: its mean (by output spikes, it
    cannot exceed ``e / (e + C - 1)``). Dots: AA by scorers of the sample's own kind, with 95 % intervals over
    targets and scorers.
    """
    attacks = list(ATTACK_NAMES)
    figure, axes = plt.subplots(
        len(all_results), 3, figsize=(PAGE, 1.75 * len(all_results)), sharey=True, squeeze=False, layout="constrained"
    )
    for line, results in zip(axes, all_results.values(), strict=True):
        study = results.study
        for ax, attack in zip(line, attacks, strict=True):
            course = _hold_last(results.target_course[attack, study.seeds[0]])
            x = np.arange(len(course)) + (attack == "fredrikson")  # from 1, for a logarithmic axis
            ax.plot(x, course, color="0.8", linewidth=0.5)
            ax.plot(x, course.mean(1), color="black", linewidth=1.4, label="target's confidence, mean")
            stops, shares = recognition_of_course(results, attack)
            found = [share_over_seeds(share, results.info["classes"]) for share in shares]
            low, mid, high = (
                np.array([np.nan if getattr(e, part) is None else getattr(e, part) for e in found], dtype=float)
                for part in ("low", "value", "high")
            )
            ax.errorbar(
                np.array(stops) + (attack == "fredrikson"), mid, yerr=np.nan_to_num([mid - low, high - mid]),
                fmt="o", color="#d95f02", markersize=3.5, linewidth=1, capsize=1.5, label="AA",
            )  # fmt: skip
            ax.axhline(1 / results.info["classes"], color="0.5", linestyle=":", linewidth=0.8, label="chance")
            ax.set(ylim=(-0.03, 1.05), xscale="log" if attack == "fredrikson" else "linear")
            if results is next(iter(all_results.values())):
                ax.set_title(ATTACK_NAMES[attack])
        line[0].set_ylabel(results.info["title"])
    for ax, attack in zip(axes[-1], attacks, strict=True):
        ax.set_xlabel("iterations + 1" if attack == "fredrikson" else "iterations")
    figure.legend(*axes[0, 1].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


def _hold_last(course: np.ndarray) -> np.ndarray:
    """Carry each column's last number on to the end."""
    held = course.copy()
    for t in range(1, len(held)):
        held[t] = np.where(np.isfinite(held[t]), held[t], held[t - 1])
    return held


def confidence_matrices(all_results: Mapping[str, InversionResults]) -> Figure:
    """A-SF2: confidence of scorers in each class (column) for the sample of each class (row): mean over all runs.

    Scorers are of the sample's own kind; a row for each data set, a column for each attack.
    """
    attacks = list(ATTACK_NAMES)
    figure, axes = plt.subplots(
        len(all_results), 3, figsize=(PAGE, 2.3 * len(all_results)), squeeze=False, layout="constrained"
    )
    for i, (line, results) in enumerate(zip(axes, all_results.values(), strict=True)):
        study, classes = results.study, results.info["classes"]
        for ax, attack in zip(line, attacks, strict=True):
            own = own_judge(results, attack)
            runs = [
                results.confidence[attack, seed, own, s].mean(0) for seed in study.seeds for s in study.scorer_seeds
            ]
            shown = ax.imshow(np.mean(runs, 0), vmin=0, vmax=1, cmap="cividis", interpolation="nearest")
            ax.set_xticks(range(0, classes, 1 if classes <= 10 else 10))
            ax.set_yticks(range(0, classes, 1 if classes <= 10 else 10))
            ax.tick_params(length=0, labelsize=6)
            if i == 0:
                ax.set_title(f"{ATTACK_NAMES[attack]} ({own.upper()})")
        line[0].set_ylabel(f"{results.info['title']}\ninverted class")
    for ax in axes[-1]:
        ax.set_xlabel("recognised class")
    figure.colorbar(shown, ax=axes, label="confidence", shrink=0.4)
    return figure
