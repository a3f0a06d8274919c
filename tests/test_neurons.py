"""Spiking neurons: by hand, against snnTorch, and their gradients against an independent computation."""

import inspect
from pathlib import Path

import numpy as np
import pytest
import torch

from snnlib.errors import SettingError
from snnlib.neurons import (
    RESETS,
    SURROGATES,
    atan,
    box,
    fast_sigmoid,
    gaussian,
    integrate_and_fire,
    lif,
    surrogate_named,
)

GOLDEN = np.load(Path(__file__).parent / "golden" / "lif_snntorch.npz")


def steps_of_spikes(spikes):
    return (np.flatnonzero(spikes.flatten()) + 1).tolist()


@pytest.mark.parametrize(
    ("reset", "expected"),
    [("decay_then_subtract", [2, 5, 8]), ("subtract_then_decay", [2, 4, 6, 8]), ("none", [2, 3, 4, 5, 6, 7, 8])],
)
def test_constant_current_spikes_at_the_steps_worked_out_by_hand(reset, expected):
    spikes, _ = lif(torch.full((8, 1, 1), 0.6), beta=0.7, threshold=1.0, reset=reset)
    assert steps_of_spikes(spikes) == expected


def test_potential_by_hand():
    _, u = lif(torch.full((3, 1, 1), 0.6), beta=0.7)
    expected = [0.6, 0.7 * 0.6 + 0.6, 0.7 * (0.7 * 0.6 + 0.6) + 0.6 - 1.0]
    torch.testing.assert_close(u.flatten(), torch.tensor(expected))


def test_reset_to_zero_forgets_the_potential():
    current = torch.tensor([5.0, 0.3]).view(2, 1, 1)
    _, u = lif(current, beta=0.9, reset="zero")
    assert u.flatten().tolist() == pytest.approx([5.0, 0.3])


@pytest.mark.parametrize("reset", ["decay_then_subtract", "zero", "none"])
def test_random_trace_equals_snntorch_spike_for_spike(reset):
    current = torch.from_numpy(GOLDEN["current"]).requires_grad_()
    weights = torch.from_numpy(GOLDEN["weights"])
    spikes, u = lif(current, beta=0.7, surrogate=fast_sigmoid(40), reset=reset)
    np.testing.assert_array_equal(spikes.detach(), GOLDEN[f"{reset}/spikes"])
    # bit for bit on any processor: products and sums one at a time, each rounded as IEEE 754 says
    np.testing.assert_array_equal(u.detach(), GOLDEN[f"{reset}/potential"])
    (spikes * weights[0] + u * weights[1]).sum().backward()
    np.testing.assert_allclose(current.grad, GOLDEN[f"{reset}/gradient"], rtol=1e-5, atol=1e-6)


class Step(torch.autograd.Function):
    """The step function with a surrogate derivative: one element of an independent computation."""

    @staticmethod
    def forward(ctx, x, surrogate):
        ctx.save_for_backward(x)
        ctx.surrogate = surrogate
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.surrogate(ctx.saved_tensors[0]), None


def unrolled(current, start, beta, threshold, surrogate, reset):
    u, spikes, potentials = start, [], []
    for i in current:
        fired = (u > threshold).to(u.dtype).detach()
        u = {
            "decay_then_subtract": lambda u, i=i, f=fired: beta * u + i - f * threshold,
            "subtract_then_decay": lambda u, i=i, f=fired: beta * (u - f * threshold) + i,
            "zero": lambda u, i=i, f=fired: beta * (1 - f) * u + i,
            "none": lambda u, i=i, f=fired: beta * u + i,
        }[reset](u)
        spikes.append(Step.apply(u - threshold, surrogate))
        potentials.append(u)
    return torch.stack(spikes), torch.stack(potentials)


