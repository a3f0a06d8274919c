"""The three verdicts, how they are reached from tested comparisons, and how they are written."""

from collections.abc import Callable, Collection, Hashable, Sequence

import numpy as np

from ..metrics.runs import holm

SUPPORTED, CONTRADICTED, INCONCLUSIVE = "supported", "contradicted", "inconclusive"
LEVEL = 0.05


class Tested:
    """A comparison with a p-value ``p`` and a ``side``: 1 is the claimed one, -1 the other one, 0 neither."""

    p: float
    side: int

    def verdict(self, corrected: float) -> str:
        """One of the three verdicts, given the p-value after correction."""
        if corrected >= LEVEL or self.side == 0:
            return INCONCLUSIVE
        return SUPPORTED if self.side > 0 else CONTRADICTED


def verdicts_by(
    group: Callable[[Tested], Hashable], comparisons: Sequence[Tested], corrected: np.ndarray
) -> dict[Hashable, str]:
    """The verdict on each group of comparisons, such as those of one claim.

    Supported if all of its comparisons are on the claimed side at 5 %, which needs no correction for their number (an
    intersection-union test, Berger 1982), only for that of the groups: Holm's. Contradicted if one of them is, on
    the other side, at its own ``corrected`` p-value. Inconclusive otherwise.
    """
    groups: dict[Hashable, list[tuple[Tested, float]]] = {}
    for comparison, p in zip(comparisons, corrected, strict=True):
        groups.setdefault(group(comparison), []).append((comparison, p))
    hardest = holm(np.array([max(c.p if c.side > 0 else 1.0 for c, _ in of_group) for of_group in groups.values()]))
    verdicts = {}
    for (key, of_group), p in zip(groups.items(), hardest, strict=True):
        against = any(c.verdict(q) == CONTRADICTED for c, q in of_group)
        verdicts[key] = CONTRADICTED if against else SUPPORTED if p < LEVEL else INCONCLUSIVE
    return verdicts


def weakest(verdicts: Collection[str]) -> str:
    """The verdict on a claim that rests on several ones."""
    return next((v for v in (CONTRADICTED, INCONCLUSIVE) if v in verdicts), SUPPORTED)


def p_value(p: float) -> str:
    """A p-value as text; below a millionth it would rest on the far tail of a distribution, which no sample shows."""
    return "< 1e-06" if p < 1e-6 else f"{p:.2g}"
