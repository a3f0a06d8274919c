"""Attacks: single steps by hand, independence of the classes, what a trace shows."""

import warnings

import numpy as np
import pytest
import torch
from helpers.lib import ANN, SNN, as_artefact, network
from torch import nn

from snnlib.errors import NotReached, SettingError
from snnlib.inversion import ascent, brainleaks_v1, brainleaks_v2, fredrikson
from snnlib.randomness import torch_generator
from snnlib.reproduction.tasks.invert import invert

pytestmark = pytest.mark.filterwarnings("ignore::snnlib.errors.NotReached")  # of tiny networks


@pytest.fixture(autouse=True)
def double_precision():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("attack", [brainleaks_v1, brainleaks_v2, ascent])
def test_ten_classes_together_are_the_same_as_one_at_a_time(attack):
    snn = network()
    seed = {} if attack is ascent else {"seed": 3}
    together = attack(snn, range(10), shape=(4, 4), steps=6, **seed)
    for c in range(10):
        alone = attack(snn, [c], shape=(4, 4), steps=6, **seed)
        torch.testing.assert_close(alone.samples[:, 0], together.samples[:, c])
        torch.testing.assert_close(alone.confidence[:, 0], together.confidence[:, c])


def test_fredrikson_takes_every_class_on_its_own():
    ann = network(ANN)
    together = fredrikson(ann, range(10), shape=(4, 4), steps=300)
    for c in range(10):
        alone = fredrikson(ann, [c], shape=(4, 4), steps=300)
        torch.testing.assert_close(alone.samples[0], together.samples[c])


@pytest.mark.parametrize("shape", [(16,), (2, 2, 4), (1, 4, 2, 2)])
@pytest.mark.parametrize("attack", [brainleaks_v1, brainleaks_v2, ascent, fredrikson])
def test_samples_of_any_shape_are_those_of_pictures(attack, shape):
    target, steps = (network(ANN), {"steps": 50}) if attack is fredrikson else (network(), {"steps": 6})
    pictures, found = (attack(target, [3, 1], shape=form, **steps) for form in ((4, 4), shape))
    assert found.samples.shape[-len(shape) :] == shape
    assert torch.equal(found.samples.reshape(pictures.samples.shape), pictures.samples)
    assert torch.equal(found.confidence, pictures.confidence) and torch.equal(found.final, pictures.final)


def test_an_empty_sample_of_frames_with_channels_is_told_by_its_class():
    """Every pixel speaks for class 0, none for class 1."""
    torch.set_default_dtype(torch.float32)
    with pytest.warns(NotReached, match=r"1 of 2 samples are empty or near chance, of classes \[1\]"):
        ascent(Certain(bias=0.0), [0, 1], shape=(2, 2, 2), steps=3, iterations=1)


class Linear2(nn.Module):
    """Two classes, two pixels: logits are the pixels themselves."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.eye(2))

    def forward(self, x):
        return x.flatten(1) @ self.weight


def test_fredrikson_by_hand():
    """At x = 0 both classes have 1/2: dcost/dx = (-1/4, 1/4) for class 0, so x = (0.025, 0) with clamping."""
    unclamped = fredrikson(Linear2(), [0], shape=(1, 2), steps=1, clamp=False)
    assert unclamped.confidence[:, 0].tolist() == pytest.approx([0.5, 1 / (1 + np.exp(-0.05))])
    clamped = fredrikson(Linear2(), [0], shape=(1, 2), steps=1)
    assert clamped.confidence[1, 0] == pytest.approx(1 / (1 + np.exp(-0.025)))
    assert clamped.samples.flatten().tolist() == [1.0, 0.0]  # scaled to [0, 1]
    assert float(clamped.final) == pytest.approx(1 / (1 + np.exp(-1)))  # confidence in the scaled sample


def as_released(net, label, shape, clamp, rate, steps, patience, enough):
    """The loop of the authors' notebooks, one class at a time: the sample, and the number printed when it ends."""
    x, since, last, ended = torch.zeros(1, *shape), 0, float("inf"), 0
    while True:
        x.requires_grad_()
        cost = 1 - net(x).softmax(1)[0, label]
        cost.backward()
        with torch.no_grad():
            x -= rate * x.grad  # the leaf keeps its gradient, to which the next backward pass adds
            if clamp:
                x = torch.clamp(x, 0, 1)  # a new leaf, without a gradient
        since = since + 1 if cost >= last else 0
        if since >= patience or cost <= enough or ended == steps - 1:
            return x.detach(), ended
        last, ended = cost.detach(), ended + 1


