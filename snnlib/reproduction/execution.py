"""Execute one notebook with papermill.

An executed notebook is written only when it is whole; one that failed is kept beside it as ``<name>.failed.ipynb``.
"""

import io
import logging
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import nbformat
import papermill
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets import CaselessStrEnum, Unicode

from ..engine.files import write
from ..engine.processes import HEADLESS, environment, say
from ..errors import RunError


def run_notebook(file: Path, parameters: Mapping, folder: Path, position: str = "") -> Path:
    """Execute one notebook with parameters, into a folder; the path of the executed copy.

    Raises:
        RunError: if the notebook is missing, a cell fails or the kernel dies.
    """
    if not file.exists():
        remedy = "Run from a checkout of the project, which holds notebooks/."
        raise RunError(f"The notebook {file} is missing.", remedy)
    folder.mkdir(parents=True, exist_ok=True)
    whole, failed = folder / file.name, folder / f"{file.stem}.failed.ipynb"
    console = _Console(file.stem, position, len(nbformat.read(file, 4).cells))
    with tempfile.TemporaryDirectory(prefix="snnlib-") as temporary:
        partial = Path(temporary, file.name)
        try:
            _execute(file, partial, parameters, console, temporary)
        except (PapermillExecutionError, DeadKernelError) as error:
            if partial.exists():
                failed.write_bytes(partial.read_bytes())
            dead = isinstance(error, DeadKernelError)
            cause = "its kernel died (out of memory, or killed)" if dead else f"{error.ename}: {error.evalue}"
            problem = f"{file.stem}, cell {console.cell}: {cause.rstrip('.')}."
            raise RunError(problem, f"See {failed}; fix the cause and run again: what is done is kept.") from error
        write(whole, partial.read_bytes())
    failed.unlink(missing_ok=True)
    say(f"{console.head}  {time.monotonic() - console.start:.0f} s")
    return whole


def _execute(file: Path, partial: Path, parameters: Mapping, console: "_Console", folder: str) -> None:
    logging.getLogger("papermill").setLevel(logging.ERROR)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # a page of traceback after an interrupt
    with environment(**{HEADLESS: "1"}):
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


def kernel_manager(folder: str) -> type[AsyncKernelManager]:
    """A kernel manager with sockets in a folder of its own: parallel runs cannot collide on ports."""

    class Manager(AsyncKernelManager):
        transport = CaselessStrEnum(["tcp", "ipc"], default_value="tcp" if sys.platform == "win32" else "ipc")
        connection_file = Unicode(str(Path(folder, "kernel.json")))

    return Manager


class _Console(io.TextIOBase):
    """Prints which cell runs, and what the notebook's cells print. Counts the cells as they stand in the notebook."""

    def __init__(self, name: str, position: str, cells: int):
        self.head, self.cells, self.start = f"{position} {name}".strip(), cells, time.monotonic()
        self.cell = self.injected = 0

    def cell_start(self, cell: Mapping, cell_index: int) -> None:
        if "injected-parameters" in cell["metadata"].get("tags", ()):  # papermill's own, below the notebook's
            self.injected = 1
            return
        self.cell = cell_index + 1 - self.injected
        if cell["cell_type"] == "code":
            lines = (line.strip() for line in cell["source"].splitlines() if not line.startswith("#"))
            first = next(filter(None, lines), "")
            say(f"{self.head}  cell {self.cell} of {self.cells}  {first[:70]}")

    def write(self, text: str) -> int:
        for line in text.splitlines():
            say(f"{self.head}      {line}")
        return len(text)
