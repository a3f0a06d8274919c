"""Input coding."""

import pytest
import torch

from snnlib.errors import SettingError
from snnlib.spikes import encode


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
