"""Recordings of event cameras as binary frames: read or simulated, through tonic's own transforms (jobs).

``frames`` are the settings of the way from events to frames: ``denoise`` (microseconds, tonic's
Denoise), ``window`` (microseconds a frame, tonic's ToFrame), ``polarity`` (``first``: only channel
0, ``merged``: both as one) and ``steps`` (frames kept of each recording; None for all).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import DataError, SettingError
from ..randomness import numpy_generator
from .event_camera import Camera, saccades, watch
from .formats import read_dvsgesture, read_nmnist
from .gestures import CAMERA, gesture
from .sources import Source, locate, read, recordings

DURATION = 6.0  # seconds of a simulated gesture, as long as most real ones


_READERS = {".bin": read_nmnist, ".npy": read_dvsgesture}


def to_frames(events: np.ndarray, reduce: int, size: tuple[int, int], frames: Mapping) -> np.ndarray:
    """Events as binary frames ``[T, H, W]``, by tonic's Denoise, Downsample and ToFrame; at most 1 a pixel.

    Args:
        events: array of `formats.EVENTS`.
        reduce: side of the squares of pixels that become one.
        size: ``(H, W)`` of a frame.
        frames: see the module.

    Raises:
        DataError: if no event is left after denoising, or inside of the frames.
        SettingError: for an unknown ``polarity``.
    """
    from tonic import transforms  # slow to import, and only needed here

    if frames["polarity"] not in ("first", "merged"):
        raise SettingError(f"There is no polarity named {frames['polarity']!r}.", "Choose first or merged.")
    merged, steps = frames["polarity"] == "merged", frames["steps"]
    if steps is not None and len(events):  # one window more, so that the last one is whole
        events = events[events["t"] <= events["t"][0] + (steps + 1) * frames["window"]]
    chain = [transforms.MergePolarities()] if merged else []
    chain += [transforms.Denoise(frames["denoise"])]
    chain += [transforms.Downsample(spatial_factor=1 / reduce)] if reduce > 1 else []
    for transform in chain:
        events = transform(events) if len(events) else events
    if len(events) == 0:
        raise DataError("A recording has no event left after denoising.", "Remove its file, or denoise less.")
    height, width = size
    inside = (events["x"] < width) & (events["y"] < height)  # a sensor that is no multiple of the reduction
    if not inside.any():
        raise DataError("A recording has no event inside of its frames.", "Remove its file, or reduce it less.")
    counts = transforms.ToFrame((width, height, 1 if merged else 2), time_window=frames["window"])(events[inside])
    return counts[:steps, 0] > 0


Recorded = tuple[np.ndarray, Callable[[int], tuple[np.ndarray, int]]]


@dataclass(frozen=True)
class Drawn:
    """What simulated gestures are like.

    Attributes:
        side: rows and columns of pixels.
        sizes: how many there are for training and for the test.
        classes: of so many gestures, in turn.
        seconds: how long each is.
    """

    side: int
    sizes: tuple[int, ...]
    classes: int
    seconds: float


def raw_recordings(source: Source, shrink: int = 1, drawn: Drawn | None = None) -> dict[str, Recorded]:
    """For ``train`` and ``test``: labels, and a function from a number to its events and how far to reduce them.

    Args:
        source: files, or a simulation.
        shrink: how far they are to be reduced (simulated gestures are drawn at their final size).
        drawn: only for simulated gestures.
    """
    if source.kind == "damaged":
        read(source)  # says what is wrong
    if source.kind == "simulated" and source.dataset.name == "nmnist":
        digits = read(locate("mnist"))
        return {which: _saccades(digits, which, shrink) for which in ("train", "test")}
    if source.kind == "simulated":
        return {which: _gestures(which, n, drawn) for which, n in zip(("train", "test"), drawn.sizes, strict=True)}
    reader, parts = _READERS[source.dataset.recorded.ending], {}
    for which, files in zip(("train", "test"), recordings(source.dataset, Path(source.where)), strict=True):
        labels = np.array([label for _, label in files])
        parts[which] = labels, lambda i, files=files: (reader(files[i][0]), shrink)
    return parts


def _saccades(digits: Mapping, which: str, shrink: int) -> Recorded:
    """Simulated N-MNIST: saccades over the digits of MNIST that are at hand."""

    def events(i: int) -> tuple[np.ndarray, int]:
        rng = numpy_generator(0, "nmnist", which, int(i))
        light, times = saccades(digits[f"{which}_images"][i], rng)
        return watch(light, times, Camera(), rng), shrink

    return digits[f"{which}_labels"], events


def _gestures(which: str, count: int, drawn: Drawn) -> Recorded:
    """Simulated DVSGesture: so many recordings, drawn at the size they are used at."""
    labels = np.arange(count) % drawn.classes

    def events(i: int) -> tuple[np.ndarray, int]:
        rng = numpy_generator(0, "dvsgesture", which, int(i))
        light, times = gesture(int(labels[i]), rng, side=drawn.side, duration=drawn.seconds)
        return watch(light, times, CAMERA, rng), 1

    return labels, events
