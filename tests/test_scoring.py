"""Scoring samples of every kind, and samples that need no attack."""

import numpy as np
import pytest
import torch
from helpers.lib import ANN, SNN, as_artefact, network

from snnlib import scoring
from snnlib.engine.store import Artefact
from snnlib.randomness import torch_generator
from snnlib.reproduction.tasks.invert import invert
from snnlib.reproduction.tasks.score import class_mean, score
from snnlib.spikes import Recordings, pack

SPIKES = torch.from_numpy((np.arange(3 * 10 * 16).reshape(3, 10, 4, 4) % 3 == 0).astype(np.float32))


def confidences(scorer, samples, draws=4, steps=5, seed=0):
    return scoring.confidences(scorer, samples, draws, steps, torch_generator(seed, "score")).numpy()


def test_probabilities_are_drawn_and_spikes_are_not(generator):
    p = torch.rand(5, 10, 4, 4, generator=generator)
    found = confidences(network(seed=1), p)
    assert found.shape == (4, 10, 10) and not np.array_equal(found[0], found[1])
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-5)
    assert confidences(network(), SPIKES).shape == (1, 10, 10)


def test_scores_of_an_snn_are_the_mean_over_time_of_the_softmax():
    potential = network()(SPIKES)[1].detach()
    np.testing.assert_allclose(confidences(network(), SPIKES)[0], potential.softmax(-1).mean(0), rtol=1e-4)


def test_an_ann_is_shown_spikes_as_a_picture_and_an_snn_a_picture_as_spikes():
    rate = SPIKES.sum(0).numpy()
    low, high = rate.min((1, 2), keepdims=True), rate.max((1, 2), keepdims=True)
    picture = torch.from_numpy((rate - low) / np.where(high > low, high - low, 1))
    expected = network(ANN)(picture).softmax(-1).detach()
    np.testing.assert_allclose(confidences(network(ANN), SPIKES, steps=None)[0], expected, rtol=1e-4)
    assert confidences(network(), torch.full((10, 4, 4), 0.5), draws=3).shape == (3, 10, 10)
    certain = torch.zeros(10, 4, 4)
    certain[:, 0] = 1
    always = certain.repeat(5, 1, 1, 1)
    as_picture, as_spikes = (confidences(network(), samples) for samples in (certain, always))
    np.testing.assert_allclose(as_picture, as_spikes, rtol=1e-5)


def test_a_job_scores_what_another_inverted():
    samples = Artefact("k", *invert(as_artefact(SNN), "brainleaks_v2", {"steps": 5, "seed": 0}), {})
    for scorer, steps in ((SNN, 7), (ANN, None)):
        arrays, _ = score(as_artefact(scorer, seed=1), samples, draws=2, seed=4, steps=7)
        expected = confidences(network(scorer, seed=1), torch.from_numpy(samples.arrays["samples"]), 2, steps, seed=4)
        np.testing.assert_array_equal(arrays["confidence"], expected)


@pytest.mark.parametrize("shape", [(10, 4, 4), (5, 10, 4, 4)])
def test_shuffling_keeps_each_classs_values_and_moves_them(shape):
    values = np.random.default_rng(0).random(shape)
    mixed = scoring.shuffled(values, seed=1)
    axis = len(shape) - 3
    for one, other in zip(np.moveaxis(values, axis, 0), np.moveaxis(mixed, axis, 0), strict=True):
        np.testing.assert_allclose(np.sort(one.ravel()), np.sort(other.ravel()), rtol=1e-6)
        assert (np.abs(one - other) > 1e-3).mean() > 0.8


def test_class_means_of_images_and_of_recordings():
    images = torch.zeros(4, 2, 2)
    images[1:3] = 1
    labels = torch.tensor([0, 0, 1, 1])
    assert torch.equal(scoring.class_means(images, labels, 2, steps=3), torch.full((2, 2, 2), 0.5))
    packed, lengths = pack([np.ones((2, 2, 2)), np.ones((4, 2, 2)), np.zeros((3, 2, 2)), np.ones((1, 2, 2))])
    recorded = Recordings(torch.from_numpy(packed), torch.from_numpy(lengths), (2, 2))
    samples = scoring.class_means(recorded, labels, 2, steps=3)
    np.testing.assert_allclose(samples[:, :, 0, 0], [[1, 0.5], [1, 0], [0.5, 0]])
    arrays = {"train_packed": packed, "train_lengths": lengths, "train_labels": labels.numpy().astype(np.uint8)}
    by_job, _ = class_mean(Artefact("k", arrays, {"classes": 2, "shape": [2, 2]}, {}), steps=3)
    np.testing.assert_array_equal(by_job["samples"], samples)
