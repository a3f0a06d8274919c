"""Input coding and augmentation."""

import pytest
import torch

from snnlib.coding import crop_and_flip, encode, normalise
from snnlib.errors import SettingError


def test_bernoulli_coding_fires_with_the_pixels_brightness(generator):
    images = torch.tensor([[0.0, 0.25, 1.0]]).repeat(40, 1)
    spikes = encode(images, 500, "bernoulli", generator)
    assert spikes.shape == (500, 40, 3) and set(spikes.unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(spikes.mean((0, 1)), torch.tensor([0.0, 0.25, 1.0]), atol=0.01, rtol=0)


def test_constant_coding_shows_the_image_at_every_step(generator):
    images = torch.rand(2, 3, 4, 4, generator=generator)
    assert all(torch.equal(step, images) for step in encode(images, 3, "constant"))


@pytest.mark.parametrize(("steps", "coding"), [(0, "constant"), (3, "latency")])
def test_impossible_codings_are_refused(steps, coding):
    with pytest.raises(SettingError, match="Choose"):
        encode(torch.zeros(1, 2), steps, coding)


def test_normalised_channels(generator):
    images = torch.rand(5, 3, 4, 4, generator=generator)
    found = normalise(images, [0.1, 0.2, 0.3], [1.0, 2.0, 4.0])
    torch.testing.assert_close(found[:, 2], (images[:, 2] - 0.3) / 4)


def test_every_augmented_image_is_a_shift_of_the_image_or_of_its_mirror(generator):
    image = torch.rand(1, 2, 5, 6, generator=generator)
    found = crop_and_flip(image.repeat(200, 1, 1, 1), 1, generator)
    shifts = {
        tuple(torch.nn.functional.pad(x, (1,) * 4)[..., r : r + 5, c : c + 6].flatten().tolist())
        for x in (image, image.flip(3))
        for r in range(3)
        for c in range(3)
    }
    assert {tuple(x.flatten().tolist()) for x in found} == shifts
