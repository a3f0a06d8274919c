"""Figures of paper A: inverted samples and how the attacks get there."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ...datasets.catalogue import known
from ...metrics.runs import share_over_seeds
from ...report.figure import Data, drawn_by
from ...report.style import COLOURS, PAGE, picture
from .results import InversionResults
from .tables import ATTACK_NAMES, own_judge, recognition_of_course


def over_time(sample: np.ndarray) -> np.ndarray:
    """A sample as one picture: intensities as they are, spikes or their probabilities summed over time.

    ``[C, H, W]`` or ``[T, C, H, W]`` -> ``[C, H, W]``.
    """
    return sample.sum(0) if sample.ndim == 4 else sample


def _white(pictures: np.ndarray) -> float:
    """What is white in every class's picture, so that they compare: only one pixel in a hundred exceeds it.

    By the largest value, one class's few brightest pixels would darken all the others.
    """
    return float(np.quantile(pictures, 0.99)) or float(pictures.max()) or 1.0


def _draw_comparison(lines: list[str], columns: list[dict]) -> Figure:
    size = (1.15 * len(columns) + 0.6, 4.2)
    figure, axes = plt.subplots(len(lines), len(columns), figsize=size, squeeze=False, layout="constrained")
    for j, column in enumerate(columns):
        axes[0, j].set_title(column["title"], fontsize=8)
        for i, (ax, image, white) in enumerate(zip(axes[:, j], column["pictures"], column["white"], strict=True)):
            picture(ax, image)
            ax.images[0].set_clim(0, white)
            if i > 0:
                ax.set_xlabel(f"white: ≥ {white:.3g} spikes", fontsize=6.5, labelpad=2)
    for ax, line in zip(axes[:, 0], lines, strict=True):
        ax.set_ylabel(line, fontsize=8)
    return figure


@drawn_by(_draw_comparison)
def comparison_grid(all_results: Mapping[str, InversionResults], classes: Mapping[str, Sequence[int]]) -> Data:
    """A-F2: ground truth and both BrainLeaks attacks for some classes of each data set.

    All classes of a data set have one grey scale for each attack; below a sample stands how many spikes of a pixel,
    over all time steps, are white (of probabilities: how many are expected).

    Args:
        all_results: by data set.
        classes: the classes to show, by data set; the first two of one that is not named.
    """
    attacks, columns = ("brainleaks_v1", "brainleaks_v2"), []
    for data, results in all_results.items():
        samples = [over_time(results.samples[attack, results.study.seeds[0]]) for attack in attacks]
        shown = [results.truth, *samples]
        for c in classes.get(data, (0, 1)):
            column = {"title": f"{results.info['title']}\n{class_name(data, c)}", "white": [_white(p) for p in shown]}
            columns.append(column | {"pictures": [pictures[c] for pictures in shown]})
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
            place = {"extent": (x, x + width, y + height, y), "interpolation": "nearest"}
            ax.imshow(panel["pictures"][c], vmin=0, vmax=panel["white"], **place)
            if panel["confidence"] is not None:
                at, text = (x + width / 2, y - 0.02 * height), f"{panel['confidence'][c]:.2f}"
                ax.text(*at, text, ha="center", fontsize=5 if classes > 10 else 7)
        ax.set(xlim=(0, 1.06 * width * columns), ylim=((1 + room) * height * rows, -room * height))
        ax.set_axis_off()
    return figure


@drawn_by(_draw_all_classes)
def all_classes(results: InversionResults, columns: int) -> Data:
    """A-F3 for one data set: a sample of every class by each attack beside the ground truth.

    The title over each sample is the target's confidence that it is of its class. The samples of an attack have one
    grey scale; its title says how many spikes of a pixel, over all time steps, are white.
    """
    seed, truth = results.study.seeds[0], results.truth
    panels = [{"title": "ground truth", "pictures": truth, "white": _white(truth), "confidence": None}]
    for attack in results.study.attacks:
        samples, confidence = over_time(results.samples[attack, seed]), results.final[attack, seed]
        title = f"{ATTACK_NAMES[attack]} ({own_judge(results, attack).upper()})"
        title += f", white: ≥ {_white(samples):.3g} spikes" if results.samples[attack, seed].ndim == 4 else ""
        panels.append({"title": title, "pictures": samples, "white": _white(samples), "confidence": confidence})
    return {"columns": columns, "panels": panels}


def class_name(dataset: str, c: int) -> str:
    """What a class is called: a person's number, a digit or a gesture."""
    names = known(dataset).class_names
    return names[c] if names else str(c)


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
    labelled = {}
    for ax in axes.flat:  # not every panel has a ceiling
        labelled |= dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    figure.legend(labelled.values(), labelled, loc="outside upper center", ncols=2, fontsize=7.5)
    return figure


