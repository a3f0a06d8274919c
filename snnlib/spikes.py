"""How an image becomes an input over time, recordings as binary frames, and pictures of spikes."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from .errors import SettingError


def encode(
    images: Float[Tensor, "B *shape"], steps: int, coding: str, generator: torch.Generator | None = None
) -> Float[Tensor, "T B *shape"]:
    """Present images for some time steps.

    ``bernoulli``: a spike with the probability of the pixel's value, independently at each step (rate
    coding, paper A). ``constant``: the image itself at every step (paper B). SettingError for another one, or no step.

    Args:
        images: ``[B, ...]``; in [0, 1] for ``bernoulli``.
        steps: number of time steps T.
        coding: ``bernoulli`` or ``constant``.
        generator: for ``bernoulli``, on the images' device.
    """
    if steps < 1:
        raise SettingError(f"An input of {steps} time steps is empty.", "Choose at least one step.")
    over_time = images.expand(steps, *images.shape)
    if coding == "constant":
        return over_time
    if coding == "bernoulli":
        return torch.bernoulli(over_time, generator=generator)
    raise SettingError(f"There is no coding named {coding!r}.", "Choose bernoulli or constant.")


@dataclass(frozen=True)
class Recordings:
    """N recordings of up to T time steps.

    Attributes:
        packed: ``[N, T, bytes]``: pixels of each frame, row by row, the first in the highest bit.
        lengths: ``[N]``: time steps of each; what follows is empty.
        shape: ``(H, W)``.
    """

    packed: UInt8[Tensor, "N T bytes"]
    lengths: Int[Tensor, " N"]
    shape: tuple[int, int]

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, chosen: Tensor | slice) -> "Recordings":
        """Some of the recordings."""
        return Recordings(self.packed[chosen], self.lengths[chosen], self.shape)

    def to(self, device: str | torch.device) -> "Recordings":
        """The same on a device."""
        return Recordings(self.packed.to(device), self.lengths.to(device), self.shape)

    def frames(self) -> Float[Tensor, "T N H W"]:
        """Frames of 0 and 1, padded with empty ones to the longest of these recordings."""
        height, width = self.shape
        packed = self.packed[:, : int(self.lengths.max())].transpose(0, 1)
        bits = packed[..., None] >> torch.arange(7, -1, -1, device=packed.device, dtype=torch.uint8) & 1
        return bits.flatten(-2)[..., : height * width].unflatten(-1, self.shape).to(torch.get_default_dtype())

    def images(self, batch: int = 50) -> Float[Tensor, "N H W"]:
        """Each recording as one picture, as an ANN takes it: see `picture`."""
        return torch.cat([picture(self[i : i + batch].frames()) for i in range(0, len(self), batch)])


def pack(frames: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Binary frames ``[T_i, H, W]`` of recordings of any length -> packed ``[N, T, bytes]`` and lengths ``[N]``."""
    lengths = np.array([len(f) for f in frames], dtype=np.int32)
    size = -(-frames[0][0].size // 8)
    packed = np.zeros((len(frames), lengths.max(), size), np.uint8)
    for row, f in zip(packed, frames, strict=True):
        row[: len(f)] = np.packbits(f.reshape(len(f), -1).astype(bool), axis=1)
    return packed, lengths


def picture(spikes: Float[Tensor, "T *rest"]) -> Float[Tensor, "*rest"]:
    """Spikes or their probabilities ``[T, N, H, W]`` as pictures: summed over time, each scaled to [0, 1]."""
    return min_max(spikes.sum(0))


def as_pictures(samples: Float[Tensor, "*T C H W"]) -> Float[Tensor, "C H W"]:
    """Inverted samples as pictures in [0, 1]: spikes ``[T, C, H, W]`` summed over time, images ``[C, H, W]`` scaled."""
    return picture(samples) if samples.ndim == 4 else min_max(samples)


def min_max(x: Float[Tensor, "C *rest"]) -> Float[Tensor, "C *rest"]:
    """Scale each sample to [0, 1] by its least and largest value; a constant sample becomes 0."""
    flat = x.flatten(1)
    low, high = flat.min(1, keepdim=True).values, flat.max(1, keepdim=True).values
    span = torch.where(high > low, high - low, 1.0)
    return ((flat - low) / span).view_as(x)
