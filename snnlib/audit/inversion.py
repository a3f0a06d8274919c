"""Inversion of one's own spiking network, with the controls that its numbers are read against.

How sure the target is of a sample says only that an attack has climbed. What it has found is judged by scorers, which
were trained on points that the target has not seen, and by likeness, the correlation of its mean over time with the
class's mean picture. Both are compared with three controls: the sample's own values at random places, samples of an
untrained twin of the network, and the class means, which are what an attacker hopes to find.
"""

import itertools
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ..arrays import array
from ..contract import contract, placed
from ..errors import NotReached, SettingError
from ..inversion import COSTS, ascent, brainleaks_v1, brainleaks_v2
from ..metrics.contrasts import over_targets
from ..metrics.estimate import Array, Estimate
from ..networks import initialise
from ..randomness import numpy_generator, torch_generator
from ..scoring import shuffled
from ..similarity import correlations
from ..spikes import min_max
from ..training import Recipe, accuracy, fit
from .evolution import evolution

ATTACKS = {"BrainLeaks-v1": brainleaks_v1, "BrainLeaks-v2": brainleaks_v2, "ascent": ascent, "queries": evolution}
GRID = {"sparsity": (0.01, 0.1), "rate": (0.1, 1.0), "cost": COSTS}  # of BrainLeaks-v2
DRAWS = 8  # of spikes from probabilities, when the target is asked how sure it is
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
        who = {"recognised": "Scorers recognise", "nearest": "Nearest to their own class's mean are"}
        measure = next((name for name in who if name in self.summary[attacks[0]]), None)
        if measure is None:
            return "Nothing but the target's own confidence judges the samples, which shows little."
        of = {name: f"{measures[measure].value:.0%}" for name, measures in self.summary.items() if measure in measures}
        parts = [f"{of[name]} of the samples of {name} ({of[f'{name}, at random places']})" for name in attacks]
        return f"{who[measure]} {', '.join(parts)}; in brackets: of the same values at random places."


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

    Raises:
        SettingError: as the attacks do, for an empty grid, and for points or labels of another shape, range or number.
    """
    steps = getattr(network, "frames", 1) if steps is None else steps
    common = {"classes": tuple(classes), "shape": shape, "steps": steps}
    climbs, draws = common | {"iterations": iterations}, {"seed": seed}
    settings = {"BrainLeaks-v1": climbs | draws, "BrainLeaks-v2": climbs | draws, "ascent": climbs}
    settings |= {"queries": common | {"queries": queries} | draws} if queries else {}
    with _left_as_it_was(network):
        count = contract(network.eval(), shape, steps)
        points = None if unseen is None else _points(unseen, shape, classes, count)
        judges, accuracies = _scorers(*points[1:], count, scorers, seed) if points and scorers else ((), ())
        attacker = _Attacker(network, common["classes"], settings, seed)
        tried = attacker.tune(grid)
        for name in settings:
            samples, warned = attacker.run(name)
            attacker.keep(name, samples)
            places = shuffled(attacker.samples[name], seed, axis=1)
            attacker.keep(f"{name}, at random places", torch.from_numpy(places))
            attacker.said += warned
        if points:
            attacker.keep("class mean", torch.from_numpy(_over_time(points, classes, steps)))
        attacker.attack_twin()
    rows, summary = [], {}
    for name, samples in attacker.samples.items():
        values = {"confidence": attacker.sure[name]} | _judged(samples, classes, points, judges)
        summary[name] = {k: _mean(found, -1.0 if k == "likeness" else 0.0) for k, found in values.items()}
        for i, c in enumerate(classes):
            own = {metric: float(found[i].mean()) for metric, found in values.items()}
            rows.append({"attack": name, "class": int(c)} | dict.fromkeys(("recognised", "likeness", "nearest")) | own)
    controls = tuple(name for name in attacker.samples if name not in ATTACKS)
    said = (*attacker.said, *_about(points, accuracies))
    return InversionAudit(tuple(classes), attacker.samples, rows, summary, controls, tried, accuracies, said)


class _Attacker:
    """Runs attacks on a network; keeps samples ``[T, C, *shape]`` by name, and how sure the network is of them."""

    def __init__(self, network: nn.Module, classes: tuple[int, ...], settings: dict[str, dict], seed: int):
        self.network, self.classes, self.settings, self.seed = network, classes, settings, seed
        self.samples: dict[str, Array] = {}
        self.sure: dict[str, Array] = {}
        self.said: list[str] = []

    def run(self, name: str) -> tuple[Tensor, list[str]]:
        """An attack's samples, and its warnings."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", NotReached)
            found = ATTACKS[name](self.network, **self.settings[name])
        return found.samples, [f"{name}: {w.message}" for w in caught if w.category is NotReached]

    @torch.no_grad()
    def confidence(self, name: str, samples: Tensor) -> Array:
        """In each class ``[C]``, mean over time; BrainLeaks-v2's samples are drawn, the others shown as they are."""
        device, dtype = placed(self.network)
        samples, draw = samples.to(device, dtype), torch_generator(self.seed, "draws", device=device)
        shown = [samples]
        if name.startswith("BrainLeaks-v2"):
            shown = (torch.bernoulli(samples, generator=draw) for _ in range(DRAWS))
        every = torch.stack([self.network(x)[1].double().softmax(-1).mean(0) for x in shown]).mean(0)
        return every[torch.arange(len(every)), list(self.classes)].cpu().numpy()

    def keep(self, name: str, samples: Tensor) -> None:
        self.samples[name], self.sure[name] = samples.float().cpu().numpy(), self.confidence(name, samples)

    def tune(self, grid: Mapping[str, Sequence]) -> list[dict]:
        """Try settings of BrainLeaks-v2, and keep to the one under which the network is surest."""
        tried, sure = [dict(zip(grid, values)) for values in itertools.product(*grid.values())], []
        if not tried:
            raise SettingError("The grid holds no setting of BrainLeaks-v2.", "Give each of its options a value.")
        for setting in tried:
            self.settings["BrainLeaks-v2"] |= setting
            sure.append(float(self.confidence("BrainLeaks-v2", self.run("BrainLeaks-v2")[0]).mean()))
        best = int(np.argmax(sure))
        self.settings["BrainLeaks-v2"] |= tried[best]
        return [s | {"confidence": c, "chosen": i == best} for i, (s, c) in enumerate(zip(tried, sure))]

    def attack_twin(self) -> None:
        """Attack the network with its weights drawn anew, where its modules can draw them; it keeps the new ones."""
        left = _redraw(self.network, self.seed)
        some = len(left) < len([*self.network.parameters()])
        if left:
            what = "the untrained twin keeps them" if some else "there is no untrained twin"
            self.said.append(f"No module's reset_parameters draws {', '.join(left)}: {what}.")
        if some:
            for name in self.settings:
                self.keep(f"{name}, untrained twin", self.run(name)[0])


