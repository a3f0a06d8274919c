"""A membership audit of one's own networks: train targets and references alike, ask them, attack them.

What each network answers is stored, so that an interrupted audit goes on where it stopped; networks and code are not.
The folder belongs to one audit: ``record.json`` says of which data, split and training.
"""

import contextlib
import itertools
import math
import os
import pickle
import random
import time
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, as_completed
from dataclasses import dataclass, replace
from numbers import Integral
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import nn

from ..arrays import array
from ..contract import placed
from ..engine.processes import environment, say
from ..errors import RunError, SettingError
from ..membership import Signals
from ..randomness import numpy_generator
from .adapt import WeakReadout, adapt
from .evaluation import MembershipAudit, attacked, evaluate, grouped
from .folder import changed, claim, load, of_code, of_points, of_versions, read_signals, save, weights
from .given import ADAPT, example, named, points, takes, tried
from .recipe import mean_logits, recipe

Array = np.ndarray
NETWORK = "network-{:03d}.npz"  # what one has answered
COPIES = 7  # augmented queries of each point, beside the plain one, where there is an augmentation
MOMENT = 0.05  # share of a network's points that is trained on to tell the cost
ASKED = 500  # points at a time: a bound on memory


def membership(
    train: "Callable[..., nn.Module] | Signals | str | Path",
    data: tuple | None = None,
    *,
    population: tuple | None = None,
    references: int = 8,
    targets: str | Sequence[int] = "all",
    groups: Any = None,
    augment: Callable | None = None,
    store: str | Path = "audit",
    jobs: int = 1,
    seed: int = 0,
    network: nn.Module | None = None,
    members: Any = None,
    fresh: bool = False,
    plan: bool = False,
    adapt: Mapping[str, Any] | None = None,
) -> "MembershipAudit | Cost":
    """Audit what a training, or a network, gives away about who was in its training set.

    Args:
        train: ``train(x, y, seed) -> network``, the same for targets and references, such as `recipe` makes; or what
            networks answered already: `snnlib.membership.Signals`, or the path of an .npz file with their fields.
        data: points ``x [N, ...]`` and labels ``y [N]``, arrays or tensors. About half of them trains each network.
        population: points and labels that no network is trained on, for RMIA as it was published.
        references: of each target, an even number. Two more networks are trained, or none with ``network``.
        targets: ``all`` networks in turn, or the numbers of some; 0 and 1 are a pair, 2 and 3, ...
        groups: ``[N]``, what each point belongs to, such as a person: the unit of split, intervals and epsilon.
        augment: ``augment(x, seed) -> x``, that of the training. Points are then asked plain and in seven copies.
        store: folder of the answers of one audit; ``fresh`` deletes what it holds of another.
        jobs: networks trained at a time, by processes where these can import ``train``.
        seed: of coins, trainings and control.
        network, members: an existing target, and for each point whether it was trained on it.
        plan: train for a moment only, and say what all would cost.
        adapt: arguments of `snnlib.audit.adapt`, which asks and reads the networks.

    SettingError for arguments that do not fit, a population that shares points with the data, too few points, or a
    folder that holds another audit; RunError if a process that trains is killed.
    """
    if not callable(train):
        signals, more = (train, {}) if isinstance(train, Signals) else read_signals(train)
        groups = more.get("groups") if groups is None else groups
        return evaluate(signals, targets=targets, groups=groups, coins=bool(more.get("coins", False)), seed=seed)
    if not isinstance(references, Integral) or references < 2 or references % 2:
        raise SettingError(f"{references!r} references do not come in pairs.", "Choose an even number, such as 8.")
    if not isinstance(jobs, Integral) or jobs < 1:
        raise SettingError(f"{jobs!r} networks cannot be trained at a time.", "Choose jobs=1 or more.")
    if not takes(train, "x", "y", "seed"):
        problem = "What should train networks is no function of points, labels and a seed."
        raise SettingError(problem, "Pass train(x, y, seed), which returns a trained network, such as a recipe.")
    named("adapt", adapt or {}, ADAPT)
    if not isinstance(seed, Integral) or not isinstance(store, str | Path):
        problem = f"A seed {seed!r} and a store {store!r} cannot be used."
        raise SettingError(problem, "Pass a whole number, and the name of a folder.")
    if (network is None) != (members is None) or (network is not None and targets != "all"):
        problem = "A target and its members belong together, and are the only target."
        raise SettingError(problem, "Pass network and members, or neither; and targets only without them.")
    x, y = points(data)
    others = () if population is None else points(population)
    tried(x, augment, others)
    read = {"read": "mean"} if isinstance(train, recipe) and train.loss is mean_logits else {}
    work = Work(train, x, y, others, augment, read | dict(adapt or {}), int(seed), Path(store).expanduser())
    units = grouped(groups, len(y))
    own = np.zeros((0, len(units))) if network is None else array(members)[None]
    if own.shape[1:] != units.shape or not np.isin(own, (0, 1)).all():
        raise SettingError("Members do not fit the points.", "Pass True or False for each point.")
    own = own.astype(bool)
    if len(own) and not 1 < own.sum() < own.size - 1:
        problem = f"{own.sum()} of {own.size} points are members of the target."
        raise SettingError(problem, "Pass at least two that were in its training set, and two that were not.")
    notes = _notes(work, groups, own)
    inside = coins(units, references // 2 + (network is None), seed)
    targets, _ = attacked(targets, inside, units) if network is None else attacked("all", own, units)
    if plan:
        return work.cost(inside, jobs)
    code = work.code()  # before a training changes what it finds
    identity = {"data": of_points(x, y), "population": of_points(*others)} | code
    identity |= {
        "adapt": of_code(work.adapt),
        "split": of_points(units, own),
        "seed": work.seed,
        "versions": of_versions(),
    }
    identity = claim(work.folder, identity, fresh)
    work = replace(work, audit=of_code(identity))
    first = None if network is None else work.asked(network) | {"inside": own[0], "seconds": np.array(0.0)}
    found, said = _answers(work, inside, first, jobs, code)
    names = [name for name in found[0] if name in Signals.__dataclass_fields__]
    if len({len(of["by_step"]) for of in found}) > 1:
        names.remove("by_step")
        notes.append("Networks answer at different numbers of time steps: their course over time was left out.")
    arrays = {name: np.stack([of[name] for of in found]) for name in names}
    if len(np.unique(arrays["z"].reshape(len(found), -1), axis=0)) < len(found):
        problem = "Two networks that were trained on other points answer alike at every point."
        raise SettingError(problem, "Let train use the points that it is given, and return what it has trained.")
    arrays["labels"] = array(y).astype(np.int64)
    more = {"coins": network is None} | ({} if groups is None else {"groups": np.asarray(groups).astype(str)})
    save(work.folder / "signals.npz", arrays | more)
    cost = {"networks": len(inside), "points": len(units), "seconds": sum(float(of["seconds"]) for of in found)}
    audit = evaluate(Signals(**arrays), targets=targets, groups=groups, coins=network is None, seed=seed)
    return replace(audit, said=(*said, *notes, *audit.said), about=identity | cost)


def coins(units: Int[Array, " N"], pairs: int, seed: int) -> Bool[Array, "M N"]:
    """Which points each network is trained on: a fair coin for each unit and pair; rows 2k and 2k + 1 are a pair."""
    sides = [numpy_generator(seed, "coins", pair).random(units.max() + 1)[units] < 0.5 for pair in range(pairs)]
    return np.stack([of for side in sides for of in (side, ~side)])


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


def _answers(
    work: Work, inside: Bool[Array, "M N"], first: dict | None, jobs: int, code: dict[str, str]
) -> tuple[list[dict], list[str]]:
    """What networks answered, an existing target's ``first``; what is missing is trained, and all are read alike."""
    missing = {k: of for k, of in enumerate(inside) if work.stored(k, of) is None}
    if first is None and 0 in missing:
        work.make(0, missing.pop(0))
    leader = first or work.stored(0, inside[0])
    if read := str(leader["read"]):
        work = replace(work, adapt=work.adapt | {"read": read})
    said = [*map(str, leader["said"]), *_train(work, missing, min(jobs, len(missing)), code)]
    found = [*filter(None, (first, *map(work.stored, range(len(inside)), inside)))]
    if len(found) < len(inside) + (first is not None):
        problem = f"Another audit has written into the folder {work.folder} meanwhile."
        raise SettingError(problem, "Run one of them again with a store of its own.")
    if len(reads := {str(of["read"]) for of in found}) > 1:
        problem = f"Networks were read in different ways: {', '.join(sorted(reads))}."
        raise SettingError(problem, "Choose one with adapt={'read': ...}, and fresh=True.")
    return found, said


def _train(work: Work, missing: dict[int, Array], jobs: int, code: dict[str, str]) -> list[str]:
    """Train networks, several at a time where processes can import what trains; says so where they cannot."""
    importable = False
    with contextlib.suppress(pickle.PicklingError, AttributeError, TypeError):
        importable = jobs > 1 and b"__main__" not in pickle.dumps((work.train, work.augment, work.adapt))
    if not importable:
        for each in missing.items():
            work.make(*each)
        return ["Networks were trained one after the other: train is not in a module of its own."] if jobs > 1 else []
    from ..engine.jobs import Workers  # needs more than torch and numpy

    workers = Workers(jobs)
    try:
        with environment(OMP_NUM_THREADS=str(max(1, (os.cpu_count() or 1) // jobs))):
            waiting = [workers.executor.submit(work.make, *each, code) for each in missing.items()]
        for done in as_completed(waiting):
            done.result()
    except BrokenExecutor as error:
        problem = "A process that trains was killed, or could not begin."
        remedy = "In a script, call it under if __name__ == '__main__'; else run again with fewer jobs: it goes on."
        raise RunError(problem, remedy) from error
    except Exception:
        workers.close()  # the others that are being trained are stored
        raise
    finally:
        workers.close(at_once=True)
    return []


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


def _notes(work: Work, groups: Any, own: Bool[Array, "M N"]) -> list[str]:
    """How the data were divided; SettingError for a population that shares points with them."""
    x, others = array(work.x), array(work.population[0]) if work.population else np.zeros(0)
    kind = min(x.dtype, others.dtype, key=lambda of: (of.kind == "f", of.itemsize)) if len(others) else x.dtype
    kind = kind if x.dtype.kind == others.dtype.kind else np.dtype(np.float32)  # equal as far as both can tell
    known, others = x.astype(kind), others.astype(kind)
    known, shown = ([hash(point.tobytes()) for point in of] for of in (known, others))
    if shared := len({*known} & {*shown}):
        problem = f"{shared} points of the population are among the data."
        raise SettingError(problem, "Pass a population that no network is trained on.")
    notes = [f"Fair coins, one a {'point' if groups is None else 'group'}, made complementary pairs of training sets."]
    if len(own):
        notes += [f"The target was trained already, on {own.sum()} points; references are on about {len(x) // 2} each."]
    if groups is None and (copies := len(known) - len({*known})):
        text = f"{copies} points are copies of others: without groups, a copy of a member may count as another point."
        notes += [text]
    return notes


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
