"""Which points are taken of a data set, and who is a member of which network's training set (paper B)."""

import numpy as np

from ..errors import DataError, SettingError
from ..randomness import numpy_generator


def membership(n: int, references: int, seed: int) -> np.ndarray:
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


def check_every_class(labels: np.ndarray, classes: int, where: str) -> None:
    """What is shown or measured class by class needs a point of every class.

    Args:
        labels: ``[N]``, from 0.
        classes: how many there are.
        where: what the points are, for the error.

    Raises:
        DataError: if a class has no point.
    """
    lacking = np.setdiff1d(np.arange(classes), labels)
    if len(lacking):
        named = ", ".join(map(str, lacking[:5])) + (" and others" if len(lacking) > 5 else "")
        raise DataError(
            f"The {where} points have none of class {named}, of {classes} classes.",
            "Use data that have every class, or a larger part of them.",
        )


def balanced(labels: np.ndarray, limit: int) -> np.ndarray:
    """Indices, in order, of ``limit`` points, the same number of each class as far as possible."""
    order = numpy_generator(0, "limit").permutation(len(labels))
    rank = np.empty(len(labels), int)
    for label in np.unique(labels):
        places = order[labels[order] == label]
        rank[places] = np.arange(len(places))
    return np.sort(order[np.argsort(rank[order], kind="stable")[:limit]])