@contextmanager
def _left_as_it_was(network: nn.Module) -> Iterator[None]:
    """Afterwards the network has the weights, modes and gradients that it had before."""
    modes = [(module, module.training) for module in network.modules()]
    wanted = [(parameter, parameter.requires_grad) for parameter in network.parameters()]
    state = {name: x.clone() for name, x in network.state_dict().items() if isinstance(x, Tensor)}
    try:
        yield
    finally:
        for name, x in network.state_dict().items():
            if name in state:
                x.copy_(state[name])
        for module, mode in modes:
            module.training = mode
        for parameter, before in wanted:
            parameter.requires_grad_(before)


def _redraw(network: nn.Module, seed: int) -> list[str]:
    """Draw the weights of all modules that can draw theirs; the names of the parameters that are left."""
    device, drawn = placed(network)[0], set()
    with torch.random.fork_rng([device] if device.type == "cuda" else []):  # modules know no other generator
        torch.manual_seed(torch_generator(seed, "untrained twin").initial_seed())
        for module in network.modules():
            if hasattr(module, "reset_parameters"):
                module.reset_parameters()
                drawn |= {id(parameter) for parameter in module.parameters(recurse=False)}
    return [name for name, parameter in network.named_parameters() if id(parameter) not in drawn]


def _points(data: tuple, shape: Sequence[int], classes: Sequence[int], count: int) -> tuple[Array, Array, Array]:
    """Points ``[N, *shape]`` or ``[N, T, *shape]``, their mean over time ``[N, *shape]``, and labels ``[N]``."""
    x, y = map(array, data)
    if x.ndim - len(shape) not in (1, 2) or x.shape[-len(shape) :] != tuple(shape) or y.shape != x.shape[:1]:
        problem = f"Points {list(x.shape)} with labels {list(y.shape)} are not of the shape {list(shape)} at each step."
        raise SettingError(problem, "Pass [N, *shape], or [N, T, *shape] over time, and N labels.")
    labels = y.dtype.kind in "iu" and np.isin(y, np.arange(count)).all() and np.isin(classes, y).all()
    if not labels or len(y) < 10 or not np.isfinite(x).all():
        remedy = f"Pass ten finite points at least, some of each class, and labels from 0 to {count - 1}."
        raise SettingError("These points cannot judge samples.", remedy)
    x = x.astype(np.float32)
    return x, x if x.ndim == 1 + len(shape) else x.mean(1), y.astype(np.int64)


