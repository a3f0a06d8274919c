"""Jobs that make frames of recordings."""

from collections.abc import Mapping, Sequence

import numpy as np

from ...datasets.frames import DURATION, Drawn, raw_recordings, to_frames
from ...datasets.labels import balanced
from ...datasets.sources import Source, locate
from ...engine.store import Artefact, Job
from ...errors import DataError
from ...spikes import pack

PARTS = 8  # jobs that a data set is divided into, so that workers can share them


def events_job(source: Source, shrink: int, limits: Mapping[str, int], frames: Mapping) -> Job:
    """The job that makes frames of all recordings of a data set."""
    entry = source.dataset
    settings = {
        "name": entry.name,
        "source": source.kind,
        "digest": source.digest,
        "shrink": shrink,
        "limits": dict(limits),
        "frames": dict(frames),
        "sensor": list(entry.recorded.sensor),
        "sizes": list(entry.recorded.sizes),
        "classes": len(entry.recorded.classes),
    }
    parts = {
        f"part_{i}": Job(prepare, settings | {"part": i}, f"frames of {entry.title}, part {i + 1}")
        for i in range(PARTS)
    }
    return Job(gather, parts, f"read {entry.title}")


def prepare(
    name: str,
    source: str,
    digest: str,
    shrink: int,
    limits: Mapping[str, int],
    frames: Mapping,
    sensor: Sequence[int],
    sizes: Sequence[int],
    classes: int,
    part: int,
    device: str = "cpu",
):
    """Frames of every eighth recording, beginning with number ``part`` (a job).

    Args:
        name, source, digest: which data set, from what kind of source, with which content.
        shrink: side of the squares of pixels that become one.
        limits: for ``train`` and ``test``: at most so many recordings, the classes as equal as they can be.
        frames: see the module.
        sensor, sizes, classes: as in `catalogue.Recorded`, of which a simulation is made; they are settings because
            the catalogue itself does not count for a job's key.

    Returns:
        ``packed [n, T, bytes]``, ``lengths [n]``, ``labels [n]`` for ``train_`` and ``test_``, and ``info``.

    Raises:
        DataError: if the content on disk is no longer the one that the job was made for.
    """
    found = locate(name)
    if (found.kind, found.digest) != (source, digest):
        raise DataError(f"The files of {found.dataset.title} changed while they were in use.", "Run again.")
    arrays, kept = {}, {}
    height, width = (n // shrink for n in sensor)
    seconds = DURATION if frames["steps"] is None else (frames["steps"] + 1.5) * frames["window"] / 1e6
    drawn = Drawn(height, tuple(sizes), classes, min(seconds, DURATION))
    for which, (labels, recording) in raw_recordings(found, shrink, drawn).items():
        chosen = np.arange(len(labels))
        if limits.get(which, len(labels)) < len(labels):
            chosen = balanced(labels, limits[which])
        kept[which] = len(chosen)
        chosen = chosen[part::PARTS]
        made = [to_frames(*recording(int(i)), (height, width), frames) for i in chosen]
        if made:
            packed, lengths = pack(made)
            arrays |= {f"{which}_packed": packed, f"{which}_lengths": lengths}
            arrays |= {f"{which}_labels": labels[chosen].astype(np.uint8)}
    info = {
        "dataset": name,
        "title": found.dataset.title,
        "source": source,
        "classes": classes,
        "shape": [height, width],
        "sizes": kept,
        "window_us": frames["window"],
    }
    return arrays, info


def gather(device: str = "cpu", **parts: Artefact):
    """All parts of a data set in the order of its recordings (a job): arrays as of `prepare`."""
    made = [parts[f"part_{i}"] for i in range(PARTS)]
    info, arrays = dict(made[0].info), {}
    for which, size in info["sizes"].items():
        longest = max(p.arrays[f"{which}_packed"].shape[1] for p in made if f"{which}_packed" in p.arrays)
        for name in ("packed", "lengths", "labels"):
            first = made[0].arrays[f"{which}_{name}"]
            shape = (size, longest, first.shape[2]) if name == "packed" else (size,)
            whole = np.zeros(shape, first.dtype)
            for i, p in enumerate(made):
                if f"{which}_{name}" in p.arrays:
                    values = p.arrays[f"{which}_{name}"]
                    whole[
                        (slice(i, None, PARTS), slice(values.shape[1])) if name == "packed" else slice(i, None, PARTS)
                    ] = values
            arrays[f"{which}_{name}"] = whole
    info["steps"] = int(arrays["train_lengths"].max())
    return arrays, info
