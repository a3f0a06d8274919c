"""Attacks on five points by hand, their invariances, and the signals of a network."""

import numpy as np
import pytest
import torch

from snnlib import networks
from snnlib.errors import SettingError
from snnlib.membership import attack_p, attack_r, log_mean, log_probabilities, masked, rmia

TARGET = np.log([0.9, 0.5, 0.2, 0.8, 0.1])
REFERENCES = np.log([[0.8, 0.6, 0.2, 0.1, 0.3], [0.4, 0.2, 0.4, 0.3, 0.1]])


def test_rmia_by_hand():
    """p / mean of references: 0.9/0.6, 0.5/0.4, 0.2/0.3, 0.8/0.2, 0.1/0.2."""
    expected = np.log([1.5, 1.25, 2 / 3, 4.0, 0.5])
    np.testing.assert_allclose(rmia(TARGET, REFERENCES), expected)


def test_attack_r_by_hand():
    assert attack_r(TARGET, REFERENCES).tolist() == [1.0, 0.5, 0.5, 1.0, 0.5]


def test_attack_p_is_the_confidence():
    np.testing.assert_array_equal(attack_p(TARGET), TARGET)


@pytest.mark.parametrize("attack", [attack_r, rmia])
def test_references_and_points_may_come_in_any_order(attack):
    points, references = np.array([3, 1, 4, 0, 2]), np.array([1, 0])
    plain = attack(TARGET, REFERENCES)
    np.testing.assert_allclose(attack(TARGET, REFERENCES[references]), plain)
    np.testing.assert_allclose(attack(TARGET[points], REFERENCES[:, points]), plain[points])


def test_confidences_that_underflow_in_float32_still_have_ranks():
    target = np.array([-200.0, -210.0])
    scores = rmia(target, np.array([[-205.0, -205.0], [-1000.0, -205.0]]))
    np.testing.assert_allclose(scores, [5 + np.log(2), -5.0])


def test_log_mean_is_the_logarithm_of_the_mean_probability():
    np.testing.assert_allclose(log_mean(REFERENCES), np.log(np.exp(REFERENCES).mean(0)))


@pytest.mark.parametrize("copies", range(1, 60))
def test_certainty_stays_certainty_whatever_the_number_of_copies(copies):
    assert log_mean(np.zeros((copies, 3))).max() <= 0


@pytest.mark.parametrize(
    ("target", "references"),
    [
        (TARGET, REFERENCES[:, :4]),
        (TARGET, REFERENCES[:0]),
        (np.array([-np.inf]), np.array([[-1.0]])),
        (-TARGET, REFERENCES),
    ],
)
def test_arrays_that_do_not_fit_are_refused(target, references):
    with pytest.raises(SettingError, match="Pass"):
        rmia(target, references)


def test_log_probabilities_of_an_ann_and_of_an_snn_by_an_independent_computation(generator):
    images = torch.randn(6, 3, 8, 8, generator=generator)
    labels = torch.tensor([0, 1, 2, 3, 0, 1])
    ann = networks.ResNet18(4, width=2).eval()
    snn = networks.ResNet18(4, width=2, thresholds=[0.5] * 17).eval()
    with torch.no_grad():
        p = ann(images).double().softmax(-1)[torch.arange(6), labels]
        q = snn(images.repeat(3, 1, 1, 1, 1)).mean(0).double().softmax(-1)
    np.testing.assert_allclose(log_probabilities(ann, images, labels, steps=None, batch=4), p.log(), atol=1e-5)
    found = log_probabilities(snn, images, labels, steps=3, batch=4)
    np.testing.assert_allclose(found, q[torch.arange(6), labels].log(), atol=1e-5)
    assert found.dtype == np.float64


def test_masks_drop_whole_pixels_at_their_rate_and_scale_nothing(generator):
    images = torch.ones(50, 3, 16, 16)
    found = masked(images, 0.1, generator)
    assert set(found.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(found[:, 0], found[:, 2])
    assert float(1 - found.mean()) == pytest.approx(0.1, abs=0.01)
