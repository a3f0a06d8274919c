"""Augmentation: what Pillow does, at the rates of the policy, and every shift."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps

from snnlib.augmentation import POLICY, apply_policy, augment, crop_and_flip, cut_out
from snnlib.colour_ops import AMOUNTS, OPERATIONS

FILL = (128, 128, 128)


def affine(image, matrix, resample=Image.Resampling.NEAREST):
    return image.transform(image.size, Image.Transform.AFFINE, matrix, resample, fillcolor=FILL)


def rotated(image, angle):
    turned = image.convert("RGBA").rotate(angle)
    return Image.composite(turned, Image.new("RGBA", turned.size, (128,) * 4), turned).convert("RGB")


BICUBIC = Image.Resampling.BICUBIC
PILLOW = {
    "invert": lambda i, a: ImageOps.invert(i),
    "solarize": lambda i, a: ImageOps.solarize(i, a),
    "posterize": lambda i, a: ImageOps.posterize(i, int(a)),
    "autocontrast": lambda i, a: ImageOps.autocontrast(i),
    "equalize": lambda i, a: ImageOps.equalize(i),
    "contrast": lambda i, a: ImageEnhance.Contrast(i).enhance(1 + a),
    "colour": lambda i, a: ImageEnhance.Color(i).enhance(1 + a),
    "brightness": lambda i, a: ImageEnhance.Brightness(i).enhance(1 + a),
    "sharpness": lambda i, a: ImageEnhance.Sharpness(i).enhance(1 + a),
    "shear_x": lambda i, a: affine(i, (1, a, 0, 0, 1, 0), BICUBIC),
    "shear_y": lambda i, a: affine(i, (1, 0, 0, a, 1, 0), BICUBIC),
    "translate_x": lambda i, a: affine(i, (1, 0, a * i.size[0], 0, 1, 0)),
    "translate_y": lambda i, a: affine(i, (1, 0, 0, 0, 1, a * i.size[1])),
    "rotate": lambda i, a: rotated(i, abs(a)),
}
SIGNED = {"contrast", "colour", "brightness", "sharpness", "shear_x", "shear_y", "translate_x", "translate_y"}


CUBUK = (
    "invert 0.1 0, contrast 0.2 6, rotate 0.7 2, translate_x 0.3 9, sharpness 0.8 1, sharpness 0.9 3, "
    "shear_y 0.5 8, translate_y 0.7 9, autocontrast 0.5 0, equalize 0.9 0, shear_y 0.2 7, posterize 0.3 7, "
    "colour 0.4 3, brightness 0.6 7, sharpness 0.3 9, brightness 0.7 9, equalize 0.6 0, equalize 0.5 0, "
    "contrast 0.6 7, sharpness 0.6 5, colour 0.7 7, translate_x 0.5 8, equalize 0.3 0, autocontrast 0.4 0, "
    "translate_y 0.4 3, sharpness 0.2 6, brightness 0.9 6, colour 0.2 8, solarize 0.5 2, invert 0.0 0, "
    "equalize 0.2 0, autocontrast 0.6 0, equalize 0.2 0, equalize 0.6 0, colour 0.9 9, equalize 0.6 0, "
    "autocontrast 0.8 0, solarize 0.2 8, brightness 0.1 3, colour 0.7 0, solarize 0.4 5, autocontrast 0.9 0, "
    "translate_y 0.9 9, translate_y 0.7 9, autocontrast 0.9 0, solarize 0.8 3, equalize 0.8 0, invert 0.1 0, "
    "translate_y 0.7 9, autocontrast 0.9 0"
)


def pictures():
    """Smooth, noisy, plain and half plain pictures as bytes ``[4, 32, 32, 3]``."""
    rng = np.random.default_rng(0)
    ramp = np.add.outer(np.arange(32) * 4, np.arange(32) * 3)[..., None] + np.array([0, 20, 35])
    noise = rng.integers(0, 256, (32, 32, 3))
    half = np.where(np.arange(32)[:, None, None] < 16, 70, noise)
    return np.stack([ramp, noise, np.full((32, 32, 3), 90), half]).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("strength", [2, 5, 9])
@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_are_pillows(name, strength):
    images, amount = pictures(), AMOUNTS[name][strength]
    for sign in (1.0, -1.0) if name in SIGNED else (1.0,):
        x = torch.from_numpy(images).permute(0, 3, 1, 2).float()
        n = len(images)
        found = OPERATIONS[name](x, torch.full((n,), sign * amount)).permute(0, 2, 3, 1).numpy()
        expected = np.stack([np.asarray(PILLOW[name](Image.fromarray(i), sign * amount)) for i in images]).astype(int)
        off = np.abs(found - expected)
        limit = 1 if name.startswith("shear") or name in SIGNED else 0
        assert (off <= limit).mean() > 0.997, f"{name}: {off.max()} off, {(off > limit).mean():.4f} of the pixels"


def test_the_policy_is_that_of_cubuk_et_al_but_for_one_probability_of_the_released_code():
    """Their table 7, with a strength of 0 where an operation has none; copied apart from the package's."""
    found = [tuple((name, p, 0 if max(AMOUNTS[name]) == 0 else i) for name, p, i in pair) for pair in POLICY]
    assert found[16] == (("equalize", 0.2, 0), ("equalize", 0.8, 0))
    found[16] = (("equalize", 0.2, 0), ("equalize", 0.6, 0))
    assert [f"{name} {p} {i}" for pair in found for name, p, i in pair] == CUBUK.split(", ")
    assert {name for pair in POLICY for name, _, _ in pair} <= OPERATIONS.keys() == AMOUNTS.keys()
    assert AMOUNTS["rotate"][9] == 30 and AMOUNTS["posterize"][7] == 5 and AMOUNTS["solarize"][0] == 256