@pytest.mark.parametrize("clamp", [True, False])
def test_fredrikson_takes_the_steps_of_the_released_loop(clamp):
    ann, ends, how = network(ANN), [], {"clamp": clamp, "rate": 2.0, "steps": 200, "patience": 3, "enough": 0.4}
    found = fredrikson(ann, range(10), shape=(4, 4), accumulate=not clamp, **how)
    for c in range(10):
        sample, end = as_released(ann, c, (4, 4), **how)
        ends.append(end)
        torch.testing.assert_close(found.samples[c], (sample[0] - sample.min()) / (sample.max() - sample.min()))
        looks = found.confidence[:, c].isfinite().sum()
        assert looks == end + 2  # before each step from number 0 on, and after the last
        torch.testing.assert_close(found.confidence[end + 1, c], ann(sample).softmax(1)[0, c])
    assert max(ends) == 199 and len(set(ends)) > (1 if clamp else 5)  # some run out of steps


def test_fredrikson_stops_when_the_cost_is_low_enough_or_stays():
    eager = fredrikson(Linear2(), [0, 1], shape=(1, 2), steps=5000, clamp=False, enough=0.2)
    assert len(eager.confidence) < 200 and float(eager.confidence[-1][0].nan_to_num(1.0)) >= 0.8
    stuck = fredrikson(Linear2(), [0], shape=(1, 2), steps=5000, rate=0.0, patience=7)
    assert len(stuck.confidence) == 1 + 7 + 1  # a first cost, seven that are not lower, the last look


def gradient_of_confidence(snn, x, c):
    x = x.clone().requires_grad_()
    snn(x)[1].softmax(-1)[..., c].mean().backward()
    return x.grad


def test_first_step_of_brainleaks_v1_by_its_equations():
    snn = network()
    found = brainleaks_v1(snn, [4], shape=(4, 4), steps=5, iterations=1, seed=9).samples
    g = gradient_of_confidence(snn, torch.zeros(5, 1, 4, 4), 4)
    n = (g.abs() - g.abs().min()) / (g.abs().max() - g.abs().min())
    mask = torch.bernoulli(n[:, 0], generator=torch_generator(9, "brainleaks_v1", 4))
    expected = ((g[:, 0].sign() * mask) > 0).double()
    assert torch.equal(found[:, 0], expected)  # zeros and ones, which rounding in double precision does not change
    assert 0 < expected.mean() < 1


def test_two_steps_of_plain_ascent_by_its_equation():
    snn = network()
    x = torch.zeros(5, 1, 4, 4)
    for _ in range(2):
        g = gradient_of_confidence(snn, x, 4)
        x = (x + g / g.abs().max()).clamp(0, 1)
    found = ascent(snn, [4], shape=(4, 4), steps=5, iterations=2)
    torch.testing.assert_close(found.samples, x)
    assert ((x > 0) & (x < 1)).any()
    # not the same bits: the attack shows the network other shapes, whose sums some processors add up otherwise
    torch.testing.assert_close(found.final[0], snn(x)[1].softmax(-1)[..., 4].mean(), rtol=1e-9, atol=0)


def test_an_attack_on_spikes_still_tells_the_confidence_by_the_potential():
    snn = network()
    found = brainleaks_v1(snn, range(10), shape=(4, 4), steps=6, read="spikes")
    assert found.confidence.max() <= np.e / (np.e + 9) + 1e-9  # one output spike among ten
    spikes, potential = snn(found.samples)
    own = torch.arange(10)
    torch.testing.assert_close(found.final, potential.softmax(-1).mean(0)[own, own])
    torch.testing.assert_close(found.confidence[-1], spikes.softmax(-1).mean(0)[own, own])


@pytest.mark.parametrize("attack", [brainleaks_v1, brainleaks_v2])
def test_fewer_iterations_are_the_beginning_of_more(attack):
    """So that an attack can be looked at on its way by running it again, shorter."""
    courses = [attack(network(), [1, 2], shape=(4, 4), steps=5, iterations=n, seed=0).confidence for n in (2, 6)]
    torch.testing.assert_close(courses[0][:2], courses[1][:2])
    assert not attack(network(), [1], shape=(4, 4), steps=5, iterations=0).samples.any()


