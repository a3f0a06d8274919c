"""Jobs that read a data set; what they run stands in the data set's own module."""

from collections.abc import Mapping

from ...datasets.catalogue import dataset
from ...datasets.frames import PARTS
from ...datasets.sources import locate
from ...engine.store import Job
from .gather import gather


def data_job(
    name: str,
    stand_in: str = "",
    *,
    shrink: int = 1,
    limits: Mapping[str, int] | None = None,
    frames: Mapping | None = None,
    seed: int = 0,
) -> Job:
    """The job that reads a data set, or its stand-in where that one is missing, from the best source there is.

    Its key holds the content's digest.

    Args:
        shrink: side of the squares of pixels that become one.
        limits: for ``train``, ``test`` or ``pool``: at most so many points, the classes as equal as they can be.
        frames: for recordings: see `snnlib.datasets.frames`.
        seed: of the run: which points ``limits`` leave, and how recordings are simulated.
    """
    source = locate(dataset(name))
    if source.kind == "missing" and stand_in:
        source = locate(dataset(stand_in))
    entry = source.dataset
    settings = {
        "name": entry.name,
        "source": source.kind,
        "digest": source.digest,
        "shrink": shrink,
        "limits": dict(limits or {}),
        "seed": seed if limits or source.kind == "simulated" else 0,  # nothing else is drawn at random
    }
    if not entry.recorded:
        return Job(entry.task, settings, f"read {entry.title}")
    settings["frames"] = dict(frames or {})
    parts = {}
    for i in range(PARTS):
        parts[f"part_{i}"] = Job(entry.task, settings | {"part": i}, f"frames of {entry.title}, part {i + 1}")
    return Job(gather, parts, f"read {entry.title}")
