"""Model inversion: a sample of each class from a network's weights alone (paper A).

White box, no auxiliary data. All classes are inverted in one batch; each has its own random
stream, so the result is the same as one class at a time. Every attack returns an `Inversion`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral

import torch
from torch import Tensor, nn

from .errors import SettingError
from .randomness import torch_generator
from .spikes import min_max

INTEGERS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)


@dataclass(frozen=True)
class Inversion:
    """Result of an attack on C classes.

    Attributes:
        samples: ``[C, H, W]`` intensities (ANN), or ``[T, C, H, W]`` spikes (BrainLeaks-v1) or spike
            probabilities (BrainLeaks-v2).
        confidence: ``[steps, C]``: the target's confidence in each class before each step of the attack
            and after the last; not a number after a class has stopped.
        final: ``[C]``: the target's confidence in the samples themselves (of probabilities: in one draw), by the
            output potential, whatever the attack reads.
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
) -> Inversion:
    """Gradient descent on the input of an ANN (Fredrikson et al., 2015), the ANN baseline of paper A.

    From ``x = 0``, with ``cost = 1 - softmax(f(x))[y]``: ``x <- x - rate * dcost/dx``. A class stops
    at ``cost <= enough`` or after ``patience`` steps in a row without a lower cost; its sample is
    the one of lowest cost, scaled to [0, 1] by its least and largest value.

    Args:
        network: ANN, ``[C, H, W] -> [C, K]`` logits.
        classes: class indices ``[C]``.
        shape: ``(H, W)`` of a sample.
        rate, steps, patience, enough: of the equations; ``steps`` and ``patience`` may be 0.
        clamp: keep x in [0, 1] at every step (MNIST; not AT&T).

    Raises:
        SettingError: for a class that the network does not have, or sizes and counts that are none.
    """
    _sizes(shape)
    _counts(0, steps=steps, patience=patience)
    target = _classes(network, classes)
    x = torch.zeros(len(target), *shape, device=target.device)
    best, best_cost = x.clone(), torch.full_like(x[:, 0, 0], torch.inf)
    since = torch.zeros_like(target)
    history = []
    for _ in range(steps + 1):
        x.requires_grad_()
        cost = 1 - _of_class(network(x).softmax(-1), target)
        (gradient,) = torch.autograd.grad(cost.sum(), x)
        cost, x = cost.detach(), x.detach()
        active = (since < patience) & (best_cost > enough)
        history.append(torch.where(active, 1 - cost, torch.nan))
        better = active & (cost < best_cost)
        best = torch.where(better[:, None, None], x, best)
        best_cost = torch.where(better, cost, best_cost)
        since = torch.where(better, 0, since + 1)
        if not active.any():
            break
        x = x - rate * gradient
        if clamp:
            x = x.clamp(0, 1)
    samples = min_max(best)
    final = _of_class(network(samples).softmax(-1), target)
    return Inversion(samples, torch.stack(history), final)


