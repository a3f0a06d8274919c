"""Jobs that score inverted samples, and samples that no attack was needed for."""

import numpy as np
import torch

from ...datasets.labels import check_every_class
from ...engine.store import Artefact
from ...randomness import numpy_generator, torch_generator
from ...similarity import _ssim, correlations, nearer_to_first
from ...spikes import Recordings, min_max, picture
from .points import points
from .train import restore


@torch.no_grad()
def score(scorer: Artefact, inversion: Artefact, draws: int, seed: int, steps: int, device: str = "cpu"):
    """Confidence of an evaluation classifier in inverted samples (a job): ``[draws, C, C]``.

    Entry ``[d, i, j]`` is the confidence in class j for the sample of class i. For an SNN it is
    ``mean_t softmax(potential_t)``. An SNN sees ``draws`` draws of spike probabilities and of pictures;
    spikes, and whatever an ANN sees, are the same each time and scored once.

    Args:
        scorer: trained network.
        inversion: ``samples [C, H, W]`` (pictures) or ``[T, C, H, W]`` (spikes or their probabilities).
        draws: of spikes.
        seed: of the draws.
        steps: T at which an SNN is shown a picture.
    """
    network = restore(scorer, device)
    samples = torch.from_numpy(inversion.arrays["samples"]).to(device)
    if scorer.info["network"].get("neuron") is None:
        shown = picture(samples) if samples.ndim == 4 else min_max(samples)
        return {"confidence": network(shown).softmax(-1)[None].cpu().numpy()}, {}
    probabilities = samples if samples.ndim == 4 else samples.expand(steps, *samples.shape)
    drawn = bool(((samples > 0) & (samples < 1)).any())
    noise = torch_generator(seed, "score", device=device)
    rows = []
    for _ in range(draws if drawn else 1):
        spikes = torch.bernoulli(probabilities, generator=noise) if drawn else probabilities
        rows.append(network(spikes)[1].softmax(-1).mean(0))
    return {"confidence": torch.stack(rows).cpu().numpy()}, {}


def shuffled(inversion: Artefact, seed: int, device: str = "cpu"):
    """The values of each inverted sample at random places (a job): the same rate, nothing learnt."""
    samples = inversion.arrays["samples"]
    axis = 1 if samples.ndim == 4 else 0
    by_class = np.moveaxis(samples, axis, 0)
    mixed = [
        numpy_generator(seed, "shuffled", c).permutation(sample.ravel()).reshape(sample.shape)
        for c, sample in enumerate(by_class)
    ]
    return {"samples": np.moveaxis(np.stack(mixed), 0, axis)}, {}


def class_mean(data: Artefact, steps: int, device: str = "cpu"):
    """Mean of each class's training points (a job): what an attacker hopes to find; needs the data, no network.

    Pictures ``[C, H, W]`` of images, spike probabilities ``[T, C, H, W]`` of recordings, cut or padded to ``steps``.

    Raises:
        DataError: if a class has no training point.
    """
    check_every_class(data.arrays["train_labels"], data.info["classes"], "training")
    x, labels = points(data, device, "train_", pictures=False)
    of_class = [(labels == c).nonzero()[:, 0] for c in range(data.info["classes"])]
    if isinstance(x, Recordings):
        samples = torch.stack([_mean_recording(x[chosen], steps) for chosen in of_class], 1)
    else:
        samples = torch.stack([x[chosen].mean(0) for chosen in of_class])
    return {"samples": samples.cpu().numpy()}, {}


def _mean_recording(recordings: Recordings, steps: int, batch: int = 20) -> torch.Tensor:
    """Mean over recordings ``[steps, H, W]``."""
    total = torch.zeros(steps, *recordings.shape, device=recordings.packed.device)
    for i in range(0, len(recordings), batch):
        frames = recordings[i : i + batch].frames()[:steps].sum(1)
        total[: len(frames)] += frames
    return total / len(recordings)


def similarity(data: Artefact, inversion: Artefact, device: str = "cpu"):
    """Likeness of each inverted sample to the data, both as pictures (a job).

    The arrays:

    - ``to_means [C, C]``: correlation of the sample of each class with the mean training image of each class;
    - ``nearest``, ``nearest_class [C]``: number and class of the training image of highest correlation;
    - ``ssim [C]``: structural similarity (Wang et al., 2004) of sample and nearest image, both scaled to [0, 1];
    - ``nearer [C]``: probability that the image of the sample's class of highest correlation is a training image,
      among as many training images, drawn at random, as there are unseen ones (the test part): 1/2 if the sample
      knows nothing of its training images in particular.

    Raises:
        DataError: if a class has no training or no test point.
    """
    classes = data.info["classes"]
    for part, name in (("train_", "training"), ("test_", "test")):
        check_every_class(data.arrays[f"{part}labels"], classes, name)
    samples = torch.from_numpy(inversion.arrays["samples"]).to(device)
    shown = (picture(samples) if samples.ndim == 4 else min_max(samples)).cpu().numpy()
    (train, labels), (unseen, unseen_labels) = (
        [a.cpu().numpy() for a in points(data, device, part)] for part in ("train_", "test_")
    )
    means = np.stack([train[labels == c].mean(0) for c in range(classes)])
    to_train, to_unseen = correlations(shown, train), correlations(shown, unseen)
    nearest = to_train.argmax(1)
    return {
        "to_means": correlations(shown, means),
        "nearest": nearest.astype(np.int32),
        "nearest_class": labels[nearest].astype(np.int32),
        "ssim": np.array([_ssim(shown[c], train[i]) for c, i in enumerate(nearest)]),
        "nearer": np.array(
            [nearer_to_first(to_train[c, labels == c], to_unseen[c, unseen_labels == c]) for c in range(classes)]
        ),
    }, {}
