"""Kernels for GPUs against the code for CPUs, by Triton's interpreter; test_fused runs it in a process of its own."""

from collections import Counter
from functools import partial
from itertools import product

import pytest
import torch

from snnlib import fused, neurons
from snnlib.networks import build
from snnlib.neurons import RESETS, SURROGATES, Known, atan, integrate_and_fire, lif, surrogate_named

PRECISIONS = {torch.float32: 1e-5, torch.float64: 1e-12}  # and how close gradients are
SETTINGS = {"beta": 0.8, "threshold": 0.9, "surrogate": atan(1.3), "reset": "zero", "fires_at": torch.gt, "height": 1.0}


@pytest.fixture
def both(monkeypatch):
    """Compute stepped and by kernels, in (launches forward, backward): the same bits first, close ones afterwards.

    The first two results are spikes and potentials, the others gradients. Those of the kernels are given back.
    """

    def both(compute, launches=(1, 1), close=1e-5):
        stepped, count, launch = compute(), Counter(), fused._launch

        def counted(kernel, *arguments, **settings):
            count[kernel.__name__] += 1
            launch(kernel, *arguments, **settings)

        with monkeypatch.context() as patched:
            patched.setattr(neurons, "_kernels", lambda *given: fused if fused.fit(*given) else None)
            patched.setattr(fused, "_launch", counted)
            kernels = compute()
        assert (count["_forward"], count["_backward"]) == launches
        for ours, theirs in zip(kernels[:2], stepped[:2]):
            assert ours.shape == theirs.shape and torch.equal(ours, theirs)
        for ours, theirs in zip(kernels[2:], stepped[2:], strict=True):
            torch.testing.assert_close(ours, theirs, rtol=close, atol=close)
        return kernels

    assert fused._run_on(torch.device("cpu"))
    return both


def run(current, start, weights, **settings):
    """Spikes, potentials, and the gradients of current and start; ``weights`` of spikes and potentials, or None."""
    inputs = current.detach().requires_grad_(), start.detach().requires_grad_()
    outputs = neurons._Neurons.apply(*inputs, *(SETTINGS | settings).values())
    loss = sum((output * weight).sum() for output, weight in zip(outputs, weights) if weight is not None)
    return [x.detach() for x in (*outputs, *torch.autograd.grad(loss, inputs))]


def drawn(*shape, seed=0, **how):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), **how)


@pytest.mark.parametrize("dtype", PRECISIONS, ids=str)
@pytest.mark.parametrize("name", SURROGATES)
@pytest.mark.parametrize("reset", RESETS)
def test_every_neuron_at_every_length(both, reset, name, dtype):
    for steps, fires_at, height in product((1, 4, 25), (torch.gt, torch.ge), (1.0, 0.7)):
        if reset == "zero" and height != 1:  # no such neuron
            continue
        settings = {"reset": reset, "surrogate": surrogate_named(name, 1.3), "fires_at": fires_at, "height": height}
        current, *weights = drawn(3, steps, 3, 11, dtype=dtype)
        start = 2 * drawn(3, 11, seed=1, dtype=dtype)
        compute = partial(run, current + 0.5, start, weights, **settings)
        spikes, *_ = both(compute, close=PRECISIONS[dtype])
        assert 0 < spikes.mean() < height


@pytest.mark.parametrize("fires_at", [torch.gt, torch.ge])
@pytest.mark.parametrize("reset", RESETS)
def test_a_potential_at_the_threshold_itself(both, reset, fires_at):
    current, start = torch.tensor([0.0, 0.5, 0.5, 1.0, 0.0]).expand(3, 5, 5).mT[0][:, :2], torch.tensor([1.0, 0.0])
    settings = {"reset": reset, "fires_at": fires_at, "beta": 1.0, "threshold": 1.0}
    spikes, potential, *_ = both(lambda: run(current, start, drawn(2, 5, 2), **settings))
    assert (potential == 1).any() and bool(spikes[potential == 1].all()) == (fires_at is torch.ge)


