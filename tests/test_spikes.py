"""Input coding, packed recordings and pictures of spikes."""

import numpy as np
import pytest
import torch

from snnlib.errors import SettingError
from snnlib.spikes import Recordings, as_pictures, encode, pack, picture

RNG = np.random.default_rng(0)


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


@pytest.fixture
def frames():
    return [RNG.random((t, 3, 5)) < 0.4 for t in (4, 2, 6)]


@pytest.fixture
def recordings(frames):
    packed, lengths = pack(frames)
    assert packed.shape == (3, 6, 2)  # 15 pixels in two bytes
    return Recordings(torch.from_numpy(packed), torch.from_numpy(lengths), (3, 5))


def test_frames_come_back_and_shorter_recordings_are_padded(recordings, frames):
    found = recordings.frames().numpy()
    assert found.shape == (6, 3, 3, 5)
    for i, f in enumerate(frames):
        np.testing.assert_array_equal(found[: len(f), i], f)
        assert not found[len(f) :, i].any()


def test_a_batch_is_as_long_as_its_longest_recording(recordings):
    assert len(recordings[torch.tensor([0, 1])].frames()) == 4 and len(recordings[1:2].frames()) == 2


def test_a_picture_is_the_sum_over_time_scaled_to_the_unit_interval(recordings, frames):
    found = recordings.images(batch=2).numpy()
    for image, f in zip(found, frames, strict=True):
        rate = f.sum(0)
        np.testing.assert_allclose(image, (rate - rate.min()) / (rate.max() - rate.min()), rtol=1e-6)
    assert (picture(torch.zeros(3, 1, 2, 2)) == 0).all()


def test_samples_become_pictures_whether_they_are_spikes_or_images(generator):
    spikes = (torch.rand(5, 2, 3, 3, generator=generator) < 0.4).float()
    assert torch.equal(as_pictures(spikes), as_pictures(spikes.sum(0)))
    shown = as_pictures(torch.rand(2, 3, 3, generator=generator) - 4)
    assert shown.amin((1, 2)).tolist() == [0, 0] and shown.amax((1, 2)).tolist() == [1, 1]
