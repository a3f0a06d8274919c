"""Explorer of paper A: an inverted sample on its way."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import Markdown
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...report.style import picture
from ..explore.widgets import CHOSEN, REST, Explorer, State, canvas, noted, nothing, show, small
from ..provenance import provenance
from .figures import ceiling, class_name, over_time
from .results import InversionResults
from .tables import ATTACK_NAMES, own_judge


def sample_explorer(results: Mapping[str, InversionResults], profile: str, **wanted: Any) -> Markdown | None:
    """Inverted samples of paper A: how each came about, who recognises it, and its course in time.

    Args:
        results: by data set.
        profile: its name, for the line that says where the data are from.
        wanted: ``data``, ``attack``, ``class``, ``target``, ``iteration`` and ``time step`` to begin with.
    """
    if not results:
        return nothing()
    choices = {
        "data": lambda _: {r.info["title"]: data for data, r in results.items()},
        "attack": lambda s: {ATTACK_NAMES[a]: a for a in results[s["data"]].study.attacks},
        "class": lambda s: {class_name(s["data"], c): c for c in range(results[s["data"]].info["classes"])},
        "target": lambda s: {str(i + 1): seed for i, seed in enumerate(results[s["data"]].study.seeds)},
        "iteration": lambda s: {str(stop): stop for stop in stops(results[s["data"]], s["attack"], s["target"])},
        "time step": lambda s: _time_steps(results[s["data"]].samples[s["attack"], s["target"]]),
    }

    def draw(s: State) -> Figure:
        r = results[s["data"]]
        place = (s["attack"], s["class"], s["target"], s["iteration"], s["time step"])
        return noted(sample_on_its_way(r, *place), provenance(r.info, profile))

    start = {"data": "nmnist", "attack": "brainleaks_v2", "class": 5, "iteration": 10**6, "time step": 5}
    return show(Explorer(draw, choices, start | wanted, "An inverted sample and who recognises it"))


def _time_steps(sample: np.ndarray) -> dict[str, int]:
    return {str(t + 1): t for t in range(len(sample) if sample.ndim == 4 else 1)}


def stops(results: InversionResults, attack: str, target: int) -> list[int]:
    """After how many iterations there is a picture of an attack on its way; the last is its end."""
    end = len(results.target_course[attack, target]) - 1
    return [*(stop for stop in results.study.course[attack] if stop < end), end]


def sample_on_its_way(results: InversionResults, attack: str, c: int, target: int, iteration: int, step: int) -> Figure:
    """One inverted sample: its pictures on the way, who is convinced, and the end of the attack in time.

    Args:
        results: of one data set.
        attack, c, target: attack, class and the target's seed.
        iteration: one of `stops`; whom scorers recognise is shown for it.
        step: time step of the finished sample that is shown by itself.
    """
    figure, places = canvas(3.3), stops(results, attack, target)
    known = {stop: _known(results, attack, c, target, stop) for stop in places}  # [scorers, C]
    sample = results.samples[attack, target]
    film = sample.ndim == 4
    columns = max(8, 1 + len(places) + 2 * film)
    top = figure.add_gridspec(1, columns, left=0.01, right=0.99, top=0.9, bottom=0.54, wspace=0.08)
    axes = [figure.add_subplot(top[i]) for i in (*range(1 + len(places)), *(columns - 2, columns - 1) * film)]
    _framed(axes[0], results.truth[c], "training data")
    for ax, stop in zip(axes[1:], places, strict=False):
        shown = over_time(sample) if stop == places[-1] else results.stages[attack, stop, target]
        label = "at the end" if stop == places[-1] else f"iteration {stop}" if stop else "start"
        _framed(ax, shown[c], label, chosen=stop == iteration)
    if film:
        of_class = sample[:, c]
        _framed(axes[-2], of_class[step], f"time step {step + 1} of {len(sample)}", white=of_class.max())
        _framed(axes[-1], of_class[: step + 1].sum(0), "steps so far", white=of_class.sum(0).max())
    bottom = figure.add_gridspec(1, 2, left=0.075, right=0.99, top=0.47, bottom=0.155, wspace=0.2)
    course, bars = (figure.add_subplot(g) for g in bottom)
    _course(course, results.target_course[attack, target][:, c], known, c, iteration, attack == "fredrikson")
    most = ceiling(results, attack)
    if most is not None:
        course.axhline(most, color="black", linestyle="-.", linewidth=0.7)
        course.text(0.99, most + 0.02, "most that output spikes allow", transform=course.get_yaxis_transform(),
                    fontsize=6, ha="right")  # fmt: skip
    _bars(bars, known[iteration], c, iteration)
    own = own_judge(results, attack).upper()
    who = f"{results.info['title']}, {class_name(results.study.dataset, c)}: {ATTACK_NAMES[attack]} on a target ({own})"
    sure = results.target_course[attack, target][: iteration + 1, c]
    surely = f"target's confidence {sure[np.isfinite(sure)][-1]:.2f}, scorers' {known[iteration][:, c].mean():.2f}"
    figure.text(0.01, 0.985, f"{who}, iteration {iteration}: {surely}", fontsize=8, va="top")
    return figure


def _known(results: InversionResults, attack: str, c: int, target: int, stop: int) -> np.ndarray:
    """Confidence of each scorer of the attack's own kind in each class, for the sample of class ``c``."""
    own, last = own_judge(results, attack), stops(results, attack, target)[-1]
    of = [
        results.confidence[attack, target, own, s] if stop == last else results.course[attack, stop, target, s]
        for s in results.study.scorer_seeds
    ]
    return np.array([draws.mean(0)[c] for draws in of])


