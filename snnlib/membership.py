"""Membership inference: was this point in the training set? (paper B)

Attacks work on plain arrays: ``target [N]`` and ``references [R, N]`` are natural logarithms of the probability of each
point's true label, in float64. A higher score means: more likely a member. `Signals` holds what networks answered to
`snnlib.queries`, and says which of them may be used against which.
"""

import functools
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from .errors import SettingError

Array = np.ndarray


def attack_p(target: Float[Array, " N"], references: Float[Array, "R M"] | None = None) -> Float[Array, " N"]:
    """Attack-P: the target's confidence itself, ``log p(x | theta)`` (paper B, table 1). ``[N] -> [N]``

    It takes no references; the argument is there so that all attacks are called alike.
    """
    return _check(target)


def attack_r(target: Float[Array, " N"], references: Float[Array, "R M"]) -> Float[Array, " N"]:
    """Attack-R: share of references with ``p(x | theta) >= p(x | reference)`` (paper B, table 1).

    Takes R + 1 values only: at a false positive rate below that of its highest value it has no power.

    Args:
        target: ``[N]``.
        references: ``[R, N]``, of the same points.
    """
    _check(target, references)
    return (target >= references).mean(0)


def rmia(target: Float[Array, " N"], references: Float[Array, "R M"]) -> Float[Array, " N"]:
    """RMIA as paper B released it: ``log( p(x | theta) / mean_r p(x | reference_r) )``.

    The mean is over IN and OUT references. The published form (Zarifzadeh et al., 2024) is with one
    query a monotone function of this one, so its ROC is the same up to ties.

    Args:
        target: ``[N]``.
        references: ``[R, N]``, of the same points.
    """
    _check(target, references)
    return target - log_mean(references)


ATTACKS = {"P": attack_p, "R": attack_r, "RMIA": rmia}


def log_mean(log_probabilities: Float[Array, "K *N"]) -> Float[Array, "*N"]:
    """Logarithm of the mean probability over the first axis, exact to rounding both near p = 0 and near p = 1."""
    most = log_probabilities.max(0)
    return most + np.log1p(np.expm1(log_probabilities - most).mean(0))


def _check(target: Array, references: Array | None = None) -> Array:
    """The target; refuses what is no log-probability, and references that were asked about other points."""
    for values, axes in ((target, 1), (references, 2)):
        if values is not None and (values.ndim != axes or not np.isfinite(values).all() or (values > 0).any()):
            raise SettingError(
                "These are no log-probabilities: every value must be finite and at most 0.",
                f"Pass natural logarithms of probabilities as an array with {axes} axes.",
            )
    if references is not None and (len(references) == 0 or references.shape[1:] != target.shape):
        raise SettingError(
            f"References of shape {references.shape} do not belong to a target of shape {target.shape}.",
            "Pass log-probabilities [N] of the target and [R, N] of at least one reference, for the same points.",
        )
    return target


class Attacked(NamedTuple):
    """A target, the references that may be used against it, and the truth.

    ``target [N]`` and ``references [R, N]`` are log-probabilities, those of several queries averaged as
    probabilities; ``members [N]`` says which points the target was trained on.
    """

    target: Array
    references: Array
    members: Array

    def scores(self, attack: str) -> Array:
        """``[N]``, of one of ``ATTACKS``."""
        return ATTACKS[attack](self.target, self.references)


_ARRAYS = {  # of `Signals`: the axes and the kinds of type
    "z": ("MQN", "f"), "correct": ("MQN", "b"), "inside": ("MN", "b"), "labels": ("N", "iu"),
    "by_step": ("MTN", "f"), "population": ("MZ", "f"),
}  # fmt: skip


@dataclass(frozen=True)
class Signals:
    """What M networks answer when each is asked Q times about the same N points.

    Raises:
        SettingError: for arrays that do not fit each other, are not finite, or are of another type.
    """

    z: Array  #: ``[M, Q, N]``: logit of the true label minus logsumexp of the others; ``log p = logsigmoid(z)``.
    correct: Array  #: ``[M, Q, N]``: whether the label was recognised.
    inside: Array  #: ``[M, N]``: whether a point was in a network's training set.
    labels: Array  #: ``[N]``: the true labels.
    by_step: Array | None = None  #: ``[M, T, N]``: ``z`` after each time step, for attacks on the course over time.
    population: Array | None = None  #: ``[M, Z]``: ``z`` of points that no network has seen.

    def __post_init__(self) -> None:
        sizes: dict[str, int] = {}  # of each axis
        for name, (axes, kinds) in _ARRAYS.items():
            array = getattr(self, name)
            if array is None:
                continue
            fits = array.ndim == len(axes) and array.dtype.kind in kinds and np.isfinite(array).all()
            if not fits or any(sizes.setdefault(a, n) != n for a, n in zip(axes, array.shape, strict=True)):
                problem = f"{name} of shape {array.shape} and type {array.dtype} does not fit, or is not finite."
                raise SettingError(problem, f"Pass an array [{', '.join(axes)}], as `Signals` describes it.")

    @property
    def log_p(self) -> Float[Array, "M Q N"]:
        """Log-probabilities of the true label."""
        return -np.logaddexp(0, -self.z)

    @functools.cached_property
    def averaged(self) -> Float[Array, "M N"]:
        """Logarithm of the mean probability over the queries."""
        return log_mean(np.moveaxis(self.log_p, 1, 0))

    def part(self, networks: slice = slice(None), queries: slice = slice(None)) -> "Signals":
        """The signals of some of the networks, and of some of their queries."""
        z, correct = (of[networks, queries] for of in (self.z, self.correct))
        by_step, population = (of if of is None else of[networks] for of in (self.by_step, self.population))
        return replace(self, z=z, correct=correct, inside=self.inside[networks], by_step=by_step, population=population)

    def of(self, k: int, references: "Signals | None" = None, count: int | None = None) -> Attacked:
        """Network k as a target, with the references that an attacker may use against it.

        A network that was trained on exactly the target's points is not among them, such as the ANN that it was
        converted from; nor is its complement, trained on exactly the others, which would give its membership away.

        Args:
            k: the target.
            references: signals of networks of another kind on the same points, if not those of the target's kind.
            count: how many of them to use, the next ones after k, cyclically; all without it.

        Raises:
            SettingError: if there is no such network, the points differ, or there are too few references.
        """
        others = self if references is None else references
        if not 0 <= k < len(self.z) or not np.array_equal(self.labels, others.labels):
            raise SettingError(
                f"There is no network {k}, or the references were asked about other points.",
                f"Choose a network below {len(self.z)}, and references with the same labels.",
            )
        shared = (others.inside == self.inside[k]).mean(1)
        order = np.roll(np.arange(len(others.z)), -(k + 1))
        allowed = order[(shared[order] > 0) & (shared[order] < 1)]
        if len(allowed) < max(count or 0, 1):
            raise SettingError(
                f"Network {k} has {len(allowed)} references, {max(count or 0, 1)} are needed.",
                "Pass signals of more networks, such as those of at least two complementary pairs.",
            )
        return Attacked(self.averaged[k], others.averaged[allowed[:count]], self.inside[k])