@pytest.mark.parametrize("cost", ["confidence", "log"])
@pytest.mark.parametrize("moment", ["as released", "running"])
@pytest.mark.parametrize("read", ["potential", "spikes"])
def test_two_steps_of_brainleaks_v2_by_its_equations(cost, moment, read):
    """A plain loop over the draws, each with its own backward pass."""
    snn, c, k = network(), 2, 3
    options = {"rate": 0.5, "epsilon": 1e-10, "alpha": 0.1, "sparsity": 0.02, "cost": cost, "moment": moment}
    options |= {"iterations": 2, "population": k, "seed": 1, "read": read}
    found = brainleaks_v2(snn, [c], shape=(4, 4), steps=5, **options).samples
    stream = torch_generator(1, "brainleaks_v2", c)
    p, m, v = torch.zeros(5, 4, 4), torch.zeros(5, 4, 4), torch.zeros(5, 4, 4)
    for _ in range(2):
        costs, gradients = [], []
        for _ in range(k):
            s = torch.bernoulli(p, generator=stream).requires_grad_()
            out = snn(s[:, None])[["spikes", "potential"].index(read)][:, 0]
            loss = 1 - out.softmax(-1)[:, c].mean() if cost == "confidence" else -out.log_softmax(-1)[:, c].mean()
            total = loss + 0.02 * s.mean()
            gradients.append(torch.autograd.grad(total, s)[0])
            costs.append(total.detach())
        g = sum(total / sum(costs) * gradient for total, gradient in zip(costs, gradients, strict=True))
        v = (v if moment == "as released" else 0) + 0.1 * v + 0.9 * g**2
        m = 0.9 * m + g
        p = (p - 0.5 / (v.sqrt() + 1e-10) * m).clamp(min=0)
        p = p / p.max() if p.max() > 1 else p
    torch.testing.assert_close(found[:, 0], p)


@pytest.mark.parametrize("attack", [brainleaks_v1, brainleaks_v2])
def test_attacks_raise_the_targets_confidence_and_stay_in_range(attack):
    result = attack(network(), range(10), shape=(4, 4), steps=8, seed=0)
    assert result.samples.shape == (8, 10, 4, 4) and result.confidence.shape == (11, 10)
    assert result.samples.min() >= 0 and result.samples.max() <= 1
    assert result.confidence[-1].mean() > result.confidence[0].mean() + 0.2
    torch.testing.assert_close(result.final, result.confidence[-1])
    if attack is brainleaks_v1:
        assert set(result.samples.unique().tolist()) <= {0.0, 1.0}


def traced(attack, **options):
    shown = []
    result = attack(network(), range(10), shape=(4, 4), steps=8, seed=0, trace=shown.append, **options)
    untraced = attack(network(), range(10), shape=(4, 4), steps=8, seed=0, **options)
    assert torch.equal(result.samples, untraced.samples) and torch.equal(result.confidence, untraced.confidence)
    return shown, result


def test_a_trace_of_brainleaks_v1_follows_its_equations():
    shown, result = traced(brainleaks_v1, iterations=4)
    assert len(shown) == 4 and not any(tensor.requires_grad for now in shown for tensor in now.values())
    for step, (now, later) in enumerate(zip(shown, [*shown[1:], {"X": result.samples}], strict=True)):
        assert torch.equal(now["X_next"], later["X"])
        assert torch.equal(now["fused"], now["g"].sign() * now["M"])
        assert torch.equal(now["X_next"], (now["X"] + now["fused"] > 0).double())
        assert now["n"].amin((0, 2, 3)).max() == 0 and now["n"].amax((0, 2, 3)).min() == 1
        torch.testing.assert_close(now["confidence"].mean(0), result.confidence[step])
    assert float(shown[0]["M"].mean()) == pytest.approx(float(shown[0]["n"].mean()), abs=0.05)


def test_a_trace_of_brainleaks_v2_follows_its_equations():
    shown, result = traced(brainleaks_v2, iterations=4, rate=0.5, population=3)
    assert len(shown) == 4 and shown[0]["draws"].shape == shown[0]["gradients"].shape == (8, 3, 10, 4, 4)
    for now, later in zip(shown, [*shown[1:], {"P": result.samples}], strict=True):
        assert torch.equal(now["P_next"], later["P"])
        shares = now["costs"] / now["costs"].sum(0)
        torch.testing.assert_close(now["g"], torch.einsum("kc,tkchw->tchw", shares, now["gradients"]))
        torch.testing.assert_close(now["step"], 0.5 * now["m"] / (now["v"].sqrt() + 1e-10))
        torch.testing.assert_close(now["moved"], now["P"] - now["step"])
        largest = now["moved"].amax((0, 2, 3), keepdim=True).clamp(min=1)
        torch.testing.assert_close(now["P_next"], now["moved"].clamp(min=0) / largest)


def test_the_sparsity_penalty_lowers_the_rate():
    rates = [
        brainleaks_v2(network(), range(10), shape=(4, 4), steps=8, sparsity=weight, epsilon=1e-3).samples.mean()
        for weight in (0.0, 5.0)
    ]
    assert rates[1] < rates[0]


