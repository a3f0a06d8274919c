"""Where things are: the one place that knows a folder's name."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def project() -> Path:
    """The project's folder: the source checkout, or the working directory for an installed package."""
    return PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").exists() else Path.cwd()


def data() -> Path:
    """Where data sets live: ``SNNLIB_DATA``, else ``data/`` of the project."""
    return Path(os.environ.get("SNNLIB_DATA") or project() / "data")


def store() -> Path:
    """Where artefacts live: ``SNNLIB_STORE``, else ``store/`` of the project."""
    return Path(os.environ.get("SNNLIB_STORE") or project() / "store")


def notebooks() -> Path:
    """The numbered notebooks."""
    return project() / "notebooks"


def figures() -> Path:
    """Results, one folder a profile."""
    return project() / "figures"
