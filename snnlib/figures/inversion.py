"""Figures of paper A: inverted samples and how the attacks get there."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ..datasets import known
from ..metrics import share_over_seeds
from ..results import InversionResults
from ..tables import ATTACK_NAMES, own_judge, recognition_of_course
from .source import Data, drawn_by
from .style import PAGE, picture


def over_time(sample: np.ndarray) -> np.ndarray:
    """A sample as one picture: intensities as they are, spikes or their probabilities summed over time.

    ``[C, H, W]`` or ``[T, C, H, W]`` -> ``[C, H, W]``.
    """
    return sample.sum(0) if sample.ndim == 4 else sample


def _draw_comparison(lines: list[str], columns: list[dict]) -> Figure:
    size = (1.15 * len(columns) + 0.6, 3.9)
    figure, axes = plt.subplots(len(lines), len(columns), figsize=size, squeeze=False, layout="constrained")
    for j, column in enumerate(columns):
        axes[0, j].set_title(column["title"], fontsize=8)
        for ax, image in zip(axes[:, j], column["pictures"], strict=True):
            picture(ax, image)
    for ax, line in zip(axes[:, 0], lines, strict=True):
        ax.set_ylabel(line, fontsize=8)
    return figure


@drawn_by(_draw_comparison)
def comparison_grid(all_results: Mapping[str, InversionResults], classes: Mapping[str, Sequence[int]]) -> Data:
    """A-F2: ground truth and both BrainLeaks attacks for some classes of each data set.

    Args:
        all_results: by data set.
        classes: the classes to show, by data set; the first two of one that is not named.
    """
    attacks, columns = ("brainleaks_v1", "brainleaks_v2"), []
    for data, results in all_results.items():
        samples = [over_time(results.samples[attack, results.study.seeds[0]]) for attack in attacks]
        for c in classes.get(data, (0, 1)):
            title = f"{results.info['title']}\n{class_name(data, c)}"
            columns.append({"title": title, "pictures": [results.truth[c], *(sample[c] for sample in samples)]})
    return {"lines": ["ground truth", *(ATTACK_NAMES[attack] for attack in attacks)], "columns": columns}


def _draw_all_classes(columns: int, panels: list[dict]) -> Figure:
    classes, height, width = panels[0]["pictures"].shape
    room = 0.3 if classes > 10 else 0.22  # for the number over a sample, in heights of a sample
    rows, cell = -(-classes // columns), 0.42 if classes > 10 else 0.62
    size = (2 * columns * cell, 2 * rows * cell * height / width * (1 + room) + 0.5)
    figure, axes = plt.subplots(2, 2, figsize=size, layout="constrained")
    for ax, panel in zip(axes.flat, panels, strict=False):
        ax.set_title(panel["title"], fontsize=9)
        for c in range(classes):
            x, y = 1.06 * width * (c % columns), (1 + room) * height * (c // columns)
            ax.imshow(panel["pictures"][c], extent=(x, x + width, y + height, y), interpolation="nearest")
            if panel["confidence"] is not None:
                at, text = (x + width / 2, y - 0.02 * height), f"{panel['confidence'][c]:.2f}"
                ax.text(*at, text, ha="center", fontsize=5 if classes > 10 else 7)
        ax.set(xlim=(0, 1.06 * width * columns), ylim=((1 + room) * height * rows, -room * height))
        ax.set_axis_off()
    return figure


@drawn_by(_draw_all_classes)
def all_classes(results: InversionResults, columns: int) -> Data:
    """A-F3 for one data set: a sample of every class by each attack beside the ground truth.

    The title over each sample is the target's confidence that it is of its class.
    """
    seed, panels = results.study.seeds[0], [{"title": "ground truth", "pictures": results.truth, "confidence": None}]
    for attack in results.study.attacks:
        title = f"{ATTACK_NAMES[attack]} ({own_judge(results, attack).upper()})"
        samples, confidence = over_time(results.samples[attack, seed]), results.final[attack, seed]
        panels.append({"title": title, "pictures": samples, "confidence": confidence})
    return {"columns": columns, "panels": panels}


def class_name(dataset: str, c: int) -> str:
    """What a class is called: a person's number, a digit or a gesture."""
    recorded = known(dataset).recorded
    return f"person {c + 1}" if dataset == "att_faces" else recorded.classes[c] if recorded else str(c)


