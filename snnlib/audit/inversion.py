"""Inversion of one's own spiking network, with the controls that its numbers are read against.

How sure the target is of a sample says only that an attack has climbed. What it has found is judged by scorers, which
were trained on points that the target has not seen, and by likeness, the correlation of its mean over time with the
class's mean picture. Neither sees brightness and contrast: scorers that know those of the data may take dim samples for
the dimmest class, whatever they show. Both are compared with three controls: the sample's own values at random
places, samples of an untrained twin of the network, and the class means, which are what an attacker hopes to find.
"""

import inspect
import itertools
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..arrays import array
from ..contract import contract, placed
from ..errors import NotReached, SettingError
from ..inversion import COSTS, ascent, brainleaks_v1, brainleaks_v2
from ..metrics.contrasts import Contrast, crossed
from ..metrics.estimate import Array, Estimate
from ..networks import initialise
from ..randomness import numpy_generator, torch_generator
from ..scoring import shuffled, standard
from ..similarity import correlations
from ..training import Recipe, accuracy, fit
from .evolution import evolution
from .given import named
from .given import points as checked

ATTACKS = {"BrainLeaks-v1": brainleaks_v1, "BrainLeaks-v2": brainleaks_v2, "ascent": ascent, "queries": evolution}
GRID = {"sparsity": (0.01, 0.1), "rate": (0.1, 1.0), "cost": COSTS}  # of BrainLeaks-v2
OPTIONS = tuple(inspect.signature(brainleaks_v2).parameters)[2:]  # of which a grid has some
DRAWS = 8  # of spikes from probabilities, when the target is asked how sure it is
FEWEST_QUERIES = 2 * inspect.signature(evolution).parameters["pairs"].default  # of one generation
HIDDEN, STEPS, BATCH = 256, 600, 50  # a scorer's hidden units, gradient steps at least, and the points in each


@dataclass(frozen=True)
class InversionAudit:
    """What an audit has found.

    ``rows`` have, for each attack and control and each class: ``attack``, ``class``, the target's ``confidence`` (the
    twin's own, in its samples), the share of scorers by whom it is ``recognised``, its ``likeness`` to its class, and
    whether its class is ``nearest`` of all; None where nothing tells.
    """

    classes: tuple[int, ...]
    samples: dict[str, Array]  #: ``[T, C, *shape]`` of each attack and control, by name.
    rows: list[dict]
    summary: dict[str, dict[str, Estimate]]  #: Of each their means over classes; intervals over classes and scorers.
    controls: tuple[str, ...]  #: The names that are no attack on the target.
    grid: list[dict]  #: BrainLeaks-v2's settings that were tried, the target's confidence, which was ``chosen``.
    scorers: tuple[float, ...]  #: Accuracy of each scorer on points that it was not trained on.
    said: tuple[str, ...]  #: What was assumed and what went wrong, one sentence each.

    def __str__(self) -> str:
        attacks = [name for name in self.samples if name not in self.controls]
        for measure, who in (("recognised", "Scorers recognise"), ("nearest", "Nearest to their own class's mean are")):
            if of := {name: f"{found[measure].value:.0%}" for name, found in self.summary.items() if measure in found}:
                parts = [f"{of[name]} of the samples of {name} ({of[f'{name}, at random places']})" for name in attacks]
                return f"{who} {', '.join(parts)}; in brackets: of the same values at random places."
        return "Nothing but the target's own confidence judges the samples, which shows little."


