"""Jobs that train a network."""

from collections.abc import Mapping
from dataclasses import asdict

import torch
from torch import nn

from ...conversion import thresholds
from ...engine.store import Artefact
from ...networks import CONVERSION, build, initialise
from ...randomness import torch_generator
from ...training import Recipe, accuracy, fit
from .points import split


def train(
    data: Artefact,
    network: Mapping,
    recipe: Mapping,
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
        recipe: fields of `snnlib.training.Recipe`.
        seed: of initial weights, order, coding and augmentation.
        member: for membership inference: ``seed`` of the split into pairs and ``index`` of the network in
            it; its members are trained on, the others are the test set.
        start: a network whose weights are taken over; an ANN's ReLUs become spiking neurons with
            thresholds of its own, if the recipe has steps.
        swap: train on the test part and test on the training part, as an attacker's scorer does that
            has seen nothing of what its target was trained on.

    Returns:
        the network's state and ``info`` with its settings, accuracies and the loss of each epoch.
    """
    recipe = Recipe(**recipe)
    part = split(data, member, device, pictures=recipe.steps is None)
    if swap:
        part = {"train": part["test"], "test": part["train"]}
    model, settings = _model(network, recipe, seed, start, part, device)
    history = fit(model, *part["train"], recipe, seed)
    accuracies = {f"{name}_accuracy": accuracy(model, *part[name], recipe, seed) for name in ("train", "test")}
    info = {"network": settings, "recipe": asdict(recipe), "loss": history} | accuracies
    return {name: tensor.cpu().numpy() for name, tensor in model.state_dict().items()}, info


def restore(artefact: Artefact, device: str = "cpu", settings: Mapping | None = None) -> nn.Module:
    """The trained network of an artefact, in evaluation mode, its weights frozen; ``settings`` if not its own."""
    model = built(settings or artefact.info["network"])
    model.load_state_dict(artefact.tensors())
    return model.to(device).eval().requires_grad_(False)


def _model(network: Mapping, recipe: Recipe, seed: int, start: Artefact | None, part: dict, device: str):
    settings = dict(network)
    if start is None:
        model = built(settings)
        initialise(model, torch_generator(seed, "weights"))
        return model.to(device), settings
    settings = dict(start.info["network"])
    if recipe.steps is not None and settings.get("thresholds") is None:
        settings |= CONVERSION.get(settings["kind"], {})
        ann = restore(start, device, settings)
        settings["thresholds"] = thresholds(ann, part["train"][0], seed=seed)
    model = built(settings)
    model.load_state_dict(start.tensors())
    return model.to(device), settings


def built(settings: Mapping) -> nn.Module:
    with torch.random.fork_rng(devices=[]):  # torch draws weights of its own, which are replaced
        return build(**settings)
