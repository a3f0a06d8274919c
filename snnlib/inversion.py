"""Model inversion: a sample of each class from a network's weights alone (paper A).

White box, no auxiliary data. All classes are inverted in one batch; each has its own random stream, so the result
is the same as one class at a time. Every attack returns an `Inversion`, and raises a `SettingError` for a class that
the network does not have, a shape or number out of range, and an unknown option.
"""

import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral

import torch
from torch import Tensor, nn

from .contract import contract, placed
from .errors import NotReached, SettingError
from .randomness import torch_generator
from .spikes import min_max

Trace = Callable[[dict[str, Tensor]], None]  # gets the quantities of one iteration, named as in the equations
READ, COSTS, MOMENTS = ("potential", "spikes"), ("confidence", "log"), ("as released", "running")


@dataclass(frozen=True)
class Inversion:
    """Result of an attack on C classes.

    Attributes:
        samples: ``[C, *shape]`` intensities (ANN), or ``[T, C, *shape]`` spikes (BrainLeaks-v1) or spike
            probabilities (BrainLeaks-v2).
        confidence: ``[steps + 1, C]``: the target's confidence in each class before each step of the attack
            and after the last; NaN after a class has stopped.
        final: ``[C]``: the target's confidence in the samples themselves (for probabilities: in one draw), always
            read from the output potential.
    """

    samples: Tensor
    confidence: Tensor
    final: Tensor


def fredrikson(
    network: nn.Module,
    classes: Sequence[int],
    *,
    shape: Sequence[int],
    rate: float = 0.1,
    steps: int = 5000,
    patience: int = 100,
    enough: float = 0.01,
    clamp: bool = True,
    accumulate: bool = False,
) -> Inversion:
    """Gradient descent on the input of an ANN (Fredrikson et al., 2015), as paper A's authors released it.

    From ``x = 0``, with ``cost = 1 - softmax(f(x))[y]``: ``x <- x - rate * dcost/dx``. After that step a class stops
    if the cost before it was at most ``enough``, or not below the one before for ``patience`` steps in a row. So its
    sample is one step past the last cost that was looked at, scaled to [0, 1] by its least and largest value.

    Args:
        network: ANN, ``[C, *shape] -> [C, K]`` logits.
        classes: class indices ``[C]``.
        shape: of a sample, such as ``(H, W)``.
        rate, steps, patience, enough: see above; ``steps`` and ``patience`` may be 0.
        clamp: keep x in [0, 1] at every step (MNIST; not AT&T).
        accumulate: step by the sum of all gradients so far (AT&T, where the release never clears the input's).
    """
    target, known, how = _begin(network, classes, shape, {"steps": (steps, 0), "patience": (patience, 0)}, {})
    x = torch.zeros(len(target), *shape, **how)
    direction, previous, since, history = torch.zeros_like(x), torch.inf, torch.zeros_like(target), []
    moved, ended = target >= 0, target < 0  # all, and none
    for _ in range(steps + 1):
        x.requires_grad_()
        cost = 1 - _of_class(network(x).softmax(-1), target)
        (gradient,) = torch.autograd.grad(cost.sum(), x)
        cost, x = cost.detach(), x.detach()
        history.append(torch.where(moved, 1 - cost, torch.nan))
        moved = moved & ~ended
        if len(history) > steps or not moved.any():
            break
        direction = direction + gradient if accumulate else gradient
        after = (x - rate * direction).clamp(*((0, 1) if clamp else (-torch.inf, torch.inf)))
        x = torch.where(moved[(..., *[None] * len(shape))], after, x)
        since = torch.where(cost < previous, 0, since + 1)
        ended, previous = (since >= patience) | (cost <= enough), cost
    samples = min_max(x)
    final = _of_class(network(samples).softmax(-1), target)
    return _finished(Inversion(samples, torch.stack(history), final), 0, target, known, "more steps or a higher rate")


