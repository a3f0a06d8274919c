"""Pictures that notebooks let readers change: drawn from a state, the same for the same state.

They are laid out by hand: matplotlib's automatic layout takes longer than all the drawing.
"""

import functools

import numpy as np
import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from ..metrics import at_threshold, auc, roc
from ..neurons import RESETS, lif
from ..results import InversionResults
from ..tables import ATTACK_NAMES, own_judge
from .inversion import ceiling, class_name, over_time
from .style import MEMBER, OTHER, PAGE, picture

DPI = 150
CHOSEN, REST = "#d95f02", "0.72"
FIRING = "#21918c"
STEPS = 30  # of a neuron's trace


def noted(figure: Figure, note: str) -> Figure:
    """Print where the data are from at the lower edge of a figure."""
    figure.text(0.008, 0.006, note, fontsize=5.5, color="0.35", va="bottom")
    return figure


def _canvas(height: float) -> Figure:
    """A figure of its own, unknown to pyplot, which would keep it."""
    return Figure(figsize=(PAGE, height), dpi=DPI)


def neuron_trace(current: float, beta: float, threshold: float, reset: str) -> Figure:
    """A LIF neuron with a constant current.

    Left: its potential under one reset, and below it when it fires under each of them. Right: how often it fires,
    by current.
    """
    figure = _canvas(2.9)
    grid = figure.add_gridspec(
        2, 2, width_ratios=(1.7, 1), height_ratios=(1.9, 1), left=0.17, right=0.985, top=0.9, bottom=0.15, wspace=0.2
    )
    trace, raster, rate = (figure.add_subplot(g) for g in (grid[0, 0], grid[1, 0], grid[:, 1]))
    steps = np.arange(1, STEPS + 1)
    for place, kind in enumerate(RESETS):
        spikes, potential = _fired(current, beta, threshold, kind)
        colour = FIRING if kind == reset else REST
        raster.plot(steps[spikes], np.full(spikes.sum(), place), "|", color=colour, markersize=7, markeredgewidth=2)
        if kind == reset:
            trace.plot(steps, potential, ".-", color="black", linewidth=1, markersize=5)
            trace.vlines(steps[spikes], threshold, potential[spikes], color=FIRING, linewidth=3)
            trace.set_title(f"{reset.replace('_', ' ')}: {spikes.sum()} spikes in {STEPS} steps", fontsize=8)
    trace.axhline(threshold, color="0.4", linestyle=":", linewidth=0.9)
    trace.text(1.01, threshold, r"$\theta$", transform=trace.get_yaxis_transform(), va="center", fontsize=8)
    trace.set(ylabel="potential $U$", xlim=(0, STEPS + 1), xticklabels=[], ylim=(min(0, trace.get_ylim()[0]), None))
    raster.set_yticks(range(len(RESETS)), [r.replace("_", " ") for r in RESETS], fontsize=7)
    raster.set(xlim=(0, STEPS + 1), ylim=(len(RESETS) - 0.5, -0.5), xlabel="time step")
    raster.tick_params(axis="y", length=0)
    x, rates = _rates(beta, threshold)
    for kind in sorted(RESETS, key=lambda r: r == reset):
        chosen = kind == reset
        rate.plot(x, rates[kind], color=FIRING if chosen else REST, linewidth=2 if chosen else 1)
    rate.plot(current, np.interp(current, x, rates[reset]), "o", color=CHOSEN, markersize=6)
    rate.set(xlabel="current $I$", ylabel="spikes per step", ylim=(-0.03, 1.05), xlim=(-0.02, 1.52))
    rate.set_title("teal: this reset, grey: the others", fontsize=8)
    return figure


def _fired(current: float, beta: float, threshold: float, reset: str) -> tuple[np.ndarray, np.ndarray]:
    spikes, potential = lif(torch.full((STEPS, 1), current), beta=beta, threshold=threshold, reset=reset)
    return spikes[:, 0].numpy() > 0, potential[:, 0].numpy()


@functools.lru_cache(maxsize=64)
def _rates(beta: float, threshold: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Spikes per step in 60 steps, by reset, for many currents."""
    x = torch.linspace(0, 1.5, 151)
    drive = x.expand(60, -1)
    return x.numpy(), {r: lif(drive, beta=beta, threshold=threshold, reset=r)[0].mean(0).numpy() for r in RESETS}


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
    figure, places = _canvas(3.3), stops(results, attack, target)
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
    _small(ax)


def _small(ax: Axes) -> None:
    ax.tick_params(labelsize=6.5, length=3)
    ax.xaxis.label.set_size(7.5)
    ax.yaxis.label.set_size(7.5)


def _bars(ax: Axes, known: np.ndarray, c: int, iteration: int) -> None:
    """Mean over scorers, and each scorer as a dot."""
    places = np.arange(known.shape[1])
    ax.bar(places, known.mean(0), color=[CHOSEN if i == c else REST for i in places])
    for of in known:
        ax.plot(places, of, ".", color="0.25", markersize=2)
    ax.set(ylim=(-0.04, 1.06), xticks=places[:: 1 + len(places) // 11], ylabel="scorers' confidence")
    ax.set_xlabel(f"class seen by scorers, iteration {iteration} (orange: right)")
    _small(ax)


def threshold_on_roc(scores: np.ndarray, members: np.ndarray, threshold: float, title: str) -> Figure:
    """Everybody whose score reaches a threshold is called a member: how often is that right?

    Left: scores of members and of others with the threshold. Right: the ROC, on linear and on logarithmic axes, with
    the threshold's point and 95 % intervals of its two rates (Wilson), the threshold being given.
    """
    found = at_threshold(scores, members, threshold)
    figure = _canvas(2.75)
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
        _small(ax)
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
