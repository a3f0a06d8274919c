"""``snnlib doctor``: whether this machine has what a run needs, and what to do where it has not."""

import importlib.metadata
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from packaging.requirements import Requirement

from . import datasets, paths, runner
from .datasets.unused import unused
from .errors import SnnlibError

NEEDED_GB = {"disk": 4, "memory": 4}  # of profile quick, with room


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is well, what was found, and what to do if it is not."""

    well: bool
    what: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Everything that a run needs, looked at on this machine; nothing is changed."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (_python, _packages, _notebooks, _store, _machine, _data)
    return [finding for check in checks for finding in check()]


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(sys.version_info >= (3, 11), f"Python {version}", "Use Python 3.11 or later.")


def _packages() -> Iterator[Finding]:
    """What the installed package requires, with and without its extra for JupyterLab, in a fitting version."""
    for text in importlib.metadata.requires("snnlib") or ():
        needed = Requirement(text)
        if needed.marker and not any(needed.marker.evaluate({"extra": extra}) for extra in ("", "lab")):
            continue
        try:
            found = importlib.metadata.version(needed.name)
        except importlib.metadata.PackageNotFoundError:
            found = ""
        if not found or not needed.specifier.contains(found, prereleases=True):
            problem = f"{needed.name} {found or 'is missing'}, needed: {needed.name}{needed.specifier}"
            yield Finding(False, problem, f"Run: pip install '{needed.name}{needed.specifier}'.")
    versions = (f"{name} {importlib.metadata.version(name)}" for name in ("torch", "snntorch", "tonic"))
    yield Finding(True, f"packages: {', '.join(versions)}")


def _notebooks() -> Iterator[Finding]:
    from jupyter_client.kernelspec import KernelSpecManager

    missing = [name for name in runner.ORDER if not (paths.notebooks() / f"{name}.ipynb").exists()]
    remedy = "Run from a checkout of the project: the notebooks are not part of the installed package."
    yield Finding(not missing, f"notebooks: {', '.join(missing) + ' missing' if missing else 'all there'}", remedy)
    kernels = KernelSpecManager().find_kernel_specs()
    yield Finding("python3" in kernels, "Jupyter kernel python3", "Run: python -m ipykernel install --sys-prefix.")


def _store() -> Iterator[Finding]:
    place = paths.store()
    folder = next(p for p in (place, *place.parents) if p.exists())
    try:
        tempfile.TemporaryFile(dir=folder).close()
        writable = True
    except OSError:
        writable = False
    yield Finding(writable, f"store {place}", "Set SNNLIB_STORE to a folder that you may write to.")
    free = shutil.disk_usage(folder).free / 1e9
    enough = free > NEEDED_GB["disk"]
    yield Finding(enough, f"{free:.0f} GB of disk free", "Make room, or set SNNLIB_STORE to another disk.")


def _machine() -> Iterator[Finding]:
    import torch

    gpu = f", GPU {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ", no GPU (none is needed)"
    memory = _memory_gb()
    size = "" if memory is None else f", {memory:.0f} GB of memory"
    enough = memory is None or memory > NEEDED_GB["memory"]
    yield Finding(enough, f"{os.cpu_count()} processors{size}{gpu}", "Use --workers 1: each worker takes about 1 GB.")


def _memory_gb() -> float | None:
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names:
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9


def _data() -> Iterator[Finding]:
    for entry in datasets.CATALOGUE:
        if entry.stands_in_for:
            continue
        try:
            source = datasets.locate(entry.name)
        except SnnlibError as error:
            yield Finding(False, f"{entry.title}: {error.problem}", error.remedy)
            continue
        stand_in = next((e.name for e in datasets.CATALOGUE if e.stands_in_for == entry.name), "")
        text = f"{entry.title}: {source.kind}" + (f", {stand_in} stands in" if source.kind == "missing" else "")
        problem = "; ".join(source.problems[:2])
        yield Finding(
            source.kind != "damaged", f"{text}{f' ({problem})' if problem else ''}", "See 'snnlib data check'."
        )
    for problem in unused():
        yield Finding(False, problem, "data/README.md says which file goes where.")
