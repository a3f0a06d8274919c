"""Figures A-F2, A-F3 and A-SF2: inverted samples, and as what scorers recognise them."""

from collections.abc import Mapping, Sequence
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ...datasets.catalogue import dataset
from ...report.figure import Data, drawn_by
from ...report.style import PAGE, picture
from .results import InversionResults, over_time
from .study import ACCEPTED, ATTACK_NAMES


def grid(rows: Sequence[str], columns: Sequence[str], size: tuple, **options: bool) -> tuple[Figure, np.ndarray]:
    """A figure of a size in inches with axes in rows and columns, and what these are called."""
    figure, axes = plt.subplots(len(rows), len(columns), figsize=size, squeeze=False, layout="constrained", **options)
    for ax, title in zip(axes[0], columns, strict=True):
        ax.set_title(title, fontsize=8)
    for ax, title in zip(axes[:, 0], rows, strict=True):
        ax.set_ylabel(title, fontsize=8)
    return figure, axes


MISSED = "#d7301f"  # marks a sample that has missed its goal: its own target does not take it for its class


def _white(pictures: np.ndarray) -> float:
    """White in every class's picture, so that they compare; a few brighter pixels shall not darken all others."""
    return float(np.quantile(pictures, 0.99)) or float(pictures.max()) or 1.0


def _scale(r: InversionResults, attack: str) -> str:
    """What is white in pictures of an attack's samples ``[T, C, H, W]``; empty for images."""
    samples = r.samples[attack, r.study.seeds[0]]
    what = "spikes" if np.isin(samples, (0, 1)).all() else "expected spikes"
    return f"white: {_white(over_time(samples)):.2g} {what}" if samples.ndim == 4 else ""


def _draw_comparison(lines: list[str], columns: list[dict]) -> Figure:
    figure, axes = grid(lines, [column["title"] for column in columns], (1.15 * len(columns) + 0.6, 4.2))
    for of_column, column in zip(axes.T, columns, strict=True):
        for ax, image, white, label in zip(of_column, *(column[part] for part in ("pictures", "white", "labels"))):
            picture(ax, image, white=white, frame=MISSED if "missed" in label else "", width=1.5)
            ax.set_xlabel(label, fontsize=6, labelpad=2)
    return figure


@drawn_by(_draw_comparison)
def comparison_grid(all_results: Mapping[str, InversionResults], classes: Mapping[str, Sequence[int]]) -> Data:
    """A-F2: ground truth and both BrainLeaks attacks for some ``classes`` of each data set.

    All classes of a data set have one grey scale for each attack; below it stands how many spikes of a pixel are white.
    A sample whose own target does not take it for its class (confidence below ``ACCEPTED``) is framed in red.
    """
    attacks, columns = ("brainleaks_v1", "brainleaks_v2"), []
    for data, r in all_results.items():
        seed = r.study.seeds[0]
        shown = [r.truth, *(over_time(r.samples[attack, seed]) for attack in attacks)]
        for c in classes[data]:
            missed = ["\nmissed its goal" if r.final[attack, seed][c] < ACCEPTED else "" for attack in attacks]
            column = {"title": f"{r.info['title']}\n{dataset(data).class_name(c)}"}
            column |= {"labels": ["", *(_scale(r, attack) + m for attack, m in zip(attacks, missed, strict=True))]}
            columns.append(column | {"pictures": [of[c] for of in shown], "white": [_white(of) for of in shown]})
    return {"lines": ["ground truth", *(ATTACK_NAMES[attack] for attack in attacks)], "columns": columns}


