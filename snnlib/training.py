"""One training loop for ANNs, SNNs through time and converted (hybrid) SNNs."""

import math
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

    optimizer: str = "adam"  #: ``adam`` or ``sgd``.
    lr: float = 1e-3  #: Learning rate.
    momentum: float = 0.0  #: Of ``sgd``.
    batch: int = 100  #: Points of a gradient step.
    epochs: int = 10  #: Passes over the training data.
    schedule: str = "constant"  #: Of the learning rate: ``constant``, or ``cosine`` down to 0.
    clip: float | None = None  #: Largest norm of a gradient; None: any.
    steps: int | None = None  #: Time steps T for which an SNN sees a point; None for an ANN.
    #: How an image becomes an input over time: ``bernoulli``, ``constant``, or ``recorded`` for recordings.
    coding: str = "bernoulli"
    #: How an SNN's class is read, one of ``READOUTS``: most spikes, largest summed potential, largest mean logit.
    readout: str = "spikes"
    #: Pixels of black around an image from which it is cropped and mirrored at random; None: neither.
    padding: int | None = None
    autoaugment: bool = False  #: Whether AutoAugment's policy is applied.
    cutout: int | None = None  #: Side of the square that is cut out, in pixels; None: nothing is.


State = dict[str, Tensor]  # of an unfinished training


def fit(
    model: nn.Module,
    points: Points,
    labels: Tensor,
    recipe: Recipe,
    seed: int,
    *,
    resume: State | None = None,
    on_epoch: Callable[[State], None] | None = None,
) -> list[float]:
    """Train ``model`` in place by its recipe; the mean loss of each epoch.

    An interrupted training goes on from its last state and ends with the same bytes as an uninterrupted one.

    Args:
        model: network in its initial state, on the device of points and labels.
        points: images ``[N, ...]`` in [0, 1], or recordings.
        labels: ``[N]``, int64.
        recipe: how it is trained.
        seed: of the order of the points, of coding and augmentation.
        resume: a state that ``on_epoch`` got from a training with the same arguments.
        on_epoch: called after each epoch with the state to go on from. Its tensors are those that training
            changes next: copy or write what is to last.

    Raises:
        SettingError: for an unknown optimizer or schedule, or a state of another training.
    """
    optimizer, rates = _optimizer(model, recipe), learning_rates(recipe)
    order = torch_generator(seed, "order")
    noise = torch_generator(seed, "training noise", device=labels.device)
    history = _restore(resume, model, optimizer, order, noise) if resume else []
    model.train()
    for rate in rates[len(history) :]:
        optimizer.param_groups[0]["lr"] = rate
        total = torch.zeros((), device=labels.device)
        shown = _augmented(model, points, recipe, noise)
        for chosen in torch.randperm(len(labels), generator=order).to(labels.device).split(recipe.batch):
            loss = _loss(model, shown[chosen], labels[chosen], recipe, noise)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            if recipe.clip is not None:
                nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
            optimizer.step()
            total += loss.detach() * len(chosen)
        history.append(float(total) / len(labels))
        if on_epoch is not None:
            on_epoch(_state(model, optimizer, order, noise, history))
    return history


def _state(model, optimizer, order, noise, history: list[float]) -> State:
    """All that the rest of a training depends on."""
    weights = {f"weights/{name}": tensor for name, tensor in model.state_dict().items()}
    moments = {
        f"optimizer/{i}/{name}": value
        for i, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
    }
    losses = torch.tensor(history, dtype=torch.float64)
    return weights | moments | {"order": order.get_state(), "noise": noise.get_state(), "history": losses}


def _restore(state: State, model, optimizer, order, noise) -> list[float]:
    """Put all back as `_state` took it; the losses of the epochs that are done."""
    try:
        model.load_state_dict(_below(state, "weights/"))
        settings = optimizer.state_dict()
        settings["state"] = {i: _below(state, f"optimizer/{i}/") for i in settings["param_groups"][0]["params"]}
        optimizer.load_state_dict(settings)
        order.set_state(state["order"].cpu())
        noise.set_state(state["noise"].cpu())
        return state["history"].tolist()
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        problem = f"The state does not belong to this training: {error}."
        raise SettingError(problem, "Pass a state of a training with the same arguments, or none.") from error


def _below(state: State, prefix: str) -> State:
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def _augmented(model: nn.Module, images: Points, recipe: Recipe, noise: torch.Generator) -> Points:
    """All images as one epoch shows them; a few thousand at a time, so that operations have large batches."""
    if recipe.padding is None and recipe.cutout is None and not recipe.autoaugment:
        return images
    changes = {name: getattr(recipe, name) for name in ("padding", "autoaugment", "cutout")}
    return torch.cat([augment(part, model.mean.flatten(), noise, **changes) for part in images.split(4096)])


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
    at_once = recipe.batch
    if isinstance(images, Tensor):  # what a network keeps of them grows with T and their size
        at_once = min(max(EVALUATED // (images.shape[1:].numel() * (recipe.steps or 1)), 1), 500)
    for chosen in torch.arange(len(labels), device=labels.device).split(at_once):
        output = model(present(images[chosen], recipe, noise))
        evidence = output if recipe.steps is None else READOUTS[recipe.readout](output)
        right += int((evidence.argmax(-1) == labels[chosen]).sum())
    return right / len(labels)


READOUTS: dict[str, Callable] = {
    "spikes": lambda output: output[0].sum(0),  # the most output spikes
    "potential": lambda output: output[1].sum(0),  # the largest sum of the output potential
    "logits": lambda output: output.mean(0),  # the largest mean logit of a converted network
}


def _optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    if recipe.optimizer == "adam":
        return torch.optim.Adam(model.parameters(), recipe.lr, fused=True)
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(model.parameters(), recipe.lr, recipe.momentum, fused=True)
    raise SettingError(f"There is no optimizer named {recipe.optimizer!r}.", "Choose adam or sgd.")


def learning_rates(recipe: Recipe) -> list[float]:
    """The learning rate of each epoch; SettingError for an unknown schedule."""
    if recipe.schedule not in ("constant", "cosine"):
        raise SettingError(f"There is no schedule named {recipe.schedule!r}.", "Choose constant or cosine.")
    if recipe.schedule == "constant":
        return [recipe.lr] * recipe.epochs
    return [recipe.lr * (1 + math.cos(math.pi * epoch / recipe.epochs)) / 2 for epoch in range(recipe.epochs)]
