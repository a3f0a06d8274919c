"""One training loop for ANNs, SNNs through time and converted (hybrid) SNNs.

A recipe is data: ``optimizer`` (``adam`` or ``sgd``), ``lr``, ``momentum``, ``weight_decay``,
``batch``, ``epochs``, ``schedule`` (``constant`` or ``cosine``), ``clip`` (largest gradient norm or
None), ``steps`` (T, or None for an ANN), ``coding``, ``readout`` (how an SNN's class is read), and the
augmentation: ``padding`` of the random crops (None: neither crops nor flips), ``autoaugment`` (whether)
and ``cutout`` (side of the square, or None). Recordings of an event camera are shown to an SNN in full,
whatever ``steps`` and ``coding`` say, and to an ANN as pictures.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from . import networks
from .augmentation import augment
from .coding import encode
from .conversion import thresholds
from .datasets.splits import membership
from .errors import SettingError
from .randomness import torch_generator
from .recordings import Recordings
from .store import Artefact

Recipe = Mapping
EVALUATED = 2_000_000  # elements of an input [T, B, ...], at most, that are evaluated at once: a bound on memory


def train(
    data: Artefact,
    network: Mapping,
    recipe: Recipe,
    seed: int,
    member: Mapping | None = None,
    start: Artefact | None = None,
    swap: bool = False,
    device: str = "cpu",
):
    """Train a network (a job).

    Args:
        data: a data set. Its own split is used, or ``member``'s.
        network: settings for `networks.build`.
        recipe: see the module's docstring.
        seed: of initial weights, order, coding and augmentation.
        member: for membership inference: ``references``, ``seed`` of the split and ``index`` of the
            network; its members are trained on, the others are the test set.
        start: a network whose weights are taken over; an ANN's ReLUs become spiking neurons with
            thresholds of its own, if the recipe has steps.
        swap: train on the test part and test on the training part, as an attacker's scorer does that
            has seen nothing of what its target was trained on.

    Returns:
        the network's state and ``info`` with its settings, accuracies and the loss of each epoch.
    """
    part = split(data, member, device, pictures=recipe["steps"] is None)
    if swap:
        part = {"train": part["test"], "test": part["train"]}
    model, settings = _model(network, recipe, seed, start, part, device)
    history = fit(model, *part["train"], recipe, seed)
    accuracies = {f"{name}_accuracy": accuracy(model, *part[name], recipe, seed) for name in ("train", "test")}
    info = {"network": settings, "recipe": dict(recipe), "loss": history} | accuracies
    return {name: tensor.cpu().numpy() for name, tensor in model.state_dict().items()}, info


def restore(artefact: Artefact, device: str = "cpu", settings: Mapping | None = None) -> nn.Module:
    """The trained network of an artefact, in evaluation mode, its weights frozen; ``settings`` if not its own."""
    model = _built(settings or artefact.info["network"])
    model.load_state_dict(artefact.tensors())
    return model.to(device).eval().requires_grad_(False)


Points = Tensor | Recordings


def split(
    data: Artefact, member: Mapping | None, device: str, *, pictures: bool = True
) -> dict[str, tuple[Points, Tensor]]:
    """Training and test part, each ``(points, labels)``, on a device; see `points`."""
    if member is None:
        return {part: points(data, device, f"{part}_", pictures=pictures) for part in ("train", "test")}
    images, labels = points(data, device)
    inside = membership(len(labels), member["references"], member["seed"])[member["index"]]
    inside = torch.from_numpy(inside).to(device)
    return {"train": (images[inside], labels[inside]), "test": (images[~inside], labels[~inside])}


def points(data: Artefact, device: str, part: str = "", *, pictures: bool = True) -> tuple[Points, Tensor]:
    """Points as networks take them and labels of one part of a data set (of the pool without ``part``).

    Images are in [0, 1]; colour images ``[N, H, W, 3]`` become ``[N, 3, H, W]``. Of recordings,
    ``pictures`` chooses the form: pictures or `Recordings`.
    """
    labels = torch.from_numpy(data.arrays[f"{part}labels"]).to(device).long()
    if f"{part}packed" in data.arrays:
        packed, lengths = (torch.from_numpy(data.arrays[f"{part}{name}"]) for name in ("packed", "lengths"))
        recordings = Recordings(packed, lengths, tuple(data.info["shape"])).to(device)
        return recordings.images() if pictures else recordings, labels
    images = torch.from_numpy(data.arrays[f"{part}images"]).to(device).float() / 255
    return (images.permute(0, 3, 1, 2).contiguous() if images.ndim == 4 else images), labels


def _model(network: Mapping, recipe: Recipe, seed: int, start: Artefact | None, part: dict, device: str):
    settings = dict(network)
    if start is None:
        model = _built(settings)
        networks.initialise(model, torch_generator(seed, "weights"))
        return model.to(device), settings
    settings = dict(start.info["network"])
    if recipe["steps"] is not None and settings.get("thresholds") is None:
        settings |= networks.CONVERSION.get(settings["kind"], {})
        ann = restore(start, device, settings)
        settings["thresholds"] = thresholds(ann, part["train"][0], seed=seed)
    model = _built(settings)
    model.load_state_dict(start.tensors())
    return model.to(device), settings


def _built(settings: Mapping) -> nn.Module:
    with torch.random.fork_rng(devices=[]):  # torch draws weights of its own, which are replaced
        return networks.build(**settings)


def fit(model: nn.Module, images: Points, labels: Tensor, recipe: Recipe, seed: int) -> list[float]:
    """Train ``model`` in place by its recipe; the mean loss of each epoch."""
    optimizer = _optimizer(model, recipe)
    schedule = _schedule(optimizer, recipe)
    order = torch_generator(seed, "order")
    noise = torch_generator(seed, "training noise", device=labels.device)
    history = []
    model.train()
    for _ in range(recipe["epochs"]):
        total = torch.zeros((), device=labels.device)
        shown = _augmented(model, images, recipe, noise)
        for chosen in torch.randperm(len(labels), generator=order).to(labels.device).split(recipe["batch"]):
            loss = _loss(model, shown[chosen], labels[chosen], recipe, noise)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            if recipe["clip"] is not None:
                nn.utils.clip_grad_norm_(model.parameters(), recipe["clip"])
            optimizer.step()
            total += loss.detach() * len(chosen)
        schedule.step()
        history.append(float(total) / len(labels))
    return history


def _augmented(model: nn.Module, images: Points, recipe: Recipe, noise: torch.Generator) -> Points:
    """All images as one epoch shows them; a few thousand at a time, so that operations have large batches."""
    if recipe["padding"] is None and not recipe["autoaugment"] and recipe["cutout"] is None:
        return images
    return torch.cat([augment(part, recipe, model.mean.flatten(), noise) for part in images.split(4096)])


def _loss(model: nn.Module, x: Points, y: Tensor, recipe: Recipe, noise: torch.Generator) -> Tensor:
    output = model(_present(x, recipe, noise))
    if recipe["steps"] is None:
        return F.cross_entropy(output, y)
    if isinstance(output, tuple):  # leaky neurons: the sum over time of the potential's negative log likelihood
        steps = len(output[1])
        return F.cross_entropy(output[1].flatten(0, 1), y.repeat(steps)) * steps
    return F.cross_entropy(output.mean(0), y)  # converted network: logits averaged over time


def _present(x: Points, recipe: Recipe, noise: torch.Generator) -> Tensor:
    """Points as the network's input: ``[B, ...]`` for an ANN, ``[T, B, ...]`` for an SNN."""
    if isinstance(x, Recordings):
        return x.frames()
    return x if recipe["steps"] is None else encode(x, recipe["steps"], recipe["coding"], noise)


