"""Paper A's numbers with their intervals, from results: how well samples are recognised, and what they are like."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from ...metrics.estimate import Estimate
from ...metrics.inversion import inversion_scores, recognised
from ...metrics.runs import mean_over_runs, share_over_seeds
from .results import InversionResults
from .study import InversionStudy

LIKENESS = {
    "correlation_own": "correlation, own class",
    "correlation_other": "best other class",
    "recognised_by_mean": "recognised",
    "ssim": "SSIM",
    "nearer_to_training": "nearer to training",
    "rate": "rate",
    "pixels_used": "pixels used",
}
SHARES = ("recognised_by_mean", "nearer_to_training")  # those of `LIKENESS` that are shares of samples


def recognition(results: InversionResults, row: str, kind: str) -> np.ndarray:
    """How surely each sample is recognised by a kind of scorers: ``[targets, scorers, C]``, means over draws."""
    return _of_runs(results.study, row, lambda k, s: recognised(results.confidence[row, k, kind, s]).mean(0))


def draw_spread(results: InversionResults, row: str, k: int = 1) -> np.ndarray | None:
    """Standard deviation of AA (k = 1) or Top-3 over the draws of spikes: ``[targets, scorers]``; None for one draw."""
    study, own = results.study, results.study.kind_of(row)
    if len(results.confidence[row, study.seeds[0], own, study.scorer_seeds[0]]) == 1:
        return None
    return _of_runs(
        study, row, lambda seed, s: recognised(results.confidence[row, seed, own, s], k).mean(-1).std(ddof=1)
    )


def _of_runs(study: InversionStudy, row: str, measure: Callable[[int, int], ArrayLike]) -> np.ndarray:
    """A measure of each target's and scorer's seed: ``[targets, scorers, ...]``."""
    return np.array([[measure(k, s) for s in study.scorer_seeds] for k in study.seeds_of(row)])


def recognition_by_iteration(results: InversionResults, attack: str) -> dict[int, np.ndarray]:
    """AA on the way of an attack and at its end, by number of iterations: ``[targets, scorers]``."""
    study, on_the_way = results.study, results.checkpoint_confidence
    *before, last = checkpoints(results, attack, study.seeds[0])
    shares = {
        stop: _of_runs(study, attack, lambda k, s, stop=stop: recognised(on_the_way[attack, stop, k, s]).mean())
        for stop in before
    }
    return shares | {last: recognition(results, attack, study.kind_of(attack)).mean(2)}


def checkpoints(results: InversionResults, attack: str, seed: int) -> list[int]:
    """After how many iterations there are samples of an attack on its way; the last is its end."""
    end = len(results.target_confidence[attack, seed]) - 1
    return [*(stop for stop in results.study.checkpoints[attack] if stop < end), end]


def inversion_estimates(results: InversionResults, row: str, kind: str) -> dict[str, Estimate]:
    """Paper A's metrics of one row by one kind of scorers, over targets and scorers; draws are averaged.

    ``target_accuracy`` and ``target_confidence`` (the attacked network's own, in the class of each sample) are missing
    for controls that attack no network.
    """
    study, sizes = results.study, results.info["sizes"]
    estimates, target = {}, study.rows[row].get("target")
    if target:
        accuracy = np.array([results.target_accuracy[target, s] for s in study.seeds])
        final = np.array([results.final[row, s].mean() for s in study.seeds])
        estimates["target_accuracy"] = share_over_seeds(accuracy, sizes["test"], shared=True)
        estimates["target_confidence"] = _within_01(mean_over_runs(final)[0])
    accuracy = np.array([results.scorer_accuracy[kind, s] for s in study.scorer_seeds])
    tested_on = "train" if kind == "common" and study.unseen else "test"
    estimates["scorer_accuracy"] = share_over_seeds(accuracy, sizes[tested_on], shared=True)
    means = _of_runs(study, row, lambda k, s: _mean_scores(results.confidence[row, k, kind, s]))
    for metric, of_runs in zip(METRICS_OF_SCORERS, np.moveaxis(means, -1, 0), strict=True):
        if metric == "average_confidence":
            estimates[metric] = _within_01(mean_over_runs(of_runs)[0])
        else:
            estimates[metric] = share_over_seeds(of_runs, results.info["classes"])
    return estimates


METRICS_OF_SCORERS = ("attack_accuracy", "top3_accuracy", "average_confidence", "daa")


def _mean_scores(draws: np.ndarray) -> list[float]:
    """`METRICS_OF_SCORERS` of one target's samples by one scorer: mean over draws."""
    scores = [inversion_scores(draw) for draw in draws]
    return [float(np.mean([getattr(s, metric) for s in scores])) for metric in METRICS_OF_SCORERS]


def _within_01(estimate: Estimate) -> Estimate:
    if estimate.low is None:
        return estimate
    return Estimate(estimate.value, max(estimate.low, 0.0), min(estimate.high, 1.0))


def likeness(results: InversionResults, row: str) -> dict[str, Estimate]:
    """Measures of likeness to the data and of sparsity of a row, as in ``LIKENESS``, over targets."""
    runs = [_likeness(results.similarity[row, s], results.samples[row, s]) for s in results.study.seeds_of(row)]
    values = {metric: np.array([run[metric] for run in runs]) for metric in LIKENESS}
    classes = results.info["classes"]
    return {m: share_over_seeds(v, classes) if m in SHARES else mean_over_runs(v)[0] for m, v in values.items()}


def _likeness(of: Mapping[str, np.ndarray], samples: np.ndarray) -> dict[str, float]:
    """The measures of one target's samples; ``of``: see `snnlib.similarity`."""
    to_means = of["to_means"]
    return {
        "correlation_own": np.diagonal(to_means).mean(),
        "correlation_other": np.where(np.eye(len(to_means), dtype=bool), -1, to_means).max(1).mean(),
        "recognised_by_mean": recognised(to_means).mean(),
        "ssim": of["ssim"].mean(),
        "nearer_to_training": of["nearer"].mean(),
        "rate": samples.mean(),
        "pixels_used": pixels_used(samples).mean(),
    }


def pixels_used(samples: np.ndarray) -> np.ndarray:
    """Share of pixels that are not empty, ``[C]``; of spike probabilities ``[T, C, H, W]``, the expected share."""
    used = 1 - np.prod(1 - samples, 0) if samples.ndim == 4 else samples > 0
    return used.mean((-2, -1))


def spike_rate(samples: np.ndarray) -> np.ndarray:
    """Spikes for each pixel and step, ``[C]``, of ``[T, C, H, W]``."""
    return samples.mean((0, 2, 3))
