"""Run the numbered notebooks in sequence: those whose stamps do not hold.

The run stops at the first failure and says which notebook, which cell and why; a notebook that runs beside the failed
one comes to its end first.
"""

import json
import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from ..engine.processes import end_with_parent, environment, say
from ..errors import RunError, SnnlibError
from ..paths import data
from . import places
from .options import Options
from .stamps import TRACE, Trace, changed, read_stamp, write_stamp

STAGES = (("01_train",), ("02_invert", "03_mia"), ("04_compare",))  # what is in one stage does not need each other
ORDER = tuple(name for stage in STAGES for name in stage)


def reproduce(options: Options, force: bool = False) -> Path:
    """Regenerate tables and figures; the path of the report.

    A notebook whose stamp holds is skipped, unless ``force``. On a CPU, without a word on workers, notebooks that do
    not need each other run at the same time.

    Raises:
        SnnlibError: at the first failure, naming notebook, cell and cause.
    """
    from .unused import unused

    if options.device == "cuda":
        _on_cpu(options)  # complains of a GPU that is not there before anything runs
    out, start = options.folder, time.monotonic()
    names = sorted({item.notebook for item in options.items} | {ORDER[-1]}, key=ORDER.index)
    for problem in unused():
        say(f"Note: {problem}")
    for stage in STAGES:
        runs = []
        for name in (name for name in stage if name in names):
            position, notebook = f"[{names.index(name) + 1}/{len(names)}]", places.notebooks() / f"{name}.ipynb"
            stamp = read_stamp(name, out)
            why = "--force" if force else changed(stamp, notebook, options)
            if why:
                runs.append((notebook, options, position))
                say(f"{position} {name}  runs: {why}")
            else:
                say(f"{position} {name}  unchanged since {stamp['done']}: skipped (--force runs it)")
        if len(runs) > 1 and not (options.workers or options.dask) and _on_cpu(options):
            _run_beside(runs)
        else:
            for run in runs:
                _run_and_stamp(*run)
    say(f"done in {time.monotonic() - start:.0f} s: {out / 'report.html'}")
    return out / "report.html"


def _on_cpu(options: Options) -> bool:
    from ..engine.device import chosen_device  # imports torch

    return chosen_device(options.device) == "cpu"  # a GPU's memory is not shared


def _run_and_stamp(notebook: Path, options: Options, position: str) -> None:
    """Execute a notebook; stamp it if all of it was wanted."""
    from .execution import run_notebook  # papermill takes a second to import

    parameters = asdict(options) | {"out": str(options.folder), "only": list(options.only)}
    with tempfile.TemporaryDirectory(prefix="snnlib-") as folder:
        trace = Path(folder, "trace.json")
        here = {"SNNLIB_DATA": str(data()), "SNNLIB_STORE": str(places.store())}  # a kernel starts in another folder
        with environment(**{TRACE: str(trace)} | here):
            run_notebook(notebook, parameters, options.folder / "notebooks", position)
        if not options.only:
            used = json.loads(trace.read_text(encoding="utf-8")) if trace.exists() else Trace().names
            write_stamp(notebook, options, used)


def _run_beside(runs: Sequence[tuple]) -> None:
    """Execute notebooks at the same time, each in a process; ``runs`` are arguments of `_run_and_stamp`.

    Pipes, because an executor whose worker is ended while it holds its queue's lock waits for ever.
    """
    context = multiprocessing.get_context("spawn")
    started = []
    try:
        for run in runs:
            listen, tell = context.Pipe(duplex=False)
            process = context.Process(target=_run_and_tell, args=(tell, run))
            process.start()
            tell.close()
            started.append((process, listen, run[0].stem))
        errors = [_told(*run) for run in started]
    finally:
        for process, *_ in started:
            process.terminate()  # after an interrupt; else it has ended
            process.join()
    for error in filter(None, errors):
        raise error


def _run_and_tell(tell: Connection, run: tuple) -> None:
    """In a process of its own: execute a notebook and tell the parent its error, or None."""
    end_with_parent()
    try:
        _run_and_stamp(*run)
    except SnnlibError as error:
        tell.send(error)
    else:
        tell.send(None)


def _told(process: BaseProcess, listen: Connection, name: str) -> SnnlibError | None:
    try:
        return listen.recv()
    except EOFError:
        process.join()
        cause = "was killed, perhaps for lack of memory" if process.exitcode < 0 else "failed, as is written above"
        remedy = "Run again with --workers 1: what is done is kept."
        return RunError(f"The process that ran {name} ended before it was done: it {cause}.", remedy)
