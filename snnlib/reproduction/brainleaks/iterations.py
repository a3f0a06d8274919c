"""Figure A-SF1: how the target's confidence and what scorers recognise grow with the iterations of an attack."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...metrics.runs import share_over_seeds
from ...report.figure import Data, drawn_by
from ...report.style import PAGE
from .estimates import recognition_by_iteration
from .figures import grid
from .results import InversionResults
from .study import ATTACK_NAMES


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
