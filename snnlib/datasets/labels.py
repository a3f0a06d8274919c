"""Labels of points: every class, and as equal a part of each as there is."""

import numpy as np

from ..errors import DataError
from ..randomness import numpy_generator


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


def balanced(labels: np.ndarray, limit: int | None, seed: int = 0) -> np.ndarray:
    """Indices, in order, of at most ``limit`` points drawn at random (None: all), the classes as equal as can be."""
    order = numpy_generator(seed, "limit").permutation(len(labels))
    rank = np.empty(len(labels), int)
    for label in np.unique(labels):
        places = order[labels[order] == label]
        rank[places] = np.arange(len(places))
    return np.sort(order[np.argsort(rank[order], kind="stable")[:limit]])
