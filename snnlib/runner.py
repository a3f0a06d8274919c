"""Run the numbered notebooks in sequence with papermill.

An executed notebook is written only when it is whole; one that failed is kept beside it as
``<name>.failed.ipynb``. The run stops at the first failure and says which notebook, which cell and why.
"""

import difflib
import logging
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
import papermill
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets import CaselessStrEnum, Unicode

from . import inventory, paths
from .errors import RunError, SettingError
from .lab import HEADLESS, Lab

ORDER = ("01_train", "02_invert", "03_mia", "04_compare")


def reproduce(
    profile: str = "quick",
    *,
    only: Sequence[str] = (),
    out: Path | None = None,
    device: str = "auto",
    workers: int = 0,
    dask: str | None = None,
) -> Path:
    """Regenerate tables and figures; the path of the report.

    Args:
        profile: see `snnlib.profiles`.
        only: IDs of tables and figures; all without any.
        out: folder of results; ``figures/<profile>`` by default.
        device, workers, dask: see `snnlib.lab.Lab`.

    Raises:
        SnnlibError: at the first failure, naming notebook, cell and cause.
    """
    out = Path(out).resolve() if out else paths.figures() / profile
    Lab(profile, out, device, workers, dask, only)  # complains of what cannot be before the first notebook runs
    parameters = {
        "profile": profile,
        "out": str(out),
        "device": device,
        "workers": workers,
        "dask": dask or "",
        "only": list(only),
    }
    wanted = {item.notebook for item in inventory.select(tuple(only))} | {ORDER[-1]}
    names = [name for name in ORDER if name in wanted or not only]
    start = time.monotonic()
    for number, name in enumerate(names, 1):
        run_notebook(paths.notebooks() / f"{name}.ipynb", parameters, out / "notebooks", f"[{number}/{len(names)}]")
    _say(f"done in {time.monotonic() - start:.0f} s: {out / 'report.html'}")
    return out / "report.html"


def run_notebook(file: Path, parameters: Mapping, folder: Path, position: str = "") -> Path:
    """Execute one notebook with parameters, into a folder; the path of the executed copy.

    Raises:
        SettingError: for a parameter that the notebook does not have.
        RunError: if the notebook is missing, a cell fails or the kernel dies.
    """
    if not file.exists():
        raise RunError(
            f"The notebook {file} is missing.", "Run from a checkout of the project, which holds notebooks/."
        )
    check_parameters(file, parameters)
    folder.mkdir(parents=True, exist_ok=True)
    whole, failed = folder / file.name, folder / f"{file.stem}.failed.ipynb"
    console = _Console(file.stem, position, 1 + len(nbformat.read(file, 4).cells))  # one is injected
    with tempfile.TemporaryDirectory(prefix="snnlib-") as temporary:
        partial = Path(temporary, file.name)
        try:
            _execute(file, partial, parameters, console, temporary)
        except (PapermillExecutionError, DeadKernelError) as error:
            if partial.exists():
                failed.write_bytes(partial.read_bytes())
            raise _explained(error, file.stem, console.cell, failed) from error
        os.replace(_beside(partial, whole), whole)
    failed.unlink(missing_ok=True)
    console.end()
    return whole


def check_parameters(file: Path, parameters: Mapping) -> None:
    """Refuse parameters that a notebook does not have; papermill itself would only warn.

    Raises:
        SettingError: with the name that was probably meant.
    """
    known = list(papermill.inspect_notebook(file))
    for name in parameters:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(known)}."
            raise SettingError(f"The notebook {file.stem} has no parameter {name!r}.", remedy)


def _execute(file: Path, partial: Path, parameters: Mapping, console: "_Console", folder: str) -> None:
    logging.getLogger("papermill").setLevel(logging.ERROR)
    before = os.environ.get(HEADLESS)
    os.environ[HEADLESS] = "1"
    try:
        papermill.execute_notebook(
            file,
            partial,
            dict(parameters),
            cwd=file.parent,
            progress_bar=False,
            kernel_name="python3",
            stdout_file=console,
            on_cell_start=console.cell_start,
            kernel_manager_class=kernel_manager(folder),
        )
    finally:
        os.environ.pop(HEADLESS) if before is None else os.environ.update({HEADLESS: before})


def kernel_manager(folder: str) -> type[AsyncKernelManager]:
    """A kernel manager with sockets in a folder of its own: parallel runs cannot collide on ports."""

    class Manager(AsyncKernelManager):
        transport = CaselessStrEnum(["tcp", "ipc"], default_value="tcp" if sys.platform == "win32" else "ipc")
        connection_file = Unicode(str(Path(folder, "kernel.json")))

    return Manager


def _explained(error: Exception, name: str, cell: int, failed: Path) -> RunError:
    if isinstance(error, PapermillExecutionError):
        cause = f"{error.ename}: {error.evalue}"
    else:
        cause = "its kernel died (out of memory, or killed)"
    return RunError(
        f"{name}, cell {cell}: {cause.rstrip('.')}.", f"See {failed}; after mending it run again: what is done is kept."
    )


def _beside(file: Path, target: Path) -> Path:
    """Copy a file to the target's folder under a temporary name, so that it can be renamed there."""
    copy = target.with_name(f".{target.name}.{os.getpid()}.partial")
    copy.write_bytes(file.read_bytes())
    return copy


def _say(line: str) -> None:
    print(line, flush=True)


class _Console:
    """Prints which cell runs, and what the notebook's cells print."""

    def __init__(self, name: str, position: str, cells: int):
        self.head, self.cells, self.cell, self.start = f"{position} {name}".strip(), cells, 0, time.monotonic()

    def cell_start(self, cell: Mapping, cell_index: int) -> None:
        self.cell = cell_index + 1
        if cell["cell_type"] == "code":
            _say(f"{self.head}  cell {self.cell} of {self.cells}  {_first_line(cell['source'])}")

    def write(self, text: str) -> None:
        for line in text.splitlines():
            _say(f"    {line}")

    def flush(self) -> None:
        """Nothing is held back."""

    def end(self) -> None:
        _say(f"{self.head}  {time.monotonic() - self.start:.0f} s")


def _first_line(source: str) -> str:
    return next((line.strip() for line in source.splitlines() if line.strip() and not line.startswith("#")), "")[:70]
