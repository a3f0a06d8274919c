"""Figures A-F2, A-F3, A-SF1 and A-SF2: samples, how attacks get there, what scorers recognise; and the networks."""

from collections.abc import Mapping, Sequence
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...datasets.catalogue import dataset
from ...metrics.runs import share_over_seeds
from ...report.figure import Data, drawn_by
from ...report.style import COLOURS, PAGE, picture
from .estimates import recognition_by_iteration
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


_COLOURS = {"ANN": COLOURS["ann"], "SNN": COLOURS[3]}
FINEST = 40  # pixels
MISSED = "#d7301f"  # marks a sample that has missed its goal: its own target does not take it for its class


def _white(pictures: np.ndarray) -> float:
    """White in every class's picture, so that they compare; a few brighter pixels shall not darken all others."""
    return float(np.quantile(pictures, 0.99)) or float(pictures.max()) or 1.0


def _seen(r: InversionResults, attack: str) -> tuple[np.ndarray, str]:
    """An attack's samples as pictures ``[C, H, W]``, and what is white in them; no word of it for images.

    Spikes of more than `FINEST` pixels a side are shown as means of squares of pixels: one by one they look like noise.
    """
    samples = r.samples[attack, r.study.seeds[0]]
    pictures = over_time(samples)
    if samples.ndim < 4:
        return pictures, ""
    side = max(1, round(max(pictures.shape[1:]) / FINEST))
    classes, high, wide = len(pictures), *(n // side for n in pictures.shape[1:])
    cut = pictures[:, : high * side, : wide * side].reshape(classes, high, side, wide, side)
    what = "spikes" if np.isin(samples, (0, 1)).all() else "expected spikes"
    squares = f",\nmean of {side} x {side} pixels" * (side > 1)
    return cut.mean((2, 4)), f"white: {_white(cut.mean((2, 4))):.2g} {what}{squares}"


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
        seen, labels = zip(*(_seen(r, attack) for attack in attacks))
        shown = [r.truth, *seen]
        for c in classes[data]:
            missed = ["\nmissed its goal" if r.final[attack, seed][c] < ACCEPTED else "" for attack in attacks]
            column = {"title": f"{r.info['title']}\n{dataset(data).class_name(c)}"}
            column |= {"labels": ["", *(label + m for label, m in zip(labels, missed, strict=True))]}
            columns.append(column | {"pictures": [of[c] for of in shown], "white": [_white(of) for of in shown]})
    return {"lines": ["ground truth", *(ATTACK_NAMES[attack] for attack in attacks)], "columns": columns}


def _draw_all_classes(columns: int, panels: list[dict]) -> Figure:
    classes, height, width = panels[0]["pictures"].shape  # in which the others are laid out, as fine as they are
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
    below = "number: the target's confidence in the sample as it is scored, Fredrikson's after scaling to [0, 1]; "
    below += f"red: below {ACCEPTED}, its goal was missed"
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
        samples, white = _seen(results, attack)
        title = f"{ATTACK_NAMES[attack]} ({results.study.kind_of(attack).upper()})\n{white}".rstrip()
        panels.append({"title": title, "pictures": samples, "white": _white(samples)})
        panels[-1]["confidence"] = results.final[attack, seed]
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


def _draw_iterations(rows: list[str], parts: list[dict]) -> Figure:
    titles = [part["title"] for part in parts[: len(ATTACK_NAMES)]]
    figure, axes = grid(rows, titles, (PAGE, 1.75 * len(rows)), sharey=True)
    for ax, part in zip(axes.flat, parts, strict=True):
        confidence, first = part["confidence"], int(part["logarithmic"])
        labels = ["first target's confidence in each class", *[None] * (confidence.shape[1] - 1)]
        ax.plot(np.arange(len(confidence)) + first, confidence, color="0.75", linewidth=0.5, label=labels)
        label = "first target's confidence, mean over classes"
        draw_confidence(ax, confidence.mean(1), part["chance"], part["ceiling"], part["logarithmic"], label)
        low, value, high = np.array([part["low"], part["value"], part["high"]], dtype=float)  # None: not a number
        dots = {"color": "#d95f02", "markersize": 3.5, "linewidth": 1, "capsize": 1.5}
        x, bars = np.array(part["iterations"]) + first, np.nan_to_num([value - low, high - value])
        ax.errorbar(x, value, bars, fmt="o", label="AA with 95 % interval, all targets and scorers", **dots)
    for ax in axes[:-1].flat:
        ax.set_xlabel("")
    figure.supylabel("confidence, or share of samples recognised (AA)", fontsize=8)
    handles = {h.get_label(): h for ax in axes.flat for h in ax.get_legend_handles_labels()[0]}  # some have a ceiling
    figure.legend(handles=list(handles.values()), loc="outside upper center", ncols=2, fontsize=7.5)
    return figure


def draw_confidence(
    ax: Axes, confidence: np.ndarray, chance: float, ceiling: float | None, logarithmic: bool, label: str
) -> None:
    """The target's confidence after each number of iterations, with its ceiling and chance."""
    x = np.arange(len(confidence)) + int(logarithmic)  # a logarithmic axis begins at 1
    ax.plot(x, confidence, color="black", linewidth=1.4, label=label)
    ax.axhline(chance, color="0.5", linestyle=":", linewidth=0.8, label="chance")
    if ceiling is not None:
        label = "highest confidence that output spikes allow"
        ax.axhline(ceiling, color="black", linestyle="-.", linewidth=0.8, label=label)
        ax.text(x[-1], ceiling, f"{ceiling:.2f}", fontsize=6.5, ha="right", va="bottom")
    ax.set(ylim=(-0.04, 1.06), xscale="log" if logarithmic else "linear")
    ax.set_xlabel("iterations + 1" if logarithmic else "iterations")
    if not logarithmic:
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))


