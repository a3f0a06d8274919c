"""Run jobs with all that they need, several at a time, in processes or on a cluster.

On a CPU every job runs on one thread: results are the same bytes for any number of workers.
"""

import contextlib
import gc
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait

from ..errors import RunError, SnnlibError
from .processes import begin_worker, say
from .store import Artefact, Job, Store

PATIENCE = 60.0  # seconds that jobs wait for a cluster without workers
START = "Start workers with 'dask worker ADDRESS --nthreads 1' and run again: what is done is kept."
ONE = threading.Lock()  # jobs in threads of one process take turns: each sets the whole process
Progress = Callable[[str, int, int, float], None]  # label, jobs done, jobs in all, seconds of this job
Make = Callable[[Iterable[Job]], list[Artefact]]  # jobs -> their artefacts, in order


class Workers:
    """Where jobs run: this process (``count=1``), ``count`` processes that start at the first job, or a dask cluster.

    ``dask`` is the address of a scheduler, whose workers must see the store's disk and run one job at a time.
    """

    def __init__(self, count: int = 1, dask: str | None = None):
        self.count, self.dask, self._executor, self._client = count, dask, None, None

    @property
    def executor(self) -> Executor | None:
        """What jobs are submitted to, None for this process; RunError if the cluster cannot be used."""
        if self._executor is None and self.dask:
            self._client = _dask_client(self.dask)
            self.wait()
            self._executor = self._client.get_executor(pure=False)
        elif self._executor is None and self.count > 1:
            self._executor = ProcessPoolExecutor(self.count, multiprocessing.get_context("spawn"), begin_worker)
        return self._executor

    def wait(self) -> None:
        """If it is a cluster without workers, say so and wait for one; RunError if none comes."""
        try:
            if self._client and not self._client.nthreads():
                say(f"No worker is at {self.dask}: waiting for one, up to {PATIENCE:.0f} s.")
                self._client.wait_for_workers(1, PATIENCE)
        except OSError as error:  # TimeoutError is one
            raise RunError(f"The dask scheduler at {self.dask} has no workers, or has ended.", START) from error

    def close(self, at_once: bool = False) -> None:
        """End the processes, after the jobs that they work on or at once; a cluster is only left."""
        if self._client is not None:
            self._client.close()
        elif self._executor is not None:
            for process in list((self._executor._processes or {}).values()) if at_once else ():
                process.terminate()
            self._executor.shutdown(wait=True, cancel_futures=True)
        self._executor = self._client = None


def compute(
    jobs: Iterable[Job], store: Store, workers: Workers | None = None, progress: Progress = lambda *_: None
) -> list[Artefact]:
    """The artefacts of these jobs, in order; those, and what they need, that are not stored yet are run first.

    Raises:
        SettingError, DataError, StoreError: if a job ends with one of these; its label is put before the text.
        RunError: if a job fails with another error, a worker is killed, or the cluster cannot be used.
    """
    jobs, workers = list(jobs), workers or Workers()
    found: dict[str, Artefact] = {}
    missing = _missing(jobs, store, found)
    if missing and workers.executor is None:
        for done, (key, job) in enumerate(missing.items(), 1):
            with _errors_of(job):
                seconds = _make(store, job, key)
            progress(job.label, done, len(missing), seconds)
    elif missing:
        try:
            _run(missing, store, workers, progress)
        except BaseException as error:
            workers.close(at_once=not isinstance(error, Exception))
            raise
    return [found.get(store.key(job)) or store.make(job) for job in jobs]


def made_by(jobs: list[Job], make: Make) -> dict[Job, Artefact]:
    distinct = list(dict.fromkeys(jobs))
    return dict(zip(distinct, make(distinct), strict=True))


def _missing(jobs: Iterable[Job], store: Store, found: dict[str, Artefact]) -> dict[str, Job]:
    """By key, the jobs to run, each after what it needs; what is stored goes into ``found``, verified only once."""
    missing: dict[str, Job] = {}

    def visit(job: Job) -> None:
        key = store.key(job)
        if key in missing or key in found:
            return
        if artefact := store.load(job):
            found[key] = artefact
            return
        for need in job.needs():
            visit(need)
        missing[key] = job

    for job in jobs:
        visit(job)
    return missing


def _run(missing: dict[str, Job], store: Store, workers: Workers, progress: Progress) -> None:
    waiting, done, room = dict(missing), 0, len(missing) if workers.dask else workers.count
    running: dict[Future, Job] = {}
    while waiting or running:
        unfinished = {*waiting, *map(store.key, running.values())}
        for key, job in list(waiting.items()):
            if len(running) < room and unfinished.isdisjoint(map(store.key, job.needs())):
                running[workers.executor.submit(_make, store, job, key)] = waiting.pop(key)
        ready = wait(running, PATIENCE, FIRST_COMPLETED).done
        if not ready:
            workers.wait()
        for future in ready:
            job, done = running.pop(future), done + 1
            with _errors_of(job, *running.values()):
                seconds = future.result()
            progress(job.label, done, len(missing), seconds)


@contextlib.contextmanager
def _errors_of(job: Job, *beside: Job) -> Iterator[None]:
    """Errors within it name the job; if a worker was killed, also those that ran beside it."""
    try:
        yield
    except SnnlibError as error:
        raise type(error)(f"{job.label}: {error.problem}", error.remedy) from error
    except BrokenExecutor as error:
        suspects = ", ".join(f"'{suspect.label}'" for suspect in (job, *beside))
        problem = f"A worker was killed, perhaps for lack of memory, while these ran: {suspects}."
        raise RunError(problem, "Run again with fewer workers: what is done is kept.") from error
    except Exception as error:
        problem = f"The job '{job.label}' failed: {type(error).__name__}: {error}."
        raise RunError(problem, "Fix the cause and run again: what is done is kept.") from error


def _make(store: Store, job: Job, key: str) -> float:
    with ONE:
        if store.key(job) != key:  # which parses code: where threads do so side by side, Python 3.11 may fail
            raise RunError(
                "The worker has other code, other libraries or another GPU than the process that asked for this job.",
                "If the package has changed since it was imported, restart the kernel and run again; on a cluster, "
                "give all machines the same package, the libraries of constraints.txt and the same kind of GPU.",
            )
        start = time.perf_counter()
        store.make(job)
        return time.perf_counter() - start


def _dask_client(address: str):
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise RunError("dask is not installed.", "Install it with: pip install -e '.[dask]'.") from error
    try:
        client = Client(address, timeout="10s")
    except (OSError, TimeoutError, ValueError) as error:
        # The client that did not connect goes now: collected while another one starts, it waits for that one's lock.
        cause, frames = error, [error]
        while frames:  # those of what it was raised from as well
            one = frames.pop().with_traceback(None)
            frames += filter(None, (one.__cause__, one.__context__))
        gc.collect()
        remedy = "Start one with 'dask scheduler', workers with 'dask worker --nthreads 1', and pass the address shown."
        raise RunError(f"No dask scheduler answers at {address}.", remedy) from cause
    if max(client.nthreads().values(), default=1) > 1:
        client.close()
        problem = f"Workers at {address} run several jobs at once in one process, whose settings jobs change."
        remedy = "Start them with 'dask worker ADDRESS --nthreads 1'; for more jobs at once add --nworkers."
        raise RunError(problem, remedy)
    return client
