"""An audit by inversion: planted patterns are found, controls are not, and the network stays as it was."""

import importlib
import inspect
import math

import numpy as np
import pytest
import snntorch
import torch
from helpers.zoo import SERIES, F, K, Y, made, sl
from helpers.zoo.by_others import sinabs_sequence
from torch import nn

from snnlib.audit import adapt
from snnlib.audit.evolution import evolution
from snnlib.audit.inversion import ATTACKS, inversion
from snnlib.errors import SettingError
from snnlib.networks import Feedforward, Leaky, initialise
from snnlib.randomness import torch_generator
from snnlib.training import Recipe, fit

module = importlib.import_module("snnlib.audit.inversion")  # the package has the function under this name
NEURON = {"beta": 0.7, "threshold": 1.0, "surrogate": ("fast_sigmoid", 4), "reset": "decay_then_subtract"}
SHAPE = (2, 8, 8)
QUICK = {"steps": 6, "grid": {"rate": (0.3, 1.0)}, "queries": 1000}


def patterns(n, seed):
    """Eight classes, a bright quarter of one of two channels each."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 8, n)
    x = rng.random((n, *SHAPE)) * 0.25
    for point, c in zip(x, y):
        point[c // 4, c // 2 % 2 * 4 :, c % 2 * 4 :][:4, :4] += 0.7
    return x.astype(np.float32), y


def snn(shape=SHAPE, seed=0):
    layers = [nn.Sequential(nn.Flatten(), nn.Linear(math.prod(shape), 40)), nn.Linear(40, 8)]
    network = Feedforward(layers, [Leaky(NEURON), Leaky(NEURON)])
    initialise(network, torch.Generator().manual_seed(seed))
    return network


@pytest.fixture(scope="module")
def target():
    x, y = patterns(400, 0)
    network = snn()
    fit(network, torch.from_numpy(x), torch.from_numpy(y), Recipe(steps=6, epochs=12, batch=20), seed=0)
    return network.train()


@pytest.fixture(scope="module")
def found(target):
    return inversion(target, range(8), shape=SHAPE, unseen=patterns(300, 1), **QUICK)


def test_scorers_and_likeness_see_no_brightness_and_no_contrast():
    x, y = patterns(400, 2)
    points = module._points((x, y), SHAPE, range(8), 8)
    judges, _ = module._scorers(*points[:2], 8, 2, 0)
    bright = np.stack([x[y == c].mean(0) for c in range(8)])
    dim = module._judged(0.5 + 0.02 * bright, range(8), points, judges)
    for measure, values in module._judged(bright, range(8), points, judges).items():
        np.testing.assert_allclose(dim[measure], values, atol=1e-4)
        assert measure == "likeness" or values.all()


def test_planted_patterns_are_found_and_the_controls_are_not(found):
    assert min(found.scorers) > 0.9
    by_lot = []
    for attack in ATTACKS:
        of, places, twin = (found.summary[attack + end] for end in ("", ", at random places", ", untrained twin"))
        assert of["recognised"].value > 0.9 and of["nearest"].value == 1 and of["confidence"].value > 0.5
        assert of["likeness"].value > 0.3 > max(abs(c["likeness"].value) for c in (places, twin))
        by_lot += [control["recognised"].value for control in (places, twin)]
    assert np.mean(by_lot) < 0.4
    assert found.summary["class mean"]["likeness"].value == pytest.approx(1)
    assert found.controls == tuple(name for name in found.samples if "," in name or name == "class mean")
    assert len(found.samples) == 4 + 4 + 1 + 4 and len(found.rows) == 13 * 8


def test_the_twins_confidence_is_no_sign_of_anything(found):
    """An untrained network is driven to be sure as well: why samples are judged by others."""
    twin, places = (
        found.summary[f"ascent, {control}"]["confidence"] for control in ("untrained twin", "at random places")
    )
    assert twin.low > places.high and twin.value > 1.5 * places.value


class Answers(nn.Module):
    """Nothing but a network's answers: no gradient comes back."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        with torch.no_grad():
            return self.network(x.detach())


def test_the_attack_by_queries_asks_no_more_than_it_may_and_needs_no_gradient(target):
    asked = []
    hook = target.register_forward_hook(lambda module, x, y: asked.append(x[0].shape[1]))
    together = evolution(Answers(target), [5, 2], shape=SHAPE, steps=6, queries=210, pairs=50)
    hook.remove()
    assert sum(asked) == 2 * (2 * (2 * 50 + 1) + 1)  # two generations, each with a look where it stands
    alone = evolution(target, [2], shape=SHAPE, steps=6, queries=210, pairs=50)
    torch.testing.assert_close(alone.samples[:, 0], together.samples[:, 1])
    assert together.samples.shape == (6, 2, *SHAPE) and torch.equal(together.samples[0], together.samples[5])
    assert (together.confidence[-1] > together.confidence[0]).all() and together.confidence.shape == (3, 2)
    assert torch.equal(together.final, together.confidence[-1])


