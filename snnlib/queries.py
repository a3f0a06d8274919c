"""What an attacker asks a network: the points as they are, or copies that are changed a little (paper B).

What is asked is data: ``kind`` and its settings, ``copies`` and ``seed``::

    plain       the point itself
    dropout     each pixel becomes the data's mean with a probability
    released    the same for each channel at each time step, as in paper B's code; from outside nobody can
    flips       the point and its mirror image
    shifts      moved by up to so many pixels, the edge repeated
    noise       Gaussian noise of a standard deviation sd, in units of the pixels' range

The random numbers depend on nothing but these settings: with one seed every network is asked the same.
"""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from .errors import SettingError
from .randomness import torch_generator
from .spikes import encode


def answers(
    network: nn.Module,
    images: Float[Tensor, "N C H W"],
    labels: Int[Tensor, " N"],
    how: Mapping,
    *,
    steps: int | None,
    mean: Float[Tensor, "..."],
    batch: int = 256,
) -> tuple[Float[np.ndarray, "copies N"], Bool[np.ndarray, "copies N"]]:
    """``z`` and ``correct`` of every point, in each copy of the points; see `answer`. SettingError for an unknown kind.

    Args:
        network, labels, steps: see `answer`.
        images: ``[N, C, H, W]`` in [0, 1].
        how: ``kind``, its settings, ``copies`` and ``seed``; see the module's docstring.
        mean: of the data, what input dropout fills in: one number, or one a channel as ``[C, 1, 1]``.
        batch: points at a time; other random numbers belong to another batch.
    """
    parts, copies = [], how.get("copies", 1)
    for copy in range(copies):
        generator = torch_generator(how.get("seed", 0), how["kind"], copy, device=images.device)
        for x, y in zip(images.split(batch), labels.split(batch), strict=True):
            parts.append(answer(network, changed(x, how, copy, mean, steps, generator), y, steps=steps))
    z, correct = (np.concatenate(values).reshape(copies, -1) for values in zip(*parts, strict=True))
    return z, correct


@torch.no_grad()
def answer(
    network: nn.Module, images: Float[Tensor, "*T N C H W"], labels: Int[Tensor, " N"], *, steps: int | None
) -> tuple[Float[np.ndarray, " N"], Bool[np.ndarray, " N"]]:
    """How sure a network is of the true labels, and whether it recognises them; an SNN's logits are averaged over time.

    Args:
        network: ANN (``steps=None``) or SNN.
        images: ``[N, C, H, W]`` in [0, 1]; an SNN sees each at every step, or, given ``[T, N, C, H, W]``,
            another one at each.
        labels: ``[N]``.
        steps: T of an SNN.

    Returns:
        ``z [N]`` in float64, the logit of the true label minus the logarithm of the sum of exponentials of the
        others: ``log p = logsigmoid(z)``. It does not saturate where p rounds to 1. And ``correct [N]``.
    """
    shown = images if steps is None or images.ndim == 5 else encode(images, steps, "constant")
    logits = network.eval()(shown)
    logits = logits if steps is None else logits.mean(0)
    true = labels[:, None]
    z = logits.double().gather(-1, true) - logits.double().scatter(-1, true, -torch.inf).logsumexp(-1, keepdim=True)
    return z[:, 0].cpu().numpy(), (logits.argmax(-1) == labels).cpu().numpy()


def changed(
    images: Float[Tensor, "N C H W"],
    how: Mapping,
    copy: int,
    mean: Float[Tensor, "..."],
    steps: int | None,
    generator: torch.Generator,
) -> Float[Tensor, "*T N C H W"]:
    """One copy of some points, as ``how`` asks for it (see the module); SettingError for an unknown kind."""
    match how["kind"]:
        case "plain":
            return images
        case "dropout":
            return masked(images, how["probability"], mean, generator)
        case "released":
            shown = encode(images, steps, "constant") if steps else images
            one_each = mean.expand(images.shape[-3], 1, 1).unsqueeze(-3)  # a channel as an image of its own
            return masked(shown.unsqueeze(-3), how["probability"], one_each, generator).squeeze(-3)
        case "flips":
            return images.flip(-1) if copy % 2 else images
        case "shifts":
            return shifted(images, how["pixels"], generator)
        case "noise":
            noise = torch.randn(images.shape, generator=generator, device=images.device)
            return (images + how["sd"] * noise).clamp(0, 1)
    problem = f"There is no kind of query named {how['kind']!r}."
    raise SettingError(problem, "Choose one of plain, dropout, released, flips, shifts, noise.")


def masked(
    images: Float[Tensor, "*T N C H W"], probability: float, mean: Float[Tensor, "..."], generator: torch.Generator
) -> Float[Tensor, "*T N C H W"]:
    """Input dropout: each pixel, all channels at once, becomes the data's mean with a probability.

    That is 0 after the normalisation. The others are not scaled up (paper B, section 5).
    """
    kept = torch.rand(images[..., :1, :, :].shape, generator=generator, device=images.device) >= probability
    return torch.where(kept, images, mean)


def shifted(images: Float[Tensor, "N C H W"], pixels: int, generator: torch.Generator) -> Float[Tensor, "N C H W"]:
    """Move each image by a whole number of pixels, at most ``pixels`` in either direction; edges are repeated."""
    n, _, height, width = images.shape
    move = torch.randint(-pixels, pixels + 1, (2, n, 1), generator=generator, device=images.device)
    rows = (torch.arange(height, device=images.device) + move[0]).clamp(0, height - 1)
    columns = (torch.arange(width, device=images.device) + move[1]).clamp(0, width - 1)
    batch = torch.arange(n, device=images.device)[:, None, None]
    return images[batch, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
