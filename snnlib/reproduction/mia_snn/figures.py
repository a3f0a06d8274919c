"""Figures of paper B: who is a member, and what gives it away."""

from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure

from ...engine.store import Artefact
from ...metrics.membership import FEWEST, auc_estimate, auc_influence, roc, roc_band
from ...pairs import split_pairs
from ...queries import changed
from ...randomness import numpy_generator, torch_generator
from ...report.figure import Data, drawn_by
from ...report.style import COLOURS, GUESSING, LINES, MEMBER, OTHER, PAGE, heaps, roc_axes
from ..explore.drawing import pictures
from .plan import DROPOUT, PLAIN, RELEASED
from .published import published_attack, published_roc
from .results import MembershipResults
from .study import MembershipStudy, model_name
from .tables import membership_estimates

HOLLOW = {"marker": "o", "linestyle": "", "markerfacecolor": "none", "markersize": 4}  # published points


def _draw_roc(grid: np.ndarray, curves: list[dict]) -> Figure:
    figure, (linear, logarithmic) = plt.subplots(1, 2, figsize=(PAGE, 3.4), layout="constrained")
    for curve in curves:
        model, colour = curve["model"], COLOURS[curve["model"]]
        line = {"color": colour, "linestyle": LINES[model], "linewidth": 1.2, "label": model_name(model)}
        for ax, least in ((linear, 0), (logarithmic, grid[0])):
            ax.fill_between(grid, curve["low"], curve["high"], color=colour, alpha=0.15, linewidth=0)
            drawn = curve["fpr"] >= least
            ax.plot(curve["fpr"][drawn], curve["tpr"][drawn], **line)
        logarithmic.plot(*curve["published"], markeredgecolor=colour, **HOLLOW)
    roc_axes(linear, logarithmic, 8e-4)
    few = f"fewer than {FEWEST} false\npositives: ours not drawn"
    hatched = logarithmic.axvspan(0, grid[0], facecolor="none", edgecolor="0.8", hatch="////", linewidth=0, label=few)
    dots = plt.Line2D([], [], label="published, CIFAR-100", markeredgecolor="0.3", **HOLLOW)
    linear.legend(loc="lower right", title="RMIA against")
    logarithmic.legend(handles=[dots, plt.Line2D([], [], **GUESSING), hatched], loc="lower right", fontsize=7)
    linear.set_title("ROC of RMIA, one target a model")
    logarithmic.set_title("the same, logarithmic")
    return figure


@drawn_by(_draw_roc)
def roc_curves(results: MembershipResults) -> Data:
    """B-F2, left: ROC of RMIA for each model, on linear and on logarithmic axes, with 95 % bands.

    Bands, and on logarithmic axes the curves, begin where a rate rests on ``FEWEST`` false positives, as in the
    tables. Hollow circles are the published points, for CIFAR-100.
    """
    curves, members = [], results.attacked("ann").members
    grid = np.geomspace(min(FEWEST / (~members).sum(), 0.5), 1, 60)  # in profile smoke there are hardly more
    for model in (*results.study.reported, "ann"):
        scores = results.attacked(model).scores("RMIA")
        (fpr, tpr), (low, high) = roc(scores, members), roc_band(scores, members, grid)
        about = {"model": model, "published": published_roc(results.study.dataset, model)}
        curves.append(about | {"fpr": fpr, "tpr": tpr, "low": low, "high": high})
    return {"grid": grid, "curves": curves}


def _draw_split(inside: np.ndarray) -> Figure:
    networks, points = inside.shape
    figure, ax = plt.subplots(figsize=(PAGE * 0.75, 0.34 * networks + 1.1), layout="constrained")
    for i, row in enumerate(inside):
        ax.bar(range(points), 0.8, bottom=-i - 0.4, width=0.9, color=np.where(row, MEMBER, "0.88"))
    for i in range(2, networks, 2):
        ax.axhline(0.5 - i, color="0.3", linewidth=0.8)
    ax.set_yticks([-i for i in range(networks)], [f"network {i + 1}" for i in range(networks)])
    ax.set_xticks(range(points), range(1, points + 1))
    ax.set(xlabel="point of the pool (those of network 1 first)", xlim=(-0.6, points - 0.4))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_title("red: in the network's training set; every point is known to one network of each pair", fontsize=8)
    return figure


