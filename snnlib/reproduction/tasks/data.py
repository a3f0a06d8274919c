"""Jobs that read a data set."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...datasets.labels import balanced
from ...datasets.sources import locate, read
from ...engine.store import Job
from ...errors import DataError
from .events import events_job


def job(name: str, *, shrink: int = 1, limits: Mapping[str, int] | None = None, frames: Mapping | None = None) -> Job:
    """The job that reads a data set from the best source there is; its key holds the content's digest.

    ``frames`` is for recordings: see `snnlib.datasets.events`.
    """
    source = locate(name)
    if source.dataset.recorded:
        return events_job(source, shrink, limits or {}, frames or {})
    settings = {
        "name": name,
        "source": source.kind,
        "digest": source.digest,
        "shrink": shrink,
        "limits": dict(limits or {}),
        "mean": list(source.dataset.mean),
        "sd": list(source.dataset.sd),
    }
    return Job(load, settings, f"read {source.dataset.title}")


def load(
    name: str,
    source: str,
    digest: str,
    shrink: int,
    limits: Mapping[str, int],
    mean: list[float],
    sd: list[float],
    device: str = "cpu",
):
    """Read a data set, take a part of it and make its images smaller (a job).

    Args:
        name, source, digest: which data set, from what kind of source, with which content.
        shrink: side of the squares of pixels that are averaged into one.
        mean, sd: of the colour channels, for whoever normalises them.
        limits: for ``train``, ``test`` or ``pool``: at most so many points, the classes as equal as they can be.

    Returns:
        arrays (see `sources.read`) and ``info`` with name, source, classes, image shape and sizes.

    Raises:
        DataError: if the content on disk is no longer the one that the job was made for.
    """
    found = locate(name)
    if (found.kind, found.digest) != (source, digest):
        raise DataError(f"The files of {found.dataset.title} changed while they were in use.", "Run again.")
    raw = read(found)
    parts = {key.removesuffix("images"): None for key in raw if key.endswith("images")}
    arrays = {}
    for part in parts:
        images, labels = raw[f"{part}images"], raw[f"{part}labels"]
        limit = limits.get(part.rstrip("_") or "pool")
        if limit is not None and limit < len(labels):
            kept = balanced(labels, limit)
            images, labels = images[kept], labels[kept]
        arrays |= {f"{part}images": _shrink(images, shrink), f"{part}labels": labels}
    labels = np.concatenate([a for key, a in arrays.items() if key.endswith("labels")])
    shape = next(a for key, a in arrays.items() if key.endswith("images")).shape[1:]
    info = {
        "dataset": name,
        "title": found.dataset.title,
        "source": source,
        "classes": int(labels.max()) + 1,
        "shape": list(shape),
        "mean": mean,
        "sd": sd,
        "sizes": {
            key.removesuffix("labels").rstrip("_") or "pool": len(a)
            for key, a in arrays.items()
            if key.endswith("labels")
        },
    }
    return arrays, info


def _shrink(images: np.ndarray, factor: int) -> np.ndarray:
    """Average squares of ``factor x factor`` pixels, rounded to whole bytes; ``images [N, H, W, ...]``."""
    if factor == 1:
        return images
    n, height, width, *rest = images.shape
    height, width = height // factor, width // factor
    blocks = images[:, : height * factor, : width * factor].reshape(n, height, factor, width, factor, *rest)
    return blocks.mean((2, 4), dtype=np.float32).round().astype(np.uint8)


def data_job(name: str, stand_in: str = "", **settings: Any) -> Job:
    """The job that reads a data set, or its stand-in where the data set is not there; ``settings`` as of `job`."""
    return job(stand_in if stand_in and locate(name).kind == "missing" else name, **settings)