def inversion(
    network: nn.Module,
    classes: Sequence[int],
    *,
    shape: Sequence[int],
    steps: int | None = None,
    unseen: tuple | None = None,
    scorers: int = 3,
    iterations: int = 10,
    queries: int = 2000,
    grid: Mapping[str, Sequence] = GRID,
    seed: int = 0,
) -> InversionAudit:
    """Invert some classes of an SNN and judge the samples; the network is left as it was.

    Args:
        network: SNN that keeps `snnlib.contract`: ``[T, B, *shape] -> (spikes, potential)``, each ``[T, B, K]``.
        classes: class indices.
        shape: of a point at one time step: ``(H, W)``, ``(C, H, W)`` or ``(N,)``.
        steps: number of time steps T that it is given; by default ``network.frames``, as of an adapted one, or 1.
        unseen: points ``[N, *shape]``, or ``[N, T, *shape]``, as the network takes them, and labels ``[N]``; none of
            them was in the training set. Without them there are neither scorers nor likeness.
        scorers: how many to train; 0 for likeness alone, which also takes points that the target has seen.
        iterations: of each attack by gradients.
        queries: that the attack by queries may ask for each class; 0 leaves it out.
        grid: values of BrainLeaks-v2's options; of all combinations, the one under which the target is surest counts.
        seed: of draws, of the twin's weights and of the scorers.

    SettingError as the attacks, for an empty grid, and for points or labels of another shape, range or number.
    """
    placed(network)  # refuses what is no network
    if not isinstance(classes, Iterable) or not isinstance(shape, Iterable):
        raise SettingError("Classes and shape are not in sequences.", "Pass such as classes=range(10), shape=(28, 28).")
    named("grid", grid, OPTIONS)
    counts = {"iterations": iterations, "queries": queries, "scorers": scorers, "steps": 1 if steps is None else steps}
    wrong = [f"{name}={n!r}" for name, n in counts.items() if not isinstance(n, Integral) or n < (name == "steps")]
    if wrong or 0 < queries < FEWEST_QUERIES:
        problem = f"An inversion cannot have {', '.join(wrong) or f'queries={queries}'}."
        raise SettingError(problem, f"Pass whole numbers from 0; steps from 1; queries 0, or from {FEWEST_QUERIES}.")
    classes = tuple(classes)
    steps = getattr(network, "frames", 1) if steps is None else steps
    common = {"classes": classes, "shape": shape, "steps": steps}
    climb = common | {"iterations": iterations}
    settings = {"BrainLeaks-v1": climb | {"seed": seed}, "BrainLeaks-v2": climb | {"seed": seed}, "ascent": climb}
    settings |= {"queries": common | {"queries": queries, "seed": seed}} if queries else {}
    choices = [dict(zip(grid, values)) for values in itertools.product(*grid.values())]
    if not choices:
        raise SettingError("The grid holds no setting of BrainLeaks-v2.", "Give each of its options a value.")
    with _left_as_it_was(network):
        count = contract(network.eval(), shape, steps)
        if none := [c for c in classes if c not in range(count)]:
            raise SettingError(f"The network has {count} classes, not {none}.", f"Pass some from 0 to {count - 1}.")
        points = None if unseen is None else _points(unseen, shape, classes, count)
        judges, accuracies = _scorers(*points[:2], count, scorers, seed) if points and scorers else ((), ())
        attacker, tried = _Attacker(network, common["classes"], settings, seed), {}
        for name in settings:
            tried[name] = attacker.attack(name, choices=choices if name == "BrainLeaks-v2" else [{}])
            places = shuffled(attacker.samples[name], seed, axis=1)
            attacker.keep(f"{name}, at random places", torch.from_numpy(places))
        if points:
            attacker.keep("class mean", _class_means(*points[2:], classes, steps))
        attacker.attack_twin()
    rows, summary = [], {}
    for name, samples in attacker.samples.items():
        values = {"confidence": attacker.sure[name]} | _judged(samples.mean(0), classes, points, judges)
        summary[name] = {k: _mean(found, -1.0 if k == "likeness" else 0.0) for k, found in values.items()}
        for i, c in enumerate(classes):
            own = {metric: float(found[i].mean()) for metric, found in values.items()}
            rows.append({"attack": name, "class": int(c)} | dict.fromkeys(("recognised", "likeness", "nearest")) | own)
    controls = tuple(name for name in attacker.samples if name not in ATTACKS)
    if getattr(network, "known", "") == "spikes":
        text = "Its spikes stand for the potential: if they are 0 or 1, it cannot be surer of a class than "
        attacker.said.append(f"{text}{math.e / (math.e + count - 1):.2f}.")
    said, grid = (*attacker.said, *_about(points, accuracies)), tried["BrainLeaks-v2"]
    return InversionAudit(classes, attacker.samples, rows, summary, controls, grid, accuracies, said)


