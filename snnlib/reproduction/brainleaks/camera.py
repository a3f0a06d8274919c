"""What recordings of N-MNIST are like, simulated or real, so that the two can be held side by side (a job)."""

import numpy as np

from ...datasets.loading import balanced, located
from ...datasets.nmnist import NMNIST, events_of
from ...datasets.sources import Source, locate
from ...engine.store import Job
from ...errors import SettingError

BIN_MS, BINS = 10, 33  # of the count of events over time; a recording takes 0.31 s
DIGITS = 10


def jobs(count: int, seed: int = 0) -> dict[str, Job]:
    """Statistics of ``count`` simulated recordings, and of as many real ones where they are there.

    ``seed`` is the run's: which recordings, and how they are simulated.
    """
    sources, real = {"simulated": ("simulated", locate(NMNIST.recorded.shows).digest)}, locate(NMNIST)
    if real.kind in ("official", "own copy"):
        sources["real"] = real.kind, real.digest
    settings = {"count": count, "seed": seed}
    return {
        name: Job(statistics, settings | {"source": kind, "digest": digest}, f"look at recordings ({kind})")
        for name, (kind, digest) in sources.items()
    }


def statistics(source: str, digest: str, count: int, seed: int = 0, device: str = "cpu"):
    """Numbers and pictures of some recordings for training, the classes as equal as they can be (a task).

    Returns:
        events ``[n]``, duration_ms ``[n]`` (time of the last event), share_brighter ``[n]``, per_bin ``[n, bins]``
        (events in each 10 ms), and picture, picture_darker ``[10, 34, 34]``: all events, and those of channel 0,
        of one recording of each digit.

    Raises:
        DataError: if the real recordings have changed since the job was made.
        SettingError: for fewer recordings than there are digits.
    """
    if count < DIGITS:
        raise SettingError(f"{count} recordings do not show {DIGITS} digits.", f"Look at {DIGITS} or more.")
    found = Source(NMNIST, source) if source == "simulated" else located(NMNIST, source, digest)
    labels, events = events_of(found, seed)["train"]
    chosen = balanced(labels, min(count, len(labels)), seed)
    recordings = [events(int(i)) for i in chosen]
    first = [int((labels[chosen] == digit).argmax()) for digit in range(DIGITS)]
    edges = np.arange(BINS + 1) * BIN_MS * 1000
    return {
        "events": np.array([len(r) for r in recordings]),
        "duration_ms": np.array([r["t"][-1] / 1000 for r in recordings]),
        "share_brighter": np.array([r["p"].mean() for r in recordings]),
        "per_bin": np.stack([np.histogram(r["t"], edges)[0] for r in recordings]),
        "picture": np.stack([_summed(recordings[i]) for i in first]),
        "picture_darker": np.stack([_summed(recordings[i][~recordings[i]["p"]]) for i in first]),
    }, {"source": source}


def _summed(events: np.ndarray) -> np.ndarray:
    counts = np.zeros((34, 34), np.int32)
    np.add.at(counts, (events["y"], events["x"]), 1)
    return counts