@drawn_by(_draw_split)
def split_diagram(points: int = 16, pairs: int = 3) -> Data:
    """B-F1: who is trained on which points of a small pool, drawn from the very function that splits the real one."""
    inside = split_pairs(points, pairs, seed=0)
    return {"inside": inside[:, np.argsort(~inside[0], kind="stable")]}


def _draw_scatter(x: np.ndarray, y: np.ndarray, members: np.ndarray, snn: str) -> Figure:
    figure = plt.figure(figsize=(PAGE * 0.55, PAGE * 0.5), layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=(4, 1), height_ratios=(1, 4))
    main = figure.add_subplot(grid[1, 0])
    main.scatter(x, y, s=3, c=np.where(members, MEMBER, OTHER), alpha=0.5, linewidths=0)
    top, right = figure.add_subplot(grid[0, 0], sharex=main), figure.add_subplot(grid[1, 1], sharey=main)
    for margin, values, orientation in ((top, x, "vertical"), (right, y, "horizontal")):
        heaps(margin, values, members, np.linspace(values.min(), 0, 40), orientation=orientation)
        margin.set_axis_off()
    main.set(xlabel="log confidence, ANN", ylabel=f"log confidence, {snn}")
    main.set(xlim=(1.03 * x.min(), 0), ylim=(1.03 * y.min(), 0))  # a probability ends at 1
    figure.suptitle(f"confidence: {snn} against ANN", fontsize=9)
    handles = [plt.Line2D([], [], marker="o", linestyle="", markersize=3, color=c) for c in (MEMBER, OTHER)]
    main.legend(handles, ["member", "non-member"], loc="lower left")
    return figure


@drawn_by(_draw_scatter)
def confidence_scatter(results: MembershipResults, seed: int = 0) -> Data:
    """B-F2, middle: log confidence of the ANN (x) and the SNN at T = 1 (y), with marginal histograms.

    Points are drawn in random order, so that neither members nor non-members hide the others.
    """
    steps = results.study.reported[0]
    ann, snn = (results.attacked(model) for model in ("ann", steps))
    order = numpy_generator(seed, "scatter").permutation(len(ann.target))
    x, y, members = (of[order] for of in (ann.target, snn.target, ann.members))
    return {"x": x, "y": y, "members": members, "snn": model_name(steps)}


def _draw_risk(steps: list[int], lines: list[dict], ann: dict) -> Figure:
    figure, ax = plt.subplots(figsize=(PAGE * 0.8, 2.8), layout="constrained")
    for line in lines:
        colour, marker, label = ("#d95f02", "s", "ANN") if line["ann_references"] else ("#440154", "o", "SNN")
        dashes, shift, dropped = ("--", 0.03, ", dropout") if line["dropout"] else ("-", -0.03, "")
        shift += 0.015 if line["ann_references"] else -0.015
        low, value, high = (100 * line[part] for part in ("low", "value", "high"))
        how = {"fmt": marker + dashes, "color": colour, "markersize": 3.5, "linewidth": 1, "capsize": 1.5}
        ends, label = [value - low, high - value], f"{label} references{dropped}"
        ax.errorbar(np.array(steps) + shift, value, ends, label=label, **how)
        hollow = HOLLOW | {"marker": marker, "markeredgecolor": colour, "alpha": 0.5 if line["dropout"] else 1}
        ax.plot(np.array(steps) + 2 * shift, 100 * line["published"], **hollow)
    ax.axhspan(100 * ann["low"], 100 * ann["high"], color="0.85", linewidth=0)
    ax.axhline(100 * ann["value"], color="black", linewidth=0.8, linestyle=":", label="ANN target and references")
    ax.axhline(50, **GUESSING)
    ax.plot([], [], label="published, CIFAR-100\n(paler: dropout)", markeredgecolor="0.3", **HOLLOW)
    ax.set(xlabel="time steps T", ylabel="AUC of RMIA (%)", xticks=steps, title="risk against time steps")
    ax.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


