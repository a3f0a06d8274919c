"""The folder of an audit: what networks answered, and of which data, split and training, which it holds to."""

import argparse
import contextlib
import dis
import functools
import hashlib
import importlib.util
import inspect
import json
import sysconfig
import zipfile
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from numbers import Number
from pathlib import Path, PurePath
from types import CodeType, FunctionType, MethodType, ModuleType, NoneType, SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from ..arrays import array
from ..engine.files import digest, write
from ..errors import SettingError
from ..membership import Array, Signals

LIBRARIES = ("snnlib", "torch", "numpy", "snntorch", "spikingjelly", "norse", "sinabs")
INSTALLED = tuple(sysconfig.get_paths()[of] for of in ("stdlib", "platstdlib", "purelib", "platlib"))
PACKAGES = {"site-packages", "dist-packages"}
FORM = "Pass an .npz file with arrays z, correct, inside, labels, and if at hand by_step, population, groups."
UNREADABLE = (OSError, ValueError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
# Objects of these hold settings.
SETTINGS = (
    "torch.nn.", "torch.optim.", "torch.utils.data.", "torchvision.transforms.",
    "snntorch.", "spikingjelly.", "norse.", "sinabs.",
)  # fmt: skip
PLAIN = (NoneType, Number, str, bytes, range, PurePath, torch.dtype, torch.device)
GLOBALS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")


def claim(folder: Path, identity: Mapping[str, Any], fresh: bool = False) -> dict[str, Any]:
    """Make a folder that of one audit, and give its identity as it began, whatever its trainings `changed` since.

    SettingError if the folder holds another audit, which ``fresh`` deletes.
    """
    record, networks, known = folder / "record.json", [*folder.glob("network-*.npz")], {}
    with contextlib.suppress(*UNREADABLE):
        known = dict(json.loads(record.read_text(encoding="utf-8")))
    since = known.pop("since", [])
    other = [name for name, value in identity.items() if known.get(name) != value]
    if networks and ({name: identity[name] for name in other} in since or not other):
        return known
    if networks and other and not fresh:
        problem = f"The folder {folder} holds an audit with another {', '.join(other)}."
        raise SettingError(problem, "Name another store, or pass fresh=True to delete it and begin anew.")
    for file in [*networks, folder / "signals.npz"]:
        file.unlink(missing_ok=True)
    write(record, json.dumps(identity, indent=1))
    return dict(identity)


def changed(folder: Path, code: Mapping[str, str]) -> None:
    """Note that what trains is found with these hashes from now on, as a training filled a log: the same audit's."""
    record = folder / "record.json"
    known = json.loads(record.read_text(encoding="utf-8"))
    other = {name: value for name, value in code.items() if known.get(name) != value}
    if other and other not in (since := known.setdefault("since", [])):
        since.append(other)
        write(record, json.dumps(known, indent=1))


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
    coins = more.get("coins", np.True_)
    wrong += ["has coins that are not one yes or no"] if coins.shape != () or coins.dtype != bool else []
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

    Own code is followed; that of installed libraries counts by name (see `of_versions`), with what its closures and
    the objects of network libraries hold. Parameters do not count.
    """
    return digest([*_parts(things, {}, {})])


def weights(*things: Any) -> list[Tensor]:
    """The parameters of networks that functions find or objects hold."""
    seen: dict[int, Any] = {}
    for _ in _parts(things, {}, seen):
        pass
    found = (of.parameters() if isinstance(of, nn.Module) else [of] for of in seen.values())
    return [of for each in found for of in each if isinstance(of, nn.Parameter)]


def _parts(thing: Any, scope: Mapping[str, Any], seen: dict[int, Any], within: tuple[int, ...] = ()) -> Iterator[str]:
    """What a thing is made of, as text; its code finds what is in ``scope``.

    What was ``seen`` is not said again, and things ``within`` which it is are not gone into once more.
    """
    inner: Iterable[Any] = ()
    if id(thing) in within:
        return
    within = (*within, id(thing))
    match thing:
        case _ if isinstance(thing, PLAIN):
            yield repr(thing)
        case np.ndarray() | np.generic() | Tensor() if not getattr(thing, "requires_grad", False):
            yield f"{thing.dtype} {tuple(thing.shape)}"
            with contextlib.suppress(SettingError):  # text, complex and sparse numbers
                yield of_points(thing)
                return
            inner = thing.tolist() if isinstance(thing, np.ndarray) else ()
        case tuple() | list() | deque():
            inner = thing
        case Mapping():
            inner = thing.items()
        case set() | frozenset():
            yield from sorted("".join(_parts(part, scope, {**seen}, within)) for part in thing)
        case staticmethod() | classmethod():
            inner = (thing.__func__,)
        case CodeType():
            loads = {of.argval for of in dis.get_instructions(thing) if of.opname in GLOBALS}
            modules = _imported(of.argval for of in dis.get_instructions(thing) if of.opname == "IMPORT_NAME")
            found = _found(loads | {*thing.co_freevars, *modules}, {**scope, **modules}, {*thing.co_names})
            inner = thing.co_code, thing.co_names, thing.co_consts, *found
        case SimpleNamespace() | argparse.Namespace():
            inner = (vars(thing),)
        case functools.partial() | MethodType():
            inner = thing.__reduce__()
        case property() | functools.cached_property():
            inner = [getattr(thing, name, None) for name in ("func", "fget", "fset")]
        case _ if is_dataclass(thing) and not isinstance(thing, type):
            inner = type(thing), *(getattr(thing, field.name) for field in fields(thing))
        case _ if id(thing) not in seen:
            seen[id(thing)] = thing
            yield getattr(thing, "__qualname__", type(thing).__qualname__)
            held = dict(getattr(thing, "__dict__", {}))
            if isinstance(thing, FunctionType):
                cells = dict(zip(thing.__code__.co_freevars, map(_content, thing.__closure__ or ())))
                scope = thing.__globals__ | cells
                inner = (thing.__code__, thing.__defaults__, thing.__kwdefaults__) if _own(thing) else (cells,)
            elif isinstance(thing, nn.Module):  # its state and its parameters change
                fixed = held.get("_buffers", {}) if not any(True for _ in thing.parameters()) else {}
                held = {
                    k: of for k, of in held.items() if k == "_modules" or not (k[0] == "_" and isinstance(of, dict))
                }
                held |= fixed
                inner = type(thing), *_found(held.keys() - {"training"}, held)
            elif _own(thing):
                slots = (of for kind in type(thing).__mro__ for of in getattr(kind, "__slots__", ()))
                held |= {name: getattr(thing, name, None) for name in slots if name[:2] != "__"}
                names = {name for name, of in held.items() if name[:2] != "__" or callable(of)}
                inner = getattr(thing, "__bases__", type(thing)), *_found(names, held)
            elif type(thing).__module__.startswith(SETTINGS):
                inner = (held,)
    for part in inner:
        yield from _parts(part, scope, seen, within)


def _imported(names: Iterable[str]) -> dict[str, ModuleType]:
    """Modules of one's own that a function imports when it is called."""
    found = {}
    for name in names:
        with contextlib.suppress(ImportError, ValueError, AttributeError):
            file = importlib.util.find_spec(name).origin
            if not file.startswith(INSTALLED) and PACKAGES.isdisjoint(Path(file).parts) and file.endswith(".py"):
                found[name] = importlib.import_module(name)
    return found


def _content(cell: Any) -> Any:
    """What a closure holds; None for what has no value yet."""
    with contextlib.suppress(ValueError):
        return cell.cell_contents


def _found(names: Set[str], scope: Mapping[str, Any], within: Set[str] = frozenset()) -> Iterator[tuple[str, Any]]:
    """What has one of these names; of a module of one's own, what has one of the names ``within`` there."""
    for name in sorted(names & scope.keys()):
        if inspect.ismodule(scope[name]) and _own(scope[name]):
            yield from _found(within - {name}, vars(scope[name]), within - {name})
        else:
            yield name, scope[name]


def _own(thing: Any) -> bool:
    """Whether it is no part of Python or of an installed library."""
    module = inspect.getmodule(thing)
    if module is None:  # made by exec or runpy
        return True
    file = getattr(module, "__file__", None)
    installed = file and (file.startswith(INSTALLED) or not PACKAGES.isdisjoint(Path(file).parts))
    return getattr(module, "__name__", "") == "__main__" or (bool(file) and not installed)
