"""Scoring samples of every kind, and samples that need no attack."""

import numpy as np
import pytest
import torch
from test_inversion import SNN, as_artefact, network

from snnlib.engine.store import Artefact
from snnlib.reproduction.tasks.invert import invert
from snnlib.reproduction.tasks.score import class_mean, score, shuffled
from snnlib.spikes import pack


def sample(values):
    return Artefact("k", {"samples": np.asarray(values, np.float32)}, {}, {})


def confidence(scorer, values, draws=4, steps=5):
    return score(scorer, sample(values), draws=draws, seed=0, steps=steps)[0]["confidence"]


SPIKES = (np.arange(3 * 10 * 16).reshape(3, 10, 4, 4) % 3 == 0).astype(np.float32)


def test_probabilities_are_drawn_and_spikes_are_not():
    p, _ = invert(as_artefact(SNN), "brainleaks_v2", {"steps": 5, "seed": 0})
    found = confidence(as_artefact(SNN, seed=1), p["samples"])
    assert found.shape == (4, 10, 10) and not np.array_equal(found[0], found[1])
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-5)
    assert confidence(as_artefact(SNN), SPIKES).shape == (1, 10, 10)


def test_scores_of_an_snn_are_the_mean_over_time_of_the_softmax():
    potential = network().float()(torch.from_numpy(SPIKES))[1].detach()
    np.testing.assert_allclose(confidence(as_artefact(SNN), SPIKES)[0], potential.softmax(-1).mean(0), rtol=1e-4)


def test_an_ann_is_shown_spikes_as_a_picture_and_an_snn_a_picture_as_spikes():
    ann = SNN | {"neuron": None}
    rate = SPIKES.sum(0)
    low, high = rate.min((1, 2), keepdims=True), rate.max((1, 2), keepdims=True)
    picture = torch.from_numpy((rate - low) / np.where(high > low, high - low, 1))
    expected = network(ann).float()(picture).softmax(-1).detach()
    np.testing.assert_allclose(confidence(as_artefact(ann), SPIKES)[0], expected, rtol=1e-4)
    grey = np.full((10, 4, 4), 0.5)
    assert confidence(as_artefact(SNN), grey, draws=3).shape == (3, 10, 10)
    certain = np.zeros((10, 4, 4))
    certain[:, 0] = 1
    always = np.repeat(certain[None], 5, 0)
    as_picture, as_spikes = (confidence(as_artefact(SNN), values) for values in (certain, always))
    np.testing.assert_allclose(as_picture, as_spikes, rtol=1e-5)


@pytest.mark.parametrize("shape", [(10, 4, 4), (5, 10, 4, 4)])
def test_shuffling_keeps_each_classs_values_and_moves_them(shape):
    values = np.random.default_rng(0).random(shape)
    mixed = shuffled(sample(values), seed=1)[0]["samples"]
    axis = len(shape) - 3
    for one, other in zip(np.moveaxis(values, axis, 0), np.moveaxis(mixed, axis, 0), strict=True):
        np.testing.assert_allclose(np.sort(one.ravel()), np.sort(other.ravel()), rtol=1e-6)
        assert (np.abs(one - other) > 1e-3).mean() > 0.8


def test_class_mean_of_images_and_of_recordings():
    images = np.zeros((4, 2, 2), np.uint8)
    images[1:3] = 255
    labels = np.array([0, 0, 1, 1], np.uint8)
    data = Artefact("k", {"train_images": images, "train_labels": labels}, {"classes": 2}, {})
    np.testing.assert_allclose(class_mean(data, steps=3)[0]["samples"], np.full((2, 2, 2), 0.5))
    packed, lengths = pack([np.ones((2, 2, 2)), np.ones((4, 2, 2)), np.zeros((3, 2, 2)), np.ones((1, 2, 2))])
    arrays = {"train_packed": packed, "train_lengths": lengths, "train_labels": labels}
    recorded = Artefact("k", arrays, {"classes": 2, "shape": [2, 2]}, {})
    samples = class_mean(recorded, steps=3)[0]["samples"]
    np.testing.assert_allclose(samples[:, :, 0, 0], [[1, 0.5], [1, 0], [0.5, 0]])
