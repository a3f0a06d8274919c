"""Readers of the file formats in which the data sets are published.

Images are unsigned bytes; events are tonic's structured arrays of `EVENTS`, with times in microseconds.
"""

import gzip
import re
from pathlib import Path

import numpy as np

from ..errors import DataError

EVENTS = np.dtype([("x", np.int16), ("y", np.int16), ("p", bool), ("t", np.int64)])  # as tonic's DVSGesture
_AGAIN = "Delete it and run 'snnlib data fetch', or put an intact copy there."


def read_bytes(path: Path) -> bytes:
    """A file's content, unpacked if its name ends in ``.gz``.

    Raises:
        DataError: if it is missing or its compression is damaged.
    """
    try:
        content = Path(path).read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing.", "Run 'snnlib data list' to see what is looked for where.") from error
    except (EOFError, OSError) as error:
        raise DataError(f"{path} cannot be unpacked: {error}.", _AGAIN) from error


def read_idx(path: Path) -> np.ndarray:
    """An idx file (MNIST): magic ``00 00 08 n``, n big-endian 32-bit sizes, then bytes ``[size_1, ..., size_n]``."""
    content = read_bytes(path)
    if len(content) < 4 or content[:3] != b"\x00\x00\x08" or len(content) < 4 + 4 * content[3]:
        raise DataError(f"{path} is not an idx file of unsigned bytes.", _AGAIN)
    shape = tuple(np.frombuffer(content, ">i4", count=content[3], offset=4).tolist())
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * content[3])
    if values.size != np.prod(shape):
        raise DataError(f"{path} announces {np.prod(shape)} values but holds {values.size}.", _AGAIN)
    return values.reshape(shape)


def read_pgm(path: Path) -> np.ndarray:
    """A binary 8-bit PGM picture (AT&T faces): ``P5``, width, height, 255, then bytes ``[height, width]``."""
    return parse_pgm(read_bytes(path), path)


def parse_pgm(content: bytes, path: Path) -> np.ndarray:
    """As `read_pgm`, from bytes; the path is for the error."""
    header = re.match(rb"P5(?:\s+|#[^\n]*\n)+(\d+)(?:\s+|#[^\n]*\n)+(\d+)(?:\s+|#[^\n]*\n)+255\s", content)
    if header is None:
        raise DataError(f"{path} is not a binary 8-bit PGM picture.", _AGAIN)
    width, height = int(header[1]), int(header[2])
    values = np.frombuffer(content, np.uint8, offset=header.end())
    if values.size != width * height:
        raise DataError(f"{path} announces {width} x {height} pixels but holds {values.size}.", _AGAIN)
    return values.reshape(height, width)


def read_cifar(path: Path, size: int) -> tuple[np.ndarray, np.ndarray]:
    """A binary CIFAR file: records of label bytes and 3,072 pixels.

    Args:
        path: the file.
        size: bytes of a record: 3,073 for CIFAR-10; 3,074 for CIFAR-100 (coarse, then fine label: the
            fine one is returned).

    Returns:
        images ``[N, 32, 32, 3]`` and labels ``[N]``.
    """
    content = np.frombuffer(read_bytes(path), np.uint8)
    labels = size - 3072
    if content.size == 0 or content.size % size:
        raise DataError(f"{path} holds {content.size} bytes, not a whole number of records of {size}.", _AGAIN)
    records = content.reshape(-1, size)
    images = records[:, labels:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), records[:, labels - 1].copy()


def read_nmnist(path: Path) -> np.ndarray:
    """A recording of N-MNIST: 40 bits an event: x, y, polarity and 23 bits of time in microseconds.

    An event in row 240 is none, but adds 2^13 microseconds to all later times.
    """
    content = np.frombuffer(read_bytes(path), np.uint8)
    if content.size == 0 or content.size % 5:
        raise DataError(f"{path} holds {content.size} bytes, not a whole number of events of 5.", _AGAIN)
    x, y, high, middle, low = content.reshape(-1, 5).T.astype(np.int64)
    carry = y == 240
    t = ((high & 127) << 16 | middle << 8 | low) + (np.cumsum(carry) << 13)
    return _events(x, y, high >> 7, t, ~carry)


def read_dvsgesture(path: Path) -> np.ndarray:
    """A recording of DVSGesture as tonic's copy of the data has it: columns x, y, polarity, milliseconds."""
    try:
        columns = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(f"{path} is not a NumPy array: {error}.", _AGAIN) from error
    if columns.ndim != 2 or columns.shape[1] != 4 or len(columns) == 0:
        raise DataError(f"{path} has shape {columns.shape} instead of [events, 4].", _AGAIN)
    x, y, p, t = columns.T.astype(np.int64)  # before the multiplication, which 16 bits would not hold
    return _events(x, y, p, t * 1000)


def _events(x: np.ndarray, y: np.ndarray, p: np.ndarray, t: np.ndarray, kept: np.ndarray | None = None) -> np.ndarray:
    events = np.empty(len(t), EVENTS)
    events["x"], events["y"], events["p"], events["t"] = x, y, p, t
    events = events if kept is None else events[kept]
    return events[np.argsort(events["t"], kind="stable")]