def _over_time(points: tuple, classes: Sequence[int], steps: int) -> Array:
    """Means of classes as samples ``[T, C, *shape]``: repeated, or cut and padded with zeros, to T steps."""
    x, pictures, y = points
    means = np.stack([x[y == c].mean(0) for c in classes])
    if x.ndim == pictures.ndim:
        return np.repeat(means[None], steps, 0)
    means = np.moveaxis(means, 1, 0)[:steps]
    return np.concatenate([means, np.zeros((steps - len(means), *means.shape[1:]), np.float32)])


def _scorers(pictures: Array, y: Array, count: int, number: int, seed: int) -> tuple[tuple, tuple]:
    """Networks of one hidden layer, each trained from its own seed on four fifths of the points; their accuracies."""
    order = torch.from_numpy(numpy_generator(seed, "held out").permutation(len(y)))
    x, labels = min_max(torch.from_numpy(pictures)), torch.from_numpy(y)
    held, rest = order[: len(y) // 5], order[len(y) // 5 :]
    recipe, judges = Recipe(batch=BATCH, epochs=max(3, math.ceil(STEPS * BATCH / len(rest)))), []
    for i in range(number):
        layers = nn.Flatten(), nn.Linear(x[0].numel(), HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, count)
        judges.append(nn.Sequential(*layers))
        initialise(judges[i], torch_generator(seed, "scorer", i))
        fit(judges[i], x[rest], labels[rest], recipe, seed + i)
    return tuple(judges), tuple(accuracy(judge, x[held], labels[held], recipe, seed) for judge in judges)


@torch.no_grad()
def _judged(samples: Array, classes: Sequence[int], points: tuple | None, judges: Sequence[nn.Module]) -> dict:
    """By each scorer ``recognised [C, S]``; ``likeness [C]``, and ``nearest [C]`` of the classes that have points."""
    pictures, own, found = samples.mean(0), np.asarray(classes), {}
    if judges:
        said = [judge(min_max(torch.from_numpy(pictures))).argmax(-1).numpy() for judge in judges]
        found["recognised"] = (np.stack(said, 1) == own[:, None]).astype(float)
    if points:
        _, x, y = points
        present = np.unique(y)
        means = np.stack([x[y == c].mean(0) for c in present])
        alike = correlations(*(of.reshape(len(of), 1, -1) for of in (pictures, means)))
        found["likeness"] = alike[np.arange(len(own)), np.searchsorted(present, own)]
        found["nearest"] = (present[alike.argmax(1)] == own).astype(float)
    return found


def _mean(values: Array, least: float) -> Estimate:
    """Mean of ``[C]`` or ``[C, S]`` with an interval over classes, and over scorers if there are several."""
    if len(values) == 1:
        return Estimate(float(values.mean()), why="a single class has no spread")
    found = over_targets(values[:, 0] if values.shape[1:] == (1,) else values).estimate()
    if found.low is None:
        return found
    return Estimate(found.value, max(float(found.low), least), min(float(found.high), 1.0))


def _about(points: tuple | None, accuracies: Sequence[float]) -> Iterator[str]:
    """What a reader of the numbers must know."""
    if points is None:
        yield "No points were given: nothing but the target's own confidence judges the samples."
        return
    if points[0].min() < 0 or points[0].max() > 1:
        ends = f"{points[0].min():.3g} to {points[0].max():.3g}"
        yield f"The points hold values from {ends}, and the attacks look for samples from 0 to 1."
    if not accuracies:
        yield "There are no scorers: nobody but the class means judges the samples."
        return
    right = f"{min(accuracies):.0%} or more of {len(points[2]) // 5} points that they were not trained on"
    yield f"The scorers, {len(accuracies)} networks of one hidden layer, recognise {right}."
    yield "That the target was not trained on the scorers' points is taken on trust."