def brainleaks_v1(
    network: nn.Module,
    classes: Sequence[int],
    *,
    shape: Sequence[int],
    steps: int,
    iterations: int = 10,
    read: str = "potential",
    seed: int = 0,
) -> Inversion:
    """BrainLeaks-v1: signed gradient steps on binary inputs, through a random mask (paper A).

    From ``X = 0`` in {0, 1}, with ``J = mean_t softmax(out_t)[y]`` and ``g = dJ/dX``::

        n = (|g| - min |g|) / (max |g| - min |g|)     over the whole sample
        M ~ Bernoulli(n)                              gradients binarisation
        X <- 1[X + sign(g) M > 0]                     directional fusion, overflow thresholding

    Args:
        network: SNN, ``[T, C, H, W] -> (spikes, potential)``, each ``[T, C, K]``.
        classes: class indices ``[C]``.
        shape: ``(H, W)`` of one time step.
        steps: number of time steps T.
        iterations: 10 in the paper (25 on DVSGesture).
        read: what ``out`` is: ``potential``, or ``spikes`` (DVSGesture).
        seed: of the masks; each class has its own stream.

    Raises:
        SettingError: for a class that the network does not have, sizes and counts that are none, an unknown ``read``.
    """
    target = _classes(network, classes)
    streams = _streams(seed, "brainleaks_v1", classes, target.device)

    def move(x: Tensor, gradient: Tensor) -> Tensor:
        mask = _bernoulli(min_max(gradient.abs().transpose(0, 1)).transpose(0, 1), streams)
        return (x + gradient.sign() * mask > 0).to(x.dtype)

    return _climb(network, target, (steps, *shape), iterations, read, move)


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
        network, classes, shape, steps, iterations, read: as in `brainleaks_v1`; so are the errors.
    """

    def move(x: Tensor, gradient: Tensor) -> Tensor:
        largest = gradient.abs().amax((0, 2, 3), keepdim=True)
        return (x + gradient / torch.where(largest > 0, largest, 1.0)).clamp(0, 1)

    return _climb(network, _classes(network, classes), (steps, *shape), iterations, read, move)


def _climb(
    network: nn.Module,
    target: Tensor,
    shape: Sequence[int],
    iterations: int,
    read: str,
    move: Callable[[Tensor, Tensor], Tensor],
) -> Inversion:
    """From ``X = 0`` of shape ``[T, C, H, W]``, over and over: ``X <- move(X, dJ/dX)``; see `brainleaks_v1`."""
    _sizes(shape[1:])
    _counts(1, steps=shape[0])
    _counts(0, iterations=iterations)
    x = torch.zeros(shape[0], len(target), *shape[1:], device=target.device)
    history = []
    for _ in range(iterations):
        x.requires_grad_()
        objective = _confidence(network, x, target, read)
        (gradient,) = torch.autograd.grad(objective.sum(), x)
        history.append(objective.detach())
        x = move(x.detach(), gradient)
    last, final = _last(network, x, target, read)
    return Inversion(x, torch.stack([*history, last]), final)


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
) -> Inversion:
    """BrainLeaks-v2: spike probabilities from a population of binary draws (paper A).

    From ``P = 0`` in [0, 1]; each iteration draws K inputs ``S_k ~ Bernoulli(P)`` and takes::

        c_k = L_k + lambda mean(S_k)      g_k = dc_k / dS_k      g = sum_k (c_k / sum_j c_j) g_k
        v <- alpha v + (1 - alpha) g^2    ("as released" on MNIST: v <- v + alpha v + (1 - alpha) g^2)
        m <- 0.9 m + g                    P <- P - rate / (sqrt(v) + epsilon) m
        negative P -> 0;                  if max(P) > 1: P <- P / max(P)

    The paper speaks of natural evolution strategies, but takes no gradient of a search
    distribution: g is a cost-weighted mean of surrogate gradients.

    Args:
        network: SNN, ``[T, C, H, W] -> (spikes, potential)``, each ``[T, C, K]``.
        classes: class indices ``[C]``.
        shape: ``(H, W)`` of one time step.
        steps: number of time steps T.
        iterations, population, rate, epsilon, alpha, sparsity: as in the equations (K, lambda);
            the defaults are those of MNIST.
        cost: ``confidence``: ``L = 1 - mean_t softmax(out_t)[y]`` (MNIST); ``log``:
            ``L = -mean_t log softmax(out_t)[y]`` (event data).
        moment: ``as released`` (MNIST) or ``running`` for v.
        read: what ``out`` is: ``potential`` or ``spikes``.
        seed: of the draws; each class has its own stream.

    Raises:
        SettingError: for a class that the network does not have, sizes and counts that are none, other numbers out
            of range, or an unknown ``cost``, ``moment`` or ``read``.
    """
    _sizes(shape)
    _counts(1, steps=steps, population=population)
    _counts(0, iterations=iterations)
    if epsilon <= 0 or sparsity < 0 or not 0 <= alpha <= 1:
        problem = f"epsilon={epsilon}, sparsity={sparsity} and alpha={alpha} make no step of BrainLeaks-v2."
        raise SettingError(problem, "Choose epsilon > 0, sparsity >= 0 and alpha from 0 to 1.")
    _choice("cost", cost, ("confidence", "log"))
    _choice("moment", moment, ("as released", "running"))
    target = _classes(network, classes)
    p = torch.zeros(steps, len(target), *shape, device=target.device)
    first, second = torch.zeros_like(p), torch.zeros_like(p)
    streams = _streams(seed, "brainleaks_v2", classes, target.device)
    history = []
    for _ in range(iterations):
        draws = torch.stack([_bernoulli(p, streams) for _ in range(population)], 1).flatten(1, 2).requires_grad_()
        target_of_draws = target.repeat(population)
        confidence = _confidence(network, draws, target_of_draws, read, log=cost == "log")
        loss = -confidence if cost == "log" else 1 - confidence
        costs = loss + sparsity * draws.transpose(0, 1).flatten(1).mean(1)
        (gradient,) = torch.autograd.grad(costs.sum(), draws)
        weights = _shares(costs.detach().unflatten(0, (population, -1)))
        g = (gradient.unflatten(1, (population, -1)) * weights[None, :, :, None, None]).sum(1)
        history.append(_as_probability(confidence, cost).detach().unflatten(0, (population, -1)).mean(0))
        kept = 1 + alpha if moment == "as released" else alpha
        second = kept * second + (1 - alpha) * g**2
        first = 0.9 * first + g
        p = (p - rate / (second.sqrt() + epsilon) * first).clamp(min=0)
        p = p / p.amax((0, 2, 3), keepdim=True).clamp(min=1)
    last, final = _last(network, _bernoulli(p, streams), target, read)
    return Inversion(p, torch.stack([*history, last]), final)


def _shares(costs: Tensor) -> Tensor:
    """Costs ``[K, C]`` as shares of their sum over K draws; equal ones where a network is certain and all are 0."""
    total = costs.sum(0)
    return torch.where(total == 0, 1 / len(costs), costs / total)


def _as_probability(confidence: Tensor, cost: str) -> Tensor:
    return confidence.exp() if cost == "log" else confidence


def _last(network: nn.Module, x: Tensor, target: Tensor, read: str) -> tuple[Tensor, Tensor]:
    """Confidence in the finished samples, as the attack reads it and by the potential."""
    return _confidence(network, x, target, read), _confidence(network, x, target, "potential")


def _confidence(network: nn.Module, x: Tensor, target: Tensor, read: str, log: bool = False) -> Tensor:
    """``mean_t softmax(out_t)[y]``, or of the logarithm, for each sample: ``[C]``."""
    _choice("read", read, ("potential", "spikes"))
    spikes, potential = network(x)
    out = (potential if read == "potential" else spikes).log_softmax(-1)
    out = _of_class(out, target)
    return out.mean(0) if log else out.exp().mean(0)


def _of_class(values: Tensor, target: Tensor) -> Tensor:
    """What a network ``[..., C, K]`` says of each sample's own class: ``[..., C]``."""
    largest, known = int(target.max()), values.shape[-1]
    if largest >= known:  # here, because a CUDA device that gathers what is not there can do nothing more
        raise SettingError(
            f"The network has {known} classes, none of them with index {largest}.",
            f"Choose classes from 0 to {known - 1}.",
        )
    return values.gather(-1, target.expand(values.shape[:-1])[..., None])[..., 0]


