"""Thresholds of the conversion: known values, brute force, and which mode batch norm is in."""

import pytest
import torch

from snnlib.conversion import threshold, thresholds
from snnlib.errors import SettingError
from snnlib.networks import ResNet18, initialise


def test_half_normal_activations_have_a_threshold_of_1_03(generator):
    a = torch.randn(400_000, generator=generator)
    assert threshold(a[a > 0][:200_000]) == pytest.approx(1.03, abs=0.01)


def l1_error(a, theta, cut):
    return (a - float(theta) * (a >= cut).double()).abs().sum()


@pytest.mark.parametrize("seed", range(5))
def test_no_other_pair_of_levels_has_a_smaller_error(seed):
    generator = torch.Generator().manual_seed(seed)
    a = torch.rand(60, generator=generator, dtype=torch.float64) ** 3
    theta = threshold(a)
    best = min(l1_error(a, t, c) for t in torch.linspace(0.01, 1, 400, dtype=torch.float64) for c in a)
    assert l1_error(a, theta, theta / 2) <= best + 1e-9


def test_the_threshold_is_a_fixed_point_of_the_median_rule(generator):
    a = torch.rand(1001, generator=generator, dtype=torch.float64)
    theta = threshold(a)
    assert float(a[a >= theta / 2].median()) == pytest.approx(theta, abs=2e-3)


def test_it_scales_with_the_activations_and_ignores_what_is_not_positive(generator):
    a = torch.rand(500, generator=generator)
    assert threshold(torch.cat([3 * a, -a, torch.zeros(9)])) == pytest.approx(3 * threshold(a), rel=1e-6)


@pytest.mark.parametrize("bad", [torch.zeros(5), torch.tensor([1.0, torch.nan])])
def test_activations_without_a_threshold_are_refused(bad):
    with pytest.raises(SettingError):
        threshold(bad)


def test_one_threshold_for_each_relu_with_batch_norm_in_evaluation_mode(generator):
    network = ResNet18(5, width=4)
    images = torch.randn(32, 3, 8, 8, generator=generator)
    network.train()(images)  # moves the running statistics
    before = {k: v.clone() for k, v in network.state_dict().items()}
    network.train()
    found = thresholds(network, images)
    assert len(found) == ResNet18.slots
    assert all(torch.equal(v, before[k]) for k, v in network.state_dict().items())
    first = torch.relu(network.stem(images))
    assert found[0] == pytest.approx(threshold(first.detach()), rel=1e-6)
    assert not network.training


def test_a_limit_on_activations_changes_thresholds_little(generator):
    network = ResNet18(5, width=4).eval()
    initialise(network, generator)  # not torch's own weights, which hang on the tests before
    images = torch.randn(64, 3, 16, 16, generator=generator)
    full, part = thresholds(network, images), thresholds(network, images, limit=20_000, batch=16)
    assert part[0] == pytest.approx(full[0], rel=0.05) and part[0] != full[0]