class Certain(nn.Module):
    """Confidence in class 0 that float32 rounds to exactly 1."""

    def __init__(self, bias=1.0):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.tensor([200.0, -200.0])), bias

    def forward(self, x):
        potential = self.bias * self.weight + x.flatten(2).sum(-1)[..., None] * self.weight
        return (potential > 0).to(x.dtype), potential


@pytest.mark.parametrize("options", [{}, {"sparsity": 0.0}, {"cost": "log", "sparsity": 0.0}])
def test_brainleaks_v2_on_a_network_that_is_certain_from_the_start(options):
    """All costs are 0: no draw weighs more than another, and there is nothing to climb."""
    torch.set_default_dtype(torch.float32)
    found = brainleaks_v2(Certain(), [0], shape=(2, 2), steps=3, iterations=4, **options)
    assert (found.confidence == 1).all() and (found.final == 1).all() and not found.samples.any()


def test_classes_that_cost_nothing_leave_the_others_alone():
    """Beside a certain class, the other one gets what it gets alone."""
    torch.set_default_dtype(torch.float32)
    options = {"shape": (2, 2), "steps": 3, "iterations": 3, "sparsity": 0.0}
    together, alone = brainleaks_v2(Certain(), [0, 1], **options), brainleaks_v2(Certain(), [1], **options)
    torch.testing.assert_close(together.samples[:, 1], alone.samples[:, 0])
    assert together.samples.isfinite().all()


@pytest.mark.parametrize("attack", [brainleaks_v1, brainleaks_v2, ascent])
@pytest.mark.parametrize("classes", [[10], [0, 12]])
def test_a_class_that_the_network_does_not_have_is_named(attack, classes):
    with pytest.raises(SettingError, match=f"has 10 classes, none of them with index {classes[-1]}.*from 0 to 9"):
        attack(network(), classes, shape=(4, 4), steps=2)
    with pytest.raises(SettingError, match=f"has 10 classes, none of them with index {classes[-1]}"):
        fredrikson(network(ANN), classes, shape=(4, 4), steps=2)


@pytest.mark.parametrize(
    ("attack", "options", "named"),
    [
        *((attack, {"steps": 0}, "steps") for attack in (brainleaks_v1, brainleaks_v2, ascent)),
        *((attack, {"iterations": -1}, "iterations") for attack in (brainleaks_v1, brainleaks_v2, ascent)),
        *((attack, {"shape": (0, 4)}, "shape") for attack in (fredrikson, brainleaks_v1, brainleaks_v2, ascent)),
        (brainleaks_v2, {"population": 0}, "population"),
        (brainleaks_v2, {"epsilon": 0.0}, "epsilon"),
        (brainleaks_v2, {"alpha": -0.1}, "alpha"),
        (brainleaks_v2, {"sparsity": -1.0}, "sparsity"),
        (fredrikson, {"steps": -1}, "steps"),
        (fredrikson, {"patience": -1}, "patience"),
    ],
)
def test_numbers_that_make_no_attack_are_named(attack, options, named):
    target = network(ANN) if attack is fredrikson else network()
    with pytest.raises(SettingError, match=named):
        attack(target, [0], **{"shape": (4, 4), "steps": 2} | options)


@pytest.mark.parametrize(
    "call",
    [
        lambda: brainleaks_v1(network(), [], shape=(4, 4), steps=2),
        lambda: brainleaks_v1(network(), [-1], shape=(4, 4), steps=2),
        lambda: brainleaks_v1(network(), [True], shape=(4, 4), steps=2),
        lambda: brainleaks_v1(network(), [0], shape=(4, 4), steps=2, read="voltage"),
        lambda: brainleaks_v2(network(), [0], shape=(4, 4), steps=2, cost="square"),
        lambda: brainleaks_v2(network(), [0], shape=(4, 4), steps=2, moment="first"),
        lambda: invert(as_artefact(SNN), "deepdream", {}),
    ],
)
def test_impossible_attacks_are_refused(call):
    with pytest.raises(SettingError):
        call()


def test_a_confidence_that_is_no_number_has_not_reached_its_goal_and_one_of_two_classes_may_have():
    with pytest.warns(NotReached):
        fredrikson(network(ANN), [0], shape=(4, 4), steps=3, rate=float("nan"))
    of_two = network(ANN | {"classes": 2}, scale=30.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fredrikson(of_two, [0, 1], shape=(4, 4), steps=500, rate=0.5, clamp=False)
    assert 2 / 3 < found.final.min() < 1
