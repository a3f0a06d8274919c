"""What an independent classifier makes of inverted samples, and samples that no attack was needed for (paper A).

A scorer may be of another kind than the attacked network: an ANN is shown spikes as a picture
(summed over time, scaled to [0, 1]), an SNN is shown a picture as Bernoulli spikes.
"""

import numpy as np
import torch

from .datasets.splits import check_every_class
from .randomness import numpy_generator, torch_generator
from .recordings import Recordings, min_max, picture
from .store import Artefact
from .training import points, restore


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
