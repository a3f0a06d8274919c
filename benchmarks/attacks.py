"""Rows: BrainLeaks on all ten classes against the way it was released, and queries against plain passes.

The released way: one class at a time, snnTorch's loop step by step, gradients of all weights beside those of the
input, one member of the population at a time. The random streams are ours, so that the results can be compared.
"""

import contextlib
import copy
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

from snnlib.conversion import thresholds
from snnlib.inversion import brainleaks_v1, brainleaks_v2
from snnlib.networks import ResNet18, initialise, mlp
from snnlib.queries import answers
from snnlib.randomness import torch_generator

from .floors import products
from .measure import Contest, distance
from .peers import SnnTorch, Stepped, with_neurons
from .training import DYNAMICS, PIXELS, WIDTH, lively

ITERATIONS, POPULATION, RATE, EPSILON, ALPHA, SPARSITY = 10, 7, 1.0, 1e-10, 0.1, 0.01  # MNIST's
ATTACKS = {"brainleaks_v1": brainleaks_v1, "brainleaks_v2": brainleaks_v2}
NAMES = {"brainleaks_v1": "BrainLeaks-v1", "brainleaks_v2": "BrainLeaks-v2"}


def released_v1(network: nn.Module, c: int, steps: int, stream: torch.Generator) -> Tensor:
    """BrainLeaks-v1 on one class: spikes ``[T, H, W]``."""
    x = torch.zeros(steps, 28, 28)
    for _ in range(ITERATIONS):
        x.requires_grad_()
        network.zero_grad()
        _mean_confidence(network, x, c).backward()
        size = x.grad.abs()
        normed = (size - size.min()) / (size.max() - size.min())
        fused = x.grad.sign() * torch.bernoulli(normed, generator=stream)
        x = (x.detach() + fused > 0).to(x.dtype)
    return x


def released_v2(network: nn.Module, c: int, steps: int, stream: torch.Generator) -> Tensor:
    """BrainLeaks-v2 on one class: spike probabilities ``[T, H, W]``."""
    p = torch.zeros(steps, 28, 28)
    momentum, moment = torch.zeros_like(p), torch.zeros_like(p)
    for _ in range(ITERATIONS):
        costs, gradients = [], []
        for _ in range(POPULATION):
            draw = torch.bernoulli(p, generator=stream).requires_grad_()
            network.zero_grad()
            cost = 1 - _mean_confidence(network, draw, c) + SPARSITY * draw.mean()
            cost.backward()
            costs.append(cost.detach())
            gradients.append(draw.grad)
        gradient = sum(cost / sum(costs) * g for cost, g in zip(costs, gradients, strict=True))
        moment = moment + ALPHA * moment + (1 - ALPHA) * gradient**2
        momentum = 0.9 * momentum + gradient
        p = p - RATE / (moment.sqrt() + EPSILON) * momentum
        p[p < 0] = 0
        if p.max() > 1:
            p = p / p.max()
    return p


def _mean_confidence(network: nn.Module, x: Tensor, c: int) -> Tensor:
    return network(x[:, None])[1].softmax(-1)[:, 0, c].mean()


def brainleaks(attack: str, hidden: int = 3000, steps: int = 25, classes: int = 10) -> Contest:
    settings = DYNAMICS[SnnTorch]
    one_class = {"brainleaks_v1": released_v1, "brainleaks_v2": released_v2}[attack]

    def both(hidden: int, steps: int, classes: int) -> tuple[nn.Module, Callable, Callable]:
        network = mlp([28, 28], 10, hidden, settings)
        lively(network, torch.Generator().manual_seed(0))
        theirs = Stepped(with_neurons(network, SnnTorch, settings, steps))
        ours = partial(ATTACKS[attack], network, range(classes), shape=(28, 28), steps=steps)

        def released() -> Tensor:
            streams = [torch_generator(0, attack, c) for c in range(classes)]
            return torch.stack([one_class(theirs, c, steps, stream) for c, stream in enumerate(streams)], 1)

        return network, ours, released

    def compared() -> float:
        with double_precision():  # rounding to float32 makes another spike here and there, and soon another sample
            _, ours, released = both(hidden // 10, steps // 3, 3)
            samples = ours().samples
            return distance([samples], [released()]) if samples.any() else float("inf")

    network, ours, released = both(hidden, steps, classes)
    draws = classes * (POPULATION if attack == "brainleaks_v2" else 1)
    x = torch.bernoulli(torch.full((steps, draws, 28, 28), 0.15)).requires_grad_()
    frozen = copy.deepcopy(network).requires_grad_(False)
    return Contest(
        f"{NAMES[attack]}, 784-{hidden}-10, T={steps}, {classes} classes",
        ours,
        released,
        "as released",
        products(frozen, x, ITERATIONS),
        "products",
        compared,
        1e-6,
    )


@contextlib.contextmanager
def double_precision() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


def dropout(copies: int = 20, points: int = 256, steps: int = 4) -> Contest:
    """Input dropout on a converted ResNet18: each copy of the points has its own mask."""
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(points, 3, PIXELS, PIXELS, generator=generator)
    labels = torch.randint(10, (points,), generator=generator)
    network = ResNet18(10, WIDTH)
    initialise(network, generator)
    network(images)  # running statistics
    converted = ResNet18(10, WIDTH, thresholds=thresholds(network, images))
    converted.load_state_dict(network.state_dict())
    converted.eval()
    mean = images.mean((0, 2, 3)).view(3, 1, 1)
    how = {"kind": "dropout", "probability": 0.1, "copies": copies, "seed": 0}

    def ours():
        return answers(converted, images, labels, how, steps=steps, mean=mean)

    @torch.no_grad()
    def passes():
        found = []
        for n in range(copies):
            stream = torch_generator(0, "dropout", n)
            kept = torch.rand(points, 1, PIXELS, PIXELS, generator=stream) >= how["probability"]
            masked = torch.where(kept, images, mean)
            logits = converted(masked.expand(steps, *masked.shape)).mean(0).double()
            found.append(logits.log_softmax(-1)[torch.arange(points), labels])
        return torch.stack(found)

    shown = images.expand(steps, *images.shape)
    return Contest(
        f"{copies} dropout queries about {points} points, converted ResNet18 of width {WIDTH}, T={steps}",
        ours,
        passes,
        "a pass each",
        products(copy.deepcopy(converted).requires_grad_(False), shown, copies),
        "products",
        lambda: distance([torch.nn.functional.logsigmoid(torch.from_numpy(ours()[0]))], [passes()]),
        1e-6,
    )


ROWS = {
    "brainleaks-v1": partial(brainleaks, "brainleaks_v1"),
    "brainleaks-v2": partial(brainleaks, "brainleaks_v2"),
    "dropout-queries": dropout,
}
