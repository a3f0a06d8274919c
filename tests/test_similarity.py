"""Likeness to the data, by hand and against other computations."""

from itertools import combinations

import numpy as np
import pytest

from snnlib.engine.store import Artefact
from snnlib.errors import DataError
from snnlib.reproduction.tasks import score as tasks
from snnlib.similarity import correlations, nearer_to_first, similarity

RNG = np.random.default_rng(0)


def test_correlations_are_numpys():
    a, b = RNG.random((3, 4, 5)), RNG.random((2, 4, 5))
    expected = np.corrcoef(a.reshape(3, -1), b.reshape(2, -1))[:3, 3:]
    np.testing.assert_allclose(correlations(a, b), expected)
    assert (correlations(np.ones((1, 4, 5)), b) == 0).all()


@pytest.mark.parametrize("sizes", [(6, 3), (3, 6), (4, 4)])
def test_nearer_to_first_is_the_share_of_all_subsets_of_equal_size(sizes):
    first, second = RNG.random(sizes[0]), RNG.random(sizes[1])
    n = min(sizes)
    wins = [max(a) > max(b) for a in combinations(first, n) for b in combinations(second, n)]
    assert nearer_to_first(first, second) == pytest.approx(np.mean(wins))


def test_a_sample_without_contrast_is_nearer_to_nothing():
    assert nearer_to_first(np.zeros(5), np.zeros(2)) == 0.5


def digits(n, seed):
    """Two classes: a bright left or right half, with noise."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    images = rng.integers(0, 100, (n, 8, 8))
    for image, label in zip(images, labels, strict=True):
        image[:, 4 * label : 4 * label + 4] += 150
    return images.astype(np.uint8), labels.astype(np.uint8)


@pytest.fixture
def data():
    (x, y), (a, b) = digits(20, 1), digits(10, 2)
    arrays = {"train_images": x, "train_labels": y, "test_images": a, "test_labels": b}
    return Artefact("k", arrays, {"classes": 2}, {})


def compared(data, samples):
    train, unseen = (data.arrays[f"{part}_images"].astype(np.float32) / 255 for part in ("train", "test"))
    labels = (data.arrays[f"{part}_labels"].astype(int) for part in ("train", "test"))
    return similarity(samples.astype(np.float32), train, next(labels), unseen, next(labels), 2)


def test_a_job_compares_as_the_function_does(data):
    samples = RNG.random((2, 8, 8)).astype(np.float32)
    by_job, _ = tasks.similarity(data, Artefact("k", {"samples": samples}, {}, {}))
    for name, array in compared(data, samples).items():
        np.testing.assert_array_equal(by_job[name], array)


def test_a_copied_training_image_is_found_and_gives_its_membership_away(data):
    stolen = data.arrays["train_images"][[6, 7]].astype(np.float32) / 255
    found = compared(data, stolen)
    assert found["nearest"].tolist() == [6, 7] and found["nearest_class"].tolist() == [0, 1]
    np.testing.assert_allclose(found["ssim"], 1, atol=1e-6)
    assert (found["nearer"] >= 0.5 - 1e-9).all()  # the copy itself is in half of the subsets of five
    assert (np.diagonal(found["to_means"]) > 0.8).all() and found["to_means"][0, 1] < 0


@pytest.mark.parametrize(("part", "name"), [("train_", "training"), ("test_", "test")])
def test_a_class_without_a_point_is_named(data, part, name):
    """Else the picture of another class would be shown for it, and its mean would be no number."""
    labels = data.arrays[f"{part}labels"]
    arrays = {**data.arrays, f"{part}labels": np.ones_like(labels)}
    lacking = Artefact("k", arrays, {"classes": 2}, {})
    samples = Artefact("k", {"samples": np.zeros((2, 8, 8), np.float32)}, {}, {})
    with pytest.raises(DataError, match=f"The {name} points have none of class 0, of 2 classes"):
        tasks.similarity(lacking, samples)
    if name == "training":
        with pytest.raises(DataError, match="training points have none of class 0"):
            tasks.class_mean(lacking, steps=1)


def test_spikes_are_compared_as_the_picture_of_their_sum(data):
    rate = np.zeros((2, 8, 8))
    rate[0, :, :4], rate[1, :, 4:] = 1, 1
    spikes = np.stack([rate, rate, 0 * rate])
    of_spikes, of_picture = compared(data, spikes), compared(data, rate)
    np.testing.assert_allclose(of_spikes["to_means"], of_picture["to_means"])
    assert of_spikes["to_means"].argmax(1).tolist() == [0, 1]
