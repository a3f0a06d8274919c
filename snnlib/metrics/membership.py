"""Membership inference: ROC, AUC and TPR at low FPR, with intervals, on plain arrays.

``scores`` are higher for members; ``members`` are True and False, or 1 and 0. Every function raises a
`SettingError` for scores that are not numbers, for other values of ``members``, and where one of both kinds lacks.
"""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped
from scipy import stats

from ..errors import SettingError
from .estimate import Array, Estimate

FEWEST = 5  # false positives that a threshold must rest on, for a TPR to be reported


@dataclass(frozen=True)
class MembershipScores:
    """``auc`` and, for each false positive rate asked for, ``tpr_at_fpr``, each with a 95 % interval."""

    auc: Estimate
    tpr_at_fpr: dict[float, Estimate]


def roc(scores: Float[Array, " N"], members: Shaped[Array, " M"]) -> tuple[Float[Array, " K"], Float[Array, " K"]]:
    """ROC of a score that is higher for members: every attainable ``(fpr, tpr)``, from (0, 0) to (1, 1).

    Points with equal scores enter together, so ties make a slope, never a step in either's favour.
    """
    scores, members = _checked(scores, members)
    order, last = _ranked(scores)
    inside = members[order]
    tpr = np.concatenate([[0.0], np.cumsum(inside)[last] / inside.sum()])
    fpr = np.concatenate([[0.0], np.cumsum(~inside)[last] / (~inside).sum()])
    return fpr, tpr


