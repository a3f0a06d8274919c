"""The work of a membership audit: to train networks, to ask them about all points, and to store what they answer."""

import contextlib
import itertools
import math
import random
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import nn

from ..contract import placed
from ..engine.processes import say
from ..errors import SettingError
from ..randomness import numpy_generator
from .adapt import WeakReadout, adapt
from .folder import changed, load, of_code, save, weights
from .given import example
from .recipe import recipe

Array = np.ndarray
NETWORK = "network-{:03d}.npz"  # what one has answered
COPIES = 7  # augmented queries of each point, beside the plain one, where there is an augmentation
MOMENT = 0.05  # share of a network's points that is trained on to tell the cost
ASKED = 500  # points at a time: a bound on memory


@dataclass(frozen=True)
class Cost:
    """What an audit would take, as far as a moment's training tells, if several networks are as fast as one."""

    networks: int
    seconds_each: float
    jobs: int
    repeatable: bool = True  #: Whether the same points and seed gave the same network twice.

    @property
    def seconds(self) -> float:
        return -(-self.networks // self.jobs) * self.seconds_each

    def __str__(self) -> str:
        minutes = f"{self.networks} networks take about {self.seconds / 60:.1f} minutes, {self.jobs} at a time"
        text = f"{minutes}, {self.seconds_each:.1f} seconds each, as far as a moment tells."
        if not self.repeatable:
            text += " The same points and seed gave two networks: train draws from a generator that it should seed, or "
            text += "goes on from weights that it trained before, by which networks know each other's points."
        return text


@dataclass(frozen=True)
class Work:
    """All that a process needs to train networks and to store what they answer."""

    train: Callable
    x: Any
    y: Any
    population: tuple
    augment: Callable | None
    adapt: dict
    seed: int
    folder: Path
    audit: str = ""  #: Hash of the identity under which its answers are stored.
    begun: ClassVar[list] = []  #: Whether this process has trained, which may change what a training finds.
    last: ClassVar[list] = []  #: Of this process: the weights of the network trained last, and a sum of each.

    def stored(self, index: int, members: Bool[Array, " N"]) -> dict[str, Array] | None:
        """What a network answered; None if it is not there, damaged, or was trained on other points."""
        with contextlib.suppress(SettingError):
            found = load(self.folder / NETWORK.format(index))
            same = np.array_equal(found.get("inside"), members) and found.get("audit") == self.audit
            return found if same else None

    def code(self) -> dict[str, str]:
        """What trains networks, by its hash."""
        return {name: of_code(getattr(self, name)) for name in ("train", "augment")}

    def make(self, index: int, members: Bool[Array, " N"], code: dict[str, str] | None = None) -> None:
        """Train a network, ask it, and store what it answers; SettingError if that is not done by the ``code``."""
        if code and not self.begun and code != self.code():
            problem = "A process that trains has not what this one has: it imports the code anew, as it is in the file."
            raise SettingError(problem, "Set in the file what is set while it runs, or choose jobs=1.")
        self.begun[:] = [True]
        start = time.perf_counter()
        try:
            answers = self.asked(self.trained(members, _number(self.seed, "network", index)))
        finally:
            if not code:  # in the process that asks, which may run on
                changed(self.folder, self.code())
        seconds = time.perf_counter() - start
        save(
            self.folder / NETWORK.format(index),
            answers | {"inside": members, "seconds": np.array(seconds), "audit": self.audit},
        )
        say(f"Network {index} is trained and asked: {seconds:.1f} s.")

    def trained(self, members: Bool[Array, " N"], seed: int) -> nn.Module:
        chosen = np.flatnonzero(members)
        before = [*filter(lambda of: of[0] is not None, ((ref(), total) for ref, total in self.last))]
        before += [(weight, _sum(weight)) for weight in weights(self.train)]
        with seeded(seed):
            network = self.train(self.x[chosen], self.y[chosen], seed)
        if not isinstance(network, nn.Module):
            problem = f"train has returned a {type(network).__name__}, which is no network."
            raise SettingError(problem, "Return a trained torch.nn.Module.")
        placed(network)  # refuses weights without values
        if not all(math.isfinite(_sum(weight)) for weight in network.parameters()):
            problem = "A training has ended with weights that are no finite numbers."
            raise SettingError(problem, "Lower the learning rate, or look for what overflows.")
        if any(_sum(weight) != total for weight, total in before):
            problem = (
                "train has changed weights that it returned before or finds again: a network knows another's points."
            )
            raise SettingError(problem, "Make a new network in each call, or copy one that stays as it is.")
        self.last[:] = [(weakref.ref(weight), _sum(weight)) for weight in network.parameters()]
        return network

    def asked(self, network: nn.Module) -> dict[str, Array]:
        """What a network answers about all points, as they are and in copies changed as in training; how it is read."""
        if not hasattr(network, "by_step"):  # nobody has adapted it
            with warnings.catch_warnings():
                warnings.simplefilter("ignore" if "read" in self.adapt else "default", WeakReadout)
                network = adapt(network, example(self.x, self.y, network), **self.adapt)
        found = {"said": np.array(getattr(network, "said", ()), str), "read": np.array(getattr(network, "read", ""))}
        copies = range(COPIES if self.augment else 0)
        changed = (self.augment(torch.as_tensor(self.x).clone(), _number(self.seed, "query", copy)) for copy in copies)
        with seeded(_number(self.seed, "asked")):  # of codings that are random
            z, correct = zip(*(_recognised(network, x, self.y) for x in itertools.chain([self.x], changed)))
            if self.population:
                found["population"] = _recognised(network, *self.population)[0][-1]
        return found | {"z": np.stack([of[-1] for of in z]), "correct": np.stack(correct), "by_step": z[0]}

    def cost(self, inside: Bool[Array, "M N"], jobs: int) -> Cost:
        """Train for a moment: by a recipe one epoch, else on few points. Done twice, as the first time is slow."""
        few, quick, factor = inside[0], self, 1
        if isinstance(self.train, recipe):
            quick, factor = replace(self, train=replace(self.train, epochs=1)), self.train.epochs
        else:
            few = few & (np.cumsum(few) <= max(32, MOMENT * few.sum()))
        once = [*map(_sum, quick.trained(few, 0).parameters())]
        start = time.perf_counter()
        network = quick.trained(few, 0)
        trained, same = time.perf_counter(), [*map(_sum, network.parameters())] == once
        replace(self, x=self.x[:ASKED], y=self.y[:ASKED], population=()).asked(network)
        asked = max(1.0, len(self.y) / ASKED) * (time.perf_counter() - trained)
        each = float(factor * inside[0].sum() / few.sum() * (trained - start) + asked)
        return Cost(len(inside), each, jobs, same)


def _recognised(network: Any, x: Any, y: Any) -> tuple[Float[Array, "T N"], Bool[Array, " N"]]:
    """``z`` of the cumulative answers after each time step, and whether the label is recognised after the last."""
    z, correct = [], []
    for start in range(0, len(y), ASKED):
        part = slice(start, start + ASKED)
        shown = x[part].clone() if isinstance(x, torch.Tensor) else x[part].copy()  # it may change them
        logits = torch.as_tensor(network.by_step(shown)).detach().double().cpu()
        labels = torch.as_tensor(y[part]).long().cpu()
        if logits.isnan().any():
            problem = f"A network has answers that are no numbers, at points from {start} on."
            raise SettingError(problem, "Look for what overflows in it, or in augment.")
        if logits.ndim != 3 or len(labels) != logits.shape[1] or labels.max() >= logits.shape[2]:
            problem = f"{len(labels)} points with labels up to {labels.max()} have answers {list(logits.shape[1:])}."
            raise SettingError(problem, "Let augment keep each point, and the network answer for the class of each.")
        own = labels.expand(logits.shape[:-1])[..., None]
        others = logits.scatter(-1, own, -torch.inf).logsumexp(-1, keepdim=True)
        z.append((logits.gather(-1, own) - others)[..., 0].numpy())
        correct.append((logits[-1].argmax(-1) == labels).numpy())
    return np.concatenate(z, 1), np.concatenate(correct)


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """The own generators of Python, numpy and torch begin with the seed, and are as before afterwards."""
    python, numbers = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(range(torch.cuda.device_count())):
            random.seed(seed)
            np.random.seed(seed)
            torch.manual_seed(seed)
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numbers)


def _sum(weight: torch.Tensor) -> float:
    return weight.detach().double().sum().item()


def _number(seed: int, *purpose: str | int) -> int:
    return int(numpy_generator(seed, *purpose).integers(2**31))
