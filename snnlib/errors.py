"""The package's errors: one class per kind of trouble, one sentence on what is wrong, one on what to do."""

import importlib
from types import ModuleType

INSTALL = "Install what data sets need: in the project's folder, run pip install --editable '.[data]'."


class SnnlibError(Exception):
    """Base class: ``problem`` says what is wrong, ``remedy`` what to do about it."""

    def __init__(self, problem: str, remedy: str):
        super().__init__(f"{problem} {remedy}")
        self.problem, self.remedy = problem, remedy

    def __reduce__(self):
        return type(self), (self.problem, self.remedy)

    def _render_traceback_(self) -> list[str]:
        """What IPython and Jupyter show instead of a page of traceback."""
        where = "(Where it happened: import traceback; traceback.print_last())"
        return [f"{type(self).__name__}: {self.problem}", self.remedy, where]


class SettingError(SnnlibError):
    """A setting or an argument is outside what is possible."""


class DataError(SnnlibError):
    """A data set is missing, incomplete or damaged."""


class StoreError(SnnlibError):
    """The artefact store, or a folder of results, cannot be read or written."""


class RunError(SnnlibError):
    """A notebook or a job failed."""


class NotReached(UserWarning):
    """An attack ended short of its goal: what others make of its samples says nothing of what a network gives away."""


def needed(module: str, remedy: str = INSTALL) -> ModuleType:
    """A module that only some need, imported; `DataError` if a package is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise DataError(f"The package {error.name} is not installed.", remedy) from error
