"""A lower bound of epsilon from a single training (Steinke, Nasr and Jagielski, 2023, arXiv 2305.08846).

Each of m units, points or persons, was in the training set or not by a fair coin of its own. The auditor guesses r of
the coins and is right v times. Had the training been (epsilon, delta)-differentially private with respect to
a unit, then by theorem 5.2, as appendix D computes it, with W binomial, r trials of q = e^epsilon / (1 + e^epsilon)::

    P[v or more right] <= P[W >= v] + 2 m delta max_i P[v > W >= v - i] / i        i = 1 ... v

An epsilon for which that is less than 1 - confidence is refuted, and with it every smaller one.
"""

import math
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, expit

from ..errors import SettingError
from ..metrics.membership import checked
from ..randomness import numpy_generator

UNFAIR = 1e-6  # how seldom fair coins give a split, at most, that is taken not to be made by them


@dataclass(frozen=True)
class Bound:
    """A lower bound of epsilon; see `lower_bound` for ``guesses``, ``confidence`` and ``delta``."""

    epsilon: float  #: No smaller one holds; 0 where nothing was shown.
    ceiling: float  #: Epsilon, had all guesses been right: this number of guesses cannot show more.
    guesses: int
    right: int
    confidence: float
    delta: float
    units: int

    def __str__(self) -> str:
        level = f"{100 * self.confidence:g} % confidence, delta {self.delta:g}"
        count = f"{self.right} of {self.guesses} guesses right, all of them would show {self.ceiling:.2f}"
        return f"epsilon is at least {self.epsilon:.2f} ({level}; {count})"


def lower_bound(
    scores: ArrayLike, members: ArrayLike, *, guesses: int, delta: float = 1e-5, confidence: float = 0.95, seed: int = 0
) -> Bound:
    """Epsilon's lower bound from an attack's scores on one network.

    The ``guesses / 2`` units of the highest scores are guessed to be members, as many of the lowest not to be. It holds
    for every attack that has not seen these coins, at an even number of guesses fixed beforehand: the best of several
    is no bound. Nor is it proved for exactly one half drawn at random, or for points that are easy to attack.

    Args:
        scores: ``[m]``, one a unit, higher for members.
        members: ``[m]``, True (or 1) for members, each an independent fair coin.
        delta: of the privacy that is to be refuted; 2 m delta has to be small.
        seed: of the lot that decides between equal scores.

    Raises:
        SettingError: for arrays that do not match, an impossible number, guesses that would show nothing even if all
            were right, and members that fair coins hardly ever give.
    """
    scores, members = checked(scores, members)
    units = len(members)
    if not isinstance(guesses, Integral) or guesses % 2 or not 2 <= guesses <= units:
        raise SettingError(f"{guesses!r} guesses about {units} units are impossible.", "Choose an even number from 2.")
    if not 0 <= delta < 1 or not 0 < confidence < 1:
        problem = f"A bound cannot have delta {delta} and confidence {confidence}."
        raise SettingError(problem, "Choose delta from 0 to below 1, and a confidence between 0 and 1.")
    if 2 * bdtr(min(members.sum(), (~members).sum()), units, 0.5) < UNFAIR:
        problem = f"Fair coins hardly ever give {members.sum()} members of {units} units."
        raise SettingError(problem, "Let each unit be in the training set with probability 1/2, on its own.")
    order = np.lexsort((numpy_generator(seed, "equal scores").random(units), scores))
    right = int((~members[order[: guesses // 2]]).sum() + members[order[-guesses // 2 :]].sum())
    ceiling, epsilon = (refuted(v, guesses, units, delta, confidence) for v in (guesses, right))
    if ceiling == 0:
        problem = f"{guesses} guesses about {units} units show nothing at delta {delta:g}, even if all are right."
        raise SettingError(problem, "Choose more guesses or a smaller delta.")
    return Bound(epsilon, ceiling, int(guesses), right, confidence, delta, units)


def refuted(right: int, guesses: int, units: int, delta: float, confidence: float) -> float:
    """The epsilon up to which right guesses refute privacy, by bisection; 0 if they refute nothing."""
    low, high = 0.0, math.log(guesses / confidence)  # all guesses right do not refute this one
    for _ in range(60):
        middle = (low + high) / 2
        refutes = p_value(right, guesses, units, middle, delta) < 1 - confidence
        low, high = (middle, high) if refutes else (low, middle)
    return low if low > 1e-9 else 0.0


def p_value(right: int, guesses: int, units: int, epsilon: float, delta: float) -> float:
    """How likely so many right guesses are, at most, under (epsilon, delta)-differential privacy."""
    below = np.append(0.0, bdtr(np.arange(right), guesses, expit(epsilon)))  # P[W < k] for k = 0 ... right
    most = ((below[-1] - below[-2::-1]) / np.arange(1, right + 1)).max(initial=0.0)
    return float(min(1.0, 1 - below[-1] + 2 * units * delta * most))
