"""Where things are: the one place that knows a folder's name."""

import os
from pathlib import Path

from .errors import SettingError

PACKAGE = Path(__file__).resolve().parent


def project() -> Path:
    """The project's folder: the source checkout, or the working directory for an installed package."""
    return PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").exists() else Path.cwd()


def expanded(folder: str | Path) -> Path:
    """A folder as a person names it: ``~`` at its beginning stands for home; SettingError if nobody lives there."""
    try:
        return Path(os.fsencode(folder).decode()).expanduser()
    except (RuntimeError, UnicodeError) as error:  # no such home; bytes that are no text
        raise SettingError(f"{folder!a} is no folder here.", "Name the folder in full, in Unicode.") from error


def data() -> Path:
    """Where data sets live: ``SNNLIB_DATA``, else ``data/``, relative to `project`; SettingError if that is a file."""
    folder = project() / expanded(os.environ.get("SNNLIB_DATA") or "data")
    if folder.is_file():
        raise SettingError(f"SNNLIB_DATA is {folder}, which is a file.", "Set it to the folder that holds data sets.")
    return folder
