"""Stamps: what an executed notebook depended on and what it made, so that it runs again only if that has changed.

A stamp lies beside the executed notebook and is written last. It is checked without torch and without the store. It
holds hashes of the notebook's source, its parameters, the processor, the versions of libraries, every module that its
cells and its tasks import, the data files it looked for, what it read of other notebooks, and all that it wrote.
"""

import importlib.metadata
import json
import os
import platform
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .. import paths
from ..engine.code import ROOT, closure, imported, module_file, sources
from ..engine.files import digest, file_sha256, write
from ..errors import DataError
from .items import read_run
from .options import Options

TRACE = "SNNLIB_TRACE"  # environment variable, set by the runner: the file into which a notebook writes what it used


class Trace:
    """What a notebook used and made: names of tasks' modules and of data sets, paths in the results, and IDs."""

    def __init__(self):
        self.names: dict[str, list[str]] = {kind: [] for kind in ("tasks", "datasets", "consumed", "outputs", "items")}

    def add(self, kind: str, names: Iterable[str]) -> None:
        """Add names, and write all of them where the runner reads them."""
        new = [name for name in dict.fromkeys(names) if name not in self.names[kind]]
        self.names[kind] += new
        if new and os.environ.get(TRACE):
            write(Path(os.environ[TRACE]), json.dumps(self.names))


def write_stamp(notebook: Path, options: Options, trace: Mapping[str, list[str]]) -> None:
    """Stamp a notebook that was executed whole, given the names of its `Trace`."""
    names = {
        "code": sorted(_code(notebook, trace["tasks"])),
        "data": sorted(_data_folders(trace["datasets"])),
        "results": [*trace["consumed"], *trace["outputs"], f"notebooks/{notebook.name}"],
        "items": trace["items"],
    }
    data = _data(names["data"], {})
    stamp = {
        "names": names,
        "data": data,
        "hashes": _hashes(notebook, options, names, data),
        "done": time.strftime("%Y-%m-%d %H:%M"),
    }
    write(options.folder / "notebooks" / f"{notebook.stem}.stamp.json", json.dumps(stamp, indent=1))


def read_stamp(name: str, out: Path) -> Any:
    """A notebook's stamp in a folder of results; empty if there is none that can be read."""
    try:
        return json.loads((out / "notebooks" / f"{name}.stamp.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}


def changed(stamp: Any, notebook: Path, options: Options) -> str:
    """Why a notebook has to run again, in a few words; empty if its stamp holds."""
    try:
        names, before = stamp["names"], stamp["hashes"]
        now = _hashes(notebook, options, names, _data(names["data"], stamp["data"]))
        return next((f"{what} changed" for what in [*before, *now] if before.get(what) != now.get(what)), "")
    except (KeyError, TypeError, AttributeError, ValueError, OSError, DataError):
        return "its stamp cannot be read" if stamp else "it has not run yet"


def _hashes(notebook: Path, options: Options, names: Mapping, data: Mapping[str, list]) -> dict[str, Any]:
    """The present hash, or value, of everything that counts for a notebook."""
    recorded = read_run(options.folder)["items"]
    return {
        "source": _hash(notebook),
        "parameters": {name: getattr(options, name) for name in ("profile", "device", "seed")},
        "processor": _processor(),
        "versions": versions(),
        **{file: _hash(ROOT.parent / file) for file in names["code"]},
        **{f"data {file}": sha256 for file, (_, _, sha256) in data.items()},
        **{file: _hash(options.folder / file) for file in names["results"]},
        **{f"the record of {id}": digest(recorded.get(id)) for id in names["items"]},
    }


def _processor() -> str:
    """What decides the last bits of results on this machine, without asking torch."""
    settings = {name: os.environ.get(name, "") for name in ("ATEN_CPU_CAPABILITY", "MKL_CBWR")}
    info = Path("/proc/cpuinfo")
    lines = info.read_text(errors="replace").splitlines() if info.exists() else [platform.processor()]
    wanted = ("vendor_id", "cpu family", "model", "flags", "Features")
    kind = sorted({line for line in lines if line.startswith(wanted)})
    return digest([kind or lines[:1], settings, Path("/proc/driver/nvidia/version").exists()])


def versions() -> dict[str, str]:
    """Python's version and those of the packages that the project requires, as far as they are installed."""
    found = {"python": platform.python_version()}
    for requirement in importlib.metadata.requires("snnlib") or ():
        name = re.match(r"[\w.-]+", requirement)[0]
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = ""
    return found


def _code(notebook: Path, tasks: Iterable[str]) -> set[str]:
    """The package's files that count for a notebook: modules that its cells and its tasks import, however deep.

    With them go files of data and templates in a folder beside a module that names them.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    started = {name for source in code for name in imported(source)}
    found = set()
    for name in closure(started | {task for task in tasks if module_file(task)}):
        file, text = module_file(name), sources()[name]
        beside = (other for other in file.parent.glob("*/*.*") if other.suffix in (".csv", ".html"))
        found |= {file, *(other for other in beside if other.stem in text)}
    return {file.relative_to(ROOT.parent).as_posix() for file in found}


def _data_folders(names: Iterable[str]) -> set[str]:
    """The folders below the data folder in which these data sets are looked for."""
    from ..datasets.catalogue import dataset

    entries = [dataset(name) for name in names]
    entries += [entry.recorded.shows for entry in entries if entry.recorded and entry.recorded.shows]
    return {Path(place).parts[0] for entry in entries for place in entry.places}


def _data(folders: Iterable[str], known: Mapping[str, list]) -> dict[str, list]:
    """Size, time and hash of all files in some folders of data; one of ``known`` size and time is not read again."""
    found, deep = {}, ("*", "*/*", "*/*/*")  # as deep as data sets are; unlike rglob, through links to folders
    files = (file for folder in folders for pattern in deep for file in (paths.data() / folder).glob(pattern))
    for file in sorted(file for file in files if file.is_file()):
        name, stat = file.relative_to(paths.data()).as_posix(), file.stat()
        now, (*before, sha256) = [stat.st_size, stat.st_mtime_ns], known.get(name, [""])
        found[name] = [*now, sha256 if before == now else _hash(file)]
    return found


def _hash(file: Path) -> str:
    """The hash of a file; empty if it is not there."""
    return file_sha256(file) if file.is_file() else ""
