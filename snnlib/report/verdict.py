"""The three verdicts, how they are reached from tested comparisons, and how they are written."""

from collections.abc import Callable, Hashable, Sequence

import numpy as np
import pandas as pd

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


def judged(
    comparisons: Sequence[Tested], corrected: np.ndarray, group: Callable[[Tested], Hashable]
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


def worst(verdicts: list[str]) -> str:
    """A claim is as good as its worst comparison."""
    return next((v for v in (CONTRADICTED, INCONCLUSIVE) if v in verdicts), SUPPORTED)


def claimed_side(rows: pd.DataFrame) -> str:
    """How many comparisons, rows of A-V or B-V, came out on the claimed side, certain or not: ``5 of 6``."""
    found = rows["value"]
    if "mean_over_targets" in rows:
        found = found.fillna(rows["mean_over_targets"])  # those of networks, not of points
    return f"{(found > -rows['margin']).sum()} of {len(rows)}"


def p_value(p: float) -> str:
    """As people read it: what is below a millionth rests on the tail of a distribution that nobody has looked at."""
    return "< 1e-06" if p < 1e-6 else f"{p:.2g}"


def once(shown: pd.DataFrame) -> pd.DataFrame:
    """A claim and the verdict on it stand in the first of its rows only."""
    repeated = shown["claim"].duplicated()
    shown.loc[repeated, ["claim", "on the claim"]] = ""
    return shown
