"""Intervals and tests over runs: targets with different seeds, and the scorers that judge them.

Where every target is judged by every scorer, values are ``[S, K]``. A new target or a new scorer
would change their mean, so its variance is the sum of both: that of the targets' means over S and
that of the scorers' means over K, with Satterthwaite's degrees of freedom. (What the two do to each
other is counted twice, which makes intervals a little wide.)
"""

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy.special import betaincinv, stdtr, stdtrit

from ..errors import SettingError
from .estimate import ENDS, Array, Estimate


def share_over_seeds(shares: ArrayLike, trials: int, *, shared: bool = False) -> Estimate:
    """Mean of a share over runs with different seeds, with an interval for new seeds and trials.

    Korn and Graubard's interval for a proportion from clusters: Clopper-Pearson's with the effective
    number of trials ``p (1 - p) / var(p)`` (at most the real number), corrected for the few
    degrees of freedom of the runs. Unlike one from the spread alone, it has a width when all runs agree.

    Args:
        shares: ``[S]``, one for each run, each over ``trials`` trials, or ``[S, K]``, the same judged by K
            scorers; without an interval for a single one.
        trials: number of classes, or of test points.
        shared: whether all runs have the same trials, as networks tested on the same points: then more
            runs do not make the trials more.

    Raises:
        SettingError: without a run or for shares outside [0, 1].
    """
    shares = np.asarray(shares, dtype=float)
    if shares.ndim not in (1, 2) or shares.size == 0 or not ((shares >= 0) & (shares <= 1)).all():
        raise SettingError("These are no shares of runs.", "Pass one number between 0 and 1 for each run.")
    p, total = float(shares.mean()), len(shares) * trials
    variance, freedom = _crossed(shares)
    if freedom == 0:
        return Estimate(p, why="one run has no interval")
    effective = min(total, p * (1 - p) / variance) if variance > 0 else total
    correction = (stdtrit(max(total - 1, 1), ENDS[1]) / stdtrit(freedom, ENDS[1])) ** 2
    n = min(trials if shared else total, max(1.0, effective * correction))
    x = p * n
    low = 0.0 if x <= 0 else float(betaincinv(x, n - x + 1, ENDS[0]))
    high = 1.0 if x >= n else float(betaincinv(x + 1, n - x, ENDS[1]))
    return Estimate(p, low, high)


def mean_over_runs(values: ArrayLike) -> tuple[Estimate, float]:
    """Mean over runs ``[S]`` or ``[S, K]``, Student's t interval and two-sided p-value of it being 0.

    A single run has no interval and p = 1; runs that all agree have an interval without width.
    """
    values = np.asarray(values, dtype=float)
    mean = float(values.mean())
    variance, freedom = _crossed(values)
    if freedom == 0:
        return Estimate(mean, why="one run has no interval"), 1.0
    return _student(mean, variance, freedom)


def difference_of_shares(one: ArrayLike, other: ArrayLike | float, *, paired: bool = True) -> tuple[Estimate, float]:
    """Difference of two shares of recognised classes, its interval and two-sided p-value of it being 0.

    The variance is the larger one of two: over targets and scorers, and over single classes as
    independent trials, with Agresti and Min's (2005) two added trials, so that it is never 0. With 3
    targets, 3 scorers and 10 classes, what is no difference comes out at 5 % in 2 to 7 % of simulations.

    Args:
        one: ``[S, K, C]``: how surely class c of target s is recognised by scorer k, in [0, 1].
        other: the same of another attack; or a number, such as chance.
        paired: whether both are of the same targets, scorers and classes.
    """
    one, other = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    parts = [one - other] if paired or other.ndim == 0 else [one, other]
    mean = float(parts[0].mean() - sum(part.mean() for part in parts[1:]))
    errors = [_larger_variance(part) for part in parts]
    variance = sum(v for v, _ in errors)
    freedom = variance**2 / sum(v**2 / f for v, f in errors)
    found, p = _student(mean, variance, freedom)
    return Estimate(mean, max(found.low, -1.0), min(found.high, 1.0)), p


def _larger_variance(values: Float[Array, "S K C"]) -> tuple[float, float]:
    """Of the mean: over targets and scorers, or over single trials; with its degrees of freedom."""
    of_runs, freedom = _crossed(values.mean(2))
    trials = values.mean(1).ravel()
    n = len(trials) + 2
    of_trials = ((trials**2).sum() + 1) / n**2 - trials.sum() ** 2 / n**3
    return (of_runs, freedom) if of_runs > of_trials else (of_trials, n - 3)


def _crossed(values: Array) -> tuple[float, float]:
    """Variance of the mean of ``[S]`` or ``[S, K]`` values, and its degrees of freedom (0 for a single value)."""
    table = values.reshape(len(values), -1)
    sides = [means for means in (table.mean(1), table.mean(0)) if len(means) > 1]
    parts = [(means.var(ddof=1) / len(means), len(means) - 1) for means in sides]
    variance = sum(v for v, _ in parts)
    if variance == 0:
        return 0.0, min((f for _, f in parts), default=0)
    return float(variance), float(variance**2 / sum(v**2 / f for v, f in parts))


def _student(mean: float, variance: float, freedom: float) -> tuple[Estimate, float]:
    error = float(np.sqrt(variance))
    half = float(stdtrit(freedom, ENDS[1])) * error
    p = 2 * stdtr(freedom, -abs(mean) / error) if error > 0 else float(mean == 0)
    return Estimate(mean, mean - half, mean + half), float(p)


def holm(p: ArrayLike) -> Float[Array, " K"]:
    """Holm's step-down correction of p-values for testing K hypotheses at once."""
    p = np.asarray(p, dtype=float)
    order = np.argsort(p)
    scaled = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(scaled, 1)[np.argsort(order)]
