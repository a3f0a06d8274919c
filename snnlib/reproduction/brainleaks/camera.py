"""What recordings of N-MNIST are like, simulated or real, so that the two can be held side by side (a job)."""

import numpy as np

from ...datasets.frames import raw_recordings
from ...datasets.labels import balanced
from ...datasets.sources import Source, locate
from ...engine.store import Job
from ...errors import SettingError

BIN_MS, BINS = 10, 33  # of the count of events over time; a recording takes 0.31 s
DIGITS = 10


def jobs(count: int) -> dict[str, Job]:
    """Statistics of ``count`` simulated recordings, and of as many real ones where they are there."""
    found = locate("nmnist")
    simulated = Source(found.dataset, "simulated", digest=locate("mnist").digest)
    sources = [simulated] if found.kind in ("simulated", "damaged") else [simulated, found]
    return {
        "simulated" if s is simulated else "real": Job(
            statistics, {"source": s.kind, "digest": s.digest, "count": count}, f"look at recordings ({s.kind})"
        )
        for s in sources
    }


def statistics(source: str, digest: str, count: int, device: str = "cpu"):
    """Numbers and pictures of the first recordings for training, the classes as equal as they can be (a job).

    Returns:
        events ``[n]``, duration_ms ``[n]`` (time of the last event), share_brighter ``[n]``, per_bin ``[n, bins]``
        (events in each 10 ms), and picture, picture_darker ``[10, 34, 34]``: all events, and those of channel 0,
        of one recording of each digit.

    Raises:
        SettingError: for fewer recordings than there are digits.
    """
    if count < DIGITS:
        raise SettingError(f"{count} recordings do not show {DIGITS} digits.", f"Look at {DIGITS} or more.")
    entry = locate("nmnist").dataset
    found = locate("nmnist") if source != "simulated" else Source(entry, source, digest=digest)
    labels, recording = raw_recordings(found)["train"]
    chosen = balanced(labels, min(count, len(labels)))
    recordings = [recording(int(i))[0] for i in chosen]
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