class _Attacker:
    """Runs attacks on a network; keeps samples ``[T, C, *shape]`` by name, and how sure the network is of them."""

    def __init__(self, network: nn.Module, classes: tuple[int, ...], settings: dict[str, dict], seed: int):
        self.network, self.classes, self.settings, self.seed = network, classes, settings, seed
        self.samples: dict[str, Array] = {}
        self.sure: dict[str, Array] = {}
        self.said: list[str] = []

    def attack(self, name: str, control: str = "", choices: Sequence[dict] = ({},)) -> list[dict]:
        """Run an attack and keep to the choice of settings under which the network is surest; what was tried."""
        runs = []
        for choice in choices:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", NotReached)
                samples = ATTACKS[name](self.network, **self.settings[name] | choice).samples
            runs.append((float(self.keep(name + control, samples).mean()), samples, caught))
        best = max(range(len(runs)), key=lambda i: runs[i][0])
        self.settings[name] |= choices[best]
        self.keep(name + control, runs[best][1])
        if not control:
            self.said += [f"{name}: {w.message}" for w in runs[best][2] if w.category is NotReached]
        return [c | {"confidence": run[0], "chosen": i == best} for i, (c, run) in enumerate(zip(choices, runs))]

    @torch.no_grad()
    def keep(self, name: str, samples: Tensor) -> Array:
        """The network's confidence in each class ``[C]``, mean over time, in draws of BrainLeaks-v2's probabilities."""
        device, dtype = placed(self.network)
        draw, shown = torch_generator(self.seed, "draws", device=device), [samples.to(device, dtype)]
        if name.startswith("BrainLeaks-v2"):
            shown = [torch.bernoulli(*shown, generator=draw) for _ in range(DRAWS)]
        every = torch.stack([self.network(x)[1].double().softmax(-1).mean(0) for x in shown]).mean(0)
        self.samples[name] = samples.float().cpu().numpy()
        self.sure[name] = every[torch.arange(len(every)), list(self.classes)].cpu().numpy()
        return self.sure[name]

    def attack_twin(self) -> None:
        """Attack the network with its weights drawn anew, where its modules can draw them; it keeps the new ones."""
        device, drawn, weights = placed(self.network)[0], set(), dict(self.network.named_parameters())
        with torch.random.fork_rng([device] if device.type == "cuda" else []):  # modules know no other generator
            torch.manual_seed(torch_generator(self.seed, "untrained twin").initial_seed())
            for module in self.network.modules():
                if hasattr(module, "reset_parameters"):
                    module.reset_parameters()
                    drawn |= {*module.parameters(recurse=False)}
        left = [name for name, weight in weights.items() if weight not in drawn]
        what = "the untrained twin keeps them" if drawn else "there is no untrained twin"
        self.said += [f"No module's reset_parameters draws {', '.join(left)}: {what}."] if left else []
        for name in self.settings if drawn else ():
            self.attack(name, ", untrained twin")


@contextmanager
def _left_as_it_was(network: nn.Module) -> Iterator[None]:
    """Afterwards the network has the weights, buffers, modes and gradients that it had before."""
    modules, weights = [*network.modules()], [*network.parameters()]
    before = [(of, name, x.detach().clone()) for of in modules for name, x in of.named_buffers(recurse=False)]
    before += [(of, "training", of.training) for of in modules]
    before += [(of, "data", of.detach().clone()) for of in weights]
    before += [(of, "requires_grad", of.requires_grad) for of in weights]
    try:
        yield
    finally:
        for of, name, value in before:
            setattr(of, name, value)


def _points(data: Any, shape: Sequence[int], classes: Sequence[int], count: int) -> tuple[Array, ...]:
    """Points ``[N, T, *shape]`` (T = 1 without time), labels ``[N]``, classes that have points, and their means."""
    x, y = map(array, checked(data))
    if x.ndim - len(shape) not in (1, 2) or x.shape[-len(shape) :] != tuple(shape) or y.shape != x.shape[:1]:
        problem = f"Points {list(x.shape)} with labels {list(y.shape)} are not of the shape {list(shape)} at each step."
        raise SettingError(problem, "Pass [N, *shape], or [N, T, *shape] over time, and N labels.")
    labels = y.dtype.kind in "iu" and np.isin(y, np.arange(count)).all() and np.isin(classes, y).all()
    if not labels or len(y) < 10 or not np.isfinite(x).all():
        remedy = f"Pass ten finite points at least, some of each class, and labels from 0 to {count - 1}."
        raise SettingError("These points cannot judge samples.", remedy)
    x, y, present = x.astype(np.float32).reshape(len(x), -1, *shape), y.astype(np.int64), np.unique(y)
    return x, y, present, np.stack([x[y == c].mean(0) for c in present])