@torch.no_grad()
def accuracy(model: nn.Module, images: Points, labels: Tensor, recipe: Recipe, seed: int) -> float:
    """Share of points whose class is recognised, by the recipe's read-out, in evaluation mode."""
    model.eval()
    noise = torch_generator(seed, "test noise", device=labels.device)
    right = 0
    for chosen in torch.arange(len(labels), device=labels.device).split(_at_once(images, recipe)):
        output = model(_present(images[chosen], recipe, noise))
        evidence = output if recipe["steps"] is None else READOUTS[recipe["readout"]](output)
        right += int((evidence.argmax(-1) == labels[chosen]).sum())
    return right / len(labels)


def _at_once(images: Points, recipe: Recipe) -> int:
    """How many points are evaluated at once: what a network keeps of them grows with T and their size."""
    if isinstance(images, Recordings):
        return recipe["batch"]
    elements = images.shape[1:].numel() * (recipe["steps"] or 1)
    return min(max(EVALUATED // elements, 1), 500)


READOUTS: dict[str, Callable] = {
    "spikes": lambda output: output[0].sum(0),  # the most output spikes
    "potential": lambda output: output[1].sum(0),  # the largest sum of the output potential
    "logits": lambda output: output.mean(0),  # the largest mean logit of a converted network
}


def _optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    if recipe["optimizer"] == "adam":
        return torch.optim.Adam(model.parameters(), lr=recipe["lr"], weight_decay=recipe["weight_decay"])
    if recipe["optimizer"] == "sgd":
        return torch.optim.SGD(
            model.parameters(), lr=recipe["lr"], momentum=recipe["momentum"], weight_decay=recipe["weight_decay"]
        )
    raise SettingError(f"There is no optimizer named {recipe['optimizer']!r}.", "Choose adam or sgd.")


def _schedule(optimizer: torch.optim.Optimizer, recipe: Recipe):
    if recipe["schedule"] == "cosine":
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe["epochs"])
    if recipe["schedule"] == "constant":
        return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
    raise SettingError(f"There is no schedule named {recipe['schedule']!r}.", "Choose constant or cosine.")
