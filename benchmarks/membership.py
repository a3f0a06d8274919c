"""Rows: membership scores and their intervals, on plain arrays of the size of CIFAR's training and test sets."""

import numpy as np
from scipy.stats import mannwhitneyu

from snnlib.metrics.membership import auc, auc_difference, membership_scores

from .measure import Contest, distance

POINTS, POPULATION, RESAMPLES = 60_000, 10_000, 1_000
GAMMA, RATES = 2.0, (0.001, 0.01)


def published_rmia(points: np.ndarray, population: np.ndarray, gamma: float = GAMMA) -> np.ndarray:
    """RMIA as published, from the logarithms of p(x) over the references' mean, of points and population.

    ``Pr_z[ ratio(x) / ratio(z) > gamma ]`` is the share of z whose ratio lies below ``ratio(x) / gamma``:
    after one sort, a search for each x.
    """
    return np.searchsorted(np.sort(population), points - np.log(gamma)) / len(population)


def pairwise_rmia(points: np.ndarray, population: np.ndarray, gamma: float = GAMMA) -> np.ndarray:
    """The same, each point against each of the population, 1,000 points at a time."""
    ratios, others = np.exp(points), np.exp(population)
    parts = np.split(ratios, range(1000, len(ratios), 1000))
    return np.concatenate([(part[:, None] / others > gamma).mean(1) for part in parts])


def rmia() -> Contest:
    rng = np.random.default_rng(0)
    points, population = rng.normal(0.3, 1, POINTS), rng.normal(0, 1, POPULATION)
    return Contest(
        f"RMIA as published, {POINTS:,} points, population of {POPULATION:,}",
        lambda: published_rmia(points, population),
        lambda: pairwise_rmia(points, population),
        "each pair",
        lambda: np.sort(population),
        "sorting the population",
        lambda: distance([published_rmia(points, population)], [pairwise_rmia(points, population)]),
        1e-6,
    )


def _scores() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    members = np.arange(POINTS) % 2 == 0
    return rng.normal(size=POINTS) + 0.5 * members, members


def _bootstrap(statistic, scores: np.ndarray, members: np.ndarray) -> np.ndarray:
    """A statistic in each of 1,000 samples, members and others drawn apart: ``[1000, ...]``."""
    rng, sides = np.random.default_rng(0), (np.flatnonzero(members), np.flatnonzero(~members))
    drawn = (np.concatenate([rng.choice(side, len(side)) for side in sides]) for _ in range(RESAMPLES))
    return np.array([statistic(members[chosen], scores[chosen]) for chosen in drawn])


def auc_interval() -> Contest:
    from sklearn.metrics import roc_auc_score

    scores, members = _scores()

    def ours():
        return membership_scores(scores, members, fpr=())

    def theirs():
        return roc_auc_score(members, scores), np.quantile(_bootstrap(roc_auc_score, scores, members), (0.025, 0.975))

    def compared() -> float:
        value, ends = theirs()
        estimate = ours().auc
        assert abs(estimate.value - value) < 1e-12
        return distance([[estimate.low, estimate.high]], [ends])

    work = f"AUC with its interval, {POINTS:,} points"
    sort = (lambda: np.argsort(scores)), "sorting the points"
    return Contest(work, ours, theirs, f"scikit-learn, {RESAMPLES:,} resamples", *sort, compared, 1e-3)


def rates_interval() -> Contest:
    from sklearn.metrics import roc_auc_score, roc_curve

    scores, members = _scores()

    def statistic(members, scores):
        fpr, tpr, _ = roc_curve(members, scores)
        return [roc_auc_score(members, scores), *(tpr[np.searchsorted(fpr, rate, "right") - 1] for rate in RATES)]

    def ours():
        found = membership_scores(scores, members, RATES, resamples=RESAMPLES)
        estimates = [found.auc, *found.tpr_at_fpr.values()]
        return [e.value for e in estimates], [[e.low, e.high] for e in estimates]

    def theirs():
        ends = np.quantile(_bootstrap(statistic, scores, members), (0.025, 0.975), axis=0)
        return statistic(members, scores), ends.T

    def compared() -> float:
        (values, ends), (their_values, their_ends) = ours(), theirs()
        assert distance([values], [their_values]) < 1e-12
        return distance([ends], [their_ends])

    work = f"AUC, TPR at two FPRs, with intervals, {POINTS:,} points"
    sort = (lambda: np.argsort(scores)), "sorting the points"
    return Contest(work, ours, theirs, f"scikit-learn, {RESAMPLES:,} resamples", *sort, compared, 2e-2)


def plain_auc(peer: str) -> Contest:
    from sklearn.metrics import roc_auc_score

    scores, members = _scores()

    def mann_whitney():
        inside, others = scores[members], scores[~members]
        return mannwhitneyu(inside, others, method="asymptotic").statistic / (len(inside) * len(others))

    theirs = {"scikit-learn": lambda: roc_auc_score(members, scores), "scipy": mann_whitney}[peer]

    def ours():
        return auc(scores, members)

    sort = (lambda: np.argsort(scores)), "sorting the points"
    work = f"AUC alone, {POINTS:,} points"
    return Contest(work, ours, theirs, peer, *sort, lambda: distance([ours()], [theirs()]), 1e-12)


def mean_difference(targets: int = 5) -> Contest:
    """Table B-V: no peer does this; what counts is that it can be done at all."""
    pairs = [_scores() for _ in range(targets)]
    members = np.array([of_target for _, of_target in pairs])
    ones = np.array([scores for scores, _ in pairs])
    others = ones + np.random.default_rng(1).normal(size=ones.shape)
    work = f"mean AUC difference of {targets} targets with its interval, {POINTS:,} points"
    return Contest(work, lambda: auc_difference(ones, others, members))


ROWS = {
    "rmia-published": rmia,
    "auc": lambda: plain_auc("scikit-learn"),
    "auc-scipy": lambda: plain_auc("scipy"),
    "auc-interval": auc_interval,
    "tpr-interval": rates_interval,
    "mean-difference": mean_difference,
}