def _framed(ax: Axes, image: np.ndarray, label: str, chosen: bool = False, white: float | None = None) -> None:
    picture(ax, image)
    if white is not None:
        ax.images[0].set_clim(0, float(white) or 1.0)
    ax.set_title(label, fontsize=6.5, pad=3, color=CHOSEN if chosen else "black")
    for spine in ax.spines.values():
        spine.set(visible=True, color=CHOSEN if chosen else "0.8", linewidth=1.8 if chosen else 0.5)


def _course(
    ax: Axes, sure: np.ndarray, known: dict[int, np.ndarray], c: int, iteration: int, logarithmic: bool
) -> None:
    first = int(logarithmic)  # a logarithmic axis begins at 1
    held = pd.Series(sure).ffill().to_numpy()
    ax.plot(np.arange(len(held)) + first, held, color="black", linewidth=1.3, label="target")
    for stop, of in known.items():
        ax.plot(np.full(len(of), stop + first), of[:, c], "o", color=CHOSEN, markersize=3, alpha=0.8)
    ax.plot([], [], "o", color=CHOSEN, markersize=3, label="scorers")
    ax.axhline(1 / next(iter(known.values())).shape[1], color="0.5", linestyle=":", linewidth=0.8)
    ax.axvline(iteration + first, color=CHOSEN, linewidth=0.8, linestyle="--")
    ax.set(ylim=(-0.04, 1.06), xlabel="iterations + 1" if logarithmic else "iterations", ylabel="confidence")
    ax.set(xscale="log" if logarithmic else "linear")
    ax.legend(fontsize=6, loc="center left", handlelength=1.2)
    small(ax)


def _bars(ax: Axes, known: np.ndarray, c: int, iteration: int) -> None:
    """Mean over scorers, and each scorer as a dot."""
    places = np.arange(known.shape[1])
    ax.bar(places, known.mean(0), color=[CHOSEN if i == c else REST for i in places])
    for of in known:
        ax.plot(places, of, ".", color="0.25", markersize=2)
    ax.set(ylim=(-0.04, 1.06), xticks=places[:: 1 + len(places) // 11], ylabel="scorers' confidence")
    ax.set_xlabel(f"class seen by scorers, iteration {iteration} (orange: right)")
    small(ax)
