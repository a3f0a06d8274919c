"""What readers share: which files count, how their bytes are parsed, what a recording is, and packages they need.

Events are tonic's structured arrays of `EVENTS`, with times in microseconds.
"""

import gzip
import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..errors import INSTALL, DataError, needed

EVENTS = np.dtype([("x", np.int16), ("y", np.int16), ("p", bool), ("t", np.int64)])  # as tonic's DVSGesture
AGAIN = "Delete it and run 'snnlib data fetch', or put an intact copy there."
IMAGES = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")  # others run programs, or are no pictures
NO_DATA = (".", "__MACOSX", "Thumbs.db", "desktop.ini")  # how names begin that systems put beside data
LARGEST = 1 << 23  # bytes of a file, unpacked
BACK, PAUSE = 100_000, 60_000_000  # microseconds: cameras send events in packets, and are never silent for long


def require(holds: bool | np.bool, path: Path, problem: str, remedy: str = AGAIN) -> None:
    """`DataError` about a file, unless something holds of it."""
    if not holds:
        raise DataError(f"{path} {problem}.", remedy)


@contextmanager
def parsing(path: Path, what: str, remedy: str = AGAIN) -> Iterator[None]:
    """Around what parses a file's bytes, and nothing else: whatever goes wrong there is a `DataError`."""
    require(not path.exists() or path.is_file(), path, "is no file", remedy)  # a pipe, which would be waited for
    try:
        yield
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} cannot be read as {what} ({type(error).__name__}).", remedy) from error


def files_of(folder: Path, pattern: str = "*") -> list[Path]:
    """Files and folders of a data set that match a pattern, in order; hidden ones and the system's do not count."""
    found = [(path, path.relative_to(folder).parts) for path in folder.glob(pattern)]
    return sorted(path for path, parts in found if not any(part.startswith(NO_DATA) for part in parts))


def read_bytes(path: Path, most: int = LARGEST) -> bytes:
    """A file's content, unpacked if its name ends in ``.gz``; `DataError` if not there, damaged or larger."""
    require(path.exists(), path, "is missing", "Run 'snnlib data list' to see what is looked for where.")
    with parsing(path, "a file"), (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        content = file.read(most + 1)
    require(len(content) <= most, path, f"has more than {most} bytes")
    return content


def read_array(path: Path, remedy: str = AGAIN) -> np.ndarray:
    """The array in a ``.npy`` file, whose header is believed only as far as the file reaches."""
    with parsing(path, "a NumPy array (.npy)", remedy):
        np.lib.format.open_memmap(path, mode="r")  # of which nothing is read
        return np.load(path, allow_pickle=False)


def read_image(path: Path, mode: str, size: Sequence[int] | None = None, remedy: str = INSTALL) -> np.ndarray:
    """A picture as bytes ``[H, W, 3]`` (mode ``RGB``) or ``[H, W]`` (``L``): upright, and on white where transparent.

    ``size`` (H, W): what it is scaled to. `DataError` for a file of no format in `IMAGES`, with more than 8 bits a
    channel, an animation, or one of more than 2^21 pixels and 16 for each of its bytes.
    """
    pillow, upright = needed("PIL.Image"), needed("PIL.ImageOps").exif_transpose
    with parsing(path, "an image", remedy), pillow.open(path, formats=IMAGES) as image:
        little = image.width * image.height <= 2**21 + 16 * path.stat().st_size
        require(little, path, f"unpacks to {image.width} x {image.height} pixels", "Save it with fewer pixels.")
        deep = image.mode[0] in "IF" or ";16" in str(image.tile)
        require(not deep, path, "has more than 8 bits a channel", "Save it with 8 bits a channel.")
        single = image.format == "MPO" or getattr(image, "n_frames", 1) == 1  # MPO: a photograph and its previews
        require(single, path, "is an animation, or has several pages", "Save one picture a file.")
        image = upright(image)
        if image.has_transparency_data:
            drawn = image.convert("RGBA")
            image = pillow.alpha_composite(pillow.new("RGBA", image.size, "white"), drawn)
            seen = drawn.getextrema()[3][0] == 255 or image.getextrema() != ((255, 255),) * 4
            require(seen, path, "shows nothing on white, on which what is transparent is read", "Give it a ground.")
        image = image.convert(mode)
    return np.asarray(image.resize(size[::-1], pillow.Resampling.BILINEAR) if size else image)  # Pillow: (W, H)


def as_recording(
    path: Path, sensor: Sequence[int], columns: Sequence[np.ndarray], remedy: str = AGAIN, *, unit=1, signed=False
) -> np.ndarray:
    """Columns x, y, p, t of a file as an array of `EVENTS` in the order of time; `DataError` if no camera sent it.

    All are whole numbers; pixels are on the sensor ``(H, W)``; p is 0 or 1 (if ``signed``, or -1 and 1); t, in ``unit``
    microseconds, is exact in its type, goes back by at most `BACK` and jumps by at most `PAUSE`: else a clock is off.
    An event takes up to 40 bytes; there may be so many that they take no more than their columns and 100 MB.
    """
    numbers = all(values.ndim == 1 and values.dtype.kind in "biuf" for values in columns)
    require(numbers and len(columns[0]) > 0, path, "has no event, or no columns of numbers", remedy)
    x, y, p, t = columns
    beyond = (40 - sum(values.itemsize for values in columns)) * len(t)
    require(beyond <= 10**8, path, f"has {len(t)} events, too many", "Save it in parts.")
    exact = 2 ** min(53, np.finfo(t.dtype).nmant + 1 if t.dtype.kind == "f" else 53) - 1
    ranges = {"x": (0, sensor[1] - 1), "y": (0, sensor[0] - 1), "p": (-signed, 1), "t": (-exact, exact)}
    for values, (name, (least, most)) in zip(columns, ranges.items(), strict=True):
        right = (values >= least) & (values <= most)
        if values.dtype.kind == "f":
            right &= values == np.rint(values)
        require(right.all(), path, f"has values of {name} other than whole numbers from {least} to {most}", remedy)
    require(len(np.unique(p)) < 3, path, "has three polarities", remedy)
    t = np.multiply(t, unit, dtype=np.int64, casting="unsafe") if unit != 1 else t.astype(np.int64, copy=False)
    back = (np.maximum.accumulate(t) - t).max()
    events = as_events(x, y, p > 0, t)
    steady = back <= BACK and np.diff(events["t"]).max(initial=0) <= PAUSE
    require(steady, path, "has times that go back, or a pause of over a minute", remedy)
    return events


def as_events(x: np.ndarray, y: np.ndarray, p: np.ndarray, t: np.ndarray) -> np.ndarray:
    """An array of `EVENTS` in the order of time."""
    events, order = np.empty(len(t), EVENTS), np.argsort(t, kind="stable")
    for name, values in zip(EVENTS.names, (x, y, p, t), strict=True):  # one after the other, for the memory
        events[name] = values[order]
    return events


def package_file(package: str, path: str) -> Path:
    """A file inside an installed package, without importing it; `DataError` if one of them is not there."""
    spec = importlib.util.find_spec(package)
    file = Path(spec.submodule_search_locations[0], path) if spec else None
    if file is None or not file.exists():
        raise DataError(f"The package {package} with {path} is not installed.", INSTALL)
    return file
