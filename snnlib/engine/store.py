"""The artefact store: cache, resume and provenance in one.

A `Job` names a function and all that determines its result; its key is the hash of that. The
result, an `Artefact`, is arrays and a small JSON record in a folder named by the key::

    store/<first two digits>/<key>/arrays.safetensors
                                   record.json          what made it, checksums, duration, versions
    store/partial/<key>/           what a long job keeps of its own, to go on from after it was stopped

A folder is written in ``partial`` and renamed, so that nothing half-written is ever read. It is verified when
it is loaded: one that is damaged or belongs to another key is moved to ``store/damaged/`` and made again. Its arrays
are read at first use: often only ``info`` is wanted.
"""

import functools
import inspect
import json
import os
import shutil
import tempfile
import time
import warnings
import weakref
from collections import UserDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ..errors import StoreError
from .code import code_fingerprint
from .device import arithmetic, machine
from .files import digest, file_sha256, unfinished
from .repeatable import repeatable

IDENTITY = ("task", "code", "repeatable", "settings", "device", "libraries")  # parts of a record whose hash is the key
NO_FILE = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
LIBRARIES = ("torch", "snntorch", "tonic", "numpy", "scipy", "scikit-image")  # their versions are part of every key


@dataclass(frozen=True)
class Artefact:
    """Result of a job: named arrays, a small JSON-like ``info`` and the record of how it was made."""

    key: str
    arrays: Mapping[str, np.ndarray]
    info: Mapping[str, Any]
    record: Mapping[str, Any]

    def tensors(self, device: str | torch.device = "cpu") -> dict[str, torch.Tensor]:
        """The arrays as tensors on a device."""
        return {name: torch.from_numpy(array).to(device) for name, array in self.arrays.items()}


class _Arrays(UserDict):
    """The arrays of a verified file, read at first use: a thousand networks' ``info`` need no memory for weights."""

    def __init__(self, file: Path):
        self._file = file

    @functools.cached_property
    def data(self) -> dict[str, np.ndarray]:
        """All arrays of the file."""
        try:
            return load_file(self._file)
        except (OSError, SafetensorError) as error:  # deleted or damaged since it was verified
            problem = f"A stored result cannot be read any more: {self._file} ({error})."
            raise StoreError(problem, "Run again: what is gone or damaged is made again.") from error


@dataclass(frozen=True, eq=False)
class Job:
    """A function and its settings; other jobs among the settings stand for their artefacts.

    ``task`` is a function at the top of a module, called as ``task(device=..., **settings)``; it returns ``(arrays,
    info)``. ``settings`` hold what JSON can hold, and jobs. A task with a parameter ``partial`` gets a folder of its
    own, where it may keep what it needs to go on after it was stopped; the folder goes when the result is stored.
    """

    task: Callable
    settings: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""

    def needs(self) -> list["Job"]:
        """The jobs whose artefacts this one takes."""
        return [value for value in self.settings.values() if isinstance(value, Job)]


