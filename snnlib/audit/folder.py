"""The folder of an audit: what networks answered, and of which data, split and training, which it holds to."""

import contextlib
import functools
import hashlib
import inspect
import json
import sysconfig
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from pathlib import Path
from types import CodeType, FunctionType, MethodType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import array
from ..engine.files import digest, write
from ..errors import SettingError
from ..membership import Signals

Array = np.ndarray
LIBRARIES = ("snnlib", "torch", "numpy", "snntorch", "spikingjelly", "norse", "sinabs")
INSTALLED = tuple(sysconfig.get_paths()[of] for of in ("stdlib", "platstdlib", "purelib", "platlib"))
FORM = "Pass an .npz file with arrays z, correct, inside, labels, and if at hand by_step, population, groups."
UNREADABLE = (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile)


def claim(folder: Path, identity: Mapping[str, Any], fresh: bool = False) -> None:
    """Make a folder that of one audit; SettingError if it holds another one, which ``fresh`` deletes."""
    record, networks, known = folder / "record.json", [*folder.glob("network-*.npz")], {}
    for file in networks if fresh else ():
        file.unlink()
    with contextlib.suppress(*UNREADABLE):
        known = dict(json.loads(record.read_text(encoding="utf-8")))
    other = [name for name, value in identity.items() if known.get(name) != value]
    if networks and other and not fresh:
        problem = f"The folder {folder} holds an audit with another {', '.join(other)}."
        raise SettingError(problem, "Name another store, or pass fresh=True to delete it and begin anew.")
    write(record, json.dumps(identity, indent=1))


def save(file: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays as an .npz, whole or not at all."""
    np.savez(content := BytesIO(), **arrays)
    write(file, content.getvalue())


def load(file: str | Path) -> dict[str, Array]:
    """Arrays of an .npz; SettingError if it cannot be read."""
    try:
        with np.load(file, allow_pickle=False) as stored:
            return dict(stored)
    except UNREADABLE as error:
        raise SettingError(f"{file} cannot be read as arrays: {error}.", FORM) from error


def read_signals(path: str | Path) -> tuple[Signals, dict[str, Array]]:
    """`Signals` from an .npz, and ``groups`` and ``coins`` of an audit; SettingError for what is missing or unknown."""
    arrays = load(path)
    more = {name: arrays.pop(name) for name in ("groups", "coins") if name in arrays}
    wrong = [f"lacks {name}" for name in ("z", "correct", "inside", "labels") if name not in arrays]
    wrong += [f"has an unknown {name}" for name in sorted(arrays.keys() - Signals.__dataclass_fields__)]
    if wrong:
        raise SettingError(f"{path} {', '.join(wrong)}.", FORM)
    return Signals(**arrays), more


def of_points(*parts: ArrayLike) -> str:
    """Hash of arrays or tensors: their values, types and shapes."""
    found = hashlib.sha256()
    for part in map(array, parts):
        found.update(f"{part.dtype} {part.shape}".encode() + np.ascontiguousarray(part).tobytes())
    return found.hexdigest()


def of_versions() -> dict[str, str]:
    """Versions of what an audit may depend on, as far as it is installed."""
    found = {"python": sysconfig.get_python_version()}
    for name in LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def of_code(*things: Any) -> str:
    """Hash of functions, classes and objects: of their code as it is compiled, and of what it finds and they hold.

    Own code is followed; installed libraries count by name alone: see `of_versions`. Lists that are found or held do
    not count, as a training may fill them; those in the arguments of partial functions and in dataclasses do.
    """
    return digest([*_parts(things, {}, set())])


def _parts(thing: Any, scope: Mapping[str, Any], seen: set[int]) -> Iterator[str]:
    """What a thing is made of, as text; its code finds what is in ``scope``. What was ``seen`` is not said again."""
    inner: Iterable[Any] = ()
    match thing:
        case None | int() | float() | complex() | str() | bytes():
            yield repr(thing)
        case tuple() | list():
            inner = thing
        case dict() | frozenset():
            inner = sorted(thing.items() if isinstance(thing, dict) else thing, key=repr)
        case CodeType():
            found = _found({*thing.co_names, *thing.co_freevars}, scope)
            inner = thing.co_code, thing.co_names, thing.co_consts, *found
        case functools.partial() | MethodType():
            inner = thing.__reduce__()
        case property() | functools.cached_property():
            inner = (getattr(thing, "func", None) or thing.fget,)
        case _ if is_dataclass(thing) and not isinstance(thing, type):
            inner = type(thing), *(getattr(thing, field.name) for field in fields(thing))
        case _ if id(thing) not in seen:
            seen.add(id(thing))
            yield getattr(thing, "__qualname__", type(thing).__qualname__)
            if _own(thing) and isinstance(thing, FunctionType):
                cells = zip(thing.__code__.co_freevars, (cell.cell_contents for cell in thing.__closure__ or ()))
                scope = thing.__globals__ | dict(cells)
                inner = thing.__code__, thing.__defaults__, thing.__kwdefaults__
            elif _own(thing):
                held = getattr(thing, "__dict__", {})
                names = {name for name, of in held.items() if name[:2] != "__" or callable(of)}
                inner = getattr(thing, "__bases__", type(thing)), *_found(names, held)
    for part in inner:
        yield from _parts(part, scope, seen)


def _found(names: Set[str], scope: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What has one of these names; in a module of one's own, what has another one of them there."""
    for name in sorted(names & scope.keys()):
        if inspect.ismodule(scope[name]) and _own(scope[name]):
            yield from _found(names - {name}, vars(scope[name]))
        elif not isinstance(scope[name], list):
            yield name, scope[name]


def _own(thing: Any) -> bool:
    """Whether it is no part of Python or of an installed library."""
    module = inspect.getmodule(thing)
    file = getattr(module, "__file__", None)
    return getattr(module, "__name__", "") == "__main__" or (bool(file) and not file.startswith(INSTALLED))
