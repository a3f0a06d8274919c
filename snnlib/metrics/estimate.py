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

    def text(self, digits: int = 2, percent: bool = False) -> str:
        """As people read it: ``0.97 [0.93, 0.99]``, or why there is no number; in percent without its sign."""
        if self.value is None:
            return self.why
        numbers = [
            f"{(100 if percent else 1) * n:.{digits}f}" for n in (self.value, self.low, self.high) if n is not None
        ]
        return numbers[0] if self.low is None else f"{numbers[0]} [{numbers[1]}, {numbers[2]}]"

    def __str__(self) -> str:
        return self.text()

    def __format__(self, spec: str) -> str:
        """``f"{estimate:.1%}"``: the format of a number, applied to all three."""
        if self.value is None or not spec:
            return self.text()
        sign = "%" if spec.endswith("%") else ""
        value, *ends = (format(n, spec).removesuffix("%") for n in (self.value, self.low, self.high) if n is not None)
        return f"{value} [{', '.join(ends)}] {sign}".rstrip() if ends else f"{value} {sign}".rstrip()