@drawn_by(_draw_iterations)
def confidence_by_iteration(all_results: Mapping[str, InversionResults]) -> Data:
    """A-SF1: how the target's confidence and AA grow with the iterations of each attack; a row for each data set.

    Grey: the target's confidence in each class, for the first target; black: its mean; dash-dotted: what it cannot
    exceed, see `ceiling`. Dots: AA by scorers of the sample's own kind, with 95 % intervals over targets and scorers.
    """
    parts = []
    for results, attack in product(all_results.values(), ATTACK_NAMES):
        classes, shares = results.info["classes"], recognition_by_iteration(results, attack)
        estimates = [share_over_seeds(share) for share in shares.values()]
        part = {"title": ATTACK_NAMES[attack], "logarithmic": attack == "fredrikson", "chance": 1 / classes}
        part |= {"ceiling": ceiling(results, attack), "iterations": list(shares)}
        part |= {"confidence": held(results.target_confidence[attack, results.study.seeds[0]])}
        parts.append(part | {bound: [getattr(e, bound) for e in estimates] for bound in ("low", "value", "high")})
    return {"rows": [results.info["title"] for results in all_results.values()], "parts": parts}


def ceiling(results: InversionResults, attack: str) -> float | None:
    """The most that the target's confidence can be where an attack reads output spikes; None where it does not.

    At best the class's neuron alone spikes at every step: ``e / (e + C - 1)``, a softmax over a 1 and ``C - 1`` zeros.
    """
    reads_spikes = results.study.rows[attack].get("read") == "spikes"
    return float(np.e / (np.e + results.info["classes"] - 1)) if reads_spikes else None


def iteration_notes(all_results: Mapping[str, InversionResults]) -> list[str]:
    """What A-SF1 does not show: on how many draws of spikes its dots rest."""
    few = max((len(of) for r in all_results.values() for of in r.checkpoint_confidence.values()), default=0)
    most = ", ".join(f"{r.info['title']} {max(map(len, r.confidence.values()))}" for r in all_results.values())
    return [f"Dots on the way rest on at most {few} draws of spikes, the last one of an attack on all: {most}."]


def confidence_after(results: InversionResults, attack: str, iterations: Sequence[int]) -> list[float]:
    """The targets' confidence after some numbers of iterations, mean over targets and classes; ended attacks stay."""
    all_held = [held(results.target_confidence[attack, seed]) for seed in results.study.seeds]
    return [float(np.mean([of[min(i, len(of) - 1)] for of in all_held])) for i in iterations]


def held(confidence: np.ndarray) -> np.ndarray:
    """Confidence over iterations ``[I, C]``, each class's last number carried on to the end."""
    last = np.maximum.accumulate(np.where(np.isfinite(confidence), np.arange(len(confidence))[:, None], 0))
    return np.take_along_axis(confidence, last, 0)


def training_curves(losses: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Training loss of each epoch, relative to the first: a panel for each data set, a line for each network.

    ``losses``: by data set and network, such as ``SNN target``. ANNs are black, SNNs blue; targets solid.
    """
    parts = [
        pd.DataFrame(
            {"data": data, "network": label.split()[0], "role": label.split()[1], "loss": np.divide(of, of[0])}
        )
        for data, by_label in losses.items()
        for label, of in by_label.items()
    ]
    frame = pd.concat(parts).rename_axis("epoch").reset_index().eval("epoch = epoch + 1")
    how = {"hue": "network", "palette": _COLOURS, "style": "role", "col": "data", "facet_kws": {"sharex": False}}
    grid = sns.relplot(frame, x="epoch", y="loss", kind="line", height=2.2, aspect=0.75, **how)
    grid.set(yscale="log", ylabel="loss (first epoch = 1)").set_titles("{col_name}")
    return grid.figure


def network_accuracies(accuracies: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Accuracy of each network as a dot; a panel for each data set, a line for each kind of network in it."""
    rows = [(data, kind, value) for data, of in accuracies.items() for kind, values in of.items() for value in values]
    frame = pd.DataFrame(rows, columns=["data", "kind", "test accuracy"])
    frame["network"] = frame["kind"].str.contains("snn").map({True: "SNN", False: "ANN"})  # common scorers are ANNs
    frame["kind"] = frame["kind"].replace({"ann": "ANN", "snn": "SNN", "_": " "}, regex=True)
    how = {"hue": "network", "palette": _COLOURS, "col": "data", "jitter": False, "alpha": 0.6, "legend": False}
    grid = sns.catplot(frame, x="test accuracy", y="kind", height=2.4, aspect=0.75, **how)
    grid.set(xlim=(-0.03, 1.03), ylabel="").set_titles("{col_name}")
    return grid.figure
