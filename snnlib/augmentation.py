"""Augmentation of training images: crops, flips, AutoAugment (by Pillow's own operations) and Cutout.

Images are ``[B, C, H, W]`` in [0, 1], before normalisation.
"""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from .errors import needed

# AutoAugment's policy for CIFAR-10 as in paper B's code, after that of QCFS (Bu et al., 2022): probabilities and
# strengths (0 to 9). The second equalize of pair 17 has 0.8; Cubuk et al. (2019) have 0.6.
POLICY = (
    (("invert", 0.1, 7), ("contrast", 0.2, 6)), (("rotate", 0.7, 2), ("translate_x", 0.3, 9)),
    (("sharpness", 0.8, 1), ("sharpness", 0.9, 3)), (("shear_y", 0.5, 8), ("translate_y", 0.7, 9)),
    (("autocontrast", 0.5, 8), ("equalize", 0.9, 2)), (("shear_y", 0.2, 7), ("posterize", 0.3, 7)),
    (("color", 0.4, 3), ("brightness", 0.6, 7)), (("sharpness", 0.3, 9), ("brightness", 0.7, 9)),
    (("equalize", 0.6, 5), ("equalize", 0.5, 1)), (("contrast", 0.6, 7), ("sharpness", 0.6, 5)),
    (("color", 0.7, 7), ("translate_x", 0.5, 8)), (("equalize", 0.3, 7), ("autocontrast", 0.4, 8)),
    (("translate_y", 0.4, 3), ("sharpness", 0.2, 6)), (("brightness", 0.9, 6), ("color", 0.2, 8)),
    (("solarize", 0.5, 2), ("invert", 0.0, 3)), (("equalize", 0.2, 0), ("autocontrast", 0.6, 0)),
    (("equalize", 0.2, 8), ("equalize", 0.8, 4)), (("color", 0.9, 9), ("equalize", 0.6, 6)),
    (("autocontrast", 0.8, 4), ("solarize", 0.2, 8)), (("brightness", 0.1, 3), ("color", 0.7, 0)),
    (("solarize", 0.4, 5), ("autocontrast", 0.9, 3)), (("translate_y", 0.9, 9), ("translate_y", 0.7, 9)),
    (("autocontrast", 0.9, 2), ("solarize", 0.8, 3)), (("equalize", 0.8, 8), ("invert", 0.1, 3)),
    (("translate_y", 0.7, 9), ("autocontrast", 0.9, 1)),
)  # fmt: skip


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

    Operations are Pillow's, on whole bytes, image by image on the CPU; the direction of those that have one is drawn.
    """
    n, device = len(images), images.device
    chosen = torch.randint(len(POLICY), (n,), generator=generator, device=device).tolist()
    lots = torch.rand(n, 2, generator=generator, device=device).tolist()
    signs = (2.0 * torch.randint(2, (n, 2), generator=generator, device=device) - 1).tolist()
    pixels = (images * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy().copy()
    for image, pairs, lot, sign in zip(pixels, (POLICY[i] for i in chosen), lots, signs, strict=True):
        done = [(name, strength, s) for (name, p, strength), u, s in zip(pairs, lot, sign, strict=True) if u < p]
        for name, strength, direction in done:
            image[:] = operation(image, name, strength, direction)
    return torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float() / 255


def operation(image: UInt8[np.ndarray, "H W 3"], name: str, strength: int, sign: float = 1.0) -> np.ndarray:
    """One of AutoAugment's operations, with a strength from 0 to 9; ``sign`` is the direction of those that have one.

    Shears up to 0.3 and shifts up to 150/331 of the image, turns (one way) up to 30 degrees, in steps of a ninth; grey
    enters at the edges. Contrast, colour, sharpness and brightness change by up to 90 %.
    """
    pillow, ops, enhance = (needed(f"PIL.{module}") for module in ("Image", "ImageOps", "ImageEnhance"))
    picture, share, grey = pillow.fromarray(image), strength / 9, (128, 128, 128)
    if name in ("invert", "autocontrast", "equalize"):
        made = getattr(ops, name)(picture)
    elif name == "posterize":
        made = ops.posterize(picture, round(8 - 4 * share))
    elif name == "solarize":
        made = ops.solarize(picture, 256 - 256 * share)
    elif name == "rotate":
        made = picture.rotate(30 * share, fillcolor=grey)
    elif name in ("shear_x", "shear_y", "translate_x", "translate_y"):
        move = sign * share * (0.3 if name.startswith("shear") else 150 / 331 * picture.size[name.endswith("y")])
        place = {"shear_x": 1, "translate_x": 2, "shear_y": 3, "translate_y": 5}[name]
        matrix = [move if i == place else of for i, of in enumerate((1, 0, 0, 0, 1, 0))]
        how = pillow.Resampling.BICUBIC if name.startswith("shear") else pillow.Resampling.NEAREST
        made = picture.transform(picture.size, pillow.Transform.AFFINE, matrix, how, fillcolor=grey)
    else:
        made = getattr(enhance, name.capitalize())(picture).enhance(1 + sign * 0.9 * share)
    return np.asarray(made)
