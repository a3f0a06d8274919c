"""Membership inference: was this point in the training set? (paper B)

Attacks work on plain arrays: ``target [N]`` and ``references [R, N]`` are natural logarithms of the
probability of each point's true label, in float64. Under float32 probabilities saturate at 1 and
underflow to 0, and ranks are lost. A higher score means: more likely a member. `snnlib.queries`
asks the networks.
"""

import numpy as np
from jaxtyping import Float

from .errors import SettingError
from .randomness import numpy_generator

Array = np.ndarray


def attack_p(target: Float[Array, " N"], references: Float[Array, "R M"] | None = None) -> Float[Array, " N"]:
    """Attack-P: the target's confidence itself, ``log p(x | theta)`` (paper B, table 1). ``[N] -> [N]``

    It takes no references; the argument is there so that all attacks are called alike.
    """
    return _finite(target, 1)


def attack_r(target: Float[Array, " N"], references: Float[Array, "R M"]) -> Float[Array, " N"]:
    """Attack-R: share of references with ``p(x | theta) >= p(x | reference)`` (paper B, table 1).

    Takes R + 1 values only: at a false positive rate below that of its highest value it has no power.

    Args:
        target: ``[N]``.
        references: ``[R, N]``, of the same points.
    """
    _matching(target, references)
    return (target >= references).mean(0)


def rmia(target: Float[Array, " N"], references: Float[Array, "R M"]) -> Float[Array, " N"]:
    """RMIA as paper B released it: ``log( p(x | theta) / mean_r p(x | reference_r) )``.

    The mean is over IN and OUT references. The published form (Zarifzadeh et al., 2024) is with one
    query a monotone function of this one, so its ROC is the same up to ties.

    Args:
        target: ``[N]``.
        references: ``[R, N]``, of the same points.
    """
    _matching(target, references)
    return target - log_mean(references)


def log_mean(log_probabilities: Float[Array, "K N"]) -> Float[Array, " N"]:
    """Logarithm of the mean probability over the first axis, without leaving the logarithmic scale."""
    mean = np.logaddexp.reduce(log_probabilities, axis=0) - np.log(len(log_probabilities))
    return np.minimum(mean, 0)  # rounding may take a certainty above 1


def _matching(target: Array, references: Array) -> None:
    _finite(target, 1)
    _finite(references, 2)
    if len(references) == 0 or references.shape[1:] != target.shape:
        raise SettingError(
            f"References of shape {references.shape} do not belong to a target of shape {target.shape}.",
            "Pass log-probabilities [N] of the target and [R, N] of at least one reference, for the same points.",
        )


def _finite(values: Array, axes: int) -> Array:
    if values.ndim != axes or not np.isfinite(values).all() or (values > 0).any():
        raise SettingError(
            "These are no log-probabilities: every value must be finite and at most 0.",
            f"Pass natural logarithms of probabilities as an array with {axes} axes.",
        )
    return values


ATTACKS = {"P": attack_p, "R": attack_r, "RMIA": rmia}


def split_pairs(n: int, references: int, seed: int) -> np.ndarray:
    """Which points of a pool each network is trained on, as in paper B, section 4 ("simulated online").

    The pool is shuffled and halved: the first half trains the target. It is shuffled anew
    ``references / 2`` times; each shuffle gives a complementary pair of references. So every
    point is in the training set of exactly half of the references.

    Args:
        n: number of points in the pool.
        references: number of reference networks, even.
        seed: of the shuffles.

    Returns:
        booleans ``[1 + references, n]``; row 0 is the target, rows 2k+1 and 2k+2 are a pair.

    Raises:
        SettingError: for an odd number of references or fewer than two points.
    """
    if references < 2 or references % 2:
        raise SettingError(
            f"{references} references make no complementary pairs.", "Choose an even number, at least 2."
        )
    if n < 2:
        raise SettingError(f"A pool of {n} points cannot be halved.", "Choose a larger pool.")
    members = np.zeros((1 + references, n), bool)
    members[0, numpy_generator(seed, "target").permutation(n)[: n // 2]] = True
    for pair in range(references // 2):
        half = numpy_generator(seed, "references", pair).permutation(n)[: n // 2]
        members[2 * pair + 1, half] = True
        members[2 * pair + 2] = ~members[2 * pair + 1]
    return members


def complement(target: int) -> int | None:
    """The network that is trained on exactly the other points; the target with index 0 has none."""
    return None if target == 0 else target + 1 if target % 2 else target - 1