def _draw_attack(ax: plt.Axes, part: Data, chance: float) -> None:
    course, first, mid = part["course"], int(part["logarithmic"]), part["value"]  # a logarithmic axis is from 1
    x = np.arange(len(course)) + first
    for i, line in enumerate(course.T):
        label = "first target's confidence in each class" if i == 0 else None
        ax.plot(x, line, color="0.75", linewidth=0.5, label=label)
    ax.plot(x, part["mean"], color="black", linewidth=1.4, label="first target's confidence, mean over classes")
    if part["ceiling"] is not None:
        label = "highest confidence that output spikes allow"
        ax.axhline(part["ceiling"], color="black", linestyle="-.", linewidth=0.8, label=label)
        ax.annotate(f"{part['ceiling']:.2f}", (x[-1], part["ceiling"]), (0, 2), textcoords="offset points",
                    fontsize=6.5, ha="right", va="bottom")  # fmt: skip
    ax.errorbar(
        part["stops"] + first, mid, yerr=np.nan_to_num([mid - part["low"], part["high"] - mid]),
        fmt="o", color="#d95f02", markersize=3.5, linewidth=1, capsize=1.5,
        label="AA with 95 % interval, all targets and scorers",
    )  # fmt: skip
    ax.axhline(chance, color="0.5", linestyle=":", linewidth=0.8, label="chance")
    ax.set(ylim=(-0.03, 1.05), xscale="log" if part["logarithmic"] else "linear")


@drawn_by(_draw_course)
def course_of_attack(all_results: Mapping[str, InversionResults]) -> Data:
    """A-SF1: how the target's confidence and AA grow with the iterations of each attack; a row for each data set.

    Grey: the target's confidence in each class, for the first target; black: its mean; dash-dotted: what it cannot
    exceed, see `ceiling`. Dots: AA by scorers of the sample's own kind, with 95 % intervals over targets and scorers.
    """
    return {"rows": [_course_of(results) for results in all_results.values()]}


def _course_of(results: InversionResults) -> Data:
    parts, classes = [], results.info["classes"]
    for attack, title in ATTACK_NAMES.items():
        course = _hold_last(results.target_course[attack, results.study.seeds[0]])
        stops, shares = recognition_of_course(results, attack)
        found = [share_over_seeds(share, classes) for share in shares]
        part = {"title": title, "logarithmic": attack == "fredrikson", "course": course, "mean": course.mean(1)}
        part |= {"stops": np.array(stops), "ceiling": ceiling(results, attack)}
        for bound in ("low", "value", "high"):
            part[bound] = np.array([getattr(e, bound) for e in found], dtype=float)  # None is no number
        parts.append(part)
    return {"title": results.info["title"], "chance": 1 / classes, "attacks": parts}


def ceiling(results: InversionResults, attack: str) -> float | None:
    """The most that the target's confidence can be where an attack reads output spikes; None where it does not.

    At best the class's neuron alone spikes at every step: ``e / (e + C - 1)``, a softmax over a 1 and ``C - 1`` zeros.
    """
    if results.study.rows[attack].get("read") != "spikes":
        return None
    return float(np.e / (np.e + results.info["classes"] - 1))