def _class_means(present: Array, means: Array, classes: Sequence[int], steps: int) -> Tensor:
    """Means of classes as samples ``[steps, C, *shape]``: repeated, or cut and padded with zeros."""
    own = torch.from_numpy(means[np.searchsorted(present, classes)]).transpose(0, 1)
    samples = own.new_zeros(steps, *own.shape[1:])
    samples[: len(own) if len(own) > 1 else steps] = own[:steps]
    return samples


def _scorers(x: Array, y: Array, count: int, number: int, seed: int) -> tuple[tuple, tuple]:
    """Networks of one hidden layer, each trained from its own seed on four fifths of the points; their accuracies."""
    order = torch.from_numpy(numpy_generator(seed, "held out").permutation(len(y)))
    x, labels = torch.from_numpy(standard(x.mean(1))).float(), torch.from_numpy(y)
    held, rest = order[: len(order) // 5], order[len(order) // 5 :]
    recipe, judges = Recipe(batch=BATCH, epochs=max(3, math.ceil(STEPS * BATCH / len(rest)))), []
    for i in range(number):
        layers = nn.Flatten(), nn.Linear(x[0].numel(), HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, count)
        judges.append(nn.Sequential(*layers))
        initialise(judges[i], torch_generator(seed, "scorer", i))
        fit(judges[i], x[rest], labels[rest], recipe, seed + i)
    return tuple(judges), tuple(accuracy(judge, x[held], labels[held], recipe, seed) for judge in judges)


@torch.no_grad()
def _judged(pictures: Array, classes: Sequence[int], points: tuple | None, judges: Sequence[nn.Module]) -> dict:
    """By each scorer ``recognised [C, S]``; ``likeness [C]``, and ``nearest [C]`` of the classes that have points."""
    own, found = np.asarray(classes), {}
    if judges:
        shown = torch.from_numpy(standard(pictures)).float()
        said = [judge(shown).argmax(-1).numpy() for judge in judges]
        found["recognised"] = (np.stack(said, 1) == own[:, None]).astype(float)
    if points:
        *_, present, means = points
        alike = correlations(*(of.reshape(len(of), 1, -1) for of in (pictures, means.mean(1))))
        found["likeness"] = alike[np.arange(len(own)), np.searchsorted(present, own)]
        found["nearest"] = (present[alike.argmax(1)] == own).astype(float)
    return found


def _mean(values: Array, least: float) -> Estimate:
    """Mean of ``[C]`` or ``[C, S]`` with an interval over classes, and over scorers if there are several."""
    if len(values) == 1:
        return Estimate(float(values.mean()), why="a single class has no spread")
    found = Contrast(float(values.mean()), tuple(crossed(values))).estimate()
    return found if found.low is None else replace(found, low=max(found.low, least), high=min(found.high, 1.0))


def _about(points: tuple | None, accuracies: Sequence[float]) -> Iterator[str]:
    """What a reader of the numbers must know."""
    if points is None:
        yield "No points were given: nothing but the target's own confidence judges the samples."
        return
    x, y, *_ = points
    if x.min() < 0 or x.max() > 1:
        ends = f"{x.min():.3g} to {x.max():.3g}"
        yield f"The points hold values from {ends}, and the attacks look for samples from 0 to 1."
    if not accuracies:
        yield "There are no scorers: nobody but the class means judges the samples."
        return
    right = f"{min(accuracies):.0%} or more of {len(y) // 5} points that they were not trained on"
    yield f"The scorers, {len(accuracies)} networks of one hidden layer, recognise {right}."
    yield "That the target was not trained on the scorers' points is taken on trust."
