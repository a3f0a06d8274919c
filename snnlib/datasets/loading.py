"""What the tasks of all data sets have in common: the source that a job was made for, and a part of its images."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import DataError
from ..randomness import numpy_generator
from .sources import Arrays, DataSet, Source, locate, read


def located(entry: DataSet, source: str, digest: str) -> Source:
    """The source that a job was made for; `DataError` if the content on disk is another one by now."""
    found = locate(entry)
    if (found.kind, found.digest) != (source, digest):
        raise DataError(f"The files of {entry.title} changed while they were in use.", "Run again.")
    return found


def load_images(
    entries: Sequence[DataSet], name: str, source: str, digest: str, shrink: int, limits: Mapping[str, int], seed: int
) -> tuple[Arrays, dict]:
    """Read a data set, take a part of it and make its images smaller.

    Args:
        entries: the data sets of a module; ``name`` says which of them.
        source, digest: from what kind of source, with which content.
        shrink: side of the squares of pixels that are averaged into one.
        limits: for ``train``, ``test`` or ``pool``: at most so many points, the classes as equal as they can be.
        seed: of the run; with another one, other points are taken.

    Returns:
        arrays (see `sources.read`), and ``info`` with name, title, source, classes, image shape, sizes, and mean and
        sd of the colour channels, for whoever normalises them. Errors: see `located`.
    """
    (entry,) = (entry for entry in entries if entry.name == name)
    arrays, sizes = read(located(entry, source, digest)), {}
    for part in [key.removesuffix("images") for key in arrays if key.endswith("images")]:
        images, labels, which = f"{part}images", f"{part}labels", part.rstrip("_") or "pool"
        kept = balanced(arrays[labels], limits.get(which), seed)
        arrays[images], arrays[labels] = shrunk(arrays[images][kept], shrink), arrays[labels][kept]
        sizes[which], shape = len(kept), list(arrays[images].shape[1:])
    info = {
        "dataset": name,
        "title": entry.title,
        "source": source,
        "classes": 1 + max(int(array.max()) for key, array in arrays.items() if key.endswith("labels")),
        "shape": shape,
        "mean": list(entry.mean),
        "sd": list(entry.sd),
        "sizes": sizes,
    }
    return arrays, info


def balanced(labels: np.ndarray, limit: int | None, seed: int = 0) -> np.ndarray:
    """Indices, in order, of at most ``limit`` points drawn at random (None: all), the classes as equal as can be."""
    order = numpy_generator(seed, "limit").permutation(len(labels))
    rank = np.empty(len(labels), int)
    for label in np.unique(labels):
        places = order[labels[order] == label]
        rank[places] = np.arange(len(places))
    return np.sort(order[np.argsort(rank[order], kind="stable")[:limit]])


def shrunk(images: np.ndarray, factor: int) -> np.ndarray:
    """Average squares of ``factor x factor`` pixels, rounded to whole bytes; ``images [N, H, W, ...]``."""
    if factor == 1:
        return images
    n, height, width, *rest = images.shape
    height, width = height // factor, width // factor
    blocks = images[:, : height * factor, : width * factor].reshape(n, height, factor, width, factor, *rest)
    return blocks.mean((2, 4), dtype=np.float32).round().astype(np.uint8)