class Store:
    """Artefacts in the folder ``root``, addressed by what determines them, the device (``cpu``, ``cuda``) included."""

    def __init__(self, root: Path | str, device: str = "cpu"):
        self.root, self.device, self._keys = Path(root), device, weakref.WeakKeyDictionary()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problem = f"The artefact store {self.root} cannot be made: {error.strerror}."
            raise StoreError(problem, "Set SNNLIB_STORE to a folder that you may write to.") from error

    def key(self, job: Job) -> str:
        """Hash of all that determines a job's result."""
        if job not in self._keys:
            self._keys[job] = digest(self._identity(job))
        return self._keys[job]

    def __reduce__(self) -> tuple:
        """What goes to a worker: not the keys, which belong to this process's jobs."""
        return Store, (self.root, self.device)

    def _identity(self, job: Job) -> dict:
        settings = {name: self.key(v) if isinstance(v, Job) else v for name, v in job.settings.items()}
        return {
            "task": f"{job.task.__module__}.{job.task.__qualname__}",
            "code": code_fingerprint(job.task.__module__),
            "repeatable": code_fingerprint(repeatable.__module__),
            "settings": settings,
            "device": arithmetic(self.device),
            "libraries": _versions(),
        }

    def load(self, job: Job) -> Artefact | None:
        """The artefact of a job, verified, or None if it is not there; a damaged one is set aside first."""
        if job not in self:
            return None
        key, folder = self.key(job), self._folder(job)
        try:
            record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
            body = {k: v for k, v in record.items() if k != "sha256"}
            if record["sha256"] != {"arrays": file_sha256(folder / "arrays.safetensors"), "record": digest(body)}:
                raise ValueError("checksum differs")
            if digest({name: record[name] for name in IDENTITY}) != key:
                raise ValueError("it is the result of another job")
            return Artefact(key, _Arrays(folder / "arrays.safetensors"), record["info"], record)
        except (*NO_FILE, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            self._set_aside(folder)
            problem = f"The stored result of {job.label or key[:12]} is damaged ({error})."
            warnings.warn(f"{problem} It was moved to {self.root / 'damaged'} and is made again.", stacklevel=2)
            return None
        except OSError as error:  # no damage, only out of reach: nothing is moved
            problem = f"A result in the store {self.root} cannot be read: {error.strerror}."
            remedy = "Get access to that folder, or set SNNLIB_STORE to another one."
            raise StoreError(problem, remedy) from error

    def _set_aside(self, folder: Path) -> None:
        """Move what is in a result's place to ``damaged``, whatever it is: a link or a file, too."""
        damaged = self.root / "damaged"
        try:
            damaged.mkdir(exist_ok=True)
            place = tempfile.mkdtemp(prefix=folder.name[:12] + "-", dir=damaged)
            os.rmdir(place)
            os.replace(folder, place)
        except FileNotFoundError:  # another process was quicker
            pass
        except OSError as error:
            problem = f"A damaged result, {folder}, cannot be moved to {damaged}: {error.strerror}."
            raise StoreError(problem, "Delete it, or set SNNLIB_STORE to another folder.") from error

    def __contains__(self, job: Job) -> bool:
        """Whether something is stored for the job; it is verified only when loaded."""
        return self._folder(job).exists()

    def make(self, job: Job) -> Artefact:
        """Load a job's artefact, or run the job (and what it needs) and store the result."""
        found = self.load(job)
        if found is not None:
            return found
        settings = {name: self.make(v) if isinstance(v, Job) else v for name, v in job.settings.items()}
        partial = self.root / "partial" / self.key(job)
        if "partial" in inspect.signature(job.task).parameters:
            settings["partial"] = partial
        start = time.perf_counter()
        with repeatable():
            arrays, info = job.task(device=self.device, **settings)
        artefact = self._write(job, arrays, info, time.perf_counter() - start)
        shutil.rmtree(partial, ignore_errors=True)
        return artefact

    def _write(self, job: Job, arrays: Mapping, info: Mapping, seconds: float) -> Artefact:
        record = self._identity(job) | {
            "label": job.label,
            "info": json.loads(json.dumps(info)),
            "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "seconds": round(seconds, 2),
            "machine": machine(self.device),
        }
        folder, temporary = self._folder(job), unfinished(self.root / "partial", "writing")
        try:
            for new in (temporary, folder.parent):
                new.mkdir(parents=True, exist_ok=True)
            save_file({name: np.array(a, order="C") for name, a in arrays.items()}, temporary / "arrays.safetensors")
            sums = {"arrays": file_sha256(temporary / "arrays.safetensors"), "record": digest(record)}
            (temporary / "record.json").write_text(json.dumps(record | {"sha256": sums}, indent=1), encoding="utf-8")
            temporary.rename(folder)
        except (OSError, SafetensorError) as error:
            shutil.rmtree(temporary, ignore_errors=True)
            if not folder.exists():  # else another process was quicker: its result is as good
                problem = f"A result cannot be written to the store {self.root}: {error}."
                remedy = "Make room there, or set SNNLIB_STORE to another folder, and run again: it goes on from here."
                raise StoreError(problem, remedy) from error
        found = self.load(job)  # the writer's that was quicker, which may differ in the record
        if found is None:
            problem = f"A result that was just written to the store {self.root} is damaged."
            remedy = "Check that disk, or set SNNLIB_STORE to another one, and run again: it goes on from here."
            raise StoreError(problem, remedy)
        return found

    def _folder(self, job: Job) -> Path:
        key = self.key(job)
        return self.root / key[:2] / key


def record_of(root: Path, key: str) -> dict | None:
    """How an artefact was made, by its key; None if the store in ``root`` has none, or a damaged one."""
    try:
        record = json.loads((root / key[:2] / key / "record.json").read_text(encoding="utf-8"))
        return record if digest({name: record[name] for name in IDENTITY}) == key else None
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None


@functools.cache
def _versions() -> dict[str, str]:
    return {name: version(name) for name in LIBRARIES}
