"""``snnlib doctor``: whether this machine has what a run needs, and what to do where it has not.

What may be missing is imported where it is looked at: each check must do without what another one looks for.
"""

import importlib.metadata
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..errors import SettingError, SnnlibError
from ..paths import data, notebooks, store

EXTRAS = ("", "data", "reproduce", "lab")  # of the package, whose requirements are looked at
NEEDED_GB = {"disk": 4, "memory": 4}  # of profile quick, with room


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is well, what was found, and what to do if it is not."""

    well: bool
    what: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Everything that a run needs, looked at on this machine; nothing is changed."""
    checks = {
        "Python": _python,
        "packages": _packages,
        "notebooks": _notebooks,
        "store": _store,
        "machine": _machine,
        "data": _data,
    }
    return [finding for what, check in checks.items() for finding in _looked_at(what, check)]


def _looked_at(what: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What a check finds; if it cannot be done, that is a finding, too, and hides no other."""
    try:
        yield from check()
    except SnnlibError as error:
        yield Finding(False, f"{what}: {error.problem}", error.remedy)
    except ImportError as error:
        remedy = "In the project's folder, run: pip install --constraint constraints.txt --editable '.[reproduce]'"
        yield Finding(False, f"{what}: cannot be looked at ({str(error).rstrip('.')})", remedy)


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(sys.version_info >= (3, 11), f"Python {version}", "Use Python 3.11 or later.")


def _packages() -> Iterator[Finding]:
    """What a run and JupyterLab require of other packages, in a fitting version."""
    from packaging.requirements import Requirement

    for text in importlib.metadata.requires("snnlib") or ():
        needed = Requirement(text)
        asked = not needed.marker or any(needed.marker.evaluate({"extra": extra}) for extra in EXTRAS)
        if not asked or needed.name == "snnlib":
            continue
        found = _version(needed.name)
        if not found or not needed.specifier.contains(found, prereleases=True):
            problem = f"{needed.name} {found or 'is missing'}, needed: {needed.name}{needed.specifier}"
            yield Finding(False, problem, f"Run: pip install '{needed.name}{needed.specifier}'.")
    versions = {name: _version(name) for name in ("torch", "snntorch", "tonic")}
    yield Finding(True, f"packages: {', '.join(f'{name} {found}' for name, found in versions.items() if found)}")


def _version(package: str) -> str:
    """The version that is installed; empty if none is."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _notebooks() -> Iterator[Finding]:
    from jupyter_client.kernelspec import KernelSpecManager

    from . import execution  # noqa: F401  what runs a notebook can be imported
    from .notebooks import ORDER

    missing = [name for name in ORDER if not (notebooks() / f"{name}.ipynb").exists()]
    remedy = "Run from a checkout of the project: the notebooks are not part of the installed package."
    yield Finding(not missing, f"notebooks: {', '.join(missing) + ' missing' if missing else 'all there'}", remedy)
    kernels = KernelSpecManager().find_kernel_specs()
    yield Finding("python3" in kernels, "Jupyter kernel python3", "Run: python -m ipykernel install --sys-prefix.")


def _store() -> Iterator[Finding]:
    place = store()
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
    memory = _memory_gb()
    size = "" if memory is None else f", {memory:.0f} GB of memory"
    enough = memory is None or memory > NEEDED_GB["memory"]
    yield Finding(enough, f"{os.cpu_count()} processors{size}", "Use --workers 1: each worker takes about 1 GB.")
    yield Finding(True, _gpu())


def _gpu() -> str:
    """The GPU in words: its name, why it cannot be used, or that there is none."""
    from ..engine.device import chosen_device, machine

    try:
        return f"GPU {machine(chosen_device('cuda'))}"
    except SettingError as error:
        return f"a GPU that is not used: {error}" if _has_nvidia() else "no GPU (none is needed)"


def _has_nvidia() -> bool:
    """Whether the driver of an NVIDIA GPU is there, whatever torch can do with it."""
    return Path("/proc/driver/nvidia/gpus").exists() or shutil.which("nvidia-smi") is not None


def _memory_gb() -> float | None:
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names:
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9


def _data() -> Iterator[Finding]:
    from ..datasets.catalogue import CATALOGUE
    from .unused import unused

    pass

    data()  # if that is a file, it is said once and not of every data set
    for entry in CATALOGUE:
        if not entry.stands_in_for:
            yield from _looked_at(entry.title, partial(_data_set, entry.name))
    for problem in unused():
        yield Finding(False, problem, "data/README.md says which file goes where.")


def _data_set(name: str) -> Iterator[Finding]:
    from ..datasets.catalogue import CATALOGUE, dataset
    from ..datasets.sources import locate

    source = locate(dataset(name))
    stand_in = next((e.name for e in CATALOGUE if e.stands_in_for == name), "")
    text = f"{source.dataset.title}: {source.kind}"
    text += f", {stand_in} stands in" if source.kind == "missing" else ""
    problem = "; ".join(source.problems[:2])
    yield Finding(source.kind != "damaged", f"{text}{f' ({problem})' if problem else ''}", "See 'snnlib data check'.")
