"""Figures of both papers, from results to pictures: one visual language, nothing computed here but layout.

Colours: the ANN is black, SNNs get darker with T, on a scale that stays apart for colour-blind
readers and in grey.
"""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from . import membership, published
from .metrics import roc, roc_band
from .plan import family, name
from .results import InversionResults, MembershipResults
from .tables import ATTACK_NAMES, signals

COLUMN, PAGE = 3.4, 7.0  # widths in inches
COLOURS = {1: "#8fd744", 2: "#21918c", 3: "#31688e", 4: "#440154", "ann": "#000000"}
LINES = {1: "-", 2: "-", 3: "-", 4: "-", "ann": "--"}


def style() -> None:
    """Set matplotlib's defaults for print: seaborn's ticks, small type, no frame on legends."""
    sns.set_theme(context="paper", style="ticks", font_scale=0.9)
    mpl.rcParams |= {
        "figure.dpi": 110,
        "savefig.dpi": 200,
        "savefig.bbox": "tight",
        "svg.fonttype": "path",
        "svg.hashsalt": "snnlib",
        "legend.frameon": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "image.cmap": "gray",
    }


def sign(figure: Figure, notes: Sequence[str]) -> None:
    """Print where the numbers come from in small type below a figure."""
    for line, note in enumerate(reversed(notes)):
        figure.text(0.01, -0.03 - 0.13 * line / figure.get_figheight(), note, fontsize=5.5, color="0.35", va="top")


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
                _picture(axes[i, j], results.truth[c])
                axes[i, j].set_title(f"{results.info['title']}\n{_class_name(data, c)}", fontsize=8)
            else:
                _picture(axes[i, j], over_time(results.samples[line, results.study.seeds[0]])[c])
    for i, line in enumerate(lines):
        axes[i, 0].set_ylabel("ground truth" if line == "truth" else ATTACK_NAMES[line], fontsize=8)
    return figure


def all_classes(results: InversionResults, columns: int) -> Figure:
    """A-F3 for one data set: a sample of every class by each attack beside the ground truth.

    The title over each sample is the target's confidence in its class after the attack.
    """
    seed, classes = results.study.seeds[0], results.info["classes"]
    panels = ["truth", *results.study.attacks]
    rows = -(-classes // columns)
    height, width = results.info["shape"]
    cell, type_size = (0.42, 5) if classes > 10 else (0.62, 7)
    size = (2 * columns * (cell + 0.03) + 0.2, 2 * (rows * (cell * height / width + 0.15) + 0.35))
    figure = plt.figure(figsize=size, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.01, h_pad=0.01, wspace=0, hspace=0)
    for part, panel in zip(figure.subfigures(2, 2).flat, panels, strict=False):
        kind = "" if panel == "truth" else f" ({family(panel).upper()})"
        part.suptitle("ground truth" if panel == "truth" else ATTACK_NAMES[panel] + kind, fontsize=9)
        axes = part.subplots(rows, columns, squeeze=False).flat
        pictures = results.truth if panel == "truth" else over_time(results.samples[panel, seed])
        for c, ax in enumerate(axes):
            if c >= classes:
                ax.set_axis_off()
                continue
            _picture(ax, pictures[c])
            if panel != "truth":
                ax.set_title(f"{_final(results.course[panel, seed][:, c]):.2f}", fontsize=type_size, pad=1.5)
    return figure


def _final(course: np.ndarray) -> float:
    """Confidence at the end of an attack's course (a class that stopped has no later values)."""
    return float(course[np.isfinite(course)][-1])


def _class_name(dataset: str, c: int) -> str:
    return f"person {c + 1}" if dataset == "att_faces" else str(c)


def _picture(ax: plt.Axes, image: np.ndarray) -> None:
    ax.imshow(image, interpolation="nearest")
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)


