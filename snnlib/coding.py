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
        steps: number of time steps T.
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
