"""DP-SGD through time: gradients of persons, clipping, noise, and epsilon."""

import math
from dataclasses import replace

import numpy as np
import pytest
import snntorch
import torch
from torch import nn
from torch.nn import functional as F

from snnlib.audit.epsilon import lower_bound
from snnlib.audit.private import ORDERS, clipped_sum, fit_private, per_person, private_epsilon, renyi
from snnlib.errors import SettingError
from snnlib.networks import Feedforward, Leaky, ResNet18, initialise, mlp
from snnlib.randomness import numpy_generator
from snnlib.spikes import Recordings
from snnlib.training import Recipe, fit

NEURON = {"beta": 0.7, "threshold": 1.0, "surrogate": ("fast_sigmoid", 4), "reset": "subtract_then_decay"}
STEPS = 5


def snn(**neuron):
    network = mlp((4, 4), 3, hidden=20, neuron=NEURON | neuron)
    initialise(network, torch.Generator().manual_seed(0))
    return network


def convolutional():
    layers = [
        nn.Sequential(nn.Unflatten(1, (1, 4)), nn.Conv2d(1, 8, 3, padding=1), nn.GroupNorm(2, 8)),
        nn.Sequential(nn.Flatten(), nn.Linear(128, 3)),
    ]
    return Feedforward(layers, [Leaky(NEURON), Leaky(NEURON)])


class Stepwise(nn.Module):
    """snnTorch's neurons, step by step."""

    def __init__(self):
        super().__init__()
        self.layer, self.neuron = nn.Linear(16, 3), snntorch.Leaky(0.7, threshold=0.3)
        snntorch.SpikingNeuron.instances.clear()

    def forward(self, x):
        potential, course = torch.zeros(()), []
        for now in x:
            spikes, potential = self.neuron(self.layer(now.flatten(1)), potential)
            course.append((spikes, potential))
        return tuple(map(torch.stack, zip(*course)))


def digits(n=60, seed=0):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.random((n, 4, 4), dtype=np.float32)), torch.from_numpy(rng.integers(0, 3, n))


NETWORKS = [snn, lambda: snn(reset="zero"), lambda: snn(reset="none"), convolutional, Stepwise]


@pytest.mark.parametrize("make", NETWORKS, ids=["subtract", "zero", "none", "convolutional", "snntorch"])
def test_gradients_of_persons_are_those_of_one_backward_pass_each(make):
    network, (x, y) = make(), digits(6)
    with torch.no_grad():
        for weight in network.parameters():
            weight.mul_(2)
    x = x.expand(STEPS, *x.shape).round()
    found = per_person(network, x, y, STEPS)
    for i in range(6):
        _, potential = network(x[:, [i]])
        loss = F.cross_entropy(potential[:, 0], y[[i]].expand(STEPS), reduction="sum")
        alone = torch.autograd.grad(loss, [*network.parameters()])
        for gradient, right in zip(found.values(), alone, strict=True):
            torch.testing.assert_close(gradient[i], right, rtol=1e-4, atol=1e-5)
    assert all(gradient.abs().sum() > 0 for gradient in found.values())


def test_gradients_of_persons_of_an_ann():
    network, (x, y) = mlp((4, 4), 3, hidden=20), digits(6)
    found = per_person(network, x, y, None)
    F.cross_entropy(network(x), y, reduction="sum").backward()
    for gradient, weight in zip(found.values(), network.parameters(), strict=True):
        torch.testing.assert_close(gradient.sum(0), weight.grad)


def test_frozen_parameters_stay_and_count_for_nothing():
    network, (x, y) = snn(), digits()
    first = network.layers[0][1]
    first.weight.requires_grad_(False)
    before = first.weight.clone()
    assert "layers.0.1.weight" not in per_person(network, x[:3].expand(STEPS, 3, 4, 4), y[:3], STEPS)
    fit_private(network, x, y, Recipe(batch=60, epochs=1, steps=STEPS), 0, clip=1.0, noise=1.0)
    assert torch.equal(first.weight, before)


def test_clipping_by_hand():
    """Norms 5, 1/2 and 0 of three persons, over two parameters."""
    gradients = {"a": torch.tensor([[3.0], [0.3], [0.0]]), "b": torch.tensor([[4.0, 0.0], [0.0, 0.4], [0.0, 0.0]])}
    found = clipped_sum(gradients, 1.0)
    torch.testing.assert_close(found, {"a": torch.tensor([0.9]), "b": torch.tensor([0.8, 0.4])})


def test_without_noise_and_clipping_a_full_batch_is_an_ordinary_step():
    private, ordinary, (x, y) = snn(), snn(), digits()
    recipe = Recipe(optimizer="sgd", lr=0.1, momentum=0.9, batch=60, epochs=3, steps=STEPS, coding="constant")
    assert fit_private(private, x, y, recipe, 0, clip=1e6, noise=0.0) == 3
    fit(ordinary, x, y, recipe, 0)
    for ours, theirs in zip(private.parameters(), ordinary.parameters()):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


def test_noise_has_the_scale_that_epsilon_is_told_for():
    network, (x, y) = snn(), digits()
    before = torch.cat([weight.detach().flatten() for weight in network.parameters()])
    recipe = Recipe(optimizer="sgd", lr=1.0, batch=30, epochs=1, steps=STEPS)
    assert fit_private(network, x, y, recipe, 0, clip=0.5, noise=300.0) == 2
    moved = torch.cat([weight.detach().flatten() for weight in network.parameters()]) - before
    assert float(moved.std()) == pytest.approx(math.sqrt(2) * 300 * 0.5 / 30, rel=0.1)
    assert abs(float(moved.mean())) < 4 * float(moved.std()) / math.sqrt(len(moved))