@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("name", SURROGATES)
def test_gradients_equal_those_of_the_unrolled_equations(reset, name):
    generator = torch.Generator().manual_seed(3)
    shape = (12, 2, 4)
    current = (torch.randn(shape, generator=generator, dtype=torch.float64) + 0.3).requires_grad_()
    start = torch.rand(shape[1:], generator=generator, dtype=torch.float64).mul(2).requires_grad_()
    weights = torch.randn((2, *shape), generator=generator, dtype=torch.float64)
    surrogate = surrogate_named(name, 1.3)
    gradients = []
    for spikes, u in (
        lif(current, beta=0.8, threshold=0.9, surrogate=surrogate, reset=reset, potential=start),
        unrolled(current, start, 0.8, 0.9, surrogate, reset),
    ):
        loss = (spikes * weights[0] + u * weights[1]).sum()
        gradients.append(torch.autograd.grad(loss, (current, start)))
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_a_sequence_cut_in_two_goes_on_where_it_stopped():
    current = torch.randn(10, 2, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    spikes, u = lif(current, beta=0.9)
    _, first = lif(current[:4], beta=0.9)
    rest, last = lif(current[4:], beta=0.9, potential=first[-1])
    torch.testing.assert_close(last, u[4:])
    assert torch.equal(rest, spikes[4:])


@pytest.mark.parametrize("surrogate", [fast_sigmoid(2.0), atan(1.5), box(0.8), gaussian(0.5)])
def test_surrogates_are_even_and_peak_at_the_threshold(surrogate):
    x = torch.linspace(-3, 3, 6001, dtype=torch.float64)
    y = surrogate(x)
    torch.testing.assert_close(y, y.flip(0))
    assert y.argmax() in range(2599, 3401) and y[3000] == y.max()


@pytest.mark.parametrize(
    ("surrogate", "area"), [(fast_sigmoid(2.0), 1.0), (atan(1.5), 1.0), (box(0.8), 0.8), (gaussian(0.5), 1.0)]
)
def test_surrogates_have_the_area_of_their_formula(surrogate, area):
    x = torch.linspace(-2000, 2000, 4_000_001, dtype=torch.float64)
    assert float(torch.trapezoid(surrogate(x), x)) == pytest.approx(area, abs=2e-3)


def test_integrate_and_fire_by_hand():
    """theta = 1, V_0 = 1/2: V = 0.9, 1.3 (fires), 0.7, 1.1 (fires), 0.5."""
    spikes, v = integrate_and_fire(torch.full((5, 1, 1), 0.4), threshold=1.0)
    assert spikes.flatten().tolist() == [0, 1, 0, 1, 0]
    assert v.flatten().tolist() == pytest.approx([0.9, 1.3, 0.7, 1.1, 0.5])


def test_integrate_and_fire_fires_at_the_threshold_itself_with_its_height():
    spikes, _ = integrate_and_fire(torch.full((1, 1, 1), 1.5), threshold=3.0)
    assert float(spikes) == 3.0


def test_integrate_and_fire_equals_the_released_form():
    """The authors start at 0, fire at theta / 2 and subtract theta: the same spikes."""
    current = torch.randn(16, 3, 20, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    theta, v, released = 0.7, torch.zeros(3, 20, dtype=torch.float64), []
    for i in current:
        v = v + i
        fired = (v >= theta / 2).double() * theta
        released.append(fired)
        v = v - fired
    spikes, _ = integrate_and_fire(current, threshold=theta)
    torch.testing.assert_close(spikes, torch.stack(released))


def test_integrate_and_fire_approaches_a_clipped_relu_over_many_steps():
    current = torch.linspace(-0.5, 2.0, 26, dtype=torch.float64)
    spikes, _ = integrate_and_fire(current.expand(1000, 1, -1).contiguous(), threshold=1.0)
    torch.testing.assert_close(spikes.mean(0)[0], current.clamp(0, 1), atol=2e-3, rtol=0)


def test_integrate_and_fire_gradient_by_hand():
    """T = 2, theta = 1: dS/dV = 1 where |V - 1| < 1/4. V = (0.9, 1.3): only the first step passes on."""
    current = torch.tensor([0.4, 0.4]).view(2, 1, 1).requires_grad_()
    spikes, _ = integrate_and_fire(current, threshold=1.0)
    spikes.sum().backward()
    assert current.grad.flatten().tolist() == [1.0, 0.0]


@pytest.mark.parametrize("reset", RESETS)
def test_per_sample_gradients_by_vmap_are_those_of_each_sample_alone(reset):
    generator = torch.Generator().manual_seed(4)
    currents = torch.randn(3, 7, 2, 4, generator=generator, dtype=torch.float64) + 0.3
    start = torch.rand(2, 4, generator=generator, dtype=torch.float64)

    def loss(current, start):
        spikes, u = lif(current, beta=0.8, reset=reset, surrogate=atan(2.0), potential=start)
        return (spikes * u.detach().cos() + u.sin()).sum()

    together = torch.func.vmap(torch.func.grad(loss, (0, 1)), (0, None))(currents, start)
    for i, current in enumerate(currents):
        inputs = current.clone().requires_grad_(), start.clone().requires_grad_()
        for alone, mapped in zip(torch.autograd.grad(loss(*inputs), inputs), together, strict=True):
            torch.testing.assert_close(mapped[i], alone)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: inspect.unwrap(lif)(x, beta=torch.nn.Parameter(torch.tensor(0.5))),  # without the tests' type check
        lambda x: lif(x, beta=1.2),
        lambda x: lif(x, beta=0.5, threshold=0.0),
        lambda x: lif(x, beta=0.5, reset="subtract"),
        lambda x: lif(x[:0], beta=0.5),
        lambda x: integrate_and_fire(x, threshold=-1.0),
        lambda x: surrogate_named("sigmoid", 1.0),
    ],
)
def test_impossible_settings_are_refused_with_advice(call):
    with pytest.raises(SettingError, match="Choose|Pass"):
        call(torch.zeros(3, 1, 1))


@pytest.mark.parametrize("reset", RESETS)
def test_a_network_that_is_only_asked_gets_the_same_spikes_in_pieces_and_without_potentials(reset, monkeypatch):
    generator = torch.Generator().manual_seed(5)
    current = torch.randn(5, 7, 3, 2, 2, generator=generator).transpose(2, 4) + 0.3  # of any order in memory
    start = torch.rand(7, 2, 2, 3, generator=generator) * 2
    runs = (
        lambda **how: lif(current, beta=0.8, reset=reset, **how),
        lambda **how: lif(current, beta=0.8, reset=reset, potential=start, **how),
        lambda **how: integrate_and_fire(current, threshold=0.7, **how),
        lambda **how: torch.func.vmap(lambda x: integrate_and_fire(x, threshold=0.7, **how)[0], 1)(current)[None],
    )
    whole = [run()[0] for run in runs]
    monkeypatch.setattr("snnlib.neurons.CACHED", 4 * 30)  # two of seven at a time
    for run, expected in zip(runs, whole, strict=True):
        assert torch.equal(run(potentials=False)[0], expected)
        with torch.no_grad():
            assert torch.equal(run(potentials=False)[0], expected)
    with torch.no_grad():
        assert runs[0](potentials=False)[1] is None and runs[2](potentials=False)[1] is None