def test_autoaugment_leaves_as_many_images_alone_as_the_policy_says(generator):
    """Both operations fail with the product of their probabilities; some succeed without an effect."""
    images = torch.from_numpy(pictures()[1:2]).permute(0, 3, 1, 2).float().div(255).repeat(4000, 1, 1, 1)
    found = apply_policy(images, generator)
    same = (found - images).abs().amax((1, 2, 3)) < 1e-6
    neither = np.mean([(1 - a[1]) * (1 - b[1]) for a, b in POLICY])
    assert neither - 0.03 < float(same.float().mean()) < neither + 0.15
    assert found.min() >= 0 and found.max() <= 1 and torch.equal(found, (found * 255).round() / 255)


def test_augmentation_is_the_same_with_the_same_generator():
    images = torch.rand(40, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    asked = {"padding": 2, "autoaugment": True, "cutout": 4}
    runs = [augment(images, torch.zeros(3), torch.Generator().manual_seed(s), **asked) for s in (0, 0, 1)]
    assert torch.equal(runs[0], runs[1]) and not torch.equal(runs[0], runs[2])
    assert torch.equal(augment(images, torch.zeros(3), torch.Generator()), images)


def test_cutout_fills_a_square_with_the_mean(generator):
    mean = torch.tensor([0.2, 0.4, 0.6])
    found = cut_out(torch.ones(500, 3, 16, 16), 8, mean, generator)
    hole = found[:, 0] != 1
    sizes = hole.sum((1, 2))
    assert sizes.max() == 64 and sizes.min() == 16  # in a corner a quarter of it is left
    assert torch.equal(found[hole[:, None].expand(-1, 3, -1, -1)].unique(), mean)


def test_every_crop_is_a_shift_of_the_image_or_of_its_mirror_with_black_edges(generator):
    image = torch.rand(1, 2, 5, 6, generator=generator)
    found = crop_and_flip(image.repeat(200, 1, 1, 1), 1, generator)
    shifts = {
        tuple(torch.nn.functional.pad(x, (1,) * 4)[..., r : r + 5, c : c + 6].flatten().tolist())
        for x in (image, image.flip(3))
        for r in range(3)
        for c in range(3)
    }
    assert {tuple(x.flatten().tolist()) for x in found} == shifts
