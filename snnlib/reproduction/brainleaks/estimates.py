"""Paper A's numbers with their intervals, from results: how well samples are recognised, and what they are like."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from ...metrics.estimate import Estimate
from ...metrics.inversion import recognised
from ...metrics.runs import mean_over_runs, share_over_seeds
from .results import InversionResults
from .study import METRICS, InversionStudy

# Title, and what it is of `snnlib.similarity`'s arrays and of the samples themselves.
LIKENESS = {
    "correlation_own": ("correlation, own class", lambda like, _: np.diagonal(like["to_means"])),
    "correlation_other": ("best other class", lambda s, _: (s["to_means"] - 2 * np.eye(len(s["to_means"]))).max(1)),
    "recognised_by_mean": ("recognised", lambda like, _: recognised(like["to_means"])),
    "ssim": ("SSIM", lambda like, _: like["ssim"]),
    "nearer_to_training": ("nearer to training", lambda like, _: like["nearer"]),
    "rate": ("rate", lambda _, samples: samples),
    "pixels_used": ("pixels used", lambda _, samples: pixels_used(samples)),
}
SHARES = ("recognised_by_mean", "nearer_to_training")  # those of `LIKENESS` that are shares of samples
BOUNDS = (-1, 1)  # of all others


def recognition(results: InversionResults, row: str, kind: str) -> np.ndarray:
    """How surely each sample is recognised by a kind of scorers: ``[targets, scorers, C]``, means over draws."""
    return _of_runs(results.study, row, lambda k, s: recognised(results.confidence[row, k, kind, s]).mean(0))


def single_runs(results: InversionResults, row: str) -> np.ndarray:
    """AA of each target and each scorer of the row's kind in the first draw of spikes, as a paper has one: ``[R]``."""
    own = results.study.kind_of(row)
    return _of_runs(results.study, row, lambda k, s: recognised(results.confidence[row, k, own, s])[0].mean()).ravel()


def draw_spread(results: InversionResults, row: str, k: int = 1) -> np.ndarray | None:
    """Standard deviation of AA (k = 1) or Top-3 over the draws of spikes: ``[targets, scorers]``; None for one draw."""
    study, own = results.study, results.study.kind_of(row)
    if len(results.confidence[row, study.seeds[0], own, study.scorer_seeds[0]]) == 1:
        return None
    confidence = results.confidence
    return _of_runs(study, row, lambda seed, s: recognised(confidence[row, seed, own, s], k).mean(-1).std(ddof=1))


def _of_runs(study: InversionStudy, row: str, measure: Callable[[int, int], ArrayLike]) -> np.ndarray:
    """A measure of each target's and scorer's seed: ``[targets, scorers, ...]``."""
    return np.array([[measure(k, s) for s in study.scorer_seeds] for k in study.seeds_of(row)])


def recognition_by_iteration(results: InversionResults, attack: str) -> dict[int, np.ndarray]:
    """`recognition` on the way of an attack and at its end, by number of iterations."""
    stops = checkpoints(results, attack, results.study.seeds[0])

    def after_each(k: int, s: int) -> list[np.ndarray]:
        return [recognised(of).mean(0) for of in on_the_way(results, attack, k, s, stops)]

    return dict(zip(stops, np.moveaxis(_of_runs(results.study, attack, after_each), 2, 0), strict=True))


def on_the_way(results: InversionResults, attack: str, k: int, s: int, stops: Sequence[int]) -> list[np.ndarray]:
    """A scorer's confidence ``[draws, C, C]`` in one target's samples after some of `checkpoints`; last, at the end."""
    before = [results.checkpoint_confidence[attack, stop, k, s] for stop in stops[:-1]]
    return [*before, results.confidence[attack, k, results.study.kind_of(attack), s]]


def checkpoints(results: InversionResults, attack: str, seed: int) -> list[int]:
    """After how many iterations there are samples of an attack on its way; the last is its end."""
    end = len(results.target_confidence[attack, seed]) - 1
    return [*(stop for stop in results.study.checkpoints[attack] if stop < end), end]


def inversion_estimates(results: InversionResults, row: str, kind: str) -> dict[str, Estimate]:
    """Paper A's metrics of one row by one kind of scorers, over targets and scorers; draws are averaged.

    ``target_accuracy`` and ``target_confidence`` (the attacked network's own, in the class of each sample) are missing
    for controls that attack no network.
    """
    study, estimates = results.study, {}
    if target := study.rows[row].get("target"):
        accuracy = [results.target_accuracy[target, k] for k in study.seeds_of(row)]
        confidence = [results.final[row, k].mean() for k in study.seeds_of(row)]
        estimates = {"target_accuracy": accuracy, "target_confidence": confidence}
    estimates["scorer_accuracy"] = [results.scorer_accuracy[kind, s] for s in study.scorer_seeds]

    def of_samples(measure: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        return _of_runs(study, row, lambda k, s: measure(results.confidence[row, k, kind, s]).mean(0))

    estimates["average_confidence"] = of_samples(lambda c: np.diagonal(c, axis1=-2, axis2=-1)).mean(2)
    shares = {"attack_accuracy": recognised, "top3_accuracy": lambda c: recognised(c, 3)}
    shares["daa"] = lambda c: recognised(c.swapaxes(-2, -1))
    estimates = {metric: mean_over_runs(of, (0, 1)) for metric, of in estimates.items()}
    estimates |= {metric: share_over_seeds(of_samples(of)) for metric, of in shares.items()}
    return {metric: estimates[metric] for metric in METRICS if metric in estimates}


def likeness(results: InversionResults, row: str) -> dict[str, Estimate]:
    """Measures of likeness to the data and of sparsity of a row, as in ``LIKENESS``, over targets."""
    runs = [(results.similarity[row, k], results.samples[row, k]) for k in results.study.seeds_of(row)]
    values = {metric: np.array([measure(*run) for run in runs]) for metric, (_, measure) in LIKENESS.items()}
    return {
        metric: share_over_seeds(of) if metric in SHARES else mean_over_runs(of.reshape(len(runs), -1).mean(1), BOUNDS)
        for metric, of in values.items()
    }


def pixels_used(samples: np.ndarray) -> np.ndarray:
    """Share of pixels that are not empty, ``[C]``; of spike probabilities ``[T, C, H, W]``, the expected share."""
    used = 1 - np.prod(1 - samples, 0) if samples.ndim == 4 else samples > 0
    return used.mean((-2, -1))