def test_a_network_that_no_question_moves_leaves_the_attack_by_queries_where_it_began():
    silent = snn()
    silent.layers[0][1].weight.data.zero_()
    found = evolution(silent, [0, 1], shape=SHAPE, steps=6, queries=20, pairs=5)
    assert not found.samples.any() and found.confidence.isfinite().all()


def test_a_step_of_the_attack_by_queries_by_its_equations(target):
    stream, p = torch_generator(4, "evolution", 3), torch.zeros(1, *SHAPE)

    def confidence(p):
        return target(p.clamp(0, 1).expand(6, *p.shape))[1].softmax(-1).mean(0)[0, 3]

    g = torch.zeros(SHAPE)
    for _ in range(5):
        z = torch.randn(SHAPE, generator=stream)
        g += (confidence(p + 0.2 * z) - confidence(p - 0.2 * z)) * z / (2 * 0.2 * 5)
    expected = (0.1 * math.sqrt(128) * g / g.norm()).clamp(0, 1)
    found = evolution(target, [3], shape=SHAPE, steps=6, queries=10, pairs=5, sd=0.2, rate=0.1, seed=4)
    torch.testing.assert_close(found.samples[2, 0], expected, rtol=1e-4, atol=1e-5)


def test_samples_at_random_places_hold_the_same_values(found):
    for attack in ATTACKS:
        own, moved = found.samples[attack], found.samples[f"{attack}, at random places"]
        assert own.shape == moved.shape == (6, 8, *SHAPE)
        np.testing.assert_array_equal(*(np.sort(np.moveaxis(x, 1, 0).reshape(8, -1)) for x in (own, moved)))


def test_the_attacker_takes_the_setting_that_the_target_is_surest_under(found):
    assert [{"rate": tried["rate"]} for tried in found.grid] == [{"rate": 0.3}, {"rate": 1.0}]
    best = max(found.grid, key=lambda tried: tried["confidence"])
    assert [tried["chosen"] for tried in found.grid] == [tried is best for tried in found.grid]
    assert found.summary["BrainLeaks-v2"]["confidence"].value == pytest.approx(best["confidence"])


def test_the_same_seed_gives_the_same_audit_and_labels_of_scorers_do_not_reach_the_attack(target, found, monkeypatch):
    monkeypatch.setattr(module, "STEPS", 1)
    x, y = patterns(300, 1)
    other = inversion(target, range(8), shape=SHAPE, unseen=(x, (y + 1) % 8), scorers=1, **QUICK)
    assert all(
        np.array_equal(other.samples[name], found.samples[name]) for name in found.samples if name != "class mean"
    )
    assert other.grid == found.grid


def test_the_network_is_left_as_it_was():
    network = snn()
    network.layers[1].bias.requires_grad_(False)
    network.layers[0].eval()
    before = {name: x.clone() for name, x in network.state_dict().items()}
    draw = torch.get_rng_state()
    inversion(network, [1], shape=SHAPE, steps=2, iterations=2, grid={"rate": (1.0,)}, queries=0)
    assert all(torch.equal(x, before[name]) for name, x in network.state_dict().items())
    assert [p.requires_grad for p in network.parameters()] == [True, True, True, False]
    assert network.training and not network.layers[0].training and torch.equal(torch.get_rng_state(), draw)
    with pytest.raises(SettingError, match="has 8 classes"):
        inversion(network.train(), [8], shape=SHAPE, steps=2)
    assert network.training and network.layers[0][1].weight.requires_grad


class Stepwise(nn.Module):
    """An snnTorch network with hidden state, which cannot be copied once it has run."""

    def __init__(self):
        super().__init__()
        self.layer, self.neuron = nn.Linear(16, 3), snntorch.Leaky(0.8, init_hidden=True, output=True, learn_beta=True)
        snntorch.SpikingNeuron.instances.clear()

    def forward(self, x):
        self.neuron.reset_mem()
        spikes, potential = zip(*(self.neuron(self.layer(now)) for now in x))
        return torch.stack(spikes), torch.stack(potential)


