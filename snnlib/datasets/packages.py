"""Python packages that only some data sets need: imported, or looked into, when they are needed."""

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

from ..errors import DataError

INSTALL = "Install what data sets need: in the project's folder, run pip install --editable '.[data]'."


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
