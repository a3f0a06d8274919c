"""Augmentation: what each operation does, at the rates of the policy, and every shift."""

import numpy as np
import pytest
import torch

from snnlib.augmentation import POLICY, apply_policy, augment, crop_and_flip, cut_out, operation

FILL = (128, 128, 128)


CUBUK = (
    "invert 0.1 0, contrast 0.2 6, rotate 0.7 2, translate_x 0.3 9, sharpness 0.8 1, sharpness 0.9 3, "
    "shear_y 0.5 8, translate_y 0.7 9, autocontrast 0.5 0, equalize 0.9 0, shear_y 0.2 7, posterize 0.3 7, "
    "color 0.4 3, brightness 0.6 7, sharpness 0.3 9, brightness 0.7 9, equalize 0.6 0, equalize 0.5 0, "
    "contrast 0.6 7, sharpness 0.6 5, color 0.7 7, translate_x 0.5 8, equalize 0.3 0, autocontrast 0.4 0, "
    "translate_y 0.4 3, sharpness 0.2 6, brightness 0.9 6, color 0.2 8, solarize 0.5 2, invert 0.0 0, "
    "equalize 0.2 0, autocontrast 0.6 0, equalize 0.2 0, equalize 0.6 0, color 0.9 9, equalize 0.6 0, "
    "autocontrast 0.8 0, solarize 0.2 8, brightness 0.1 3, color 0.7 0, solarize 0.4 5, autocontrast 0.9 0, "
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


def test_operations_move_pixels_and_change_colours_as_far_as_they_say():
    """Each against arithmetic on the pixels."""
    ramp, noise, plain, _ = pictures().astype(int)
    bytes_ = noise.astype(np.uint8)
    shift = round(32 * 150 / 331)  # strength 9, of 32 pixels
    moved = operation(bytes_, "translate_x", 9)
    np.testing.assert_array_equal(moved[:, : 32 - shift], noise[:, shift:])
    assert (moved[:, 32 - shift + 1 :] == 128).all()
    np.testing.assert_array_equal(operation(bytes_, "translate_y", 9, -1.0)[shift:], noise[: 32 - shift])
    stripe = np.zeros((33, 33, 3), np.uint8)
    stripe[:, 15:18] = 255
    for sign in (1.0, -1.0):  # a row moves by 0.3 of its distance from the top
        sheared = operation(stripe, "shear_x", 9, sign)[..., 0].astype(float)
        bright = np.clip(sheared[:30] - 140, 0, None)  # grey enters at the edges
        middle = (bright * np.arange(33)).sum(1) / bright.sum(1)
        np.testing.assert_allclose(middle, 16 - sign * 0.3 * (np.arange(30) + 0.5), atol=0.35)
    turned = operation(stripe, "rotate", 9)[..., 0] > 128  # 30 degrees, counter-clockwise
    rows, columns = np.nonzero(turned)
    slope = np.polyfit(rows - 16, columns - 16, 1)[0]
    assert slope == pytest.approx(np.tan(np.pi / 6), abs=0.06)
    np.testing.assert_array_equal(operation(bytes_, "invert", 0), 255 - noise)
    np.testing.assert_array_equal(operation(bytes_, "posterize", 9), noise & 0xF0)
    np.testing.assert_array_equal(operation(bytes_, "posterize", 7), noise & 0xF8)
    np.testing.assert_array_equal(operation(bytes_, "solarize", 5), np.where(noise < 256 * 4 / 9, noise, 255 - noise))
    darker = operation(bytes_, "brightness", 5, -1.0)
    assert np.abs(darker - noise * 0.5).max() <= 1
    grey = noise @ np.array([0.299, 0.587, 0.114])
    flat = operation(bytes_, "color", 9, -1.0)
    assert np.abs(flat - (0.1 * noise + 0.9 * grey[..., None])).max() <= 1.5
    duller = operation(bytes_, "contrast", 5, -1.0)
    assert np.abs(duller - (0.5 * noise + 0.5 * grey.mean())).max() <= 1.5
    spread = operation(ramp.astype(np.uint8), "autocontrast", 0)
    assert spread.min() == 0 and spread.max() == 255
    dark = (noise**2 // 255).astype(np.uint8)
    before, after = (np.histogram(of, 8, (0, 256))[0][:7] for of in (dark, operation(dark, "equalize", 0)))
    assert after.std() < 0.1 * before.std()  # but for the lightest, which Pillow puts together
    np.testing.assert_array_equal(operation(plain.astype(np.uint8), "sharpness", 9), plain)
    rough = [np.abs(np.diff(operation(bytes_, "sharpness", 9, s).astype(int), axis=0)).mean() for s in (-1.0, 1.0)]
    assert rough[0] < np.abs(np.diff(noise, axis=0)).mean() < rough[1]


def test_the_policy_is_that_of_cubuk_et_al_but_for_one_probability_of_the_released_code():
    """Their table 7, with a strength of 0 where an operation has none; copied apart from the package's."""
    steady = ("invert", "autocontrast", "equalize")
    found = [tuple((name, p, 0 if name in steady else i) for name, p, i in pair) for pair in POLICY]
    assert found[16] == (("equalize", 0.2, 0), ("equalize", 0.8, 0))
    found[16] = (("equalize", 0.2, 0), ("equalize", 0.6, 0))
    assert [f"{name} {p} {i}" for pair in found for name, p, i in pair] == CUBUK.split(", ")


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