@drawn_by(_draw_risk)
def risk_against_steps(results: MembershipResults) -> Data:
    """B-F2, right: AUC of RMIA against T, mean over networks, without and with dropout, references of both kinds."""
    steps, lines = results.study.reported, []
    for references, query in product((None, "ann"), (PLAIN, DROPOUT)):
        aucs = [membership_estimates(results, t, "RMIA", query, references)["auc"] for t in steps]
        line = {part: np.array([getattr(auc, part) for auc in aucs]) for part in ("value", "low", "high")}
        line["published"] = np.array([published_attack(results.study, t, "RMIA", query, references) for t in steps])
        lines.append({"ann_references": references == "ann", "dropout": query == DROPOUT} | line)
    return {"steps": steps, "lines": lines, "ann": vars(membership_estimates(results, "ann", "RMIA")["auc"])}


def _draw_histograms(members: np.ndarray, lowest: float, panels: list[dict]) -> Figure:
    figure, axes = plt.subplots(2, len(panels), figsize=(PAGE, 3.8), sharey="row", layout="constrained")
    for (ax, zoom), panel in zip(axes.T, panels, strict=True):
        auc, low, high = (100 * panel[part] for part in ("auc", "low", "high"))
        heaps(ax, panel["confidence"], members, np.linspace(lowest, 0, 51))
        heaps(zoom, panel["confidence"], members, np.linspace(*np.quantile(panel["confidence"], (0.9, 1)), 16))
        ax.set_title(f"{panel['title']}, one target\nP: AUC {auc:.1f} % [{low:.1f}, {high:.1f}]", fontsize=7)
        ax.set_xlim(right=0)
        zoom.set(xlabel="log confidence")
        zoom.set_title("the surest tenth", fontsize=7)
    for ax in axes[:, 0]:
        ax.set_ylabel("points")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


@drawn_by(_draw_histograms)
def confidence_histograms(results: MembershipResults) -> Data:
    """B-F3: log confidence of members and non-members by model, on common bins; below: the surest tenth."""
    panels = []
    for model in (*results.study.reported, "ann"):
        attacked = results.attacked(model)
        auc = auc_estimate(*auc_influence(attacked.target, attacked.members))
        numbers = {"auc": auc.value, "low": auc.low, "high": auc.high}
        panels.append({"title": model_name(model), "confidence": attacked.target} | numbers)
    lowest = min(panel["confidence"].min() for panel in panels)
    return {"members": results.attacked("ann").members, "lowest": lowest, "panels": panels}


def questions(data: Artefact, study: MembershipStudy, points: int = 8) -> Figure:
    """A row for each kind of query: the second copy of points spread over the pool ``data``.

    Input dropout is shown twice: at the study's drop probability, and at ten times that, to be seen.
    """
    chosen = np.linspace(0, len(data.arrays["images"]) - 1, points).astype(int)
    images = torch.from_numpy(data.arrays["images"][chosen]).permute(0, 3, 1, 2).float() / 255
    mean, kinds = torch.tensor(data.info["mean"])[:, None, None], {"as it is": {"kind": PLAIN}}
    for probability in (study.probability, 10 * study.probability):
        kinds[f"input dropout,\n{100 * probability:g} % of pixels"] = {"kind": DROPOUT, "probability": probability}
    kinds |= {name: how for name, how in study.controls.items() if name != RELEASED}
    rows = {}
    for label, how in kinds.items():
        generator = torch_generator(how.get("seed", 0), how["kind"], 1)
        rows[label] = changed(images, how, 1, mean, None, generator).permute(0, 2, 3, 1)
    pictures(rows)
    return plt.gcf()
