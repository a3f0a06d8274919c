"""Stamps: what an executed notebook depended on and what it made, so that it runs again only if that has changed.

A stamp lies beside the executed notebook and is written last. It is checked without torch and without the store. It
holds hashes of the notebook's source, its parameters, the processor, the versions of libraries, the bytes of every
module that its cells and its tasks import, the data files it looked for, what it read of other notebooks, and
everything that it wrote.
"""

import importlib.metadata
import json
import os
import platform
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from .. import paths
from ..engine.code import ROOT, closure, imported, module_file, sources
from ..engine.files import digest, file_sha256, write
from ..errors import DataError
from .items import read_run
from .options import Options

TRACE = "SNNLIB_TRACE"  # environment variable, set by the runner: the file into which a notebook writes what it used


class Trace:
    """What a notebook used and made, told to the runner: names by ``KINDS``."""

    KINDS = ("tasks", "datasets", "consumed", "outputs", "items")  # modules of tasks; names; paths in the results; IDs

    def __init__(self):
        self.names: dict[str, list[str]] = {kind: [] for kind in self.KINDS}

    def add(self, kind: str, names: Iterable[str]) -> None:
        """Remember names, and write all of them where the runner looks."""
        new = [name for name in dict.fromkeys(names) if name not in self.names[kind]]
        self.names[kind] += new
        if new and os.environ.get(TRACE):
            write(Path(os.environ[TRACE]), json.dumps(self.names))


def stamp_file(name: str, out: Path) -> Path:
    """Where the stamp of a notebook lies in a folder of results."""
    return out / "notebooks" / f"{name}.stamp.json"


def write_stamp(notebook: Path, options: Options, trace: Mapping[str, list[str]]) -> None:
    """Stamp a notebook that was executed whole, given the names of its `Trace`."""
    out = options.folder
    executed = f"notebooks/{notebook.name}"
    stamp = _given(notebook, options) | {
        "code": {file: _hash(ROOT / file) for file in sorted(_code(notebook, trace["tasks"]))},
        "data": {folder: _files(paths.data() / folder) for folder in sorted(_data_folders(trace["datasets"]))},
        "consumed": {file: _hash(out / file) for file in trace["consumed"]},
        "outputs": {file: _hash(out / file) for file in [*trace["outputs"], executed]},
        "items": {id: digest(item) for id, item in read_run(out)["items"].items() if id in trace["items"]},
        "done": time.strftime("%Y-%m-%d %H:%M"),
    }
    write(stamp_file(notebook.stem, out), json.dumps(stamp, indent=1))


def read_stamp(name: str, out: Path) -> dict:
    """A notebook's stamp; empty if there is none that can be read."""
    try:
        stamp = json.loads(stamp_file(name, out).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def changed(stamp: Mapping, notebook: Path, options: Options) -> str:
    """Why a notebook has to run again, in a few words; empty if its stamp holds."""
    try:
        return next(_changes(stamp, notebook, options), "")
    except (KeyError, TypeError, AttributeError, ValueError, OSError, DataError):
        return "its stamp cannot be read" if stamp else "it has not run yet"


def _changes(stamp: Mapping, notebook: Path, options: Options) -> Iterator[str]:
    for name, now in _given(notebook, options).items():
        if stamp[name] != now:
            yield f"{name} changed"
    for file, before in stamp["code"].items():
        if _hash(ROOT / file) != before:
            yield f"{ROOT.name}/{file} changed"
    for folder, before in stamp["data"].items():
        yield from (f"data {folder}/{file} changed" for file in _different(before, paths.data() / folder))
    out = options.folder
    for kind in ("consumed", "outputs"):
        for file, before in stamp[kind].items():
            if _hash(out / file) != before:
                yield f"{file} changed"
    recorded = read_run(out)["items"]
    for id, before in stamp["items"].items():
        if digest(recorded.get(id)) != before:
            yield f"the record of {id} changed"


def _given(notebook: Path, options: Options) -> dict:
    """What is known before a notebook runs."""
    return {
        "source": _hash(notebook),
        "parameters": {name: getattr(options, name) for name in ("profile", "device", "seed")},
        "processor": _processor(),
        "versions": _versions(),
    }


def _processor() -> str:
    """What decides the last bits of results on this machine, without asking torch."""
    settings = {name: os.environ.get(name, "") for name in ("ATEN_CPU_CAPABILITY", "MKL_CBWR")}
    info = Path("/proc/cpuinfo")
    lines = info.read_text(errors="replace").splitlines() if info.exists() else [platform.processor()]
    kind = sorted(
        {line for line in lines if line.startswith(("vendor_id", "cpu family", "model", "flags", "Features"))}
    )
    return digest([kind or lines[:1], settings, Path("/proc/driver/nvidia/version").exists()])


def _versions() -> dict[str, str]:
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
    return {file.relative_to(ROOT).as_posix() for file in found}


def _data_folders(names: Iterable[str]) -> set[str]:
    """The folders below the data folder in which these data sets are looked for."""
    from ..datasets.catalogue import known

    entries = [known(name) for name in names]
    entries += [entry.recorded.shows for entry in entries if entry.recorded and entry.recorded.shows]
    return {Path(place).parts[0] for entry in entries for place in entry.places}


def _files(folder: Path) -> dict[str, list]:
    """Size, time and hash of all files below a folder."""
    return {path: [*of, _hash(folder / path)] for path, of in _sizes_and_times(folder).items()}


def _sizes_and_times(folder: Path) -> dict[str, tuple[int, int]]:
    found = ((file, file.stat()) for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(file.relative_to(folder)): (stat.st_size, stat.st_mtime_ns) for file, stat in found}


def _different(before: Mapping[str, list], folder: Path) -> Iterator[str]:
    """The files of a folder that came, went or have another content; hashed only where the time is another one."""
    now = _sizes_and_times(folder)
    yield from sorted(before.keys() ^ now.keys())
    for path in before.keys() & now.keys():
        size, when, sha256 = before[path]
        if size != now[path][0] or (when != now[path][1] and _hash(folder / path) != sha256):
            yield path


def _hash(file: Path) -> str:
    """The hash of a file; empty if it is not there."""
    return file_sha256(file) if file.is_file() else ""
