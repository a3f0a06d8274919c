"""Figure A-SF1: how the target's confidence and what scorers recognise grow with the iterations of an attack."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...metrics.runs import share_over_seeds
from ...report.figure import Data, drawn_by
from ...report.style import PAGE
from .estimates import recognition_by_iteration
from .results import InversionResults
from .study import ATTACK_NAMES


def _draw_iterations(rows: list[dict]) -> Figure:
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
    handles = {
        h.get_label(): h for ax in axes.flat for h in ax.get_legend_handles_labels()[0]
    }  # not all have a ceiling
    figure.legend(handles=list(handles.values()), loc="outside upper center", ncols=2, fontsize=7.5)
    return figure


def _draw_attack(ax: Axes, part: Data, chance: float) -> None:
    confidence, middle = part["confidence"], part["value"]
    first = int(part["logarithmic"])  # a logarithmic axis begins at 1
    x = np.arange(len(confidence)) + first
    labels = ["first target's confidence in each class", *[None] * (confidence.shape[1] - 1)]
    ax.plot(x, confidence, color="0.75", linewidth=0.5, label=labels)
    ax.plot(x, part["mean"], color="black", linewidth=1.4, label="first target's confidence, mean over classes")
    if part["ceiling"] is not None:
        label = "highest confidence that output spikes allow"
        ax.axhline(part["ceiling"], color="black", linestyle="-.", linewidth=0.8, label=label)
        ax.annotate(f"{part['ceiling']:.2f}", (x[-1], part["ceiling"]), (0, 2), textcoords="offset points",
                    fontsize=6.5, ha="right", va="bottom")  # fmt: skip
    ax.errorbar(
        part["iterations"] + first, middle, yerr=np.nan_to_num([middle - part["low"], part["high"] - middle]),
        fmt="o", color="#d95f02", markersize=3.5, linewidth=1, capsize=1.5,
        label="AA with 95 % interval, all targets and scorers",
    )  # fmt: skip
    ax.axhline(chance, color="0.5", linestyle=":", linewidth=0.8, label="chance")
    ax.set(ylim=(-0.03, 1.05), xscale="log" if part["logarithmic"] else "linear")


@drawn_by(_draw_iterations)
def confidence_by_iteration(all_results: Mapping[str, InversionResults]) -> Data:
    """A-SF1: how the target's confidence and AA grow with the iterations of each attack; a row for each data set.

    Grey: the target's confidence in each class, for the first target; black: its mean; dash-dotted: what it cannot
    exceed, see `ceiling`. Dots: AA by scorers of the sample's own kind, with 95 % intervals over targets and scorers.
    """
    rows = []
    for results in all_results.values():
        parts = [_attack(results, attack) for attack in ATTACK_NAMES]
        rows.append({"title": results.info["title"], "chance": 1 / results.info["classes"], "attacks": parts})
    return {"rows": rows}


def _attack(results: InversionResults, attack: str) -> Data:
    confidence = held(results.target_confidence[attack, results.study.seeds[0]])
    shares = recognition_by_iteration(results, attack)
    estimates = [share_over_seeds(share, results.info["classes"]) for share in shares.values()]
    bounds = {  # None becomes not a number
        bound: np.array([getattr(e, bound) for e in estimates], dtype=float) for bound in ("low", "value", "high")
    }
    part = {"title": ATTACK_NAMES[attack], "logarithmic": attack == "fredrikson", "iterations": np.array(list(shares))}
    return part | bounds | {"confidence": confidence, "mean": confidence.mean(1), "ceiling": ceiling(results, attack)}


def ceiling(results: InversionResults, attack: str) -> float | None:
    """The most that the target's confidence can be where an attack reads output spikes; None where it does not.

    At best the class's neuron alone spikes at every step: ``e / (e + C - 1)``, a softmax over a 1 and ``C - 1`` zeros.
    """
    if results.study.rows[attack].get("read") != "spikes":
        return None
    return float(np.e / (np.e + results.info["classes"] - 1))


def iteration_notes(all_results: Mapping[str, InversionResults]) -> list[str]:
    """What A-SF1 does not show: on how many draws of spikes its dots rest, and where confidence has a ceiling."""
    if not all_results:
        return []
    few = max(len(draws) for results in all_results.values() for draws in results.checkpoint_confidence.values())
    most = ", ".join(f"{r.info['title']} {max(map(len, r.confidence.values()))}" for r in all_results.values())
    return [f"Dots on the way rest on at most {few} draws of spikes, the last one of an attack on all: {most}."] + [
        f"{results.info['title']}, {name}: the attack reads output spikes, so the target's confidence is a softmax "
        f"over spikes, at most {ceiling(results, attack):.2f} however sure it is."
        for results in all_results.values()
        for attack, name in ATTACK_NAMES.items()
        if ceiling(results, attack) is not None
    ]


def confidence_after(results: InversionResults, attack: str, iterations: Sequence[int]) -> list[float]:
    """The targets' confidence after some numbers of iterations, mean over targets and classes; ended attacks stay."""
    all_held = [held(results.target_confidence[attack, seed]) for seed in results.study.seeds]
    return [float(np.mean([of[min(i, len(of) - 1)] for of in all_held])) for i in iterations]


def held(confidence: np.ndarray) -> np.ndarray:
    """Confidence over iterations ``[I, C]``, each class's last number carried on to the end."""
    last = np.maximum.accumulate(np.where(np.isfinite(confidence), np.arange(len(confidence))[:, None], 0))
    return np.take_along_axis(confidence, last, 0)
