"""Jobs that score inverted samples, and samples that no attack was needed for."""

import torch

from ... import scoring
from ...engine.store import Artefact
from ...randomness import torch_generator
from ...similarity import similarity as likeness
from .points import check_every_class, points
from .train import restore


def score(scorer: Artefact, inversion: Artefact, draws: int, seed: int, steps: int, device: str = "cpu"):
    """Confidence of an evaluation classifier in inverted samples (a job): ``confidence [draws, C, C]``.

    Args:
        scorer: trained network.
        inversion: with ``samples``.
        draws, steps: see `snnlib.scoring.confidences`; ``steps`` matters for an SNN only.
        seed: of the draws.
    """
    network = restore(scorer, device)
    samples = torch.from_numpy(inversion.arrays["samples"]).to(device)
    shown = None if scorer.info["network"].get("neuron") is None else steps
    generator = torch_generator(seed, "score", device=device)
    return {"confidence": scoring.confidences(network, samples, draws, shown, generator).cpu().numpy()}, {}


def shuffled(inversion: Artefact, seed: int, device: str = "cpu"):
    """The values of each inverted sample at random places (a job); see `snnlib.scoring.shuffled`."""
    return {"samples": scoring.shuffled(inversion.arrays["samples"], seed)}, {}


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
