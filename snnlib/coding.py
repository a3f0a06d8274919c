"""How an image becomes an input over time, ``[T, B, ...]``."""

import torch
from jaxtyping import Float
from torch import Tensor

from .errors import SettingError

CODINGS = ("bernoulli", "constant")


def encode(
    images: Float[Tensor, "B *shape"], steps: int, coding: str, generator: torch.Generator | None = None
) -> Float[Tensor, "T B *shape"]:
    """Present images for some time steps.

    ``bernoulli``: a spike with the probability of the pixel's value, independently at each step (rate
    coding, paper A). ``constant``: the image itself at every step (paper B).

    Args:
        images: ``[B, ...]``; in [0, 1] for ``bernoulli``.
        steps: T.
        coding: one of ``CODINGS``.
        generator: for ``bernoulli``, on the images' device.

    Raises:
        SettingError: for an unknown coding or fewer than one step.
    """
    if steps < 1:
        raise SettingError(f"An input of {steps} time steps is empty.", "Choose at least one step.")
    over_time = images.expand(steps, *images.shape)
    if coding == "constant":
        return over_time
    if coding == "bernoulli":
        return torch.bernoulli(over_time, generator=generator)
    raise SettingError(f"There is no coding named {coding!r}.", f"Choose one of {', '.join(CODINGS)}.")


def normalise(images: Float[Tensor, "B C H W"], mean: list[float], sd: list[float]) -> Float[Tensor, "B C H W"]:
    """Subtract each channel's mean and divide by its standard deviation."""
    shape = (-1, 1, 1)
    return (images - images.new_tensor(mean).view(shape)) / images.new_tensor(sd).view(shape)


def crop_and_flip(
    images: Float[Tensor, "B C H W"], padding: int, generator: torch.Generator
) -> Float[Tensor, "B C H W"]:
    """Shift each image by up to ``padding`` pixels (zeros enter) and mirror half of them, left to right."""
    n, _, height, width = images.shape
    padded = torch.nn.functional.pad(images, (padding,) * 4)
    offset = torch.randint(2 * padding + 1, (2, n), generator=generator, device=images.device)
    rows = offset[0, :, None] + torch.arange(height, device=images.device)
    columns = offset[1, :, None] + torch.arange(width, device=images.device)
    mirrored = torch.rand(n, 1, generator=generator, device=images.device) < 0.5
    columns = torch.where(mirrored, columns.flip(1), columns)
    batch = torch.arange(n, device=images.device)[:, None, None]
    return padded[batch, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
