"""The photographs' crops, which stand in for CIFAR."""

import numpy as np
import pytest

from snnlib.datasets.photos import PHOTOS_10, PHOTOS_TILES
from snnlib.datasets.sources import locate, read


def test_photos_tiles_has_the_documented_size():
    arrays = read(locate(PHOTOS_TILES))
    images, labels = arrays["images"], arrays["labels"]
    assert images.shape == (1843, 32, 32, 3) and len(set(labels.tolist())) == labels.max() + 1 == 76
    counts = np.bincount(labels)
    assert counts.min() >= 10 and counts.max() <= 40
    assert (images / 255).std((1, 2, 3)).min() >= 0.1
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images)


def test_photos_10_has_the_documented_size_and_no_crop_twice():
    arrays = read(locate(PHOTOS_10))
    images, labels = arrays["images"], arrays["labels"]
    assert images.shape == (1926, 32, 32, 3) and set(labels.tolist()) == set(range(10))
    assert np.bincount(labels).max() == 200 and (images / 255).std((1, 2, 3)).min() >= 0.05
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images)


@pytest.mark.parametrize("entry", [PHOTOS_10, PHOTOS_TILES], ids=lambda entry: entry.name)
def test_colours_of_the_stand_ins_are_normalised_by_their_own_constants(entry):
    pixels = read(locate(entry))["images"].reshape(-1, 3) / 255
    np.testing.assert_allclose(pixels.mean(0), entry.mean, atol=1e-4)
    np.testing.assert_allclose(pixels.std(0), entry.sd, atol=1e-4)
