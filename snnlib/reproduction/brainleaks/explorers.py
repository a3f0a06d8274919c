"""Explorer of paper A: an inverted sample on its way."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from IPython.display import Markdown
from matplotlib.figure import Figure

from ...datasets.catalogue import dataset
from ...report.style import picture
from ..explore.widgets import CHOSEN, NO_RESULTS, REST, Explorer, State, canvas, noted, show, small
from ..provenance import provenance
from .estimates import checkpoints, on_the_way
from .figures import ceiling, draw_confidence, held
from .results import InversionResults, over_time
from .study import ATTACK_NAMES


def sample_explorer(results: Mapping[str, InversionResults], profile: str, **wanted: Any) -> Markdown | None:
    """Inverted samples of paper A, by data set: how each came about, who recognises it, and its spikes in time.

    ``wanted``: ``data``, ``attack``, ``class``, ``target``, ``iteration`` and ``time step`` to begin with.
    """
    if not results:
        return NO_RESULTS

    def steps(s: State) -> int:
        sample = results[s["data"]].samples[s["attack"], s["target"]]
        return len(sample) if sample.ndim == 4 else 1

    choices = {
        "data": lambda _: {r.info["title"]: data for data, r in results.items()},
        "attack": lambda s: {ATTACK_NAMES[a]: a for a in results[s["data"]].study.attacks},
        "class": lambda s: {dataset(s["data"]).class_name(c): c for c in range(results[s["data"]].info["classes"])},
        "target": lambda s: {str(i + 1): seed for i, seed in enumerate(results[s["data"]].study.seeds)},
        "iteration": lambda s: {str(n): n for n in checkpoints(results[s["data"]], s["attack"], s["target"])},
        "time step": lambda s: {str(t + 1): t for t in range(steps(s))},
    }

    def draw(s: State) -> Figure:
        r = results[s["data"]]
        figure = sample_on_its_way(r, *(s[control] for control in list(choices)[1:]))
        return noted(figure, provenance([r], profile))

    start = {"data": "nmnist", "attack": "brainleaks_v2", "class": 5, "iteration": 10**6, "time step": 5}
    return show(Explorer(draw, choices, start | wanted, "An inverted sample and who recognises it"))


def sample_on_its_way(results: InversionResults, attack: str, c: int, target: int, iteration: int, step: int) -> Figure:
    """One inverted sample of class c: its pictures on the way, who is convinced, and the end of the attack in time.

    ``target`` is a seed, ``iteration`` one of `checkpoints`, ``step`` a time step of the finished sample.
    """
    study, classes, first = results.study, np.arange(results.info["classes"]), int(attack == "fredrikson")
    stops, sure = checkpoints(results, attack, target), held(results.target_confidence[attack, target])[:, c]
    of_scorers = np.array(  # [scorers, stops, C]
        [[of.mean(0)[c] for of in on_the_way(results, attack, target, s, stops)] for s in study.scorer_seeds]
    )
    chosen, figure = of_scorers[:, stops.index(iteration)], canvas(3.3)
    place = {"left": 0.075, "right": 0.99, "top": 0.47, "bottom": 0.155, "wspace": 0.2}
    curve, bars = figure.subplots(1, 2, gridspec_kw=place)
    draw_confidence(curve, sure, 1 / len(classes), ceiling(results, attack), bool(first), "target")
    x = np.tile(np.array(stops) + first, len(of_scorers))
    curve.plot(x, of_scorers[:, :, c].ravel(), "o", color=CHOSEN, markersize=3, alpha=0.8, label="scorers")
    curve.axvline(iteration + first, color=CHOSEN, linewidth=0.8, linestyle="--")
    curve.set_ylabel("confidence")
    curve.legend(fontsize=6, loc="lower left", bbox_to_anchor=(0, 1), ncols=4, handlelength=1.8)
    bars.bar(classes, chosen.mean(0), color=[CHOSEN if i == c else REST for i in classes])
    bars.plot(classes, chosen.T, ".", color="0.25", markersize=2)
    bars.set(ylim=(-0.04, 1.06), xticks=classes[:: 1 + len(classes) // 11], ylabel="scorers' confidence")
    bars.set_xlabel(f"class seen by scorers, iteration {iteration} (orange: right)")
    small(curve)
    small(bars)
    _pictures(figure, results, (attack, target), c, iteration, step)
    who = f"{results.info['title']}, {dataset(study.dataset).class_name(c)}: {ATTACK_NAMES[attack]} on a target"
    surely = f"target's confidence {sure[iteration]:.2f}, scorers' {chosen[:, c].mean():.2f}"
    text = f"{who} ({study.kind_of(attack).upper()}), iteration {iteration}: {surely}"
    figure.text(0.01, 0.985, text, fontsize=8, va="top")
    return figure


def _pictures(figure: Figure, results: InversionResults, key: tuple, c: int, iteration: int, step: int) -> None:
    """Above: the training data, the sample at its checkpoints and, of spikes, a time step and the sum up to it."""
    (attack, target), sample = key, results.samples[key]
    *before, end = checkpoints(results, *key)
    panels = {"training data": (results.truth[c], None)}
    panels |= {f"iteration {n}": (results.checkpoint_samples[attack, n, target][c], None) for n in before}
    panels[f"end, iteration {end}"] = over_time(sample)[c], None
    if sample.ndim == 4:
        panels[f"time step {step + 1} of {len(sample)}"] = sample[step, c], sample[:, c].max()
        panels["steps so far"] = sample[: step + 1, c].sum(0), sample[:, c].sum(0).max()
    place = {"left": 0.01, "right": 0.99, "top": 0.9, "bottom": 0.54, "wspace": 0.08}
    axes = figure.subplots(1, max(8, len(panels)), gridspec_kw=place)
    for ax, (name, (image, white)) in zip(axes, panels.items(), strict=False):
        chosen = name.endswith(f"iteration {iteration}")
        picture(ax, image, CHOSEN if chosen else "0.8", 1.8 if chosen else 0.5, white)
        ax.set_title(name, fontsize=6.5, pad=3, color=CHOSEN if chosen else "black")
    for ax in axes[len(panels) :]:
        ax.remove()