def course_notes(all_results: Mapping[str, InversionResults]) -> list[str]:
    """What A-SF1 does not show: on how many draws of spikes its dots rest, and where confidence has a ceiling."""
    if not all_results:
        return []
    few = max(len(draws) for results in all_results.values() for draws in results.course.values())
    whole = [
        f"{results.info['title']} {max(len(draws) for draws in results.confidence.values())}"
        for results in all_results.values()
    ]
    notes = [
        f"Dots on the way rest on at most {few} draws of spikes, the last one of an attack on all: {', '.join(whole)}."
    ]
    for results in all_results.values():
        for attack in (a for a in ATTACK_NAMES if ceiling(results, a)):
            notes.append(
                f"{results.info['title']}, {ATTACK_NAMES[attack]}: the attack reads output spikes, so the target's "
                f"confidence is a softmax over spikes, at most {ceiling(results, attack):.2f} however sure it is."
            )
    return notes


def target_confidence(results: InversionResults, attack: str, iterations: Sequence[int]) -> list[float]:
    """The targets' confidence after some numbers of iterations, mean over targets and classes; ended attacks stay."""
    held = [_hold_last(results.target_course[attack, seed]) for seed in results.study.seeds]
    return [float(np.mean([course[min(i, len(course) - 1)] for course in held])) for i in iterations]


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


def training_curves(losses: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Training loss of each epoch, relative to the first: a panel for each data set, a line for each network.

    ANNs are black, SNNs blue; targets solid, scorers dashed.
    """
    figure, axes = plt.subplots(1, len(losses), figsize=(PAGE, 2.2), squeeze=False, layout="constrained")
    for ax, (data, of) in zip(axes[0], losses.items(), strict=True):
        for label, loss in of.items():
            style = {"color": _colour(label), "linestyle": "-" if label.endswith("target") else "--", "linewidth": 1.1}
            ax.plot(range(1, len(loss) + 1), np.asarray(loss) / loss[0], label=label, **style)
        ax.set(xlabel="epoch", yscale="log")
        ax.set_title(data, fontsize=8)
    axes[0, 0].set_ylabel("loss (first epoch = 1)")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return figure


def network_accuracies(found: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Accuracy of each network as a dot, the mean of its kind as a line; a panel for each data set.

    Args:
        found: by data set and kind of network, one number for each seed.
    """
    kinds = list(dict.fromkeys(kind for of in found.values() for kind in of))
    size = (PAGE, 0.6 + 0.2 * len(kinds))
    figure, axes = plt.subplots(1, len(found), figsize=size, sharey=True, squeeze=False, layout="constrained")
    for ax, (data, of) in zip(axes[0], found.items(), strict=True):
        for place, kind in enumerate(kinds):
            values, colour = np.asarray(of.get(kind, [])), _colour(kind)
            ax.plot(values, np.full(len(values), place), "o", color=colour, markersize=3.5, alpha=0.6)
            if len(values):
                ax.vlines(values.mean(), place - 0.3, place + 0.3, color=colour, linewidth=1.5)
        ax.set(xlim=(-0.03, 1.03), xlabel="test accuracy", ylim=(len(kinds) - 0.5, -0.5))
        ax.set_title(data, fontsize=8)
        ax.grid(axis="x", color="0.9")
    axes[0, 0].set_yticks(range(len(kinds)), [_of_network(kind) for kind in kinds], fontsize=7)
    return figure


def _colour(kind: str) -> str:
    return COLOURS[3] if kind.lower().startswith("snn") else COLOURS["ann"]


def _of_network(kind: str) -> str:
    network, role = kind.split()
    return f"{network.upper() if len(network) == 3 else network.replace('snn', 'SNN').replace('_', ' ')} {role}"