def brainleaks_v1(
    network: nn.Module,
    classes: Sequence[int],
    *,
    shape: Sequence[int],
    steps: int,
    iterations: int = 10,
    read: str = "potential",
    seed: int = 0,
    trace: Trace | None = None,
) -> Inversion:
    """BrainLeaks-v1: signed gradient steps on binary inputs, through a random mask (paper A).

    From ``X = 0`` in {0, 1}, with ``J = mean_t softmax(out_t)[y]`` and ``g = dJ/dX``::

        n = (|g| - min |g|) / (max |g| - min |g|)     over the whole sample
        M ~ Bernoulli(n)                              gradients binarisation
        X <- 1[X + sign(g) M > 0]                     directional fusion, overflow thresholding

    Args:
        network: SNN, ``[T, C, *shape] -> (spikes, potential)``, each ``[T, C, K]``.
        classes: class indices ``[C]``.
        shape: of one time step, such as ``(H, W)`` or, of event frames, ``(2, H, W)``.
        steps: number of time steps T.
        iterations: 10 in the paper (25 on DVSGesture).
        read: what ``out`` is: ``potential``, or ``spikes`` (DVSGesture).
        seed: of the draws; each class has its own stream.
        trace: called once per iteration with ``X``, ``g``, ``n``, ``M``, ``fused`` (sign(g) M) and ``X_next``, each
            ``[T, C, *shape]``, and ``confidence [T, C]``, whose mean over time is J.
    """
    streams = _streams(seed, "brainleaks_v1", classes, network)

    def move(x: Tensor, g: Tensor) -> dict[str, Tensor]:
        n = min_max(g.abs().transpose(0, 1)).transpose(0, 1)
        mask = _bernoulli(n, streams)
        fused = g.sign() * mask
        return {"n": n, "M": mask, "fused": fused, "X_next": (x + fused > 0).to(x.dtype)}

    return _climb(network, classes, steps, shape, iterations, read, move, trace)


def ascent(
    network: nn.Module,
    classes: Sequence[int],
    *,
    shape: Sequence[int],
    steps: int,
    iterations: int = 10,
    read: str = "potential",
) -> Inversion:
    """Plain surrogate gradient ascent: BrainLeaks-v1 without binarisation, a control that paper A lacks.

    From ``X = 0`` in [0, 1], with g as in `brainleaks_v1`: ``X <- clip(X + g / max |g|, 0, 1)``, which is
    what v1 adds on average. X is fed to the target as it is, and read as spike probabilities afterwards.

    Args:
        network, classes, shape, steps, iterations, read: as in `brainleaks_v1`.
    """

    def move(x: Tensor, g: Tensor) -> dict[str, Tensor]:
        largest = g.abs().amax((0, *range(2, g.ndim)), keepdim=True)
        return {"X_next": (x + g / torch.where(largest > 0, largest, 1.0)).clamp(0, 1)}

    return _climb(network, classes, steps, shape, iterations, read, move)


def _climb(network, classes, steps, shape, iterations, read, move: Callable, trace: Trace | None = None) -> Inversion:
    """From ``X = 0`` of ``[T, C, ...]``, in each iteration: ``X <- move(X, dJ/dX)["X_next"]``; see `brainleaks_v1`."""
    counts = {"steps": (steps, 1), "iterations": (iterations, 0)}
    target, known, how = _begin(network, classes, shape, counts, {"read": (read, READ)}, steps)
    x = torch.zeros(steps, len(target), *shape, **how)
    history = []
    for _ in range(iterations):
        leaf = x.detach().requires_grad_()
        confidence = _log_confidence(network, leaf, target, read).exp()
        objective = confidence.mean(0)
        (g,) = torch.autograd.grad(objective.sum(), leaf)
        history.append(objective.detach())
        moved = move(x, g)
        if trace is not None:
            trace({"X": x, "confidence": confidence.detach(), "g": g, **moved})
        x = moved["X_next"]
    return _result(network, x, x, target, known, read, history)