def test_the_same_seed_is_the_same_training_and_another_one_is_not():
    (x, y), recipe = digits(), Recipe(batch=20, epochs=2, steps=STEPS)
    states = []
    for seed in (1, 1, 2):
        network = snn()
        fit_private(network, x, y, recipe, seed, clip=1.0, noise=1.0)
        states.append(torch.cat([weight.detach().flatten() for weight in network.parameters()]))
    assert torch.equal(*states[:2]) and not torch.equal(*states[1:])


def test_epsilon_by_hand():
    """Everybody in each step: D_a = a / (2 sd^2). Order 2: log(1 + rate^2 (e^(1 / sd^2) - 1))."""
    np.testing.assert_allclose(renyi(1.5, 1.0), ORDERS / (2 * 1.5**2))
    assert renyi(0.8, 0.1)[0] == pytest.approx(math.log1p(0.01 * math.expm1(1 / 0.64)))
    a = np.arange(2, 513)
    by_hand = (30 * a / (2 * 10.0**2) + np.log((a - 1) / a) - (np.log(1e-5) + np.log(a)) / (a - 1)).min()
    assert private_epsilon(10.0, 1.0, 30) == pytest.approx(by_hand)
    assert private_epsilon(1.0, 0.0, 10) == private_epsilon(1.0, 0.1, 0) == 0
    assert private_epsilon(0.0, 0.1, 1) == math.inf


def test_epsilon_grows_with_steps_and_rate_and_falls_with_noise():
    settings = [(1.0, 0.1, 10), (1.0, 0.1, 100), (1.0, 0.2, 100), (0.7, 0.2, 100)]
    found = [private_epsilon(*setting) for setting in settings]
    assert found == sorted(set(found))
    assert private_epsilon(1.0, 0.1, 100, 1e-8) > private_epsilon(1.0, 0.1, 100)


def test_the_bound_of_one_run_exceeds_the_epsilon_of_a_training_only_without_privacy():
    """Labels by lot, which a network can only know by heart."""
    x, y = digits(300)
    members = torch.from_numpy(numpy_generator(0, "coins").random(300) < 0.5)
    recipe, shown = Recipe(lr=0.02, batch=30, epochs=60, steps=STEPS, coding="constant"), {}
    for name in ("ordinary", "private"):
        network = mlp((4, 4), 3, hidden=200, neuron=NEURON)
        initialise(network, torch.Generator().manual_seed(0))
        if name == "ordinary":
            fit(network, x[members], y[members], recipe, 0)
        else:
            own = replace(recipe, epochs=4)
            steps = fit_private(network, x[members], y[members], own, 0, clip=1.0, noise=4.0)
        with torch.no_grad():
            scores = -F.cross_entropy(network(x.expand(STEPS, *x.shape))[1].mean(0), y, reduction="none")
        shown[name] = lower_bound(scores, members, guesses=100)
    own = private_epsilon(4.0, recipe.batch / int(members.sum()), steps)
    assert shown["private"].epsilon < own < shown["ordinary"].epsilon


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"model": ResNet18(classes=3, width=2)}, "group norm"),
        ({"recipe": Recipe(padding=1, steps=2)}, "augmentation"),
        ({"recipe": Recipe(autoaugment=True, steps=2)}, "augmentation"),
        ({"recipe": Recipe(clip=1.0, steps=2)}, "clip"),
        ({"recipe": Recipe(optimizer="lion", steps=2)}, "adam or sgd"),
        ({"images": Recordings(torch.zeros(60, 2, 2).byte(), torch.ones(60).int(), (4, 4))}, "images as they are"),
        ({"recipe": Recipe(batch=61, steps=2)}, "batch=61"),
        ({"clip": 0.0}, "clip > 0"),
        ({"noise": -1.0}, "noise >= 0"),
    ],
)
def test_what_is_no_private_training_is_named(change, named):
    x, y = digits()
    given = {"model": snn(), "images": x, "recipe": Recipe(batch=20, steps=2), "clip": 1.0, "noise": 1.0} | change
    with pytest.raises(SettingError, match=named):
        fit_private(labels=y, seed=0, **given)


@pytest.mark.parametrize("change", [{"noise": -1.0}, {"rate": 1.1}, {"steps": -1}, {"delta": 0.0}])
def test_no_epsilon_for_impossible_numbers(change):
    with pytest.raises(SettingError):
        private_epsilon(**{"noise": 1.0, "rate": 0.1, "steps": 10} | change)


def test_a_network_that_remembers_persons_is_refused():
    class Remembering(nn.Module):
        """Its threshold follows a mean over what it has seen."""

        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 2)
            self.register_buffer("mean", torch.zeros(4))

        def forward(self, x):
            self.mean.lerp_(x.mean(0), 0.1)
            return self.layer(x - self.mean)

    x = torch.rand(20, 4)
    with pytest.raises(SettingError, match="by what it was shown before"):
        fit_private(Remembering(), x, torch.arange(20) % 2, Recipe(batch=5, epochs=1), 0, clip=1.0, noise=1.0)
    with pytest.raises(SettingError, match="clip=inf"):
        fit_private(nn.Linear(4, 2), x, torch.arange(20) % 2, Recipe(batch=5, epochs=1), 0, clip=math.inf, noise=1.0)