def roc_curves(results: MembershipResults) -> Figure:
    """B-F2, left: ROC of RMIA for each model, on linear and on logarithmic axes, with 95 % bands.

    Hollow circles are the published points, for CIFAR-100.
    """
    figure, axes = plt.subplots(1, 2, figsize=(PAGE, 3.2), layout="constrained")
    members = results.members[0]
    grid = np.geomspace(1 / (~members).sum(), 1, 60)
    for model in (*results.study.reported, "ann"):
        scores = membership.rmia(*signals(results, model, dropout=False))
        low, high = roc_band(scores, members, grid)
        colour = COLOURS[model]
        for ax in axes:
            ax.fill_between(grid, low, high, color=colour, alpha=0.15, linewidth=0)
            ax.plot(*roc(scores, members), color=colour, linestyle=LINES[model], label=name(model), linewidth=1.2)
        fpr, tpr = _published_roc(results.study.dataset, model)
        axes[1].plot(fpr, tpr, "o", markerfacecolor="none", markeredgecolor=colour, markersize=4)
    for ax in axes:
        ax.plot(grid, grid, color="0.6", linewidth=0.8, linestyle=":")
        ax.set(xlabel="false positive rate", ylabel="true positive rate", ylim=(0, 1), xlim=(0, 1))
    axes[1].set(xscale="log", yscale="log", xlim=(8e-4, 1), ylim=(8e-4, 1))
    axes[0].legend(loc="lower right", title="RMIA against")
    axes[1].plot([], [], "o", markerfacecolor="none", markeredgecolor="0.3", markersize=4, label="published, CIFAR-100")
    axes[1].plot([], [], color="0.6", linewidth=0.8, linestyle=":", label="guessing")
    axes[1].legend(handles=axes[1].get_lines()[-2:], loc="lower right")
    return figure


def _published_roc(dataset: str, model: str | int) -> tuple[np.ndarray, np.ndarray]:
    rows = published.table("roc")
    steps = rows["T"].isna() if model == "ann" else rows["T"] == model
    rows = rows[steps & (rows["dataset"] == dataset)]
    return rows["fpr"].to_numpy(), rows["tpr"].to_numpy()


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


def training_curves(losses: Mapping[str, Sequence[float]]) -> Figure:
    """Training loss of each epoch, by network."""
    figure, ax = plt.subplots(figsize=(COLUMN * 1.4, 2.6), layout="constrained")
    for (label, loss), dash in zip(losses.items(), ("-", "--", "-.", ":") * len(losses), strict=False):
        ax.plot(range(1, len(loss) + 1), np.asarray(loss) / loss[0], dash, label=label)
    ax.set(xlabel="epoch", ylabel="training loss (first epoch = 1)", yscale="log")
    ax.legend()
    return figure


def beside_published(rows: pd.DataFrame) -> Figure:
    """Every number that has a published value: ours with its interval, the published one beside it.

    Args:
        rows: of `snnlib.tables.read_rows`.
    """
    rows = rows.dropna(subset=["published", "value"]).reset_index(drop=True)
    figure, ax = plt.subplots(figsize=(PAGE, 0.6 + 0.17 * len(rows)), layout="constrained")
    places = np.arange(len(rows))
    half = np.clip(np.stack([rows["value"] - rows["low"], rows["high"] - rows["value"]]), 0, None)
    ax.errorbar(rows["value"], places, xerr=np.nan_to_num(half), fmt="o", color="black", markersize=3, linewidth=1)
    ax.plot(rows["published"], places, "D", markerfacecolor="none", markeredgecolor="#d95f02", markersize=4)
    ax.set_yticks(places, [_label(row) for row in rows.to_dict("records")], fontsize=6)
    ax.set(ylim=(len(rows) - 0.5, -0.5), xlim=(-0.02, 1.02), xlabel="value (dot: ours, diamond: published)")
    ax.grid(axis="x", color="0.9")
    return figure


def _label(row: Mapping) -> str:
    parts = [row["id"], row["attack"], "" if pd.isna(row.get("model")) else name(_model(row["model"]))]
    dropout = "dropout" if row.get("dropout") is True or row.get("dropout") == "True" else ""
    mark = "" if row["profile"] == "paper" and row["source"] == "official" else "*"
    return " ".join(str(p) for p in (*parts, row["metric"].replace("_", " "), dropout, mark) if p and not pd.isna(p))


def _model(text: str) -> str | int:
    return text if text == "ann" else int(text)
