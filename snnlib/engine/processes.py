"""What the processes of one run know of each other. Imports nothing heavy: every process pays for it."""

import contextlib
import ctypes
import functools
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from multiprocessing.connection import wait

HEADLESS = "SNNLIB_HEADLESS"  # environment variable, set by the runner: nobody looks on
say = functools.partial(print, flush=True)


def end_with_parent() -> None:
    """In a new process: let it end with its parent, even if that is killed; an interrupt is for the parent alone."""

    def watch() -> None:
        wait([multiprocessing.parent_process().sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def begin_worker() -> None:
    """In a new process that only runs jobs: let it end with its parent, and keep its memory."""
    end_with_parent()
    keep_memory()


def keep_memory() -> None:
    """Let this process keep what it frees, where its C library is glibc: a network asks for as much at each step.

    Otherwise large arrays may go back to the system, which clears each page of the next ones. That took a seventh of
    the time of asking a network of two or four time steps.
    """
    trim, threshold = -1, -3  # of glibc's mallopt
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another C library, or no Unix
        for option, size in ((trim, 2**30), (threshold, 2**25), (threshold, 2**30)):  # the last only in newer ones
            ctypes.CDLL(None).mallopt(option, size)


@contextlib.contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Environment variables that kernels started meanwhile see."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
