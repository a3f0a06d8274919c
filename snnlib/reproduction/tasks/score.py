"""Jobs that score inverted samples, and samples that no attack was needed for."""

from collections.abc import Mapping

import numpy as np
import torch

from ... import scoring
from ...engine.store import Artefact
from ...networks import initialise
from ...randomness import torch_generator
from ...similarity import similarity as likeness
from ...spikes import as_pictures
from ...training import Recipe, State, accuracy, fit
from .points import check_every_class, points, split
from .train import built, restore


def score(draws: int, steps: int, seeds: Mapping[str, int], device: str = "cpu", **artefacts: Artefact):
    """Confidence of evaluation classifiers in inverted samples (a job): for each pair, an array ``[draws, C, C]``.

    Args:
        draws, steps: see `snnlib.scoring.confidences`; ``steps`` matters for an SNN only.
        seeds: of the draws, by name of the samples; what a scorer is shown does not depend on the others.
        artefacts: ``sample/<name>``: inversions; ``scorer/<name>``: trained networks. An array is called by both names:
            ``<name of the samples>/<name of the scorer>``.
    """
    scorers = {n.removeprefix("scorer/"): restore(a, device) for n, a in artefacts.items() if n.startswith("scorer/")}
    for slot in (slot for network in scorers.values() if network.spiking for slot in network.slots[:-1]):
        slot.neuron["potentials"] = False  # but those of the output nobody reads
    found = {}
    for name, seed in seeds.items():
        samples = torch.from_numpy(artefacts[f"sample/{name}"].arrays["samples"]).to(device)
        confidence = scoring.confidences(scorers, samples, draws, steps, torch_generator(seed, "score", device=device))
        found |= {f"{name}/{by}": of.cpu().numpy() for by, of in confidence.items()}
    return found, {}


def score_in_training(data: Artefact, network, recipe, seed: int, first=None, device: str = "cpu", **samples: Artefact):
    """An ANN scorer's confidence in inverted samples while it is trained, as `tasks.train.train` does (a job).

    Args:
        data, network, recipe, seed, first: of the training.
        samples: inversions, by name.

    Returns:
        after each of E epochs: gradient ``steps [E]``, test ``accuracy [E]`` and, by name of the samples, confidence
        ``[E, C, C]``.
    """
    how, part, model = Recipe(**recipe), split(data, None, device), built(network)
    points, labels = (of[:first] for of in part["train"])
    initialise(model, torch_generator(seed, "weights"))
    model.to(device)
    pictures = {n: as_pictures(torch.from_numpy(of.arrays["samples"]).to(device)) for n, of in samples.items()}
    found = {name: [] for name in ("steps", "accuracy", *pictures)}

    @torch.no_grad()
    def look(_: State) -> None:
        found["steps"].append((len(found["steps"]) + 1) * -(-len(labels) // how.batch))
        found["accuracy"].append(accuracy(model, *part["test"], how, seed))
        for name, shown in pictures.items():
            found[name].append(model(shown).softmax(-1).cpu().numpy())
        model.train()

    fit(model, points, labels, how, seed, on_epoch=look)
    return {name: np.array(values) for name, values in found.items()}, {}


def shuffled(inversion: Artefact, seed: int, device: str = "cpu"):
    """The values of each inverted sample at random places (a job); see `snnlib.scoring.shuffled`."""
    return {"samples": scoring.shuffled(inversion.arrays["samples"], seed)}, {}


def matched(inversion: Artefact, data: Artefact, device: str = "cpu"):
    """Samples as bright and as rich in contrast as the training points (a job); see `snnlib.scoring.matched`."""
    x, _ = points(data, "cpu", "train_")
    return {"samples": scoring.matched(inversion.arrays["samples"], x.numpy())}, {}


def class_mean(data: Artefact, steps: int, device: str = "cpu"):
    """Mean of each class's training points (a job); see `snnlib.scoring.class_means`.

    Raises:
        DataError: if a class has no training point.
    """
    check_every_class(data.arrays["train_labels"], data.info["classes"], "training")
    x, labels = points(data, device, "train_", pictures=False)
    return {"samples": scoring.class_means(x, labels, data.info["classes"], steps).cpu().numpy()}, {}


def similarity(data: Artefact, inversion: Artefact, device: str = "cpu"):
    """Likeness of each inverted sample to training and test images (a job); see `snnlib.similarity.similarity`.

    Raises:
        DataError: if a class has no training or no test point.
    """
    classes = data.info["classes"]
    for part, name in (("train_", "training"), ("test_", "test")):
        check_every_class(data.arrays[f"{part}labels"], classes, name)
    images = [array.cpu().numpy() for part in ("train_", "test_") for array in points(data, device, part)]
    return likeness(inversion.arrays["samples"], *images, classes), {}
