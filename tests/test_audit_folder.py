"""What tells one's own training from others: its code, what that finds, and notebook cells."""

import functools
import importlib
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from helpers.audit import Ignorant, Linear, Nearest, by_heart, other_training
from snntorch.functional import mse_count_loss
from snntorch.surrogate import fast_sigmoid
from torch import nn
from torch.utils.data import TensorDataset

from snnlib.audit.folder import of_code
from snnlib.audit.recipe import recipe

RATE = 1.0


def with_a_rate(x, y, seed):
    return Nearest(x * RATE, y)


class Changing:
    """A training that is an object."""

    def __init__(self, how):
        self.how = how

    def __call__(self, x, y, seed):
        return self.trained(x, y)

    def trained(self, x, y):
        return Nearest(x, y)


def nearest(x, y, seed=0, rate=1.0):
    return Nearest(rate * x, y)


def test_what_a_training_is_made_of_tells_it_from_others():
    def inner(rate):
        return lambda x, y, seed: nearest(x, y, rate=rate)

    class Other(Changing):
        def trained(self, x, y):
            return Ignorant(x, y)

    def scaled(rate):
        kind = type("Scaled", (Nearest,), {"rate": rate, "__module__": __name__})
        return lambda x, y, seed: kind(x, y)

    things = [
        by_heart, with_a_rate, other_training, inner(1.0), inner(2.0), functools.partial(nearest, rate=2.0),
        functools.partial(nearest, rate=3.0), Changing(1), Changing(2), Other(1), Changing(1).trained,
        Changing(2).trained, scaled(1.0), scaled(2.0), recipe(Linear), recipe(Linear, epochs=3),
        recipe(Linear, loss=nearest),
    ]  # fmt: skip
    hashes = [of_code(thing) for thing in things]
    assert len(set(hashes)) == len(things) and hashes == [of_code(thing) for thing in things]


@dataclass
class Settings:
    sizes: list
    rate: float = 1.0


SETTINGS, HALVED, SEEN = Settings([1, 2]), functools.partial(nearest, rate=0.5), [1]
SURROGATE, WEIGHTS, LOSS, OPTIONS = fast_sigmoid(slope=25), np.ones(3), nn.CrossEntropyLoss(), SimpleNamespace(lr=1.0)
KIND, FOLDER, STEPS, NETWORK, real = torch.float, Path("a"), {1, 2}, Linear(), 1


@functools.lru_cache
def rate():
    return RATE


def with_settings(x, y, seed):
    SEEN.append(seed)
    used = SURROGATE, WEIGHTS, LOSS, OPTIONS, KIND, FOLDER, STEPS, NETWORK, seed.real
    return HALVED(x * SETTINGS.rate * rate(), y), used


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SETTINGS", Settings([1, 2], rate=2.0), True),
        ("SETTINGS", Settings([1, 3]), True),
        ("SETTINGS", Changing(1), True),
        ("HALVED", functools.partial(nearest, rate=0.25), True),
        ("RATE", 2.0, True),
        ("SURROGATE", fast_sigmoid(slope=50), True),
        ("WEIGHTS", np.array([1.0, 2, 1]), True),
        ("WEIGHTS", torch.full((3,), 2.0), True),
        ("LOSS", nn.CrossEntropyLoss(label_smoothing=0.1), True),
        ("LOSS", nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2])), True),
        ("LOSS", mse_count_loss(correct_rate=0.9), True),
        ("OPTIONS", SimpleNamespace(lr=2.0), True),
        ("KIND", torch.double, True),
        ("FOLDER", Path("b"), True),
        ("STEPS", {1, 3}, True),
        ("NETWORK", Linear(), False),  # other weights
        ("real", 2, False),  # an attribute has that name
        ("SEEN", [1, 2], True),
        ("SETTINGS", Settings([1, 2]), False),
    ],
)
def test_what_a_training_finds_tells_it_from_others_but_weights(monkeypatch, name, value, told):
    before = of_code(with_settings)
    monkeypatch.setattr(sys.modules[__name__], name, value)
    assert (of_code(with_settings) != before) == told


def test_methods_of_every_kind_tell_classes_from_others():
    def made(rate):
        class Helper:
            @staticmethod
            def fixed(x):
                return rate * x

            @classmethod
            def of(cls, x):
                return rate * x

            @property
            def rate(self):
                return rate

        return Helper

    for name in ("fixed", "of", "rate"):
        kinds = [type("Helper", (), {name: vars(made(rate))[name], "__module__": __name__}) for rate in (1.0, 2.0, 2.0)]
        first, other, same = map(of_code, kinds)
        assert first != other == same


@dataclass
class Chained:
    """Holds itself, and a method of its own."""

    rate: float = 1.0

    def __post_init__(self):
        self.next, self.call, self.held = self, self.__repr__, {}
        self.held["itself"] = self.held


def test_things_that_hold_themselves_or_no_numbers_have_a_hash():
    def late():
        return unset

    things = [
        Chained(),
        Chained(2.0),
        torch.ones(2, dtype=torch.cfloat),
        np.array(["a", "b"]),
        np.array(["a", "c"]),
        late,
    ]
    assert len({*map(of_code, things)}) == len(things)
    unset = 1
    assert of_code({1, 2, "a"}) == of_code({"a", 2, 1})


class Slots:
    __slots__ = ("rate",)

    def __init__(self, rate):
        self.rate = rate


class Focal(nn.Module):
    def __init__(self, alpha):
        super().__init__()
        self.register_buffer("alpha", torch.tensor(alpha))


def test_what_is_imported_slotted_or_made_by_exec_tells_a_training_from_others(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)

    def imports(name, text):
        (tmp_path / f"{name}.py").write_text(text)
        exec(f"def train(x, y, seed):\n    from {name} import fit\n    return fit(x)", space := {})
        return space["train"]

    for a, b in (
        (Slots(1.0), Slots(2.0)),
        (Focal(1.0), Focal(2.0)),
        (deque([1]), deque([2])),
        (MappingProxyType({"lr": 1}), MappingProxyType({"lr": 2})),
        (TensorDataset(torch.ones(2)), TensorDataset(torch.zeros(2))),
        (made_by_exec("x + 1"), made_by_exec("x + 2")),
    ):
        assert len({of_code(a), of_code(b), of_code(functools.partial(nearest, a))}) == 3
    first = of_code(imports("own_fit", "def fit(x): return x"))
    del sys.modules["own_fit"]
    importlib.invalidate_caches()
    assert of_code(imports("own_fit", "def fit(x): return 2.5 * x")) != first


def made_by_exec(text):
    exec(f"def train(x, y, seed): return {text}", space := {})
    return space["train"]


def test_cells_of_a_notebook_tell_a_training_from_others(monkeypatch):
    """They are compiled one by one in ``__main__``, which has no file."""
    kernel = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", kernel)

    def run(cell):
        exec(compile(cell, "<cell>", "exec"), vars(kernel))
        return of_code(kernel.train)

    helper, network = (
        "def helper(x): return x + K",
        "class Network:\n    width = 1\n    def look(self): return helper(K)",
    )
    first = run(f"K = 1\n{helper}\n{network}\ndef train(x, y, seed): return Network().look()")
    others = [run("K = 2"), run(f"K = 1\n{helper} + 1"), run(f"{helper}\n{network.replace('width = 1', 'width = 2')}")]
    assert len({first, *others}) == 4 and run(network) == first
