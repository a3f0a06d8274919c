"""Packed recordings give back their frames."""

import numpy as np
import pytest
import torch

from snnlib.spikes import Recordings, pack, picture

RNG = np.random.default_rng(0)


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
