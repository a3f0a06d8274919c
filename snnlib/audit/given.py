"""What is passed to an audit, checked at the door."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..arrays import array
from ..errors import SettingError
from .adapt import adapt
from .adapted import made_for

ADAPT = tuple(inspect.signature(adapt).parameters)[2:]  # what `adapt` takes beside network and example
INSTALL = "Install all that an audit can need: in the project's folder, run pip install --editable '.[reproduce]'."
EXAMPLE = 500  # points that a network is looked at with, at most


def points(data: Any) -> tuple[Any, Any]:
    """Points and labels as arrays or tensors; SettingError if they do not fit."""
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise SettingError("There are no data to audit with.", "Pass data=(x, y), points and labels.")
    for of in data:
        if not isinstance(of, Tensor | np.ndarray | list | tuple):
            remedy = "Pass x and y, as torch.stack makes them of a dataset's points and labels."
            raise SettingError(f"A {type(of).__name__} is no array or tensor.", remedy)
    x, y = (of if isinstance(of, Tensor) else _plain(array(of)) for of in data)
    if not len(y) or not np.isfinite(array(x)).all():
        raise SettingError("Some points are no finite numbers, or there are none.", "Look for NaN and infinity in x.")
    if y.ndim != 1 or array(y).dtype.kind not in "iu" or len(x) != len(y) or array(y).min(initial=0) < 0:
        problem = f"Points of shape {tuple(x.shape)} and labels of shape {tuple(y.shape)}, {y.dtype}, do not fit."
        raise SettingError(problem, "Pass x [N, ...] and whole numbers y [N], from 0.")
    return x, y


def _plain(values: np.ndarray) -> np.ndarray:
    """In an order and a precision that torch takes."""
    kind = {"u": values.dtype if values.itemsize == 1 else np.int64, "f": min(values.dtype, np.dtype(float))}
    return np.ascontiguousarray(values, np.dtype(kind.get(values.dtype.kind, values.dtype)).newbyteorder("="))


def tried(x: Any, augment: Any, population: tuple) -> None:
    """SettingError for a population of another shape, and for an augmentation that does not keep points' number."""
    if population and population[0].shape[1:] != x.shape[1:]:
        problem = (
            f"Points have the shape {list(x.shape[1:])}, and those of the population {list(population[0].shape[1:])}."
        )
        raise SettingError(problem, "Pass a population of the same kind.")
    if augment is None:
        return
    if not takes(augment, "x", "seed"):
        raise SettingError("augment is no function of points and a seed.", "Pass augment(x, seed) -> x.")
    few = torch.as_tensor(x[:2]).clone()
    shown = augment(few, 0)
    if not isinstance(shown, Tensor | np.ndarray) or len(shown) != len(few):
        raise SettingError("augment does not give a tensor of as many points.", "Pass augment(x, seed) -> x.")


def example(x: Any, y: Any, network: nn.Module) -> tuple[Any, Any]:
    """Points to look at a network with: as many as it is made for, or a prime number, as hardly any axis is long."""
    n, taken = len(x), x.shape[1:]
    primes = (few for few in range(min(n, EXAMPLE), 2, -1) if few not in taken and all(few % d for d in range(2, few)))
    few = np.linspace(0, n - 1, made_for(network) or next(primes, n)).astype(int)
    return x[few], y[few]


def takes(function: Any, *arguments: str) -> bool:
    """Whether it is a function, and no network or class, that can be called with so many arguments."""
    if not callable(function) or isinstance(function, type | nn.Module):
        return False
    try:
        inspect.signature(function).bind(*arguments)
    except (TypeError, ValueError) as error:
        return isinstance(error, ValueError)  # one of C, which says nothing of its arguments
    return True


def named(what: str, given: Any, names: Iterable[str]) -> None:
    """SettingError for anything but a mapping of some of these names."""
    wrong = sorted(map(str, {*given} - {*names})) if isinstance(given, Mapping) else [type(given).__name__]
    if wrong:
        raise SettingError(f"{what} cannot be {', '.join(wrong)}.", f"Pass a dictionary of any of {', '.join(names)}.")
