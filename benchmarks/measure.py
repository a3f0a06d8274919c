"""Timing in turn: ours, a peer and a floor in one process, after their results were found equal."""

import gc
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import torch

from snnlib.engine.device import arithmetic

CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}  # the latter: where other programs run as well
LEAST, MOST, BUDGET = 7, 51, 5.0  # repeats of a contest, and the seconds for which more than the least are taken
PACKAGES = ("snnlib", "torch", "numpy", "scipy", "scikit-learn", "snntorch", "spikingjelly", "norse", "triton")

Run = Callable[[], object]


class Absent(Exception):
    """What a row needs and this machine lacks, by its name."""


@dataclass(frozen=True)
class Contest:
    """The same work done by several; each callable does all of it once."""

    workload: str  #: what is done, and its sizes.
    ours: Run
    theirs: Run | None = None
    peer: str = ""  #: who does it otherwise.
    floor: Run | None = None  #: a part of the work that nobody gets around.
    floor_of: str = ""  #: which part that is.
    distance: Callable[[], float] | None = None  #: between our results and the peer's, see `distance`.
    tolerance: float = 0.0  #: the largest distance at which results count as equal.


def distance(ours: Sequence, theirs: Sequence) -> float:
    """Largest relative distance of pairs of arrays, ``sum |a - b| / sum |b|``: of spikes, the share that differs."""
    worst = 0.0
    for a, b in zip(ours, theirs, strict=True):
        a, b = (np.asarray(x, dtype=float) for x in (a, b))
        if a.shape != b.shape:
            raise ValueError(f"Results have the shapes {a.shape} and {b.shape}.")
        worst = max(worst, float(np.abs(a - b).sum() / max(np.abs(b).sum(), np.finfo(float).tiny)))
    return worst


def in_turn(
    runs: Mapping[str, Run], repeats: int | None = None, clock: Callable[[], float] = time.perf_counter
) -> dict[str, np.ndarray]:
    """Seconds of each run in each repeat: all take their turn in every repeat, after a warm-up.

    Without ``repeats`` there are 7, and up to 51 where they fit into five seconds.
    """

    def seconds(run: Run) -> float:
        start = clock()
        run()
        return clock() - start

    first = [seconds(run) for run in runs.values()]
    again = [seconds(run) if once < 1 else once for run, once in zip(runs.values(), first, strict=True)]
    repeats = repeats or int(np.clip(BUDGET / sum(again), LEAST, MOST))
    gc.collect()
    gc.disable()
    try:
        rounds = [[seconds(run) for run in runs.values()] for _ in range(repeats)]
    finally:
        gc.enable()
    return dict(zip(runs, np.array(rounds).T, strict=True))


def fingerprint(threads: int, clock: str = "wall") -> dict[str, str]:
    """The machine in words, and the clock: what a time depends on."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "instructions": arithmetic("cpu"),
        "threads": str(threads),
        "clock": clock,
        "load at the start": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "not known",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "packages": ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
    }


def _processor() -> str:
    """Its name; on Linux with its family and model, because many clouds shorten the name."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    lines = (line.partition(":") for line in info.read_text().splitlines())
    values = {key.strip(): value.strip() for key, _, value in lines}
    name = values.get("model name") or platform.machine()
    return f"{name}, family {values['cpu family']}, model {values['model']}" if "cpu family" in values else name


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def set_threads(threads: int) -> None:
    """As snnlib's jobs run: so many threads, and denormals flushed, for all contestants alike."""
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    threadpool_limits(threads)
