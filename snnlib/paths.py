"""Where things are: the one place that knows a folder's name."""

import os
from pathlib import Path

from .errors import SettingError

PACKAGE = Path(__file__).resolve().parent


def project() -> Path:
    """The project's folder: the source checkout, or the working directory for an installed package."""
    return PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").exists() else Path.cwd()


def data() -> Path:
    """Where data sets live: ``SNNLIB_DATA``, else ``data/``; what is relative counts from `project`, wherever one is.

    Raises:
        SettingError: if that is a file.
    """
    folder = project() / (os.environ.get("SNNLIB_DATA") or "data")
    if folder.is_file():
        raise SettingError(f"SNNLIB_DATA is {folder}, which is a file.", "Set it to the folder that holds data sets.")
    return folder


def store() -> Path:
    """Where artefacts live: ``SNNLIB_STORE``, else ``store/``; what is relative counts from `project`."""
    return project() / (os.environ.get("SNNLIB_STORE") or "store")


def notebooks() -> Path:
    """The numbered notebooks."""
    return project() / "notebooks"


def figures() -> Path:
    """Results, one folder a profile."""
    return project() / "figures"


def references() -> Path:
    """Results of reference runs, which come with the project, one folder a profile; no run writes here."""
    return figures() / "reference"


def writable(folder: Path) -> Path:
    """The same folder, which need not be there yet.

    Raises:
        SettingError: if it cannot be made or written to.
    """
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        why = "may not be written to" if there.is_dir() else "is a file"
        raise SettingError(f"The folder {folder} cannot be used: {there} {why}.", "Name another folder.")
    return folder
