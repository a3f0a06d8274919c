"""Augmentation of training images, a whole batch at a time: crops, flips, AutoAugment and Cutout.

Images are ``[B, C, H, W]`` in [0, 1], before normalisation.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from .colour_ops import AMOUNTS, OPERATIONS

# AutoAugment's policy for CIFAR-10 as in paper B's code, after that of QCFS (Bu et al., 2022): probabilities and
# strengths (0 to 9). The second equalize of pair 17 has 0.8; Cubuk et al. (2019) have 0.6.
POLICY = (
    (("invert", 0.1, 7), ("contrast", 0.2, 6)),
    (("rotate", 0.7, 2), ("translate_x", 0.3, 9)),
    (("sharpness", 0.8, 1), ("sharpness", 0.9, 3)),
    (("shear_y", 0.5, 8), ("translate_y", 0.7, 9)),
    (("autocontrast", 0.5, 8), ("equalize", 0.9, 2)),
    (("shear_y", 0.2, 7), ("posterize", 0.3, 7)),
    (("colour", 0.4, 3), ("brightness", 0.6, 7)),
    (("sharpness", 0.3, 9), ("brightness", 0.7, 9)),
    (("equalize", 0.6, 5), ("equalize", 0.5, 1)),
    (("contrast", 0.6, 7), ("sharpness", 0.6, 5)),
    (("colour", 0.7, 7), ("translate_x", 0.5, 8)),
    (("equalize", 0.3, 7), ("autocontrast", 0.4, 8)),
    (("translate_y", 0.4, 3), ("sharpness", 0.2, 6)),
    (("brightness", 0.9, 6), ("colour", 0.2, 8)),
    (("solarize", 0.5, 2), ("invert", 0.0, 3)),
    (("equalize", 0.2, 0), ("autocontrast", 0.6, 0)),
    (("equalize", 0.2, 8), ("equalize", 0.8, 4)),
    (("colour", 0.9, 9), ("equalize", 0.6, 6)),
    (("autocontrast", 0.8, 4), ("solarize", 0.2, 8)),
    (("brightness", 0.1, 3), ("colour", 0.7, 0)),
    (("solarize", 0.4, 5), ("autocontrast", 0.9, 3)),
    (("translate_y", 0.9, 9), ("translate_y", 0.7, 9)),
    (("autocontrast", 0.9, 2), ("solarize", 0.8, 3)),
    (("equalize", 0.8, 8), ("invert", 0.1, 3)),
    (("translate_y", 0.7, 9), ("autocontrast", 0.9, 1)),
)


def augment(
    images: Float[Tensor, "B C H W"],
    mean: Float[Tensor, " C"],
    generator: torch.Generator,
    *,
    padding: int | None = None,
    autoaugment: bool = False,
    cutout: int | None = None,
) -> Float[Tensor, "B C H W"]:
    """Crops of padded images and flips, AutoAugment and Cutout, in the order of paper B's code; each only if asked for.

    Args:
        images: in [0, 1].
        mean: of the channels: what Cutout fills in, as the code cuts out after the normalisation.
        generator: on the images' device.
        padding, autoaugment, cutout: as in `snnlib.training.Recipe`.
    """
    if padding is not None:
        images = crop_and_flip(images, padding, generator)
    if autoaugment:
        images = apply_policy(images, generator)
    if cutout is not None:
        images = cut_out(images, cutout, mean, generator)
    return images


def crop_and_flip(
    images: Float[Tensor, "B C H W"], padding: int, generator: torch.Generator
) -> Float[Tensor, "B C H W"]:
    """Shift each image by up to ``padding`` pixels (black enters) and mirror half of them, left to right."""
    n, _, height, width = images.shape
    padded = torch.nn.functional.pad(images, (padding,) * 4)
    offset = torch.randint(2 * padding + 1, (2, n), generator=generator, device=images.device)
    rows = offset[0, :, None] + torch.arange(height, device=images.device)
    columns = offset[1, :, None] + torch.arange(width, device=images.device)
    mirrored = torch.rand(n, 1, generator=generator, device=images.device) < 0.5
    columns = torch.where(mirrored, columns.flip(1), columns)
    batch = torch.arange(n, device=images.device)[:, None, None]
    return padded[batch, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def cut_out(
    images: Float[Tensor, "B C H W"], side: int, mean: Float[Tensor, " C"], generator: torch.Generator
) -> Float[Tensor, "B C H W"]:
    """Fill one square of each image with the data's mean (DeVries and Taylor, 2017).

    Its centre is any pixel, so the square may stick out.
    """
    n, _, height, width = images.shape
    inside = []
    for size in (height, width):
        centre = torch.randint(size, (n, 1), generator=generator, device=images.device)
        place = torch.arange(size, device=images.device)
        inside.append((place >= centre - side // 2) & (place < centre + side // 2))
    hole = (inside[0][:, :, None] & inside[1][:, None, :])[:, None]
    return torch.where(hole, mean.view(-1, 1, 1), images)


def apply_policy(images: Float[Tensor, "B 3 H W"], generator: torch.Generator) -> Float[Tensor, "B 3 H W"]:
    """AutoAugment: each image gets one of the 25 sub-policies, whose two operations happen with their probability.

    Operations are Pillow's, on whole bytes (see `snnlib.colour_ops`); the direction of those that have
    one is drawn. Images with the same sub-policy are treated together.
    """
    n = len(images)
    images = (images * 255).round()
    chosen = torch.randint(len(POLICY), (n,), generator=generator, device=images.device)
    for turn in range(2):
        lot = torch.rand(n, generator=generator, device=images.device)
        sign = 2.0 * torch.randint(2, (n,), generator=generator, device=images.device) - 1
        for i, (name, probability, strength) in enumerate(pair[turn] for pair in POLICY):
            which = ((chosen == i) & (lot < probability)).nonzero()[:, 0]
            if len(which):
                images[which] = OPERATIONS[name](images[which], AMOUNTS[name][strength] * sign[which])
    return images / 255