def _draw_course(rows: list[dict]) -> Figure:
    figure, axes = plt.subplots(
        len(rows), 3, figsize=(PAGE, 1.75 * len(rows)), sharey=True, squeeze=False, layout="constrained"
    )
    for line, row in zip(axes, rows, strict=True):
        for ax, part in zip(line, row["attacks"], strict=True):
            _draw_attack(ax, part, row["chance"])
            if row is rows[0]:
                ax.set_title(part["title"])
        line[0].set_ylabel(row["title"])
    for ax, part in zip(axes[-1], rows[-1]["attacks"], strict=True):
        ax.set_xlabel("iterations + 1" if part["logarithmic"] else "iterations")
    figure.legend(*axes[0, 1].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


def _draw_attack(ax: plt.Axes, part: Data, chance: float) -> None:
    course, first, mid = part["course"], int(part["logarithmic"]), part["value"]  # a logarithmic axis is from 1
    x = np.arange(len(course)) + first
    ax.plot(x, course, color="0.8", linewidth=0.5)
    ax.plot(x, part["mean"], color="black", linewidth=1.4, label="target's confidence, mean")
    ax.errorbar(
        part["stops"] + first, mid, yerr=np.nan_to_num([mid - part["low"], part["high"] - mid]),
        fmt="o", color="#d95f02", markersize=3.5, linewidth=1, capsize=1.5, label="AA",
    )  # fmt: skip
    ax.axhline(chance, color="0.5", linestyle=":", linewidth=0.8, label="chance")
    ax.set(ylim=(-0.03, 1.05), xscale="log" if part["logarithmic"] else "linear")


@drawn_by(_draw_course)
def course_of_attack(all_results: Mapping[str, InversionResults]) -> Data:
    """A-SF1: how the target's confidence and AA grow with the iterations of each attack; a row for each data set.

    Grey: the target's confidence in each class, for the first target; black: its mean (by output spikes, it
    cannot exceed ``e / (e + C - 1)``). Dots: AA by scorers of the sample's own kind, with 95 % intervals over
    targets and scorers.
    """
    return {"rows": [_course_of(results) for results in all_results.values()]}


def _course_of(results: InversionResults) -> Data:
    parts, classes = [], results.info["classes"]
    for attack, title in ATTACK_NAMES.items():
        course = _hold_last(results.target_course[attack, results.study.seeds[0]])
        stops, shares = recognition_of_course(results, attack)
        found = [share_over_seeds(share, classes) for share in shares]
        part = {"title": title, "logarithmic": attack == "fredrikson", "course": course, "mean": course.mean(1)}
        part["stops"] = np.array(stops)
        for bound in ("low", "value", "high"):
            part[bound] = np.array([getattr(e, bound) for e in found], dtype=float)  # None is no number
        parts.append(part)
    return {"title": results.info["title"], "chance": 1 / classes, "attacks": parts}


def _hold_last(course: np.ndarray) -> np.ndarray:
    """Carry each column's last number on to the end."""
    held = course.copy()
    for t in range(1, len(held)):
        held[t] = np.where(np.isfinite(held[t]), held[t], held[t - 1])
    return held


def _draw_matrices(rows: list[dict]) -> Figure:
    figure, axes = plt.subplots(len(rows), 3, figsize=(PAGE, 2.3 * len(rows)), squeeze=False, layout="constrained")
    for line, row in zip(axes, rows, strict=True):
        for ax, part in zip(line, row["attacks"], strict=True):
            classes = len(part["confidence"])
            shown = ax.imshow(part["confidence"], vmin=0, vmax=1, cmap="cividis", interpolation="nearest")
            ax.set_xticks(range(0, classes, 1 if classes <= 10 else 10))
            ax.set_yticks(range(0, classes, 1 if classes <= 10 else 10))
            ax.tick_params(length=0, labelsize=6)
            if row is rows[0]:
                ax.set_title(part["title"])
        line[0].set_ylabel(f"{row['title']}\ninverted class")
    for ax in axes[-1]:
        ax.set_xlabel("recognised class")
    figure.colorbar(shown, ax=axes, label="confidence", shrink=0.4)
    return figure


@drawn_by(_draw_matrices)
def confidence_matrices(all_results: Mapping[str, InversionResults]) -> Data:
    """A-SF2: confidence of scorers in each class (column) for the sample of each class (row): mean over all runs.

    Scorers are of the sample's own kind; a row for each data set, a column for each attack.
    """
    return {"rows": [_matrices_of(results) for results in all_results.values()]}


def _matrices_of(results: InversionResults) -> Data:
    study, parts = results.study, []
    for attack, title in ATTACK_NAMES.items():
        own = own_judge(results, attack)
        runs = [results.confidence[attack, seed, own, s].mean(0) for seed in study.seeds for s in study.scorer_seeds]
        parts.append({"title": f"{title} ({own.upper()})", "confidence": np.mean(runs, 0)})
    return {"title": results.info["title"], "attacks": parts}
