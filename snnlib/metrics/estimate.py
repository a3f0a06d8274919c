"""A number with its interval."""

from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; ``value`` is None where the data cannot give one, ``why`` says why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    why: str = ""