def membership_scores(
    scores: Float[Array, " N"],
    members: Shaped[Array, " M"],
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
        members: ``[N]``, True (or 1) for members.
        fpr: false positive rates. Where fewer than ``FEWEST`` false positives are allowed, the
            estimate has no value and says why. With few of them a TPR and its interval are optimistic:
            at 10 the nominal 95 % covers about 90 %.
        resamples: bootstrap samples.
        level: of the intervals.
        seed: of the bootstrap.

    Raises:
        SettingError: for scores that are not numbers, or without members or non-members.
    """
    scores, members = _checked(np.asarray(scores, dtype=float), members)
    order, last = _ranked(scores)
    inside = members[order]
    measured = [rate for rate in fpr if rate * (~members).sum() >= FEWEST]
    point = _rates(inside[None].astype(float), (~inside)[None].astype(float), last, measured)
    drawn = _resamples(members, resamples, seed)
    spread = np.concatenate([_rates(np.take(a, order, 1), np.take(b, order, 1), last, measured) for a, b in drawn], 1)
    low, high = _percentiles(spread, level)
    found = [Estimate(float(p), float(a), float(b)) for p, a, b in zip(point[:, 0], low, high, strict=True)]
    rates = dict(zip(measured, found[1:], strict=True))
    missing = Estimate(None, why="pool too small")
    return MembershipScores(found[0], {rate: rates.get(rate, missing) for rate in fpr})


def roc_band(
    scores: Float[Array, " N"],
    members: Shaped[Array, " M"],
    grid: Float[Array, " G"],
    *,
    resamples: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[Float[Array, " G"], Float[Array, " G"]]:
    """Pointwise bootstrap band of the TPR at each false positive rate of ``grid``: low and high ``[G]``."""
    scores, members = _checked(scores, members)
    order, last = _ranked(scores)
    drawn = _resamples(members, resamples, seed)
    spread = [_rates(np.take(a, order, 1), np.take(b, order, 1), last, list(grid))[1:] for a, b in drawn]
    low, high = _percentiles(np.concatenate(spread, 1), level)
    return low, high


@dataclass(frozen=True)
class AtThreshold:
    """Who is called a member at a threshold: ``named`` of so many members, ``accused`` of so many others."""

    named: int
    members: int
    accused: int
    others: int

    @property
    def tpr(self) -> float:
        """True positive rate."""
        return self.named / self.members

    @property
    def fpr(self) -> float:
        """False positive rate."""
        return self.accused / self.others


def at_threshold(scores: Float[Array, " N"], members: Shaped[Array, " M"], threshold: float) -> AtThreshold:
    """Call every point a member whose score is at least ``threshold``, and count who that is."""
    scores, members = _checked(scores, members)
    called = scores >= threshold
    counts = (called & members, members, called & ~members, ~members)
    return AtThreshold(*(int(count.sum()) for count in counts))


def auc(scores: Float[Array, " N"], members: Shaped[Array, " M"]) -> float:
    """Probability that a member scores higher than a non-member, ties counted half."""
    scores, members = _checked(scores, members)
    return float(_auc(scores, members[None].astype(float), (~members)[None].astype(float))[0])


def auc_difference(
    one: Float[Array, " N"],
    other: Float[Array, " N"],
    members: Shaped[Array, " M"],
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[Estimate, float]:
    """AUC of one score minus that of another on the same points: paired bootstrap interval and p-value.

    Both scores see the same resampled members and non-members. The p-value is two-sided, of the
    difference over its bootstrap standard error (1 where there is no spread at all).
    """
    members = _booleans(members)
    difference = auc(one, members) - auc(other, members)
    spread = [_spread(s.tobytes(), members.tobytes(), resamples, seed, apart=True) for s in _floats(one, other)]
    return _of_spread(difference, spread[0] - spread[1], 0.0, level)


def mean_auc_difference(
    ones: Float[Array, "K N"],
    others: Float[Array, "K N"],
    members: Shaped[Array, "K N"],
    *,
    margin: float = 0.0,
    resamples: int = 300,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[Estimate, float]:
    """The same, mean over K targets that share the points: whole points are resampled, once for all targets.

    The p-value is that of the difference plus ``margin`` being 0.
    """
    members = _booleans(members)
    difference = np.mean([auc(a, m) - auc(b, m) for a, b, m in zip(ones, others, members, strict=True)])
    spread = [
        np.subtract(*(_spread(s.tobytes(), m.tobytes(), resamples, seed, apart=False) for s in _floats(a, b)))
        for a, b, m in zip(ones, others, members, strict=True)
    ]
    return _of_spread(float(difference), np.mean(spread, 0), margin, level)


def _floats(*scores: Array) -> list[Array]:
    return [np.asarray(s, dtype=float) for s in scores]


@functools.lru_cache(maxsize=4096)  # one attack is compared with several others
def _spread(scores: bytes, members: bytes, resamples: int, seed: int, apart: bool) -> Array:
    """AUC of one score in bootstrap samples of the points, ``[resamples]``: the same samples for every score.

    ``apart``: members and non-members are drawn apart, so that their numbers stay.
    """
    values, inside = np.frombuffer(scores), np.frombuffer(members, bool)
    if apart:
        return np.concatenate([_auc(values, *counts) for counts in _resamples(inside, resamples, seed)])
    counts = _resample_all(len(inside), resamples, seed)
    return _auc(values, counts * inside, counts * ~inside)


def _percentiles(spread: Array, level: float) -> Array:
    """Ends of the middle ``level`` of bootstrap samples, which are along the last axis: ``[2, ...]``."""
    tail = (1 - level) / 2
    return np.quantile(spread, [tail, 1 - tail], axis=-1)


def _of_spread(difference: float, spread: Array, margin: float, level: float) -> tuple[Estimate, float]:
    low, high = _percentiles(spread, level)
    error = spread.std(ddof=1)
    p = 2 * stats.norm.sf(abs(difference + margin) / error) if error > 0 else 1.0
    return Estimate(difference, float(low), float(high)), float(p)


def _auc(scores: Array, positive: Array, negative: Array) -> Array:
    """AUC of weighted samples ``[rows, N]`` given in the points' own order."""
    order, last = _ranked(scores)
    return _rates(np.take(positive, order, 1), np.take(negative, order, 1), last, [])[0]


def _checked(scores: Array, members: Array) -> tuple[Array, Array]:
    """Scores as floating-point numbers, because -1 is 255 in unsigned bytes, and members as booleans."""
    scores, members = np.asarray(scores), _booleans(members)
    scores = scores if scores.dtype.kind == "f" else scores.astype(float)
    if scores.shape != members.shape or scores.ndim != 1 or not np.isfinite(scores).all():
        raise SettingError("Scores and memberships do not match.", "Pass one finite score and one boolean a point.")
    if members.all() or not members.any():
        raise SettingError("An ROC needs members and non-members.", "Pass points of both kinds.")
    return scores, members


def _booleans(members: Array) -> Array:
    """Members as booleans: ``~`` and indexing mean other things for integers."""
    members = np.asarray(members)
    if members.dtype != bool and not np.isin(members, (0, 1)).all():
        raise SettingError("Memberships must be True and False, or 1 and 0.", "Pass one of these for each point.")
    return members.astype(bool, copy=False)


def _ranked(scores: Array) -> tuple[Array, Array]:
    """Order of falling scores, and where in it each group of equal scores ends."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    return order, np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))


FEW = 4_000_000  # entries of a table of counts: more are made piece by piece and not kept


def _resamples(members: Array, resamples: int, seed: int) -> Iterable[tuple[Array, Array]]:
    """Bootstrap samples of members and non-members, apart, a few at a time: counts ``[rows, N]`` of each.

    They depend on nothing else, so that all scores see the same samples.
    """
    if len(members) * resamples <= FEW:
        return _kept_resamples(members.tobytes(), resamples, seed)
    return _new_resamples(members, resamples, seed)


@functools.lru_cache(maxsize=8)
def _kept_resamples(members: bytes, resamples: int, seed: int) -> list[tuple[Array, Array]]:
    return list(_new_resamples(np.frombuffer(members, bool), resamples, seed))


def _new_resamples(members: Array, resamples: int, seed: int) -> Iterator[tuple[Array, Array]]:
    rng, chunk = np.random.default_rng(seed), max(1, FEW // len(members))
    for start in range(0, resamples, chunk):
        rows = min(chunk, resamples - start)
        yield _resample(members, rows, rng), _resample(~members, rows, rng)


@functools.lru_cache(maxsize=2)
def _resample_all(n: int, rows: int, seed: int) -> Array:
    return _resample(np.ones(n, bool), rows, np.random.default_rng(seed))


def _resample(side: Array, rows: int, rng: np.random.Generator) -> Array:
    """How often each point of one side is drawn in each of some bootstrap samples: ``[rows, N]``."""
    n = int(side.sum())
    counts = np.zeros((rows, len(side)))
    drawn = rng.integers(n, size=(rows, n)) + n * np.arange(rows)[:, None]
    counts[:, side] = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)
    return counts


def _rates(positive: Array, negative: Array, last: Array, fpr: list[float]) -> Array:
    """AUC and TPRs of weighted samples ``[rows, N]`` in ranked order: ``[1 + len(fpr), rows]``."""
    tp, fp = np.zeros((2, len(positive), 1 + len(last)))
    for rate, counts in ((tp, positive), (fp, negative)):
        total = np.cumsum(counts, 1)
        rate[:, 1:] = total if len(last) == counts.shape[1] else np.take(total, last, 1)
        rate /= total[:, -1:]
    auc = (np.diff(fp, axis=1) * (tp[:, 1:] + tp[:, :-1]) / 2).sum(1)
    at = [np.where(fp <= rate + 1e-12, tp, 0).max(1) for rate in fpr]
    return np.stack([auc, *at])
