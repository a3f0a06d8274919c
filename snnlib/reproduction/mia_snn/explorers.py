"""Explorer of paper B: where the attacker draws the line."""

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
from IPython.display import Markdown
from matplotlib.figure import Figure
from scipy import stats

from ...membership import ATTACKS
from ...metrics.membership import at_threshold, auc, roc
from ...report.style import MEMBER, OTHER
from ..explore.widgets import CHOSEN, Explorer, State, canvas, noted, nothing, show, small
from ..provenance import provenance
from .plan import DROPOUT, PLAIN, model_name
from .results import MembershipResults
from .tables import signals


def roc_explorer(results: Mapping[str, MembershipResults], profile: str, **wanted: Any) -> Markdown | None:
    """Membership inference of paper B: where the attacker draws the line, and who is named then.

    Args:
        results: by study.
        profile: its name, for the line that says where the data are from.
        wanted: ``study``, ``model``, ``attack``, ``dropout`` and ``named`` (share of all points that the attacker
            names, between 0 and 1) to begin with.
    """
    if not results:
        return nothing()

    @functools.lru_cache(maxsize=8)  # moving the threshold changes no score
    def scores(study: str, model: str | int, attack: str, way: str) -> np.ndarray:
        return ATTACKS[attack](*signals(results[study], model, way))

    shares = np.concatenate([np.geomspace(1e-3, 0.05, 20), np.linspace(0.06, 1, 95)])
    choices = {
        "study": lambda _: {r.title: study for study, r in results.items()},
        "model": lambda s: {model_name(model): model for model in results[s["study"]].study.models},
        "attack": lambda _: {attack: attack for attack in ATTACKS},
        "dropout": lambda _: {"off": PLAIN, "on": DROPOUT},
        "named": lambda _: {f"{100 * share:.3g} %": float(share) for share in shares},
    }

    def draw(s: State) -> Figure:
        r, title = results[s["study"]], f"{s['attack']} against {model_name(s['model'])}"
        title += " with input dropout" if s["dropout"] == DROPOUT else ""
        found = scores(s["study"], s["model"], s["attack"], s["dropout"])
        threshold = np.sort(found)[-max(1, round(s["named"] * len(found)))]
        figure = threshold_on_roc(found, r.members[0], float(threshold), title)
        return noted(figure, provenance(r.info, profile, r.study.dataset))

    start = {"study": "cifar100", "model": 4, "attack": "RMIA", "named": 0.1}
    return show(Explorer(draw, choices, start | wanted, "ROC of a membership inference attack with a threshold"))


def threshold_on_roc(scores: np.ndarray, members: np.ndarray, threshold: float, title: str) -> Figure:
    """Everybody whose score reaches a threshold is called a member: how often is that right?

    Left: scores of members and of others with the threshold. Right: the ROC, on linear and on logarithmic axes, with
    the threshold's point and 95 % intervals of its two rates (Wilson), the threshold being given.
    """
    found = at_threshold(scores, members, threshold)
    figure = canvas(2.75)
    grid = figure.add_gridspec(
        1, 3, width_ratios=(1.5, 1, 1), left=0.065, right=0.985, top=0.8, bottom=0.2, wspace=0.33
    )
    heaps, linear, logarithmic = (figure.add_subplot(g) for g in grid)
    low, high = np.quantile(scores, (0.005, 1))  # a few far outliers would squeeze the rest
    room = 0.02 * (high - low) or 0.5
    bins = np.linspace(low - room, high + room, 61)
    for inside, colour, label, line in ((True, MEMBER, "members", "-"), (False, OTHER, "non-members", "--")):
        counts, _ = np.histogram(np.clip(scores[members == inside], low, None), bins)
        heaps.stairs(counts, bins, fill=True, color=colour, alpha=0.3)
        heaps.stairs(counts, bins, color=colour, linestyle=line, label=label)
    heaps.axvspan(max(threshold, low), bins[-1], color="#fdae61", alpha=0.25, linewidth=0)
    heaps.axvline(max(threshold, low), color="black", linewidth=1.2)
    heaps.set(xlabel="score (orange: called members)", ylabel="points", xlim=(bins[0], bins[-1]))
    heaps.legend(loc="upper left", fontsize=6.5)
    fpr, tpr = roc(scores, members)
    least = 0.5 / (~members).sum()
    for ax in (linear, logarithmic):
        ax.plot(fpr, tpr, color="black", linewidth=1.1)
        ax.plot([least, 1], [least, 1], color="0.6", linestyle=":", linewidth=0.8)
        x, y = (_wilson(*counts) for counts in ((found.accused, found.others), (found.named, found.members)))
        ax.plot(x, [found.tpr] * 2, color=CHOSEN, linewidth=1)
        ax.plot([found.fpr] * 2, y, color=CHOSEN, linewidth=1)
        ax.plot(found.fpr, found.tpr, "o", color=CHOSEN, markersize=5)
        ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="false positive rate", ylabel="true positive rate")
    logarithmic.set(xscale="log", yscale="log", xlim=(least, 1.1), ylim=(least, 1.1), ylabel="")
    logarithmic.minorticks_off()
    linear.set_title(f"AUC {100 * auc(scores, members):.1f} %", fontsize=7.5)
    logarithmic.set_title("the same, logarithmic", fontsize=7.5)
    for ax in (heaps, linear, logarithmic):
        small(ax)
    per = f"{found.named / found.accused:.1f} members per false accusation" if found.accused else "no false accusation"
    rates = f"TPR {_percent(found.named, found.members)}, FPR {_percent(found.accused, found.others)}"
    figure.text(0.01, 0.98, f"{title}. Called members: {found.named} of {found.members} members, "
                f"{found.accused} of {found.others} others: {per}.\n{rates}", fontsize=7.5, va="top")  # fmt: skip
    return figure


def _wilson(count: int, of: int) -> tuple[float, float]:
    interval = stats.binomtest(count, of).proportion_ci(method="wilson")
    return interval.low, interval.high


def _percent(count: int, of: int) -> str:
    low, high = _wilson(count, of)
    return f"{100 * count / of:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"
