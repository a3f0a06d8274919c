"""Run the numbered notebooks in sequence with papermill.

An executed notebook is written only when it is whole; one that failed is kept beside it as
``<name>.failed.ipynb``. The run stops at the first failure and says which notebook, which cell and why;
a notebook that runs beside the failed one comes to its end first.
"""

import difflib
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import nbformat
import papermill
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets import CaselessStrEnum, Unicode

from ..engine.processes import HEADLESS, end_with_parent
from ..errors import RunError, SettingError, SnnlibError
from ..paths import figures, notebooks, writable
from . import profiles
from .items import select

STAGES = (("01_train",), ("02_invert", "03_mia"), ("04_compare",))  # what is in one stage does not need each other
ORDER = tuple(name for stage in STAGES for name in stage)


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
        device, workers, dask: see `snnlib.lab.Lab`. On a CPU, without a word on workers, notebooks that do not
            need each other run at the same time.

    Raises:
        SnnlibError: at the first failure, naming notebook, cell and cause.
    """
    from ..datasets.unused import unused
    from ..engine.device import chosen_device  # these import torch, which the processes that run a notebook do without

    pass

    profiles.profile(profile)  # complain of what cannot be before the first notebook runs
    out = writable(Path(out).resolve() if out else figures() / profile)
    beside = chosen_device(device) == "cpu" and not (workers or dask)  # a GPU's memory is not shared
    parameters = {
        "profile": profile,
        "out": str(out),
        "device": device,
        "workers": workers,
        "dask": dask or "",
        "only": list(only),
    }
    wanted = {item.notebook for item in select(tuple(only))} | {ORDER[-1]}
    names = [name for name in ORDER if name in wanted or not only]
    for problem in unused():
        _say(f"Note: {problem}")
    start = time.monotonic()
    for stage in STAGES:
        runs = [
            (notebooks() / f"{name}.ipynb", parameters, out / "notebooks", f"[{number}/{len(names)}]")
            for number, name in enumerate(names, 1)
            if name in stage
        ]
        if beside and len(runs) > 1:
            _run_beside(runs)
        else:
            for run in runs:
                run_notebook(*run)
    _say(f"done in {time.monotonic() - start:.0f} s: {out / 'report.html'}")
    return out / "report.html"


def _run_beside(runs: Sequence[tuple]) -> None:
    """Execute notebooks at the same time, each in a process; ``runs`` are arguments of `run_notebook`."""
    context = multiprocessing.get_context("spawn")
    started = []
    try:
        for run in runs:
            listen, tell = context.Pipe(duplex=False)
            process = context.Process(target=_run_and_tell, args=(tell, run))
            process.start()
            tell.close()
            started.append((process, listen, run[0].stem))
        errors = [_told(listen, name) for _, listen, name in started]
    finally:
        for process, *_ in started:
            process.terminate()  # after an interrupt; else it has ended
            process.join()
    for error in filter(None, errors):
        raise error


def _run_and_tell(tell: Connection, run: tuple) -> None:
    """In a process of its own: execute a notebook and tell the parent its error, or None."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for the parent, which ends this process
    try:
        run_notebook(*run)
    except SnnlibError as error:
        tell.send(error)
    else:
        tell.send(None)


def _told(listen: Connection, name: str) -> SnnlibError | None:
    try:
        return listen.recv()
    except EOFError:
        return RunError(
            f"The process that ran {name} ended before it was done, perhaps for lack of memory.",
            "Run again with --workers 1: what is done is kept.",
        )


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
    console = _Console(file.stem, position, len(nbformat.read(file, 4).cells))
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
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # a page of traceback after an interrupt
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
            _say(f"{self.head}  cell {self.cell} of {self.cells}  {_first_line(cell['source'])}")

    def write(self, text: str) -> None:
        for line in text.splitlines():
            _say(f"{self.head}      {line}")

    def flush(self) -> None:
        """Nothing is held back."""

    def end(self) -> None:
        _say(f"{self.head}  {time.monotonic() - self.start:.0f} s")


def _first_line(source: str) -> str:
    return next((line.strip() for line in source.splitlines() if line.strip() and not line.startswith("#")), "")[:70]
