"""``snnlib doctor``: whether this machine has what a run needs, and what to do where it has not.

Each check imports what may be missing itself, so that none fails for what another one looks for.
"""

import contextlib
import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ..errors import SettingError, SnnlibError
from ..paths import data
from .places import notebooks, store

EXTRAS = ("", "data", "reproduce", "lab")  # of the package, whose requirements are looked at
NEEDED_GB = 4  # of disk and of memory, for profile quick, with room


class Finding(NamedTuple):
    """One thing that was looked at: whether it is well, what was found, and what to do if it is not."""

    well: bool
    what: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Everything that a run needs, looked at on this machine; nothing is changed."""
    checks = (_packages, _notebooks, _store, _machine, _data)
    return [finding for check in checks for finding in _looked_at(check.__name__[1:], check)]


def _looked_at(what: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What a check finds; if it cannot be done, that is a finding, too, and hides no other."""
    try:
        yield from check()
    except SnnlibError as error:
        yield Finding(False, f"{what}: {error.problem}", error.remedy)
    except ImportError as error:
        remedy = "In the project's folder, run: pip install --constraint constraints.txt --editable '.[reproduce]'"
        yield Finding(False, f"{what}: cannot be looked at ({str(error).rstrip('.')})", remedy)


def _packages() -> Iterator[Finding]:
    """Python, and what a run and JupyterLab require of other packages, in a fitting version."""
    yield Finding(sys.version_info >= (3, 11), f"Python {platform.python_version()}", "Use Python 3.11 or later.")
    from packaging.requirements import Requirement

    versions = {}
    for needed in map(Requirement, importlib.metadata.requires("snnlib") or ()):
        if needed.marker and not any(needed.marker.evaluate({"extra": extra}) for extra in EXTRAS):
            continue
        found = ""
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found = versions[needed.name] = importlib.metadata.version(needed.name)
        if not found or not needed.specifier.contains(found, prereleases=True):
            wanted = f"{needed.name}{needed.specifier}"
            problem = f"{needed.name} {found or 'is missing'}, needed: {wanted}"
            yield Finding(False, problem, f"Run: pip install '{wanted}'.")
    main = [f"{name} {versions[name]}" for name in ("torch", "snntorch", "tonic") if name in versions]
    yield Finding(True, f"packages: {', '.join(main)}")


def _notebooks() -> Iterator[Finding]:
    from jupyter_client.kernelspec import KernelSpecManager

    from . import execution  # noqa: F401  what runs a notebook can be imported
    from .notebooks import ORDER

    missing = [name for name in ORDER if not (notebooks() / f"{name}.ipynb").exists()]
    remedy = "Run from a checkout of the project: the notebooks are not part of the installed package."
    yield Finding(not missing, f"notebooks: {', '.join(missing) + ' missing' if missing else 'all there'}", remedy)
    manager = KernelSpecManager()
    program = manager.get_kernel_spec("python3").argv[0] if "python3" in manager.find_kernel_specs() else ""
    here = Path(sys.executable).parent.resolve()  # the folder, as virtual environments link to the same program
    own = program in ("python", "python3") or Path(program).parent.resolve() == here
    other = f", which is of another Python: {program}" if program and not own else ""
    yield Finding(own, f"Jupyter kernel python3{other}", "Run: python -m ipykernel install --sys-prefix.")


def _store() -> Iterator[Finding]:
    folder = next(place for place in (store(), *store().parents) if place.exists())
    writable = folder.is_dir() and os.access(folder, os.W_OK)
    yield Finding(writable, f"store {store()}", "Set SNNLIB_STORE to a folder that you may write to.")
    free = shutil.disk_usage(folder).free / 1e9
    remedy = "Make room, or set SNNLIB_STORE to another disk."
    yield Finding(free > NEEDED_GB, f"{free:.0f} GB of disk free", remedy)


def _machine() -> Iterator[Finding]:
    known = "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {})
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9 if known else None
    size = f", {memory:.0f} GB of memory" if memory else ""
    enough = not memory or memory > NEEDED_GB
    yield Finding(enough, f"{os.cpu_count()} processors{size}", "Use --workers 1: each worker takes about 1 GB.")
    from ..engine.device import chosen_device, machine

    try:
        gpu = f"GPU {machine(chosen_device('cuda'))}"
    except SettingError as error:
        driver = Path("/proc/driver/nvidia/gpus").exists() or shutil.which("nvidia-smi")
        gpu = f"a GPU that is not used: {error}" if driver else "no GPU (none is needed)"
    yield Finding(True, gpu)


def _data() -> Iterator[Finding]:
    from ..datasets.catalogue import CATALOGUE
    from ..datasets.sources import DataSet, locate
    from .unused import unused

    stand_ins = {entry.stands_in_for: entry.name for entry in CATALOGUE}

    def data_set(entry: DataSet) -> Iterator[Finding]:
        source = locate(entry)
        more = f", {stand_ins.get(entry.name, '')} stands in" if source.kind == "missing" else ""
        more += f" ({'; '.join(source.problems[:2])})" if source.problems else ""
        yield Finding(source.kind != "damaged", f"{entry.title}: {source.kind}{more}", "See 'snnlib data check'.")

    data()  # if that is a file, it is said once and not of every data set
    for entry in CATALOGUE:
        if not entry.stands_in_for:
            yield from _looked_at(entry.title, partial(data_set, entry))
    for problem in unused():
        yield Finding(False, problem, "data/README.md says which file goes where.")
