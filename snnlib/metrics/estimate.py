"""A number with its interval."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

Array = np.ndarray
ENDS = (1 - 0.95) / 2, 1 - (1 - 0.95) / 2  # of a 95 % interval, as quantiles


def within_0_and_1(value: float, half: float) -> tuple[float, float]:
    """Ends of an interval around a value between 0 and 1, on the logit scale, which keeps them there."""
    if not 0 < value < 1:
        return max(0.0, value - half), min(1.0, value + half)
    scaled = half / (value * (1 - value))
    return float(expit(logit(value) - scaled)), float(expit(logit(value) + scaled))


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; ``value`` is None where the data cannot give one, ``why`` says why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    why: str = ""

    def text(self, digits: int = 2, percent: bool = False) -> str:
        """As people read it: ``0.97 [0.93, 0.99]``, or why there is no number; in percent without its sign."""
        return format(self, f".{digits}{'%' if percent else 'f'}").removesuffix(" %")

    def __str__(self) -> str:
        return self.text()

    def __format__(self, spec: str) -> str:
        """``f"{estimate:.1%}"``: the format of a number, applied to all three; with two digits without one."""
        if self.value is None:
            return self.why
        spec = spec or ".2f"
        value, *ends = (format(n, spec).removesuffix("%") for n in (self.value, self.low, self.high) if n is not None)
        interval = f" [{', '.join(ends)}]" if ends else ""
        return f"{value}{interval}{' %' if spec.endswith('%') else ''}"