def brainleaks_v2(
    network: nn.Module,
    classes: Sequence[int],
    *,
    shape: Sequence[int],
    steps: int,
    iterations: int = 10,
    population: int = 7,
    rate: float = 1.0,
    epsilon: float = 1e-10,
    alpha: float = 0.1,
    sparsity: float = 0.01,
    cost: str = "confidence",
    moment: str = "as released",
    read: str = "potential",
    seed: int = 0,
    trace: Trace | None = None,
) -> Inversion:
    """BrainLeaks-v2: spike probabilities from a population of binary draws (paper A).

    From ``P = 0`` in [0, 1]; each iteration draws K inputs ``S_k ~ Bernoulli(P)`` and takes::

        c_k = L_k + lambda mean(S_k)      g_k = dc_k / dS_k      g = sum_k (c_k / sum_j c_j) g_k
        v <- alpha v + (1 - alpha) g^2    ("as released" on MNIST: v <- v + alpha v + (1 - alpha) g^2)
        m <- 0.9 m + g                    P <- P - rate / (sqrt(v) + epsilon) m
        negative P -> 0;                  if max(P) > 1: P <- P / max(P)

    The paper speaks of natural evolution strategies, but takes no gradient of a search distribution: g is a
    cost-weighted mean of surrogate gradients.

    Args:
        network, classes, shape, steps, read, seed: as in `brainleaks_v1`.
        iterations, population, rate, epsilon, alpha, sparsity: see above (K is the population, lambda the
            sparsity); the defaults are those of MNIST.
        cost: ``confidence``: ``L = 1 - mean_t softmax(out_t)[y]`` (MNIST); ``log``:
            ``L = -mean_t log softmax(out_t)[y]`` (event data).
        moment: ``as released`` (MNIST) or ``running`` for v.
        trace: called once per iteration with ``P``, ``g``, ``m``, ``v``, ``step`` (rate m / (sqrt(v) + epsilon)),
            ``moved`` (P - step) and ``P_next``, each ``[T, C, *shape]``; ``draws`` (S_k) and ``gradients`` (g_k), each
            ``[T, K, C, *shape]``; ``costs`` (c_k), ``[K, C]``.
    """
    counts = {"steps": (steps, 1), "population": (population, 1), "iterations": (iterations, 0)}
    options = {"read": (read, READ), "cost": (cost, COSTS), "moment": (moment, MOMENTS)}
    target, known, how = _begin(network, classes, shape, counts, options, steps)
    if not (epsilon > 0 and 0 <= sparsity < torch.inf and 0 <= alpha <= 1 and abs(rate) < torch.inf):
        problem = f"BrainLeaks-v2 cannot take epsilon={epsilon}, sparsity={sparsity}, alpha={alpha} and rate={rate}."
        raise SettingError(problem, "Choose epsilon > 0, sparsity >= 0, alpha from 0 to 1 and a finite rate.")
    p = torch.zeros(steps, len(target), *shape, **how)
    m, v = torch.zeros_like(p), torch.zeros_like(p)
    kept = 1 + alpha if moment == "as released" else alpha
    streams = _streams(seed, "brainleaks_v2", classes, network)
    history = []
    for _ in range(iterations):
        draws = torch.stack([_bernoulli(p, streams) for _ in range(population)], 1)
        confidence, costs, gradients = _costs(network, draws, target, read, cost, sparsity)
        total = costs.sum(0)  # 0 where a network is certain: then all draws weigh the same
        shares = torch.where(total == 0, 1 / population, costs / total)
        g = (gradients * shares[(None, ..., *[None] * len(shape))].to(p.dtype)).sum(1)
        history.append(confidence)
        v = kept * v + (1 - alpha) * g**2
        m = 0.9 * m + g
        step = rate / (v.sqrt() + epsilon) * m
        moved = p - step
        after = moved.clamp(min=0)
        after = after / after.amax((0, *range(2, after.ndim)), keepdim=True).clamp(min=1)
        if trace is not None:
            of_draws = {"draws": draws, "costs": costs, "gradients": gradients}
            trace({"P": p, **of_draws, "g": g, "m": m, "v": v, "step": step, "moved": moved, "P_next": after})
        p = after
    return _result(network, p, _bernoulli(p, streams), target, known, read, history)


