"""Scoring samples of every kind, and samples that need no attack."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from helpers.lib import ANN, SNN, as_artefact, grey_data, network

from snnlib import scoring
from snnlib.engine.store import Artefact
from snnlib.randomness import torch_generator
from snnlib.reproduction.tasks.invert import invert
from snnlib.reproduction.tasks.score import class_mean, matched, score, score_in_training
from snnlib.reproduction.tasks.train import train
from snnlib.spikes import Recordings, pack
from snnlib.training import Recipe

SPIKES = torch.from_numpy((np.arange(3 * 10 * 16).reshape(3, 10, 4, 4) % 3 == 0).astype(np.float32))


def confidences(scorer, samples, draws=4, steps=5, seed=0):
    return scoring.confidences({"it": scorer}, samples, draws, steps, torch_generator(seed, "score"))["it"].numpy()


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
    np.testing.assert_allclose(confidences(network(ANN), SPIKES)[0], expected, rtol=1e-4)
    assert confidences(network(), torch.full((10, 4, 4), 0.5), draws=3).shape == (3, 10, 10)
    certain = torch.zeros(10, 4, 4)
    certain[:, 0] = 1
    always = certain.repeat(5, 1, 1, 1)
    as_picture, as_spikes = (confidences(network(), samples) for samples in (certain, always))
    np.testing.assert_allclose(as_picture, as_spikes, rtol=1e-5)


def test_a_job_scores_what_another_inverted():
    samples = Artefact("k", *invert(as_artefact(SNN), "brainleaks_v2", {"steps": 5, "seed": 0}), {})
    for scorer in (SNN, ANN):
        shown, by = {"sample/v2": samples}, {"scorer/a": as_artefact(scorer, seed=1)}
        arrays, _ = score(2, 7, {"v2": 4}, **shown, **by)
        expected = confidences(network(scorer, seed=1), torch.from_numpy(samples.arrays["samples"]), 2, 7, seed=4)
        np.testing.assert_array_equal(arrays["v2/a"], expected)
        others = {"sample/other": samples, "scorer/b": as_artefact(ANN, seed=2)}
        more, _ = score(2, 7, {"other": 1, "v2": 4}, **shown, **by, **others)
        np.testing.assert_array_equal(more["v2/a"], expected)  # whatever else the job scores, and by whom
        assert more.keys() == {"other/a", "other/b", "v2/a", "v2/b"}


def test_the_last_look_of_a_scorer_that_learns_is_that_of_the_trained_one():
    data, recipe = replace(grey_data(), info={"classes": 10}), asdict(Recipe(batch=20, epochs=2))
    samples = Artefact("k", {"samples": SPIKES.numpy()}, {}, {})
    weights, info = train(data, ANN, recipe, seed=5)
    looks, _ = score_in_training(data, ANN, recipe, 5, v1=samples)
    expected, _ = score(1, 3, {"v1": 0}, **{"sample/v1": samples, "scorer/0": Artefact("k", weights, info, {})})
    np.testing.assert_allclose(looks["v1"][-1], expected["v1/0"][0], rtol=1e-5)
    assert looks["accuracy"][-1] == info["test_accuracy"] and looks["steps"].tolist() == [6, 12]


@pytest.mark.parametrize("shape", [(10, 4, 4), (5, 10, 4, 4)])
def test_shuffling_keeps_each_classs_values_and_moves_them(shape):
    values = np.random.default_rng(0).random(shape)
    mixed = scoring.shuffled(values, seed=1)
    axis = len(shape) - 3
    for one, other in zip(np.moveaxis(values, axis, 0), np.moveaxis(mixed, axis, 0), strict=True):
        np.testing.assert_allclose(np.sort(one.ravel()), np.sort(other.ravel()), rtol=1e-6)
        assert (np.abs(one - other) > 1e-3).mean() > 0.8


def test_shuffling_takes_samples_of_any_shape_class_by_class():
    values = np.random.default_rng(0).random((5, 10, 2, 4, 4))
    mixed, flat = (scoring.shuffled(x, seed=1, axis=1) for x in (values, values.reshape(5, 10, 32)))
    np.testing.assert_array_equal(mixed.reshape(5, 10, 32), flat)
    assert np.array_equal(np.sort(mixed[:, 3].ravel()), np.sort(values[:, 3].ravel())) and (mixed != values).any()


def test_matched_samples_are_as_bright_and_rich_in_contrast_as_the_points():
    rng = np.random.default_rng(0)
    points, dim = rng.uniform(0.3, 0.7, (20, 8, 8)).astype(np.float32), 0.05 * rng.random((3, 4, 8, 8))
    dim[:, 3] = 0.01
    found = scoring.matched(dim, points)
    assert found.dtype == np.float32 and found.shape == (4, 8, 8) and found.min() >= 0 and found.max() <= 1
    np.testing.assert_allclose(found.mean((1, 2)), points.mean(), rtol=1e-4)  # nothing was cut
    np.testing.assert_allclose(found[:3].std((1, 2)), points.std((1, 2)).mean(), rtol=1e-4)
    assert np.ptp(found[3]) < 1e-6  # nothing to see becomes nothing to see
    for picture, sample in zip(found[:3], dim.sum(0)):
        assert np.corrcoef(picture.ravel(), sample.ravel())[0, 1] > 0.9999
    images = np.round(255 * points).astype(np.uint8)
    data = Artefact("k", {"train_images": images, "train_labels": np.zeros(20, np.uint8)}, {"classes": 1}, {})
    by_job, _ = matched(Artefact("k", {"samples": dim}, {}, {}), data)
    np.testing.assert_allclose(by_job["samples"], found, atol=0.01)


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
