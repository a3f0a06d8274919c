"""What a second network, the scorer, recognises in inverted samples, and samples that no attack was needed for."""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from .randomness import numpy_generator
from .spikes import Recordings, as_pictures


@torch.no_grad()
def confidences(
    networks: Mapping[str, nn.Module],
    samples: Float[Tensor, "*T C H W"],
    draws: int,
    steps: int,
    generator: torch.Generator,
) -> dict[str, Float[Tensor, "draws C K"]]:
    """Confidence of scorers, by their names, in samples of C classes: ``[d, i, j]`` is that in class j for sample i.

    For an SNN it is ``mean_t softmax(potential_t)``. SNNs see the same ``draws`` draws of spike probabilities and of
    pictures; spikes, and whatever an ANN sees, are the same each time and scored once.

    Args:
        networks: of `snnlib.networks`: ANNs ``[C, H, W] -> [C, K]``, SNNs ``[T, C, H, W] -> (spikes, potential)``.
        samples: ``[C, H, W]`` (pictures) or ``[T, C, H, W]`` (spikes or their probabilities).
        draws: of spikes.
        steps: T for which an SNN sees a picture.
        generator: of the draws, on the samples' device.
    """
    spiking = {name: network for name, network in networks.items() if network.spiking}
    pictures = as_pictures(samples)
    found = {name: of(pictures).softmax(-1)[None] for name, of in networks.items() if not of.spiking}
    if spiking:
        probabilities = samples if samples.ndim == 4 else samples.expand(steps, *samples.shape)
        drawn = bool(((samples > 0) & (samples < 1)).any())
        draw = (torch.bernoulli(probabilities, generator=generator) for _ in range(draws))
        shown = [
            {name: network(spikes)[1].softmax(-1).mean(0) for name, network in spiking.items()}
            for spikes in (draw if drawn else [probabilities])
        ]
        found |= {name: torch.stack([of_draw[name] for of_draw in shown]) for name in spiking}
    return found


def shuffled(samples: Float[np.ndarray, "..."], seed: int, axis: int = -3) -> Float[np.ndarray, "..."]:
    """The values of each sample at random places: the same rate, nothing learnt. ``axis`` is that of the classes."""
    mixed = [
        numpy_generator(seed, "shuffled", c).permutation(sample.ravel()).reshape(sample.shape)
        for c, sample in enumerate(np.moveaxis(samples, axis, 0))
    ]
    return np.moveaxis(np.stack(mixed), 0, axis)


def matched(samples: Float[np.ndarray, "*T C H W"], points: Float[np.ndarray, "N H W"]) -> Float[np.ndarray, "C H W"]:
    """Samples as pictures in [0, 1], with the mean and the standard deviation over pixels that points have on average.

    Spikes are summed over time. What would lie beyond 0 and 1 is cut; a constant sample stays constant.
    """
    pictures = samples.sum(0) if samples.ndim == 4 else samples
    return (standard(pictures) * points.std((-2, -1)).mean() + points.mean()).clip(0, 1).astype(np.float32)


def standard(pictures: Float[np.ndarray, "N *shape"]) -> Float[np.ndarray, "N *shape"]:
    """Pictures without their brightness and contrast: mean 0 and standard deviation 1; without contrast, all 0."""
    x = pictures.reshape(len(pictures), -1).astype(np.float64)
    x -= x.mean(1, keepdims=True)
    spread = x.std(1, keepdims=True)
    return (x / np.where(spread > 1e-9, spread, 1.0)).reshape(pictures.shape)


def class_means(
    points: Float[Tensor, "N H W"] | Recordings, labels: Int[Tensor, " N"], classes: int, steps: int
) -> Float[Tensor, "*T C H W"]:
    """Mean of each class's training points: what an attacker hopes to find; needs the data, no network.

    Pictures ``[C, H, W]`` of images; spike probabilities ``[T, C, H, W]`` of recordings, cut or padded to ``steps``.
    A class without a point has no number.
    """
    of_class = [(labels == c).nonzero()[:, 0] for c in range(classes)]
    if isinstance(points, Recordings):
        return torch.stack([_mean_recording(points[chosen], steps) for chosen in of_class], 1)
    return torch.stack([points[chosen].mean(0) for chosen in of_class])


def _mean_recording(recordings: Recordings, steps: int, batch: int = 20) -> Tensor:
    """Mean over recordings ``[steps, H, W]``."""
    total = torch.zeros(steps, *recordings.shape, device=recordings.packed.device)
    for i in range(0, len(recordings), batch):
        frames = recordings[i : i + batch].frames()[:steps].sum(1)
        total[: len(frames)] += frames
    return total / len(recordings)
