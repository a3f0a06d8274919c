"""Numbers with intervals, on plain arrays."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy import stats

from .errors import SettingError

Array = np.ndarray


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; ``value`` is None where the data cannot give one, ``why`` says why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    why: str = ""


# ---------------------------------------------------------------- membership inference

FEWEST = 5  # false positives that a threshold must rest on, for a TPR to be reported


@dataclass(frozen=True)
class MembershipScores:
    """``auc`` and, for each false positive rate asked for, ``tpr_at_fpr``, each with a 95 % interval."""

    auc: Estimate
    tpr_at_fpr: dict[float, Estimate]


def roc(scores: Float[Array, " N"], members: Bool[Array, " M"]) -> tuple[Float[Array, " K"], Float[Array, " K"]]:
    """ROC of a score that is higher for members: every attainable ``(fpr, tpr)``, from (0, 0) to (1, 1).

    Points with equal scores enter together, so ties make a slope, never a step in either's favour.
    """
    _check(scores, members)
    order, last = _ranked(scores)
    inside = members[order]
    tpr = np.concatenate([[0.0], np.cumsum(inside)[last] / inside.sum()])
    fpr = np.concatenate([[0.0], np.cumsum(~inside)[last] / (~inside).sum()])
    return fpr, tpr


def membership_scores(
    scores: Float[Array, " N"],
    members: Bool[Array, " M"],
    fpr: tuple[float, ...] = (0.001, 0.01),
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> MembershipScores:
    """AUC and TPR at low FPR of a membership score, each with a bootstrap interval.

    The AUC is the probability that a member scores higher than a non-member, ties counted half. The
    TPR at an FPR is that of the lowest threshold whose FPR does not exceed it: attainable, not
    interpolated. The interval resamples members and non-members apart (percentiles).

    Args:
        scores: ``[N]``, higher for members.
        members: ``[N]``, True for members.
        fpr: false positive rates. Where fewer than ``FEWEST`` false positives are allowed, the
            estimate has no value and says why. With few of them a TPR and its interval are optimistic:
            at 10 the nominal 95 % covers about 90 %.
        resamples: bootstrap samples.
        level: of the intervals.
        seed: of the bootstrap.

    Raises:
        SettingError: for scores that are not numbers, or without members or non-members.
    """
    scores, members = np.asarray(scores, dtype=float), np.asarray(members, dtype=bool)
    _check(scores, members)
    order, last = _ranked(scores)
    inside = members[order]
    rng = np.random.default_rng(seed)
    measured = [rate for rate in fpr if rate * (~members).sum() >= FEWEST]
    point = _rates(inside[None].astype(float), (~inside)[None].astype(float), last, measured)
    spread = np.concatenate([_rates(*drawn, last, measured) for drawn in _resamples(inside, resamples, rng)], 1)
    tail = (1 - level) / 2
    low, high = np.quantile(spread, [tail, 1 - tail], axis=1)
    found = [Estimate(float(p), float(a), float(b)) for p, a, b in zip(point[:, 0], low, high, strict=True)]
    rates = dict(zip(measured, found[1:], strict=True))
    missing = Estimate(None, why="pool too small")
    return MembershipScores(found[0], {rate: rates.get(rate, missing) for rate in fpr})


def roc_band(
    scores: Float[Array, " N"],
    members: Bool[Array, " M"],
    grid: Float[Array, " G"],
    *,
    resamples: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[Float[Array, " G"], Float[Array, " G"]]:
    """Pointwise bootstrap band of the TPR at each false positive rate of ``grid``: low and high ``[G]``."""
    _check(scores, members)
    order, last = _ranked(scores)
    rng = np.random.default_rng(seed)
    spread = [_rates(*drawn, last, list(grid))[1:] for drawn in _resamples(members[order], resamples, rng)]
    tail = (1 - level) / 2
    low, high = np.quantile(np.concatenate(spread, 1), [tail, 1 - tail], axis=1)
    return low, high


def auc(scores: Float[Array, " N"], members: Bool[Array, " M"]) -> float:
    """Probability that a member scores higher than a non-member, ties counted half."""
    _check(scores, members)
    return float(_auc(scores, members[None].astype(float), (~members)[None].astype(float))[0])


def auc_difference(
    one: Float[Array, " N"],
    other: Float[Array, " N"],
    members: Bool[Array, " M"],
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[Estimate, float]:
    """AUC of one score minus that of another on the same points: paired bootstrap interval and p-value.

    Both scores see the same resampled members and non-members. The p-value is two-sided, of the
    difference over its bootstrap standard error (1 where there is no spread at all).
    """
    rng = np.random.default_rng(seed)
    difference = auc(one, members) - auc(other, members)
    drawn = _resamples(members, resamples, rng)
    spread = np.concatenate([_auc(one, *counts) - _auc(other, *counts) for counts in drawn])
    tail = (1 - level) / 2
    low, high = np.quantile(spread, [tail, 1 - tail])
    error = spread.std(ddof=1)
    p = 2 * stats.norm.sf(abs(difference) / error) if error > 0 else 1.0
    return Estimate(difference, float(low), float(high)), float(p)


def _auc(scores: Array, positive: Array, negative: Array) -> Array:
    """AUC of weighted samples ``[rows, N]`` given in the points' own order."""
    order, last = _ranked(scores)
    return _rates(positive[:, order], negative[:, order], last, [])[0]


