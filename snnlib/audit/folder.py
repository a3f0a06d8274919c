"""The folder of an audit: what networks answered, and of which data, split and training, which it holds to."""

import contextlib
import functools
import hashlib
import inspect
import json
import sys
import sysconfig
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np

from ..engine.files import write
from ..errors import SettingError
from ..membership import Signals

Array = np.ndarray
LIBRARIES = ("snnlib", "torch", "numpy", "snntorch", "spikingjelly", "norse", "sinabs")
INSTALLED = tuple(sysconfig.get_paths()[of] for of in ("stdlib", "platstdlib", "purelib", "platlib"))
FORM = "Pass an .npz file with arrays z, correct, inside, labels, and if at hand by_step, population, groups."
PLAIN = (int, float, complex, str, bytes, type(None))
UNREADABLE = (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile)


def claim(folder: Path, identity: Mapping[str, Any], fresh: bool = False) -> None:
    """Make a folder that of one audit; SettingError if it holds another one, which ``fresh`` deletes."""
    record, networks = folder / "record.json", [*folder.glob("network-*.npz")]
    if fresh:
        for file in networks:
            file.unlink()
    elif networks:
        try:
            known = dict(json.loads(record.read_text(encoding="utf-8")))
        except UNREADABLE:
            known = {}
        if other := [name for name, value in identity.items() if known.get(name) != value]:
            problem = f"The folder {folder} holds an audit with another {', '.join(other)}."
            raise SettingError(problem, "Name another store, or pass fresh=True to delete it and begin anew.")
    write(record, json.dumps(identity, indent=1))


def save(file: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays as an .npz, whole or not at all."""
    content = BytesIO()
    np.savez(content, **arrays)
    write(file, content.getvalue())


def load(file: str | Path) -> dict[str, Array]:
    """Arrays of an .npz; SettingError if it cannot be read."""
    try:
        with np.load(file, allow_pickle=False) as stored:
            return dict(stored)
    except UNREADABLE as error:
        raise SettingError(f"{file} cannot be read as arrays: {error}.", FORM) from error


def read_signals(path: str | Path) -> tuple[Signals, dict[str, Array]]:
    """`Signals` from an .npz file with its fields, and what else an audit wrote there: ``groups`` and ``coins``.

    SettingError for a file that cannot be read, and for fields that are missing, unknown or do not fit.
    """
    arrays = load(path)
    more = {name: arrays.pop(name) for name in ("groups", "coins") if name in arrays}
    wrong = [f"lacks {name}" for name in ("z", "correct", "inside", "labels") if name not in arrays]
    wrong += [f"has an unknown {name}" for name in sorted(set(arrays) - {field.name for field in fields(Signals)})]
    if wrong:
        raise SettingError(f"{path} {', '.join(wrong)}.", FORM)
    return Signals(**arrays), more


def of_points(*parts: Array) -> str:
    """Hash of arrays: their values, types and shapes."""
    found = hashlib.sha256()
    for part in parts:
        found.update(f"{part.dtype} {part.shape}".encode() + np.ascontiguousarray(part).tobytes())
    return found.hexdigest()


def of_code(*things: Any) -> str:
    """Hash of functions and classes as they are compiled, and of what they use: own functions, classes and constants.

    Installed libraries count by name alone: see `of_versions`. Lists do not count, as a training may fill them.
    """
    return hashlib.sha256("\n".join(_parts(things, set())).encode()).hexdigest()


def of_versions() -> dict[str, str]:
    """Versions of what an audit may depend on, as far as it is installed."""
    found = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for name in LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _parts(thing: Any, seen: set[int]) -> Iterator[str]:
    """What says of a function, class or value what it does."""
    inner: Iterable[Any] = ()
    if isinstance(thing, PLAIN):
        yield repr(thing)
    elif isinstance(thing, CodeType):
        yield f"{thing.co_code.hex()} {thing.co_names}"
        inner = thing.co_consts
    elif isinstance(thing, tuple | list):
        inner = thing
    elif isinstance(thing, dict | frozenset):
        inner = sorted(thing.items() if isinstance(thing, dict) else thing, key=repr)
    elif isinstance(thing, functools.partial):
        inner = (thing.func, thing.args, thing.keywords)
    elif is_dataclass(thing) and not isinstance(thing, type):
        inner = (type(thing), *(getattr(thing, field.name) for field in fields(thing)))
    elif id(thing) not in seen:
        seen.add(id(thing))
        yield getattr(thing, "__qualname__", type(thing).__qualname__)
        inner = _used(thing) if _own(thing) else ()
    for part in inner:
        yield from _parts(part, seen)


def _used(thing: Any) -> Iterator[Any]:
    """What a class, function or object is made of, and what a function finds outside of itself."""
    if inspect.isclass(thing):
        yield from thing.__bases__
        for name, value in sorted(vars(thing).items()):
            value = getattr(value, "__func__", getattr(value, "fget", value))  # of static methods and properties
            if inspect.isfunction(value) or (isinstance(value, (*PLAIN, tuple)) and not name.startswith("__")):
                yield from (name, value)
    elif inspect.isfunction(thing):
        yield from (thing.__code__, thing.__defaults__, thing.__kwdefaults__)
        used = {name: thing.__globals__[name] for name in _names(thing.__code__) if name in thing.__globals__}
        used |= zip(thing.__code__.co_freevars, (cell.cell_contents for cell in thing.__closure__ or ()))
        for name, value in sorted(used.items()):
            if inspect.ismodule(value) and _own(value):
                yield from (getattr(value, of) for of in sorted(_names(thing.__code__)) if hasattr(value, of))
            elif isinstance(value, (*PLAIN, tuple, dict)) or hasattr(value, "__qualname__"):
                yield from (name, value)
    elif inspect.ismethod(thing):
        yield from (thing.__func__, thing.__self__)
    else:
        own = getattr(thing, "__dict__", {})
        yield from (type(thing), {name: of for name, of in own.items() if isinstance(of, (*PLAIN, tuple))})


def _names(code: CodeType) -> set[str]:
    """What a function, or one within it, looks up outside of itself."""
    return {*code.co_names}.union(*(_names(of) for of in code.co_consts if isinstance(of, CodeType)))


def _own(thing: Any) -> bool:
    """Whether it is no part of Python or of an installed library."""
    module = thing if inspect.ismodule(thing) else sys.modules.get(getattr(thing, "__module__", None) or "builtins")
    file = getattr(module, "__file__", None)
    return getattr(module, "__name__", "") == "__main__" or (bool(file) and not file.startswith(INSTALLED))