def _draw_all_classes(columns: int, panels: list[dict]) -> Figure:
    classes, height, width = panels[0]["pictures"].shape
    cell, room, font = (0.42, 0.3, 5) if classes > 10 else (0.62, 0.22, 7)  # inches; for numbers, in heights; points
    wide, high, rows = 1.06 * width, (1 + room) * height, -(-classes // columns)
    size = (2 * columns * cell, 2 * rows * cell * high / width + 0.5)
    figure, axes = plt.subplots(2, 2, figsize=size, layout="constrained")
    for ax, panel in zip(axes.flat, panels, strict=False):
        ax.set_title(panel["title"], fontsize=9)
        for c, image in enumerate(panel["pictures"]):
            x, y = wide * (c % columns), high * (c // columns)
            place = (x, x + width, y + height, y)
            ax.imshow(image, vmin=0, vmax=panel["white"], extent=place, interpolation="nearest")
            if panel["confidence"] is not None:
                confidence = panel["confidence"][c]
                how = {"ha": "center", "fontsize": font, "color": "black" if confidence >= ACCEPTED else MISSED}
                ax.text(x + width / 2, y - 0.02 * height, f"{confidence:.2f}", **how)
        ax.set(xlim=(0, wide * columns), ylim=(high * rows, -room * height))
        ax.set_axis_off()
    below = f"number: the target's confidence in the class of its sample; red: below {ACCEPTED}, its goal was missed"
    figure.supxlabel(below, fontsize=6.5)
    return figure


@drawn_by(_draw_all_classes)
def all_classes(results: InversionResults, columns: int) -> Data:
    """A-F3 for one data set: a sample of every class by each attack beside the ground truth.

    Over each sample stands the target's confidence that it is of its class; an attack has one grey scale.
    """
    seed, truth = results.study.seeds[0], results.truth
    panels = [{"title": "ground truth", "pictures": truth, "white": _white(truth), "confidence": None}]
    for attack in results.study.attacks:
        samples, confidence = over_time(results.samples[attack, seed]), results.final[attack, seed]
        kind = results.study.kind_of(attack).upper()
        title = f"{ATTACK_NAMES[attack]} ({kind})\n{_scale(results, attack)}".rstrip()
        panels.append({"title": title, "pictures": samples, "white": _white(samples), "confidence": confidence})
    return {"columns": columns, "panels": panels}


def _draw_matrices(rows: list[str], parts: list[dict]) -> Figure:
    figure, axes = grid(rows, [part["title"] for part in parts[: len(ATTACK_NAMES)]], (PAGE, 2.3 * len(rows)))
    for ax, part in zip(axes.flat, parts, strict=True):
        shown = ax.imshow(part["confidence"], vmin=0, vmax=1, cmap="cividis", interpolation="nearest")
        ticks = range(0, len(part["confidence"]), 1 if len(part["confidence"]) <= 10 else 10)
        names = [part["names"][c] for c in ticks]
        ax.set_xticks(ticks, names, rotation=90 if len(names[0]) > 3 else 0)
        ax.set_yticks(ticks, names)
        ax.tick_params(length=0, labelsize=6)
        if ax not in axes[:, 0]:
            ax.tick_params(labelleft=False)
    for ax in axes[-1]:
        ax.set_xlabel("recognised class")
    figure.colorbar(shown, ax=axes, label="confidence", shrink=0.4)
    return figure


@drawn_by(_draw_matrices)
def confidence_matrices(all_results: Mapping[str, InversionResults]) -> Data:
    """A-SF2: confidence of scorers in each class (column) for the sample of each class (row): mean over all runs.

    Scorers are of the sample's own kind; a row for each data set, a column for each attack.
    """
    parts = []
    for results, (attack, name) in product(all_results.values(), ATTACK_NAMES.items()):
        study, own = results.study, results.study.kind_of(attack)
        runs = [results.confidence[attack, k, own, s].mean(0) for k in study.seeds for s in study.scorer_seeds]
        called = dataset(study.dataset).class_name if results.info["classes"] <= 10 else str
        names = [called(c) for c in range(results.info["classes"])]
        parts.append({"title": f"{name} ({own.upper()})", "confidence": np.mean(runs, 0), "names": names})
    return {"rows": [f"{results.info['title']}\ninverted class" for results in all_results.values()], "parts": parts}
