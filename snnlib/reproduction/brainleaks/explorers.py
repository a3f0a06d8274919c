"""Explorer of paper A: an inverted sample on its way."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from IPython.display import Markdown
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...datasets.catalogue import dataset
from ..explore.widgets import CHOSEN, REST, Explorer, State, canvas, noted, nothing, show, small
from ..provenance import provenance
from .estimates import checkpoints
from .figures import framed
from .iterations import ceiling, held
from .results import InversionResults, over_time
from .study import ATTACK_NAMES


def sample_explorer(results: Mapping[str, InversionResults], profile: str, **wanted: Any) -> Markdown | None:
    """Inverted samples of paper A: how each came about, who recognises it, and its spikes in time.

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
        "class": lambda s: {dataset(s["data"]).class_name(c): c for c in range(results[s["data"]].info["classes"])},
        "target": lambda s: {str(i + 1): seed for i, seed in enumerate(results[s["data"]].study.seeds)},
        "iteration": lambda s: {str(n): n for n in checkpoints(results[s["data"]], s["attack"], s["target"])},
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


def sample_on_its_way(results: InversionResults, attack: str, c: int, target: int, iteration: int, step: int) -> Figure:
    """One inverted sample: its pictures on the way, who is convinced, and the end of the attack in time.

    Args:
        results: of one data set.
        attack, c, target: attack, class and the target's seed.
        iteration: one of `checkpoints`; whom scorers recognise is shown for it.
        step: time step of the finished sample that is shown by itself.
    """
    figure = canvas(3.3)
    stops = checkpoints(results, attack, target)
    confidence = {stop: _scorers(results, attack, c, target, stop) for stop in stops}  # [scorers, C]
    bottom = figure.add_gridspec(1, 2, left=0.075, right=0.99, top=0.47, bottom=0.155, wspace=0.2)
    curve, bars = (figure.add_subplot(part) for part in bottom)
    sure = held(results.target_confidence[attack, target])[:, c]
    _curve(curve, sure, {stop: of[:, c] for stop, of in confidence.items()}, iteration, attack == "fredrikson")
    curve.axhline(1 / results.info["classes"], color="0.5", linestyle=":", linewidth=0.8)
    most = ceiling(results, attack)
    if most is not None:
        curve.axhline(most, color="black", linestyle="-.", linewidth=0.7)
        curve.text(0.99, most + 0.02, "most that output spikes allow", transform=curve.get_yaxis_transform(),
                   fontsize=6, ha="right")  # fmt: skip
    _bars(bars, confidence[iteration], c, iteration)
    own = results.study.kind_of(attack).upper()
    name = dataset(results.study.dataset).class_name(c)
    who = f"{results.info['title']}, {name}: {ATTACK_NAMES[attack]} on a target ({own})"
    surely = f"target's confidence {sure[iteration]:.2f}, scorers' {confidence[iteration][:, c].mean():.2f}"
    _pictures(figure, results, attack, c, target, iteration, step)
    figure.text(0.01, 0.985, f"{who}, iteration {iteration}: {surely}", fontsize=8, va="top")
    return figure


def _scorers(results: InversionResults, attack: str, c: int, target: int, stop: int) -> np.ndarray:
    """Confidence of each scorer of the attack's own kind in each class, for the sample of class ``c``."""
    own, last = results.study.kind_of(attack), checkpoints(results, attack, target)[-1]
    draws = [
        results.confidence[attack, target, own, s]
        if stop == last
        else results.checkpoint_confidence[attack, stop, target, s]
        for s in results.study.scorer_seeds
    ]
    return np.array([of_scorer.mean(0)[c] for of_scorer in draws])


def _pictures(
    figure: Figure, results: InversionResults, attack: str, c: int, target: int, iteration: int, step: int
) -> None:
    """Above: the training data, the sample at its checkpoints and, of spikes, a time step and the sum up to it."""
    sample, (*before, end) = results.samples[attack, target], checkpoints(results, attack, target)
    panels = [("training data", results.truth[c], None)]
    for n in before:
        panels.append((f"iteration {n}" if n else "start", results.checkpoint_samples[attack, n, target][c], None))
    panels.append(("at the end", over_time(sample)[c], None))
    chosen = panels[1 + [*before, end].index(iteration)]
    in_time = []
    if sample.ndim == 4:
        so_far = np.cumsum(sample[:, c], 0)
        label = f"time step {step + 1} of {len(sample)}"
        in_time.append((label, sample[step, c], float(sample[:, c].max())))
        in_time.append(("steps so far", so_far[step], float(so_far.max())))
    columns = max(8, len(panels) + len(in_time))
    places = [*range(len(panels)), *range(columns - len(in_time), columns)]
    grid = figure.add_gridspec(1, columns, left=0.01, right=0.99, top=0.9, bottom=0.54, wspace=0.08)
    for place, panel in zip(places, panels + in_time, strict=True):
        (label, image, white), ax = panel, figure.add_subplot(grid[place])
        framed(ax, image, white, *((CHOSEN, 1.8) if panel is chosen else ("0.8", 0.5)))
        ax.set_title(label, fontsize=6.5, pad=3, color=CHOSEN if panel is chosen else "black")


def _curve(ax: Axes, sure: np.ndarray, scorers: Mapping[int, np.ndarray], iteration: int, logarithmic: bool) -> None:
    """The target's confidence at each iteration, and that of each scorer at checkpoints."""
    first = int(logarithmic)  # a logarithmic axis begins at 1
    ax.plot(np.arange(len(sure)) + first, sure, color="black", linewidth=1.3, label="target")
    for stop, of_stop in scorers.items():
        label = "scorers" if stop == 0 else None
        ax.plot(np.full(len(of_stop), stop + first), of_stop, "o", color=CHOSEN, markersize=3, alpha=0.8, label=label)
    ax.axvline(iteration + first, color=CHOSEN, linewidth=0.8, linestyle="--")
    ax.set(ylim=(-0.04, 1.06), xlabel="iterations + 1" if logarithmic else "iterations", ylabel="confidence")
    ax.set(xscale="log" if logarithmic else "linear")
    ax.legend(fontsize=6, loc="center left", handlelength=1.2)
    small(ax)


def _bars(ax: Axes, confidence: np.ndarray, c: int, iteration: int) -> None:
    """Mean over scorers, and each scorer as a dot."""
    places = np.arange(confidence.shape[1])
    ax.bar(places, confidence.mean(0), color=[CHOSEN if i == c else REST for i in places])
    for of_scorer in confidence:
        ax.plot(places, of_scorer, ".", color="0.25", markersize=2)
    ax.set(ylim=(-0.04, 1.06), xticks=places[:: 1 + len(places) // 11], ylabel="scorers' confidence")
    ax.set_xlabel(f"class seen by scorers, iteration {iteration} (orange: right)")
    small(ax)