def _check(scores: Array, members: Array) -> None:
    if scores.shape != members.shape or scores.ndim != 1 or not np.isfinite(scores).all():
        raise SettingError("Scores and memberships do not match.", "Pass one finite score and one boolean a point.")
    if members.all() or not members.any():
        raise SettingError("An ROC needs members and non-members.", "Pass points of both kinds.")


def _ranked(scores: Array) -> tuple[Array, Array]:
    """Order of falling scores, and where in it each group of equal scores ends."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    return order, np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))


def _resamples(inside: Array, resamples: int, rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """Bootstrap samples of members and non-members, apart, a few at a time: counts ``[rows, N]`` of each."""
    chunk = max(1, 4_000_000 // len(inside))
    for start in range(0, resamples, chunk):
        rows = min(chunk, resamples - start)
        yield _resample(inside, rows, rng), _resample(~inside, rows, rng)


def _resample(side: Array, rows: int, rng: np.random.Generator) -> Array:
    """How often each point of one side is drawn in each of some bootstrap samples: ``[rows, N]``."""
    n = int(side.sum())
    counts = np.zeros((rows, len(side)))
    drawn = rng.integers(n, size=(rows, n)) + n * np.arange(rows)[:, None]
    counts[:, side] = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)
    return counts


def _rates(positive: Array, negative: Array, last: Array, fpr: list[float]) -> Array:
    """AUC and TPRs of weighted samples ``[rows, N]`` in ranked order: ``[1 + len(fpr), rows]``."""
    tp = np.cumsum(positive, 1)[:, last]
    fp = np.cumsum(negative, 1)[:, last]
    tp, fp = (np.pad(c / c[:, -1:], ((0, 0), (1, 0))) for c in (tp, fp))
    auc = (np.diff(fp, axis=1) * (tp[:, 1:] + tp[:, :-1]) / 2).sum(1)
    at = [np.where(fp <= rate + 1e-12, tp, 0).max(1) for rate in fpr]
    return np.stack([auc, *at])


# ---------------------------------------------------------------- model inversion


@dataclass(frozen=True)
class InversionScores:
    """Shares and means over the classes of one set of inverted samples."""

    attack_accuracy: float
    top3_accuracy: float
    average_confidence: float
    daa: float


def inversion_scores(confidence: Float[Array, "*shape"]) -> InversionScores:
    """The four metrics of paper A from a scorer's confidence matrix, one inverted sample a class.

    Entry ``[i, j]`` is the confidence in class j for the sample of class i. Attack accuracy: share of
    rows whose maximum is on the diagonal. Top-3: the true class is among the three largest of its
    row. Average confidence: mean of the diagonal. DAA: share of columns whose maximum is on the
    diagonal. A diagonal entry that ties with others counts as the share it would win by lot.

    Raises:
        SettingError: if the matrix is not square or holds what is not a number.
    """
    a = np.asarray(confidence, dtype=float)
    if a.ndim != 2 or a.shape[0] != a.shape[1] or not np.isfinite(a).all():
        raise SettingError(
            f"A confidence matrix of shape {a.shape} was given.", "Pass a square matrix of finite numbers, [C, C]."
        )
    return InversionScores(
        attack_accuracy=float(_among_largest(a, 1).mean()),
        top3_accuracy=float(_among_largest(a, 3).mean()),
        average_confidence=float(np.diagonal(a).mean()),
        daa=float(_among_largest(a.T, 1).mean()),
    )


def _among_largest(a: Array, k: int) -> Array:
    """For each row, the probability that its diagonal entry is among the k largest, ties broken by lot."""
    diagonal = np.diagonal(a)[:, None]
    above, equal = (a > diagonal).sum(1), (a == diagonal).sum(1)
    return np.clip((k - above) / equal, 0, 1)


def share_over_seeds(
    shares: Float[Array, "*shape"], trials: int, *, shared: bool = False, level: float = 0.95
) -> Estimate:
    """Mean of a share over runs with different seeds, with an interval for new seeds and trials.

    Korn and Graubard's interval for a proportion from clusters: Clopper-Pearson's with the effective
    number of trials ``p (1 - p) / var(p)`` (at most the real number), corrected for the few
    degrees of freedom of S runs. Unlike one from the spread alone, it has a width when all runs agree.

    Args:
        shares: one for each run, each over ``trials`` trials; without an interval for a single run.
        trials: number of classes, or of test points.
        shared: whether all runs have the same trials, as networks tested on the same points: then more
            runs do not make the trials more.

    Raises:
        SettingError: without a run or for shares outside [0, 1].
    """
    shares = np.asarray(shares, dtype=float)
    if shares.ndim != 1 or len(shares) == 0 or not ((shares >= 0) & (shares <= 1)).all():
        raise SettingError("These are no shares of runs.", "Pass one number between 0 and 1 for each run.")
    runs, p = len(shares), float(shares.mean())
    total = runs * trials
    if runs == 1:
        return Estimate(p, why="one run has no interval")
    variance = shares.var(ddof=1) / runs
    effective = min(total, p * (1 - p) / variance) if variance > 0 else total
    quantile = 1 - (1 - level) / 2
    correction = (stats.t.ppf(quantile, total - 1) / stats.t.ppf(quantile, runs - 1)) ** 2
    most = trials if shared else total
    return Estimate(p, *_clopper_pearson(p, min(most, max(1.0, effective * correction)), level))


def _clopper_pearson(p: float, n: float, level: float) -> tuple[float, float]:
    tail, x = (1 - level) / 2, p * n
    low = 0.0 if x <= 0 else float(stats.beta.ppf(tail, x, n - x + 1))
    high = 1.0 if x >= n else float(stats.beta.ppf(1 - tail, x + 1, n - x))
    return low, high


# ---------------------------------------------------------------- runs and tables of tests


def mean_over_runs(values: Float[Array, " S"], level: float = 0.95) -> tuple[Estimate, float]:
    """Mean over runs, Student's t interval and two-sided p-value of it being 0.

    A single run has no interval and p = 1; runs that all agree have an interval without width.
    """
    mean = float(values.mean())
    if len(values) == 1:
        return Estimate(mean, why="one run has no interval"), 1.0
    error = float(stats.sem(values))
    half = stats.t.ppf(1 - (1 - level) / 2, len(values) - 1) * error
    p = 2 * stats.t.sf(abs(mean) / error, len(values) - 1) if error > 0 else float(mean == 0)
    return Estimate(mean, mean - float(half), mean + float(half)), float(p)


def holm(p: Float[Array, " K"]) -> Float[Array, " K"]:
    """Holm's step-down correction of p-values for testing K hypotheses at once."""
    order = np.argsort(p)
    scaled = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(scaled, 1)
    return corrected