def _costs(
    network: nn.Module, draws: Tensor, target: Tensor, read: str, cost: str, sparsity: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Of draws ``[T, K, C, ...]``: mean confidence ``[C]``, costs ``[K, C]`` and their gradients, shaped as draws."""
    x = draws.flatten(1, 2).requires_grad_()
    log = _log_confidence(network, x, target.repeat(len(draws[0])), read)
    score = log.mean(0) if cost == "log" else log.exp().mean(0)
    loss = -score if cost == "log" else 1 - score
    costs = loss + sparsity * x.transpose(0, 1).flatten(1).mean(1)
    (gradients,) = torch.autograd.grad(costs.sum(), x)
    confidence = score.exp() if cost == "log" else score
    confidence, costs = (values.detach().unflatten(0, draws.shape[1:3]) for values in (confidence, costs))
    return confidence.mean(0), costs, gradients.view_as(draws)


def _result(network, samples, shown, target, known, read, history: list[Tensor]) -> Inversion:
    """The samples, with the confidence in what is ``shown`` of them as the attack reads it, and by the potential."""
    last, final = (_log_confidence(network, shown, target, of).exp().mean(0) for of in (read, "potential"))
    found = Inversion(samples, torch.stack([*history, last]), final)
    return _finished(found, 1, target, known, "more iterations, more time steps, or a target that is trained better")


def _finished(found: Inversion, axis: int, target: Tensor, known: int, remedy: str) -> Inversion:
    """The result of an attack; warns of samples that are empty, or that the target takes for any class."""
    empty = (found.samples == 0).movedim(axis, 0).flatten(1).all(1)
    missed = (empty | ~(found.final >= 2 / (known + 1))).nonzero()[:, 0]  # of two classes, 1/2 is chance and 2/3 is not
    if len(missed):
        what = f"{len(missed)} of {len(target)} samples are empty or near chance, of classes {target[missed].tolist()}"
        warnings.warn(f"The attack has not reached its goal: {what}. Try {remedy}.", NotReached, stacklevel=4)
    return found


def _log_confidence(network: nn.Module, x: Tensor, target: Tensor, read: str) -> Tensor:
    """``log softmax(out_t)[y]`` of each sample at each step: ``[T, C]``."""
    spikes, potential = network(x)
    out = potential if read == "potential" else spikes
    return _of_class(out.log_softmax(-1, torch.promote_types(out.dtype, torch.float32)), target)


def _of_class(values: Tensor, target: Tensor) -> Tensor:
    """A network's values ``[..., C, K]`` for each sample's own class: ``[..., C]``."""
    return values.gather(-1, target.expand(values.shape[:-1])[..., None])[..., 0]


def _begin(network, classes, shape, counts: Mapping, options: Mapping, steps: int | None = None):
    """Class indices on the network's device, the number of its classes, and ``device`` and ``dtype`` of its inputs.

    The network is frozen. Refuses a shape without pixels, a count ``(number, least)`` that is too small, an option
    ``(name, known)`` that is not known, classes that the network does not have, and one that breaks `snnlib.contract`.
    """
    if not isinstance(shape, Collection) or len(shape) == 0 or not all(_whole(side, 1) for side in shape):
        raise SettingError(f"A sample cannot have the shape {shape}.", "Pass that of one time step: (28, 28).")
    for name, (number, least) in counts.items():
        if not _whole(number, least):
            raise SettingError(f"{name} cannot be {number!r}.", f"Choose a whole number, at least {least}.")
    for name, (option, known) in options.items():
        if option not in known:
            raise SettingError(f"There is no {name} named {option!r}.", f"Choose one of {', '.join(known)}.")
    device, dtype = placed(network)
    network.eval().requires_grad_(False)
    known, indices = contract(network, shape, steps, options.get("read", READ)[0]), _indices(classes)
    if max(indices) >= known:
        problem = f"The network has {known} classes, none of them with index {max(indices)}."
        raise SettingError(problem, f"Choose classes from 0 to {known - 1}.")
    return torch.tensor(indices, device=device), known, {"device": device, "dtype": dtype}


def _whole(number: object, least: int) -> bool:
    return isinstance(number, Integral) and not isinstance(number, bool) and number >= least


def _indices(classes: Iterable[int]) -> list[int]:
    """Class indices as they are passed: whole numbers in a list, a range, an array or a tensor."""
    given = classes.tolist() if hasattr(classes, "tolist") else classes
    indices = [*given] if isinstance(given, Iterable) else []
    if not indices or not all(_whole(index, 0) for index in indices):
        raise SettingError("The classes to invert must be a list of class indices.", "Pass, for example, range(10).")
    return indices


def _streams(seed: int, attack: str, classes: Sequence[int], network: nn.Module) -> list[torch.Generator]:
    """A random stream for each class, on the network's device."""
    return [torch_generator(seed, attack, int(c), device=placed(network)[0]) for c in _indices(classes)]


def _bernoulli(p: Tensor, streams: Sequence[torch.Generator]) -> Tensor:
    """Draw ``[T, C, ...]`` class by class, each from its own stream."""
    return torch.stack([torch.bernoulli(p[:, i], generator=s) for i, s in enumerate(streams)], 1)


ATTACKS = {attack.__name__: attack for attack in (fredrikson, brainleaks_v1, brainleaks_v2, ascent)}
