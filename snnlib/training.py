"""One training loop for ANNs, SNNs through time and converted (hybrid) SNNs."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .augmentation import augment
from .errors import SettingError
from .randomness import torch_generator
from .spikes import Recordings, encode

EVALUATED = 2_000_000  # elements of an input [T, B, ...], at most, that are evaluated at once: a bound on memory


Points = Tensor | Recordings


@dataclass(frozen=True)
class Recipe:
    """How a network is trained, and how its class is read.

    Recordings of an event camera are shown to an SNN in full, whatever ``steps`` and ``coding`` say, and to an ANN
    as pictures.
    """

    optimizer: str = "adam"
    """``adam`` or ``sgd``."""
    lr: float = 1e-3
    """Learning rate."""
    momentum: float = 0.0
    """Of ``sgd``."""
    weight_decay: float = 0.0
    """L2 penalty, as torch's optimisers have it."""
    batch: int = 100
    """Points of a gradient step."""
    epochs: int = 10
    """Passes over the training data."""
    schedule: str = "constant"
    """Of the learning rate: ``constant``, or ``cosine`` down to 0."""
    clip: float | None = None
    """Largest norm of a gradient; None: any."""
    steps: int | None = None
    """Time steps T for which an SNN sees a point; None for an ANN."""
    coding: str = "bernoulli"
    """How an image becomes an input over time: ``bernoulli``, ``constant``, or ``recorded`` for recordings."""
    readout: str = "spikes"
    """How an SNN's class is read, one of ``READOUTS``: most spikes, largest summed potential, largest mean logit."""
    padding: int | None = None
    """Pixels of black around an image from which it is cropped and mirrored at random; None: neither."""
    autoaugment: bool = False
    """Whether AutoAugment's policy is applied."""
    cutout: int | None = None
    """Side of the square that is cut out, in pixels; None: nothing is."""


def fit(model: nn.Module, images: Points, labels: Tensor, recipe: Recipe, seed: int) -> list[float]:
    """Train ``model`` in place by its recipe; the mean loss of each epoch."""
    optimizer = _optimizer(model, recipe)
    schedule = _schedule(optimizer, recipe)
    order = torch_generator(seed, "order")
    noise = torch_generator(seed, "training noise", device=labels.device)
    history = []
    model.train()
    for _ in range(recipe.epochs):
        total = torch.zeros((), device=labels.device)
        shown = _augmented(model, images, recipe, noise)
        for chosen in torch.randperm(len(labels), generator=order).to(labels.device).split(recipe.batch):
            loss = _loss(model, shown[chosen], labels[chosen], recipe, noise)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            if recipe.clip is not None:
                nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
            optimizer.step()
            total += loss.detach() * len(chosen)
        schedule.step()
        history.append(float(total) / len(labels))
    return history


def _augmented(model: nn.Module, images: Points, recipe: Recipe, noise: torch.Generator) -> Points:
    """All images as one epoch shows them; a few thousand at a time, so that operations have large batches."""
    asked = {name: getattr(recipe, name) for name in ("padding", "autoaugment", "cutout")}
    if asked == {"padding": None, "autoaugment": False, "cutout": None}:
        return images
    return torch.cat([augment(part, model.mean.flatten(), noise, **asked) for part in images.split(4096)])


def _loss(model: nn.Module, x: Points, y: Tensor, recipe: Recipe, noise: torch.Generator) -> Tensor:
    output = model(present(x, recipe, noise))
    if recipe.steps is None:
        return F.cross_entropy(output, y)
    if isinstance(output, tuple):  # leaky neurons: the sum over time of the potential's negative log likelihood
        steps = len(output[1])
        return F.cross_entropy(output[1].flatten(0, 1), y.repeat(steps)) * steps
    return F.cross_entropy(output.mean(0), y)  # converted network: logits averaged over time


def present(x: Points, recipe: Recipe, noise: torch.Generator) -> Tensor:
    """Points as the network's input: ``[B, ...]`` for an ANN, ``[T, B, ...]`` for an SNN."""
    if isinstance(x, Recordings):
        return x.frames()
    return x if recipe.steps is None else encode(x, recipe.steps, recipe.coding, noise)


@torch.no_grad()
def accuracy(model: nn.Module, images: Points, labels: Tensor, recipe: Recipe, seed: int) -> float:
    """Share of points whose class is recognised, by the recipe's read-out, in evaluation mode."""
    model.eval()
    noise = torch_generator(seed, "test noise", device=labels.device)
    right = 0
    for chosen in torch.arange(len(labels), device=labels.device).split(_at_once(images, recipe)):
        output = model(present(images[chosen], recipe, noise))
        evidence = output if recipe.steps is None else READOUTS[recipe.readout](output)
        right += int((evidence.argmax(-1) == labels[chosen]).sum())
    return right / len(labels)


def _at_once(images: Points, recipe: Recipe) -> int:
    """How many points are evaluated at once: what a network keeps of them grows with T and their size."""
    if isinstance(images, Recordings):
        return recipe.batch
    elements = images.shape[1:].numel() * (recipe.steps or 1)
    return min(max(EVALUATED // elements, 1), 500)


READOUTS: dict[str, Callable] = {
    "spikes": lambda output: output[0].sum(0),  # the most output spikes
    "potential": lambda output: output[1].sum(0),  # the largest sum of the output potential
    "logits": lambda output: output.mean(0),  # the largest mean logit of a converted network
}


def _optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    if recipe.optimizer == "adam":
        return torch.optim.Adam(model.parameters(), lr=recipe.lr, weight_decay=recipe.weight_decay)
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(
            model.parameters(), lr=recipe.lr, momentum=recipe.momentum, weight_decay=recipe.weight_decay
        )
    raise SettingError(f"There is no optimizer named {recipe['optimizer']!r}.", "Choose adam or sgd.")


def _schedule(optimizer: torch.optim.Optimizer, recipe: Recipe):
    if recipe.schedule == "cosine":
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe.epochs)
    if recipe.schedule == "constant":
        return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
    raise SettingError(f"There is no schedule named {recipe['schedule']!r}.", "Choose constant or cosine.")
