"""Recordings of event cameras as binary frames, through tonic's own transforms.

``frames`` are the settings of the way from events to frames: ``denoise`` (microseconds, tonic's
Denoise), ``window`` (microseconds a frame, tonic's ToFrame), ``polarity`` (``first``: only channel
0, ``merged``: both as one), ``steps`` (frames kept of each recording; None for all) and ``clock``. tonic's Denoise
keeps every event before ``denoise``: the clock is set so that there is none, unless it is left ``as recorded``.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from ..errors import DataError, SettingError, needed
from .loading import balanced
from .sources import Arrays, Source, recordings

PARTS = 8  # jobs that a data set is divided into, so that workers can share them
Events = tuple[np.ndarray, Callable[[int], np.ndarray]]  # labels, and the events of the recording with a number


def to_frames(events: np.ndarray, reduce: int, size: tuple[int, int], frames: Mapping) -> np.ndarray:
    """Events as binary frames ``[T, H, W]``, by tonic's Denoise, Downsample and ToFrame; at most 1 a pixel.

    Args:
        events: array of `formats.EVENTS`.
        reduce: side of the squares of pixels that become one.
        size: ``(H, W)`` of a frame.
        frames: see the module.

    Raises:
        DataError: if no event is left after denoising, or inside of the frames; if tonic is not installed.
        SettingError: for an unknown ``polarity``.
    """
    transforms = needed("tonic.transforms")
    if frames["polarity"] not in ("first", "merged"):
        raise SettingError(f"There is no polarity named {frames['polarity']!r}.", "Choose first or merged.")
    merged, steps = frames["polarity"] == "merged", frames["steps"]
    if frames.get("clock") != "as recorded" and len(events):
        events = events.copy()
        events["t"] += frames["denoise"] - events["t"].min()
    if steps is not None and len(events):  # one window more, so that the last one is whole
        events = events[events["t"] <= events["t"][0] + (steps + 1) * frames["window"]]
    chain = [*([transforms.MergePolarities()] if merged else []), transforms.Denoise(frames["denoise"])]
    chain += [transforms.Downsample(spatial_factor=1 / reduce)] if reduce > 1 else []
    for transform in chain:
        events = transform(events) if len(events) else events
    if len(events) == 0:
        raise DataError("A recording has no event left after denoising.", "Remove its file, or denoise less.")
    height, width = size
    inside = (events["x"] < width) & (events["y"] < height)  # a sensor that is no multiple of the reduction
    if not inside.any():
        raise DataError("A recording has no event inside of its frames.", "Remove its file, or reduce it less.")
    length = int(np.ptp(events["t"])) // frames["window"] + 1
    if length * height * width > 2**25 + 4 * len(events):  # of which each takes up to 3 bytes
        raise DataError(f"A recording makes {length} frames of {height} x {width}.", "Enlarge the window or reduction.")
    counts = transforms.ToFrame((width, height, 1 if merged else 2), time_window=frames["window"])(events[inside])
    return counts[:steps, 0] > 0


def from_files(source: Source, reader: Callable[[Path], np.ndarray]) -> dict[str, Events]:
    """The recorded events in the files of a source, for ``train`` and ``test``."""
    train, test = (
        (np.array([label for _, label in files]), lambda i, files=files: reader(files[i][0]))
        for files in recordings(source.dataset, Path(source.where))
    )
    return {"train": train, "test": test}


def part_of(
    source: Source,
    events: Mapping[str, Events],
    *,
    reduce: int,
    shrink: int,
    limits: Mapping[str, int],
    frames: Mapping,
    part: int,
    seed: int,
) -> tuple[Arrays, dict]:
    """Frames of every eighth recording, beginning with number ``part``.

    Args:
        source: where the recordings are from.
        events: of all recordings, for ``train`` and ``test``.
        reduce: side of the squares of pixels that become one.
        shrink: how many times smaller than the sensor a frame is: ``reduce``, unless the events are smaller already.
        limits: for ``train`` and ``test``: at most so many recordings, the classes as equal as they can be.
        frames: see the module.
        seed: of the run; with another one, other recordings are taken.

    Returns:
        ``packed [n, T, bytes]``, ``lengths [n]``, ``labels [n]`` for ``train_`` and ``test_``, and ``info``.
    """
    from ..spikes import pack  # needs torch, which is not imported to look at the data

    entry, arrays, sizes = source.dataset, {}, {}
    size = tuple(n // shrink for n in entry.recorded.sensor)
    for which, (labels, recording) in events.items():
        chosen = balanced(labels, limits.get(which), seed)
        sizes[which], chosen = len(chosen), chosen[part::PARTS]
        if len(chosen):
            made = [to_frames(recording(int(i)), reduce, size, frames) for i in chosen]
            arrays[f"{which}_packed"], arrays[f"{which}_lengths"] = pack(made)
            arrays[f"{which}_labels"] = labels[chosen].astype(np.uint8)
    info = {
        "dataset": entry.name,
        "title": entry.title,
        "source": source.kind,
        "classes": len(entry.class_names),
        "shape": list(size),
        "sizes": sizes,
        "window_us": frames["window"],
    }
    return arrays, info
