"""Explorer of paper B: where the attacker draws the line."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from IPython.display import Markdown
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from ...membership import ATTACKS
from ...metrics.estimate import Estimate
from ...metrics.membership import auc, roc
from ...report.style import heaps, roc_axes
from ..explore.widgets import CHOSEN, NO_RESULTS, Explorer, State, canvas, noted, show, small
from ..provenance import provenance
from .plan import DROPOUT, PLAIN
from .results import MembershipResults
from .study import model_name

SHARES = np.concatenate([np.geomspace(1e-3, 0.05, 20), np.linspace(0.06, 1, 95)])  # that an attacker may name


def roc_explorer(results: Mapping[str, MembershipResults], profile: str, **wanted: Any) -> Markdown | None:
    """Where the attacker draws the line, and who is named then; results by study.

    ``wanted`` to begin with: any of ``choices``; ``named`` is the share of all points that the attacker names.
    """
    if not results:
        return NO_RESULTS
    choices = {
        "study": lambda _: {r.title: study for study, r in results.items()},
        "model": lambda s: {model_name(model): model for model in results[s["study"]].study.models},
        "attack": lambda _: {attack: attack for attack in ATTACKS},
        "dropout": lambda _: {"off": PLAIN, "on": DROPOUT},
        "named": lambda _: {f"{100 * share:.3g} %": float(share) for share in SHARES},
    }

    def draw(s: State) -> Figure:
        r, title = results[s["study"]], f"{s['attack']} against {model_name(s['model'])}"
        title += " with input dropout" if s["dropout"] == DROPOUT else ""
        attacked = r.attacked(s["model"], s["dropout"])
        scores = attacked.scores(s["attack"])
        threshold = np.sort(scores)[-max(1, round(s["named"] * len(scores)))]
        figure = threshold_on_roc(scores, attacked.members, float(threshold), title)
        return noted(figure, provenance([r], profile))

    start = {"study": "cifar100", "model": 4, "attack": "RMIA", "named": 0.1}
    return show(Explorer(draw, choices, start | wanted, "ROC of a membership inference attack with a threshold"))


def threshold_on_roc(scores: np.ndarray, members: np.ndarray, threshold: float, title: str) -> Figure:
    """Everybody whose score reaches a threshold is called a member: how often is that right?

    Beside the scores, the ROC with the threshold's point and 95 % intervals of its rates (Wilson), the threshold given.
    """
    figure = canvas(2.75)
    (named, inside), (accused, outside) = (
        (int((scores[m] >= threshold).sum()), int(m.sum())) for m in (members, ~members)
    )
    y = stats.binomtest(named, inside).proportion_ci(method="wilson")
    x = stats.binomtest(accused, outside).proportion_ci(method="wilson")
    at_fpr, at_tpr = accused / outside, named / inside
    grid = {"left": 0.065, "right": 0.985, "top": 0.8, "bottom": 0.2, "wspace": 0.33}
    left, linear, logarithmic = figure.subplots(1, 3, width_ratios=(1.5, 1, 1), gridspec_kw=grid)
    _scores(left, scores, members, threshold)
    fpr, tpr = roc(scores, members)
    roc_axes(linear, logarithmic, 0.5 / outside)
    for ax in (linear, logarithmic):
        ax.plot(fpr, tpr, color="black", linewidth=1.1)
        ax.plot(x, [at_tpr] * 2, color=CHOSEN, linewidth=1)
        ax.plot([at_fpr] * 2, y, color=CHOSEN, linewidth=1)
        ax.plot(at_fpr, at_tpr, "o", color=CHOSEN, markersize=5, clip_on=False)
    linear.set_title(f"AUC {100 * auc(scores, members):.1f} %", fontsize=7.5)
    logarithmic.set_title("the same, logarithmic", fontsize=7.5)
    logarithmic.set_ylabel("")
    logarithmic.minorticks_off()
    for ax in figure.axes:
        small(ax)
    per = f"{named / accused:.1f} members per" if accused else "no"
    heading = (
        f"{title}. Called members: {named} of {inside} members, {accused} of {outside} "
        f"others: {per} false accusation.\nTPR {Estimate(at_tpr, *y):.1%}, FPR {Estimate(at_fpr, *x):.1%}"
    )
    figure.text(0.01, 0.98, heading, fontsize=7.5, va="top")
    return figure


def _scores(ax: Axes, scores: np.ndarray, members: np.ndarray, threshold: float) -> None:
    """Histograms of scores with the threshold; a few far outliers, which would squeeze the rest, are at the edge."""
    low, high = np.quantile(scores, (0.005, 1))
    room = 0.02 * (high - low) or 0.5
    bins = np.linspace(low - room, high + room, 61)
    heaps(ax, np.clip(scores, low, None), members, bins)
    ax.axvspan(max(threshold, low), bins[-1], color="#fdae61", alpha=0.25, linewidth=0)
    ax.axvline(max(threshold, low), color="black", linewidth=1.2)
    ax.set(xlabel="score (orange: called members)", ylabel="points", xlim=(bins[0], bins[-1]))
    ax.legend(loc="upper left", fontsize=6.5)
