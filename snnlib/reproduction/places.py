"""Where the reproduction keeps things: the one place that knows a folder's name, beside `snnlib.paths`."""

import os
from pathlib import Path

from ..errors import SettingError
from ..paths import expanded, project


def store() -> Path:
    """Where artefacts live: ``SNNLIB_STORE``, else ``store/``; what is relative counts from `project`."""
    return project() / expanded(os.environ.get("SNNLIB_STORE") or "store")


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
    """The same folder, which need not be there yet; SettingError if it cannot be made or written to."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        why = "may not be written to" if there.is_dir() else "is a file"
        raise SettingError(f"The folder {folder} cannot be used: {there} {why}.", "Name another folder.")
    return folder
