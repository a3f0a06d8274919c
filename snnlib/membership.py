"""Membership inference: was this point in the training set? (paper B)

Attacks take lists, arrays or tensors, as float64: ``target [N]`` and ``references [R, N]`` are natural logarithms of
the probability of each point's true label. A higher score means: more likely a member. `Signals` holds what networks
answered to `snnlib.queries`, and says which of them may be used against which.
"""

import functools
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from .arrays import array, float64
from .errors import SettingError

Array = np.ndarray


def attack_p(target: ArrayLike, references: ArrayLike | None = None) -> Float[Array, " N"]:
    """Attack-P: the target's confidence itself, ``log p(x | theta)`` (paper B, table 1). ``[N] -> [N]``

    It takes no references; the argument is there so that all attacks are called alike.
    """
    return _checked(target)[0]


def attack_r(target: ArrayLike, references: ArrayLike) -> Float[Array, " N"]:
    """Attack-R: share of references with ``p(x | theta) >= p(x | reference)`` (paper B, table 1).

    Takes R + 1 values only: at a false positive rate below that of its highest value it has no power.
    """
    target, references = _checked(target, references)
    return (target >= references).mean(0)


def rmia(target: ArrayLike, references: ArrayLike) -> Float[Array, " N"]:
    """RMIA as paper B released it: ``log( p(x | theta) / mean_r p(x | reference_r) )``.

    The mean is over IN and OUT references. The published form (Zarifzadeh et al., 2024) is with one
    query a monotone function of this one, so its ROC is the same up to ties.
    """
    target, references = _checked(target, references)
    return target - log_mean(references)


ATTACKS = {"P": attack_p, "R": attack_r, "RMIA": rmia}


def log_mean(log_probabilities: ArrayLike) -> Float[Array, "*N"]:
    """Logarithm of the mean probability over the first axis ``[K, ...]``, exact to rounding near p = 0 and 1."""
    log_probabilities = float64(log_probabilities)
    most = log_probabilities.max(0)
    return most + np.log1p(np.expm1(log_probabilities - most).mean(0))


def _checked(target: ArrayLike, references: ArrayLike | None = None) -> list[Array]:
    """Both as float64; refuses what is no log-probability, and references that were asked about other points."""
    given = [float64(values) for values in (target, references) if values is not None]
    fit = all(of.ndim == axes and np.isfinite(of).all() and (of <= 0).all() for axes, of in enumerate(given, 1))
    if not fit or any(len(of) == 0 or of.shape[1:] != given[0].shape for of in given[1:]):
        problem = f"Shapes {', '.join(str(of.shape) for of in given)}: no log-probabilities of the same points."
        remedy = "Pass finite logarithms of probabilities, [N] of the target and [R, N] of at least one reference."
        raise SettingError(problem, remedy)
    return given


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


_ARRAYS = {  # of `Signals`: the axes and the kinds of type; real numbers become float64
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
            if getattr(self, name) is None:
                continue
            found = array(getattr(self, name))
            fits = found.ndim == len(axes) and found.dtype.kind in kinds and np.isfinite(found).all()
            if not fits or any(sizes.setdefault(a, n) != n for a, n in zip(axes, found.shape, strict=True)):
                problem = f"{name} of shape {found.shape} and type {found.dtype} does not fit, or is not finite."
                raise SettingError(problem, f"Pass an array [{', '.join(axes)}], as `Signals` describes it.")
            object.__setattr__(self, name, float64(found) if kinds == "f" else found)

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
            problem = f"There is no network {k}, or the references were asked about other points."
            raise SettingError(problem, f"Choose a network below {len(self.z)}, and references with the same labels.")
        shared = (others.inside == self.inside[k]).mean(1)
        order = np.roll(np.arange(len(others.z)), -(k + 1))
        allowed = order[(shared[order] > 0) & (shared[order] < 1)]
        if len(allowed) < max(count or 0, 1):
            problem = f"Network {k} has {len(allowed)} references, {max(count or 0, 1)} are needed."
            raise SettingError(problem, "Pass signals of more networks, such as those of two complementary pairs.")
        return Attacked(self.averaged[k], others.averaged[allowed[:count]], self.inside[k])
