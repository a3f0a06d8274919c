"""Jobs that train a network, and go on where they were interrupted."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from ...conversion import thresholds
from ...engine.files import write
from ...engine.store import Artefact
from ...networks import build, initialise
from ...randomness import torch_generator
from ...training import Recipe, State, accuracy, fit
from .points import split

SAVE_EVERY = 60.0  # seconds, at least, between two states of an unfinished training on disk


def train(
    data: Artefact,
    network: Mapping,
    recipe: Mapping,
    seed: int,
    member: Mapping | None = None,
    start: Artefact | None = None,
    swap: bool = False,
    device: str = "cpu",
    partial: Path | None = None,
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
        partial: folder for the state of the unfinished training, from which it goes on; changes no result.

    Returns:
        the network's state and ``info`` with its settings, accuracies and the loss of each epoch.
    """
    recipe = Recipe(**recipe)
    part = split(data, member, device, pictures=recipe.steps is None)
    if swap:
        part = {"train": part["test"], "test": part["train"]}
    model, settings = _model(network, recipe, seed, start, part, device)
    unfinished = {"resume": load_state(partial), "on_epoch": _saving(partial)} if partial else {}
    history = fit(model, *part["train"], recipe, seed, **unfinished)
    accuracies = {f"{name}_accuracy": accuracy(model, *part[name], recipe, seed) for name in ("train", "test")}
    info = {"network": settings, "recipe": asdict(recipe), "loss": history} | accuracies
    return {name: tensor.cpu().numpy() for name, tensor in model.state_dict().items()}, info


def _saving(folder: Path) -> Callable[[State], None]:
    """What `snnlib.training.fit` calls after each epoch: it saves the state, but not all the time."""
    last = time.monotonic()

    def on_epoch(state: State) -> None:
        nonlocal last
        if time.monotonic() - last >= SAVE_EVERY:
            save_state(folder, state)
            last = time.monotonic()

    return on_epoch


def save_state(folder: Path, state: State) -> None:
    """Write the state of a training, whole or not at all."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    write(folder / "state.safetensors", save(tensors, {"sha256": _sum(tensors)}))


def load_state(folder: Path) -> State | None:
    """The state of a training as it was saved; None if there is none, or a damaged one."""
    try:
        with safe_open(folder / "state.safetensors", "pt") as file:
            names, metadata = file.keys(), file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in names}
    except (OSError, SafetensorError):
        return None
    return tensors if metadata.get("sha256") == _sum(tensors) else None


def _sum(tensors: State) -> str:
    """SHA-256 of names and values."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        total.update(name.encode())
        total.update(tensors[name].numpy().tobytes())
    return total.hexdigest()


def restore(artefact: Artefact, device: str = "cpu") -> nn.Module:
    """The trained network of an artefact, in evaluation mode, its weights frozen."""
    model = built(artefact.info["network"])
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
        settings["thresholds"] = thresholds(restore(start, device), part["train"][0], seed=seed)
    model = built(settings)
    model.load_state_dict(start.tensors())
    return model.to(device), settings


def built(settings: Mapping) -> nn.Module:
    with torch.random.fork_rng(devices=[]):  # torch draws weights of its own, which are replaced
        return build(**settings)