LAYOUTS = {
    "more than a block": lambda: drawn(4, 7, 101),
    "one axis": lambda: drawn(6),
    "no neurons": lambda: drawn(4, 3, 0),
    "batch first": lambda: drawn(5, 4, 7).transpose(0, 1),
    "time last": lambda: drawn(5, 7, 4).movedim(2, 0),
    "channels last": lambda: drawn(4, 2, 5, 3, 3, seed=2).flatten(0, 1).to(memory_format=torch.channels_last),
    "every other one": lambda: drawn(8, 5, 14)[::2, :, 1::2],
    "the same at each step": lambda: drawn(5, 7).expand(4, 5, 7),
    "the same for all": lambda: drawn(4, 1, 7).expand(4, 5, 7),
    "backwards in time": lambda: drawn(4, 5, 7).flip(0),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_currents_and_gradients_however_they_lie_in_memory(both, layout):
    current, other = LAYOUTS[layout](), LAYOUTS[layout]()
    if layout == "channels last":
        current, other = (x.unflatten(0, (4, 2)) for x in (current, other))
        assert not current.is_contiguous()
    start = drawn(*current.shape[1:], seed=3)
    both(lambda: run(current, start, (other, -other)))  # gradients laid out as the current is
    both(lambda: run(current, start.mT.contiguous().mT if start.ndim > 1 else start, [torch.ones(())] * 2))
    both(lambda: run(current, start, (drawn(*current.shape[1:]), None)))  # the same gradient at each step


@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("weights", [(1.0, None), (None, 1.0)], ids=["spikes", "potential"])
def test_gradients_of_one_output_alone(both, weights, reset):
    weights = [None if w is None else drawn(5, 3, 4, seed=4) for w in weights]
    *_, of_current, of_start = both(lambda: run(drawn(5, 3, 4), drawn(3, 4), weights, reset=reset))
    assert of_current.any() and of_start.any()


def test_what_callers_use(both):
    def converted():
        current = drawn(6, 2, 9).requires_grad_()
        outputs = integrate_and_fire(current, threshold=0.7)
        return [*(o.detach() for o in outputs), *torch.autograd.grad(outputs[0].mean(0).square().sum(), current)]

    def from_a_start_alone():
        start = drawn(2, 9).requires_grad_()
        outputs = lif(drawn(6, 2, 9), beta=0.9, potential=start)
        return [*(o.detach() for o in outputs), *torch.autograd.grad(outputs[1].sum(), start)]

    both(converted)
    both(from_a_start_alone)
    neuron = {"beta": 0.7, "threshold": 0.3, "surrogate": ["gaussian", 0.5], "reset": "subtract_then_decay"}
    scorer = build("scorer", shape=[16, 16], classes=3, neuron=neuron)

    def network():
        outputs = scorer(drawn(4, 2, 16, 16))
        return [*(o.detach() for o in outputs), *torch.autograd.grad(outputs[1].sum(), scorer.parameters())]

    both(network, (3, 3), 1e-4)


def test_what_kernels_do_not_know_runs_step_by_step(both):
    current, start, weights = drawn(4, 2, 3), drawn(2, 3), drawn(2, 4, 2, 3)
    both(lambda: run(current, start, weights, surrogate=lambda x: (x.abs() < 1).to(x.dtype)), (1, 0))
    both(lambda: run(current.half(), start.half(), weights.half()), (0, 0))
    both(lambda: run(current, start.double(), weights), (0, 0))
    with pytest.raises(Exception, match="static_assert|AssertionError"):
        both(lambda: run(current, start, weights, surrogate=Known("mine", 1.0, torch.cos)))


def test_gradients_of_persons_by_vmap(both):
    currents, start = drawn(3, 5, 2, 4), drawn(2, 4)

    def loss(current, start):
        spikes, u = lif(current, beta=0.8, reset="zero", potential=start)
        return (spikes * u.detach().cos() + u.sin()).sum()

    def compute():
        return [*torch.zeros(2, 1), *torch.func.vmap(torch.func.grad(loss, (0, 1)), (0, None))(currents, start)]

    both(compute, (1, 0))  # in the backward pass there, tensors have no memory of their own