def test_an_snntorch_network_that_has_run_has_a_twin_that_keeps_what_cannot_be_drawn():
    network = Stepwise()
    x = torch.rand(5, 2, 16)
    before = network(x)[1]
    audit = inversion(network, range(3), shape=(16,), steps=5, iterations=3, grid={"rate": (1.0,)}, queries=0)
    assert any("draws neuron.beta: the untrained twin keeps" in text for text in audit.said)
    assert torch.equal(network(x)[1], before)
    same = (
        np.array_equal(audit.samples[name], audit.samples[f"{name}, untrained twin"])
        for name in ("BrainLeaks-v1", "ascent")
    )
    assert not any(same)


@pytest.mark.skipif(hasattr(sl, "missing"), reason=getattr(sl, "missing", ""))
@pytest.mark.filterwarnings("ignore::snnlib.audit.WeakReadout")
def test_a_sinabs_network_keeps_the_state_that_it_had_for_another_batch():
    network, x = made(sinabs_sequence), SERIES[:8]
    adapted = adapt(network, (x, Y[:8]))
    network(x)
    before = {name: of.clone() for name, of in network.named_buffers()}
    inversion(adapted, range(K), shape=(F,), iterations=1, grid={"rate": (1.0,)}, queries=0)
    after = dict(network.named_buffers())
    assert any(len(of) == 8 for of in before.values())
    assert before.keys() == after.keys() and all(torch.equal(of, after[name]) for name, of in before.items())


class Fixed(nn.Module):
    """Its weights are its own: nobody knows how to draw them."""

    frames = 3

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.eye(4)[:, :2] * 4)

    def forward(self, x):
        potential = x @ self.weight
        return (potential > 2).to(x.dtype), potential


def test_what_is_missing_is_said():
    audit = inversion(Fixed(), [0, 1], shape=(4,), grid={"rate": (1.0,)}, queries=0)
    assert any("draws weight: there is no untrained twin" in text for text in audit.said)
    assert any("nothing but the target's own confidence" in text for text in audit.said)
    assert not any("twin" in name for name in audit.samples) and "class mean" not in audit.samples
    assert {row["recognised"] for row in audit.rows} == {row["likeness"] for row in audit.rows} == {None}
    assert audit.samples["BrainLeaks-v1"].shape == (3, 2, 4)
    certain = Fixed()
    certain.weight.data[:, 0] = 0
    audit = inversion(certain, [0], shape=(4,), grid={"rate": (1.0,)}, queries=0)
    assert any(text.startswith("BrainLeaks-v1: The attack has not reached its goal") for text in audit.said)


def test_points_over_time_and_their_class_means():
    y = np.arange(12) % 2
    x = np.zeros((12, 2, 4))  # two of three steps
    x[y == 0, 0, 0], x[y == 1, 1, 1] = 3.0, -1.0
    audit = inversion(Fixed(), [1, 0], shape=(4,), unseen=(x, y), scorers=0, grid={"rate": (1.0,)}, queries=0)
    mean = audit.samples["class mean"]
    assert mean.shape == (3, 2, 4) and mean[1, 0, 1] == -1 and mean[0, 1, 0] == 3 and np.abs(mean).sum() == 4
    assert any("from -1 to 3" in text for text in audit.said) and any("no scorers" in text for text in audit.said)
    rows = [row for row in audit.rows if row["attack"] == "class mean"]
    assert [row["class"] for row in rows] == [1, 0] and [row["nearest"] for row in rows] == [1, 1]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"unseen": (np.zeros((12, 5)), np.zeros(12, int))}, r"Points \[12, 5\]"),
        ({"unseen": (np.zeros((12, 4)), np.zeros(11, int))}, r"labels of shape \(11,\), int64, do not fit"),
        ({"unseen": np.zeros((12, 4))}, "no data to audit with"),
        ({"classes": [2]}, r"has 2 classes, not \[2\]"),
        ({"classes": 1}, "not in sequences"),
        ({"shape": 4}, "not in sequences"),
        ({"grid": {"rates": (1.0,)}}, "grid cannot be rates"),
        ({"unseen": (np.zeros((12, 4)), np.full(12, 2))}, "labels from 0 to 1"),
        ({"unseen": (np.full((12, 4), np.nan), np.zeros(12, int))}, "no finite numbers"),
        ({"unseen": (np.zeros((12, 4)), np.zeros(12, int))}, "some of each class"),
        ({"steps": 2, "shape": (5,)}, "does not take an input"),
        ({"grid": {"rate": ()}}, "grid"),
    ],
)
def test_what_makes_no_audit_is_named(change, named):
    with pytest.raises(SettingError, match=named):
        inspect.unwrap(inversion)(
            **{"network": Fixed(), "classes": [0, 1], "shape": (4,)} | change
        )  # as types are not checked elsewhere
