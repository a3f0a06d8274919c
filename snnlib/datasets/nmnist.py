"""N-MNIST: MNIST's digits recorded by an event camera; simulated where the recordings are not there."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Integer, UInt8
from scipy.interpolate import CubicSpline

from ..randomness import numpy_generator
from .event_camera import Camera, watch
from .formats import AGAIN, as_recording, read_bytes, require
from .frames import Events, from_files, part_of
from .loading import located
from .mnist import MNIST
from .sources import DataSet, Download, Recorded, Source, locate, read

# The camera: where a digit's middle is every 10 ms, in pixels off the sensor's, first to the right, then down.
# Fitted by least squares to the net events of real recordings and the digits they show, as are the other numbers.
PATH_MS = 10
# fmt: off
PATH = np.array([
    [
        -2.50, -2.52, -2.59, -2.66, -2.67, -2.56, -2.03, -1.43, -1.10, -1.02, -0.94, -0.81, -0.58, -0.09, 0.63, 1.26,
        1.55, 1.86, 2.15, 2.30, 2.45, 2.66, 2.76, 2.71, 2.01, 1.03, -0.02, -1.03, -1.70, -2.18, -2.39, -2.43,
    ],
    [
        -1.79, -1.72, -1.39, -0.67, 0.44, 1.71, 2.76, 3.40, 3.58, 3.58, 3.51, 3.43, 3.39, 3.16, 2.43, 1.35, 0.19,
        -0.84, -1.39, -1.56, -1.58, -1.58, -1.60, -1.61, -1.59, -1.58, -1.63, -1.71, -1.82, -1.86, -1.85, -1.85,
    ],
])
# fmt: on
PLACE_SD, START_SD = 0.13, 1.4  # between recordings, in pixels and milliseconds
LAST_MS = (309.4, 2.9)  # mean and sd of a recording's length
BLUR = 0.69  # sd of the optics, in pixels
URL = "https://data.mendeley.com/public-files/datasets/468j46mzdv/files/%s/file_downloaded"


def prepare(
    name: str, source: str, digest: str, shrink: int, frames: Mapping, seed: int, device: str = "cpu", **settings
):
    """Frames of a part of the recordings (a task); see `loading.located` and `frames.part_of`."""
    found = located(NMNIST, source, digest)
    return part_of(found, events_of(found, seed), reduce=shrink, shrink=shrink, frames=frames, seed=seed, **settings)


def events_of(source: Source, seed: int = 0) -> dict[str, Events]:
    """For ``train`` and ``test``: labels, and the events of each recording; simulated ones are drawn from ``seed``."""
    if source.kind != "simulated":
        return read(source)
    digits = read(locate(MNIST))

    def simulated(which: str, i: int) -> np.ndarray:
        rng = numpy_generator(seed, "nmnist", which, i)
        return watch(*saccades(digits[f"{which}_images"][i], rng), Camera(), rng)

    return {which: (digits[f"{which}_labels"], partial(simulated, which)) for which in ("train", "test")}


def read_nmnist(path: Path, sensor: Sequence[int] = (34, 34), remedy: str = AGAIN) -> np.ndarray:
    """A recording: 40 bits an event: x, y, polarity and 23 bits of time in microseconds.

    An event in row 240 is none, but adds 2^13 microseconds to all later times. Errors: see `formats.as_recording`.
    """
    content = np.frombuffer(read_bytes(path), np.uint8)
    whole = content.size > 0 and content.size % 5 == 0
    require(whole, path, f"holds {content.size} bytes, not a whole number of events of 5", remedy)
    x, y, high, middle, low = content.reshape(-1, 5).T
    carry, t = y == 240, (high & 127).astype(np.int64)
    for byte in (middle, low):
        t <<= 8
        t |= byte
    t += np.cumsum(carry, dtype=np.int64) << 13
    return as_recording(path, sensor, [column[~carry] for column in (x, y, high >> 7, t)], remedy)


def saccades(
    image: UInt8[np.ndarray, "28 28"], rng: np.random.Generator
) -> tuple[Float32[np.ndarray, "F 34 34"], Integer[np.ndarray, "F"]]:
    """A digit as N-MNIST's camera saw it: luminance frames, 1 ms apart, and their times in microseconds.

    The camera moved along a triangle in three saccades (Orchard, Jayawant, Cohen and Thakor 2015,
    doi 10.3389/fnins.2015.00437). ``PATH`` is the way of the digit over the sensor, fitted to real recordings like the
    blur. The digit is dark on a bright screen, because that is what the polarity of the real events says. Place, start
    and length differ a little between recordings, as they do in the real ones.
    """
    times = np.arange(0, round(rng.normal(*LAST_MS)) * 1000, 1000)
    knots = np.arange(PATH.shape[1]) * PATH_MS * 1000
    moment = np.clip(times - 1000 * START_SD * rng.standard_normal(), 0, knots[-1])
    right, down = CubicSpline(knots, PATH, axis=1)(moment) + PLACE_SD * rng.standard_normal((2, 1))
    ink = _optics(down) @ (image / np.float32(255)) @ _optics(right).swapaxes(1, 2)
    return np.maximum(1 - ink, 0), times


def _optics(place: np.ndarray) -> np.ndarray:
    """How 34 pixels mix 28 of an image whose middle is ``place`` off theirs: Gaussian blur, ``[F, 34, 28]``."""
    pixel, source = np.arange(34, dtype=np.float32) - 16.5, np.arange(28, dtype=np.float32) - 13.5
    distance = (pixel[:, None] - source) - place.astype(np.float32)[:, None, None]
    # Not below exp(-20): products of smaller numbers are denormal, and ten times slower.
    return np.exp(np.maximum(-0.5 * (distance / BLUR) ** 2, -20)) / np.float32(BLUR * np.sqrt(2 * np.pi))


NMNIST = DataSet(
    name="nmnist",
    title="N-MNIST",
    content="70,000 recordings of MNIST's digits by an event camera, 34 x 34, 10 classes",
    licence="CC BY-SA 4.0; cite Orchard et al. (2015)",
    task=prepare,
    reader=lambda source: from_files(source, read_nmnist),
    downloads=(
        Download((URL % "39c25547-014b-4137-a934-9d29fa53c7a0",), "20959b8e626244a1b502305a9e6e2031", "train.zip"),
        Download((URL % "05a4d654-7e03-4c15-bdfa-9bb2bcbea494",), "69ca8762b2fe404d9b9bad1103e97832", "test.zip"),
    ),
    class_names=tuple("0123456789"),
    recorded=Recorded(
        folders=("NMNIST/Train", "NMNIST/Test"),
        ending=".bin",
        sensor=(34, 34),
        simulated="an event camera making three saccades over MNIST's digits",
        shows=MNIST,
    ),
)
