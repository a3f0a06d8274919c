"""The rows of the benchmark by name, and one row run: results equal first, then times in turn."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from . import attacks, membership, neurons, training
from .measure import CLOCKS, Absent, Contest, in_turn

ROWS: dict[str, Callable[[], Contest]] = training.ROWS | neurons.ROWS | attacks.ROWS | membership.ROWS
ENDS = (0.05, 0.5, 0.95)


def chosen(names: Sequence[str]) -> list[str]:
    """The rows that have one of ``names``, or begin with one that no row has; all without any.

    Raises:
        ValueError: for a name that no row begins with.
    """
    for name in names:
        if not any(row.startswith(name) for row in ROWS):
            raise ValueError(f"There is no row {name!r}. Choose among: {', '.join(ROWS)}.")
    return [row for row in ROWS if not names or any(row == n or (n not in ROWS and row.startswith(n)) for n in names)]


def measured(row: str, repeats: int | None = None, clock: str = "wall") -> Iterator[dict]:
    """A line for each contestant of a row.

    Seconds are medians with the 5 % and 95 % quantile of the repeats; ``ratio`` is the contestant's time over ours,
    taken pair by pair, so that it holds when the machine's speed drifts. ``clock`` is one of ``CLOCKS``.

    Raises:
        AssertionError: where the results of ours and the peer differ by more than the row's tolerance.
    """
    try:
        contest = ROWS[row]()
        off = None if contest.distance is None else contest.distance()
    except ModuleNotFoundError as error:
        yield {"row": row, "role": "peer", "who": error.name.partition(".")[0], "remark": "not installed"}
        return
    except Absent as error:
        yield {"row": row, "role": "peer", "who": str(error), "remark": "none on this machine"}
        return
    if off is not None and not off <= contest.tolerance:
        raise AssertionError(f"{row}: results differ by {off:.2g}, more than {contest.tolerance:.2g}.")
    roles = {"snnlib": contest.ours, "peer": contest.theirs, "floor": contest.floor}
    names = {"snnlib": "snnlib", "peer": contest.peer, "floor": contest.floor_of}
    times = in_turn({role: run for role, run in roles.items() if run}, repeats, CLOCKS[clock])
    for role, seconds in times.items():
        low, middle, high = np.quantile(seconds, ENDS)
        ratio_low, ratio, ratio_high = np.quantile(seconds / times["snnlib"], ENDS)
        line = {"row": row, "work": contest.workload, "role": role, "who": names[role]}
        line |= {"seconds": middle, "low": low, "high": high}
        line |= {"ratio": ratio, "ratio_low": ratio_low, "ratio_high": ratio_high, "repeats": len(seconds)}
        yield line | ({"distance": off, "tolerance": contest.tolerance} if role == "peer" else {})
