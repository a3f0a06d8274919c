"""Run jobs with all that they need, several at a time, in processes or on a cluster.

On a CPU every job runs on one thread, whether alone or beside others: results are the same
bytes for any number of workers.
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from multiprocessing.connection import wait as wait_for_end

import torch

from .errors import RunError, SnnlibError
from .store import Artefact, Job, Store

Progress = Callable[[str, int, int, float], None]  # label, jobs done, jobs in all, seconds of this job


def compute(
    jobs: Iterable[Job], store: Store, *, workers: int = 1, dask: str | None = None, progress: Progress | None = None
) -> list[Artefact]:
    """The artefacts of these jobs, in order; what is not stored yet is run first.

    Args:
        jobs: what is wanted; what they need is found by itself.
        store: where artefacts are looked for and written. With ``dask``, on a shared disk.
        workers: processes on this machine.
        dask: address of a dask scheduler whose workers run the jobs instead.
        progress: called when a job has ended.

    Raises:
        RunError: naming the job that failed; the results of all others are kept.
    """
    jobs = list(jobs)
    missing = _missing(jobs, store)
    if missing:
        with _executor(min(workers, len(missing)), dask) as executor:
            _run(missing, store, executor, progress or (lambda *_: None))
    return [store.make(job) for job in jobs]


def _missing(jobs: Iterable[Job], store: Store) -> dict[str, Job]:
    """By key, the jobs that are not stored, and those that they need, each after what it needs."""
    missing: dict[str, Job] = {}

    def visit(job: Job) -> None:
        key = store.key(job)
        if key in missing or store.load(job) is not None:
            return
        for need in job.needs():
            visit(need)
        missing[key] = job

    for job in jobs:
        visit(job)
    return missing


def _run(missing: dict[str, Job], store: Store, executor: Executor, progress: Progress) -> None:
    waiting = dict(missing)
    running: dict[Future, str] = {}
    done: set[str] = set()
    while waiting or running:
        for key, job in list(waiting.items()):
            if all(store.key(n) in done or store.key(n) not in missing for n in job.needs()):
                running[executor.submit(_make, store, job)] = key
                del waiting[key]
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            key = running.pop(future)
            seconds = _result(future, missing[key], running)
            done.add(key)
            progress(missing[key].label, len(done), len(missing), seconds)


def _result(future: Future, job: Job, running: Iterable[Future]) -> float:
    try:
        return future.result()
    except Exception as error:
        for other in running:
            other.cancel()
        if isinstance(error, SnnlibError):
            raise
        raise RunError(
            f"The job '{job.label}' failed: {type(error).__name__}: {error}.",
            "Mend the cause and run again: what is done is kept.",
        ) from error


def _make(store: Store, job: Job) -> float:
    start = time.perf_counter()
    threads = torch.get_num_threads()
    if store.device == "cpu":
        torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # convolutions run several times slower on denormal numbers
    try:
        store.make(job)
    finally:
        torch.set_num_threads(threads)
        torch.set_flush_denormal(False)
    return time.perf_counter() - start


def _executor(workers: int, dask: str | None) -> Executor:
    if dask is not None:
        return _dask_executor(dask)
    if workers == 1:
        return _Here()
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent)


def _end_with_parent() -> None:
    """Let a worker end when the process that started it was killed, instead of waiting for ever."""

    def watch() -> None:
        wait_for_end([multiprocessing.parent_process().sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _dask_executor(address: str) -> Executor:
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise RunError("dask is not installed.", "Install it with: pip install 'snnlib[dask]'.") from error
    try:
        return Client(address, timeout="10s").get_executor(pure=False)
    except (OSError, TimeoutError) as error:
        raise RunError(
            f"No dask scheduler answers at {address}.", "Start one with 'dask scheduler' and pass the address it prints."
        ) from error


class _Here(Executor):
    """Runs a job in this process, at once."""

    def submit(self, function, /, *args, **kwargs):
        future = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future
