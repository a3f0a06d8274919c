"""The same job gives the same bytes each time: what torch and NumPy are set to while a job runs.

All here can change a number, so that its code is part of every job's key (see `snnlib.engine.store`).
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from threadpoolctl import threadpool_limits

# TF32 rounds to 10 bits where a GPU has it; some convolutions of cuDNN add up in an order that changes,
# and a benchmark chooses among them by their speed on the day.
GPU = (
    (torch.backends.cuda.matmul, "allow_tf32", False),
    (torch.backends.cudnn, "allow_tf32", False),
    (torch.backends.cudnn, "deterministic", True),
    (torch.backends.cudnn, "benchmark", False),
)


@contextlib.contextmanager
def repeatable() -> Iterator[None]:
    """Within it, the same operations give the same bytes on the same kind of processor or GPU.

    The whole process is set, and set back afterwards: no two jobs may run in threads of one process.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the last bits of a sum depend on how it is divided among threads
    torch.set_flush_denormal(True)  # convolutions run several times slower on denormal numbers
    try:
        with _gpu_settings(), threadpool_limits(1):  # the latter for NumPy and SciPy
            yield
    finally:
        torch.set_num_threads(threads)
        torch.set_flush_denormal(False)


@contextlib.contextmanager
def _gpu_settings() -> Iterator[None]:
    before: list[tuple[Any, str, bool]] = [(place, name, getattr(place, name)) for place, name, _ in GPU]
    for place, name, value in GPU:
        setattr(place, name, value)
    try:
        yield
    finally:
        for place, name, value in before:
            setattr(place, name, value)
