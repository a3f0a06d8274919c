"""Data of your own: a folder with one subfolder for each class, of images or of event recordings.

Classes are numbered in the order of their names, or of their numbers where all names are numbers.
Hidden files, and what systems leave (Thumbs.db), are passed over; anything else that cannot be read, or lies beside
the subfolders, is an error.
"""

from collections.abc import Sequence
from numbers import Integral
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..errors import DataError, SettingError
from ..spikes import Recordings, pack
from .formats import as_recording, files_of, read_array, read_image, require
from .frames import to_frames
from .nmnist import read_nmnist

EVENTS = "Save t in order, in whole microseconds (np.round(1e6 * t).astype(int)); pass sensor=(H, W); or remove it."


class Images(NamedTuple):
    """Images in [0, 1] ``[N, C, H, W]``, labels ``[N]`` and what the classes are called."""

    images: Float[Tensor, "N C H W"]
    labels: Int[Tensor, " N"]
    classes: list[str]


class Events(NamedTuple):
    """Recordings (``recordings.frames()`` gives ``[T, N, H, W]``), labels ``[N]`` and what the classes are called."""

    recordings: Recordings
    labels: Int[Tensor, " N"]
    classes: list[str]


def image_folder(path: str | Path, size: Sequence[int] | None = None, grey: bool = False) -> Images:
    """Read images of 8 bits a channel (BMP, GIF, JPEG, PNG, PPM, TIFF, WebP), upright; what is transparent is white.

    Args:
        path: the folder.
        size: ``(H, W)`` to which every image is scaled; without it all must have one size.
        grey: one channel instead of three (red, green, blue).

    Raises:
        DataError: for a folder that is not laid out like that, a file that is no image (`formats.read_image`), or
            images of several sizes.
        SettingError: for a ``size`` other than two positive whole numbers.
    """
    if size is not None:
        _two_sides("size", size)
    files, labels, classes = _files(Path(path))
    repair, mode = "Repair the file, or remove it from the folder.", "L" if grey else "RGB"
    images = [np.atleast_3d(read_image(file, mode, size, repair)) for file in files]
    sizes, remedy = [f"{image.shape[0]} x {image.shape[1]}" for image in images], "Pass a size, such as size=(32, 32)."
    for file, its_size in zip(files, sizes, strict=True):
        require(its_size == sizes[0], file, f"has {its_size} pixels, but {files[0]} has {sizes[0]}", remedy)
    stacked = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
    return Images(stacked.to(torch.float, memory_format=torch.contiguous_format).div_(255), labels, classes)


def event_folder(
    path: str | Path,
    *,
    sensor: Sequence[int] = (34, 34),
    window: int = 3000,
    denoise: int = 10000,
    polarity: str = "merged",
    reduce: int = 1,
    steps: int | None = None,
) -> Events:
    """Read recordings of an event camera as binary frames, through tonic's Denoise, Downsample and ToFrame.

    A file is a recording: ``.bin`` as N-MNIST's, or ``.npy`` with a structured array as tonic's,
    whose fields are x, y, p (0 and 1, or -1 and 1 for darker and brighter) and t, in whole microseconds.

    Args:
        path: the folder.
        sensor: ``(H, W)`` of the camera.
        window: of a frame, in microseconds.
        denoise: an event counts if a neighbour fires within so many microseconds.
        polarity: ``merged``, or ``first``: only events with p = 0 (or -1).
        reduce: side of the squares of pixels that become one.
        steps: frames that are kept of each recording; all without it.

    Raises:
        DataError: for a folder that is not laid out like that, a file that is no such recording, or one that
            makes no spike.
        SettingError: for an unknown ``polarity``, or numbers that make no frame.
    """
    _two_sides("sensor", sensor)
    numbers = {"reduce": reduce, "window": window, "denoise": denoise, "steps": 1 if steps is None else steps}
    for name, number in numbers.items():
        least, most = 0 if name == "denoise" else 1, min(sensor) if name == "reduce" else 2**31
        if not isinstance(number, Integral) or not least <= number <= most:
            raise SettingError(f"{name} cannot be {number!r}.", f"Choose a whole number from {least} to {most}.")
    files, labels, classes = _files(Path(path))
    settings = {"window": window, "denoise": denoise, "polarity": polarity, "steps": steps}
    made = [_frames(file, sensor, reduce, settings) for file in files]
    packed, lengths = (torch.from_numpy(array) for array in pack(made))
    return Events(Recordings(packed, lengths, (sensor[0] // reduce, sensor[1] // reduce)), labels, classes)


def _two_sides(name: str, sides: Sequence[int]) -> None:
    if np.ndim(sides) != 1 or len(sides) != 2 or not all(isinstance(n, Integral) and 0 < n < 2**15 for n in sides):
        raise SettingError(f"{name} cannot be {sides!r}.", f"Pass height and width in pixels, such as {name}=(32, 32).")


def _frames(file: Path, sensor: Sequence[int], reduce: int, settings: dict) -> np.ndarray:
    """A recording as binary frames ``[T, H, W]``."""
    if file.suffix == ".bin":
        events = read_nmnist(file, sensor, EVENTS)
    else:
        found = read_array(file, EVENTS)
        require(set("xypt") <= set(found.dtype.names or ()), file, "has no fields x, y, p and t", EVENTS)
        events = as_recording(file, sensor, [found[field] for field in "xypt"], EVENTS, signed=True)
    try:
        frames = to_frames(events, reduce, (sensor[0] // reduce, sensor[1] // reduce), settings)
    except DataError as error:
        raise DataError(f"{file}: {error.problem}", error.remedy) from error
    problem = f"makes no spike: its frames keep no event of polarity {settings['polarity']!r}"
    require(frames.any(), file, problem, "Choose polarity='merged' or more steps, or remove the file from the folder.")
    return frames


def _files(folder: Path) -> tuple[list[Path], Tensor, list[str]]:
    """The files of all classes, their labels, and the names of the classes."""
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}.", "Pass a folder with one subfolder for each class.")
    items = files_of(folder)
    classes = [item.name for item in items if item.is_dir()]
    if not classes:
        remedy = "Make one subfolder for each class, with its files in it: cats/1.png, dogs/1.png."
        raise DataError(f"The folder {folder} has no subfolders.", remedy)
    remedy = "Move it into the subfolder of its class, or remove it from the folder."
    for item in items:
        require(item.is_dir(), item, "lies beside the subfolders, so that it has no class", remedy)
    if all(name.isdecimal() for name in classes):
        classes.sort(key=int)
    files, labels = [], []
    for label, name in enumerate(classes):
        found = files_of(folder / name)
        if not found:
            raise DataError(f"The class {name} has no files in {folder / name}.", "Put files into it, or remove it.")
        files += found
        labels += [label] * len(found)
    return files, torch.tensor(labels), classes
