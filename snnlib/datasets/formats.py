"""Files of bytes, arrays of events and packages that only some data sets need.

Events are tonic's structured arrays of `EVENTS`, with times in microseconds.
"""

import gzip
import importlib.util
import zlib
from pathlib import Path
from types import ModuleType

import numpy as np

from ..errors import DataError

EVENTS = np.dtype([("x", np.int16), ("y", np.int16), ("p", bool), ("t", np.int64)])  # as tonic's DVSGesture
AGAIN = "Delete it and run 'snnlib data fetch', or put an intact copy there."
INSTALL = "Install what data sets need: in the project's folder, run pip install --editable '.[data]'."


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
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(f"{path} cannot be unpacked: {error}.", AGAIN) from error


def as_events(x: np.ndarray, y: np.ndarray, p: np.ndarray, t: np.ndarray) -> np.ndarray:
    """An array of `EVENTS` in the order of time."""
    events, order = np.empty(len(t), EVENTS), np.argsort(t, kind="stable")
    events["x"], events["y"], events["p"], events["t"] = x[order], y[order], p[order], t[order]
    return events


def needed(module: str) -> ModuleType:
    """A module of such a package, imported.

    Raises:
        DataError: if the package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise DataError(f"The package {module.split('.')[0]} is not installed.", INSTALL) from error


def package_file(package: str, path: str) -> Path:
    """A file inside an installed package, without importing it.

    Raises:
        DataError: if the package or the file is not there.
    """
    spec = importlib.util.find_spec(package)
    file = Path(spec.submodule_search_locations[0], path) if spec else None
    if file is None or not file.exists():
        raise DataError(f"The package {package} with {path} is not installed.", INSTALL)
    return file
