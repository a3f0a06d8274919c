"""Contrasts: differences whose variance has several sources, tested on one side.

A contrast D is, say, the mean AUC of one attack minus that of another. Its variance is a sum of parts, one for each
thing that a repetition would draw anew, such as pairs of networks and points, or targets and scorers. Parts of one kind
from several data sets add, and so do their degrees of freedom by Satterthwaite (1946). Between kinds, critical values
are Cochran and Cox's (1957): the mean of Student's quantiles, weighted by the parts' variances.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import stdtrit

from ..arrays import float64
from ..errors import SettingError
from .estimate import ENDS, Array, Estimate, within_0_and_1

ROUNDING = 1e-16  # a variance of less is none: values are of the order of 1


class Part(NamedTuple):
    """What one source adds to the variance of a contrast."""

    kind: str  # parts of one kind add
    variance: float
    freedom: float  # degrees of freedom
    unit: str  # what there must be more of for it to shrink
    units: int  # how many of them there are


@dataclass(frozen=True)
class Contrast:
    """A difference and the parts of its variance. Contrasts of independent data add; a factor scales them."""

    value: float
    parts: tuple[Part, ...]

    def __add__(self, other: "Contrast") -> "Contrast":
        return Contrast(self.value + other.value, self.parts + other.parts)

    def __rmul__(self, factor: float) -> "Contrast":
        scaled = (part._replace(variance=factor**2 * part.variance) for part in self.parts)
        return Contrast(factor * self.value, tuple(scaled))

    @property
    def variance(self) -> float:
        return sum(part.variance for part in self.parts)

    def kinds(self) -> tuple[Float[Array, " P"], Float[Array, " P"]]:
        """Variances of the kinds of parts, without those that are 0, and their degrees of freedom."""
        of: dict[str, list[Part]] = {}
        for part in self.parts:
            of.setdefault(part.kind, []).extend([part] if part.variance > ROUNDING else [])
        sums = {kind: sum(part.variance for part in parts) for kind, parts in of.items() if parts}
        inverse = [sum((part.variance / v) ** 2 / part.freedom for part in of[kind]) for kind, v in sums.items()]
        return np.array([*sums.values()]), np.array([1 / f if f else np.inf for f in inverse])

    def critical(self, alpha: float) -> float:
        """How many standard errors above its bound D must lie to be certain at the one-sided level ``alpha``."""
        variances, freedoms = self.kinds()
        return float(-(variances * stdtrit(freedoms, alpha)).sum() / variances.sum())

    def p(self, bound: float, side: int) -> float:
        """One-sided p-value for D above (side 1) or below (side -1) a bound; 1 for a contrast without variance."""
        if self.variance <= ROUNDING:
            return 1.0
        z = side * (self.value - bound) / self.variance**0.5
        z = np.clip(z, *(self.critical(level) for level in (1 - 1e-9, 1e-30)))
        return float(np.exp(brentq(lambda log: self.critical(np.exp(log)) - z, np.log(1e-30), np.log(1 - 1e-9))))

    def half(self) -> float:
        """Half the width of the 95 % interval; 0 for a contrast without variance."""
        return self.critical(ENDS[0]) * self.variance**0.5 if self.variance > ROUNDING else 0.0

    def estimate(self) -> Estimate:
        """D with its 95 % interval."""
        if not (half := self.half()):
            return Estimate(self.value, why="no spread")
        return Estimate(self.value, self.value - half, self.value + half)

    def share(self) -> Estimate:
        """A value between 0 and 1 with its 95 % interval, on the logit scale; without width where nothing varies."""
        return Estimate(self.value, *within_0_and_1(self.value, self.half()))


def over_pairs(values: ArrayLike, influence: ArrayLike) -> Contrast:
    """A contrast of networks that come in complementary pairs and share their points.

    Pairs vary: the variance of their means over P, with P - 1 degrees of freedom. What all of them owe to the same N
    points does not shrink with more pairs: the mean covariance, over points, of two pairs' influence, over N.
    SettingError for fewer than two pairs, or values and influences that do not match.

    Args:
        values: ``[M]``, one for each of M = 2 P networks, pairs side by side.
        influence: ``[M, N]``, of each point on each value: see `snnlib.metrics.membership.auc_influence`.
    """
    values, influence = float64(values), float64(influence)
    if values.ndim != 1 or len(values) < 4 or len(values) % 2 or influence.ndim != 2 or len(influence) != len(values):
        problem = f"Values {values.shape} and influences {influence.shape} are not those of several pairs of networks."
        raise SettingError(problem, "Pass [M] and [M, N] for the networks of at least two pairs, pairs side by side.")
    pairs, phi = values.reshape(-1, 2).mean(1), influence.reshape(len(values) // 2, 2, -1).mean(1)
    p, n = phi.shape
    shared = (phi.sum(0).var(ddof=1) - phi.var(1, ddof=1).sum()) / (p * (p - 1))
    over_points = Part("points", max(0.0, shared) / n, np.inf, "points", n)
    return Contrast(float(pairs.mean()), (Part("pairs", pairs.var(ddof=1) / p, p - 1, "pairs", p), over_points))


def over_targets(values: ArrayLike) -> Contrast:
    """A contrast of S targets, or of S targets that K scorers judge, or of their samples of C classes.

    Targets vary (S - 1 degrees of freedom), and so do scorers (K - 1; less what single pairs of target and scorer do
    to each other, which is in the targets' part already). Where few classes leave little to vary, the floor is the
    variance of single samples, with Agresti and Min's (2005) two more trials: what it adds is a part of its own, with
    S C - 1 degrees of freedom. SettingError for a single target or scorer, or values that are not finite.

    Args:
        values: ``[S]``, ``[S, K]`` or, each in [-1, 1], ``[S, K, C]``.
    """
    values = float64(values)
    if not np.isfinite(values).all() or min(values.shape[:2]) < 2:
        raise SettingError("One target or scorer has no spread.", "Pass finite values of at least two of each.")
    parts = list(crossed(values.reshape(*values.shape[:2], -1).mean(2) if values.ndim == 3 else values))
    if values.ndim == 3:
        x = values.mean(1).ravel()
        n = len(x) + 2
        of_samples = ((x**2).sum() + 1) / n**2 - x.sum() ** 2 / n**3 - sum(part.variance for part in parts)
        parts.append(Part("samples", max(0.0, of_samples), len(x) - 1, "targets", len(values)))
    return Contrast(float(values.mean()), tuple(parts))


def crossed(values: Float[Array, "S *K"]) -> Iterator[Part]:
    """What targets and scorers add to the variance of the mean of ``[S]`` or ``[S, K]``; none for a single one."""
    table = values.reshape(len(values), -1)
    (s, k), rows, columns = table.shape, table.mean(1), table.mean(0)
    if s > 1:
        yield Part("targets", rows.var(ddof=1) / s, s - 1, "targets", s)
    if k > 1:
        rest = table - rows[:, None] - columns + table.mean()
        both = (rest**2).sum() / max(1, (s - 1) * (k - 1)) / (s * k)
        yield Part("scorers", max(0.0, columns.var(ddof=1) / k - both), k - 1, "scorers", k)