def _classes(network: nn.Module, classes: Sequence[int]) -> Tensor:
    network.eval().requires_grad_(False)
    device = next(network.parameters()).device
    target = torch.as_tensor(list(classes), device=device)
    if target.ndim != 1 or len(target) == 0 or target.dtype not in INTEGERS or int(target.min()) < 0:
        raise SettingError("The classes to invert must be a list of class indices.", "Pass, for example, range(10).")
    return target.long()


def _sizes(shape: Sequence[int]) -> None:
    if len(shape) != 2 or not all(isinstance(side, Integral) and side > 0 for side in shape):
        raise SettingError(f"A sample cannot have the shape {tuple(shape)}.", "Pass its height and width in pixels.")


def _counts(least: int, **counts: int) -> None:
    for name, count in counts.items():
        if not isinstance(count, Integral) or count < least:
            raise SettingError(f"{name} cannot be {count!r}.", f"Choose a whole number, at least {least}.")


def _streams(seed: int, attack: str, classes: Sequence[int], device: torch.device) -> list[torch.Generator]:
    return [torch_generator(seed, attack, int(c), device=device) for c in classes]


def _bernoulli(p: Tensor, streams: Sequence[torch.Generator]) -> Tensor:
    """Draw ``[T, C, ...]`` class by class, each from its own stream."""
    return torch.stack([torch.bernoulli(p[:, i], generator=s) for i, s in enumerate(streams)], 1)


def _choice(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise SettingError(f"There is no {name} named {value!r}.", f"Choose one of {', '.join(known)}.")


ATTACKS = {
    "fredrikson": fredrikson,
    "brainleaks_v1": brainleaks_v1,
    "brainleaks_v2": brainleaks_v2,
    "ascent": ascent,
}
