"""Model inversion: paper A's metrics of a confidence matrix."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from ..arrays import float64
from ..errors import SettingError
from .estimate import Array


@dataclass(frozen=True)
class InversionScores:
    """Shares and means over the classes of one set of inverted samples."""

    attack_accuracy: float
    top3_accuracy: float
    average_confidence: float
    daa: float


def inversion_scores(confidence: ArrayLike) -> InversionScores:
    """The four metrics of paper A from a scorer's confidence matrix, one inverted sample a class.

    Entry ``[i, j]`` is the confidence in class j for the sample of class i. Attack accuracy: share of
    rows whose maximum is on the diagonal. Top-3: the true class is among the three largest of its
    row. Average confidence: mean of the diagonal. DAA: share of columns whose maximum is on the
    diagonal. A diagonal entry that ties with others counts as the share it would win by lot.

    Raises:
        SettingError: if the matrix is not square or holds what is not a number.
    """
    a = float64(confidence)
    if a.ndim != 2 or a.shape[0] != a.shape[1] or not a.size or not np.isfinite(a).all():
        problem = f"A confidence matrix of shape {a.shape} was given."
        raise SettingError(problem, "Pass a square matrix of finite numbers, [C, C].")
    return InversionScores(
        attack_accuracy=float(recognised(a).mean()),
        top3_accuracy=float(recognised(a, 3).mean()),
        average_confidence=float(np.diagonal(a).mean()),
        daa=float(recognised(a.T).mean()),
    )


def recognised(confidence: ArrayLike, k: int = 1) -> Float[Array, "*draws C"]:
    """For each class, whether its diagonal entry is among the k largest of its row: 0 or 1, ties broken by lot.

    Args:
        confidence: ``[..., C, C]``.
        k: how many count.
    """
    confidence = float64(confidence)
    diagonal = np.diagonal(confidence, axis1=-2, axis2=-1)[..., None]
    above, equal = (confidence > diagonal).sum(-1), (confidence == diagonal).sum(-1)
    return np.clip((k - above) / equal, 0, 1)
