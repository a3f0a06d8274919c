"""Neurons, paper A and augmentation on a GPU, small; paper B in test_mia_gpu."""

import numpy as np
import pytest
import torch

from snnlib import fused, neurons
from snnlib.engine.jobs import compute
from snnlib.engine.store import Store
from snnlib.neurons import RESETS, SURROGATES, integrate_and_fire, lif, surrogate_named
from snnlib.reproduction.brainleaks.plan import inversion_plan
from snnlib.reproduction.brainleaks.sizes import STUDIES
from snnlib.reproduction.tasks.data import data_job

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")]
needs_kernels = pytest.mark.skipif(fused.triton is None, reason="Triton is not installed")


def test_neurons_give_the_same_spikes_as_on_the_cpu():
    current = torch.randn(50, 8, 100, generator=torch.Generator().manual_seed(0)) + 0.3
    here, there = lif(current, beta=0.7), lif(current.cuda(), beta=0.7)
    assert (here[0] != there[0].cpu()).float().mean() < 1e-4
    torch.testing.assert_close(here[1], there[1].cpu(), atol=1e-3, rtol=0)


def of_neurons(current, start, surrogate, reset):
    """Spikes, potentials, and the gradients of the current and the start, on the CPU."""
    inputs = current.detach().requires_grad_(), start.detach().requires_grad_()
    spikes, u = lif(inputs[0], beta=0.8, threshold=0.9, surrogate=surrogate, reset=reset, potential=inputs[1])
    gradients = torch.autograd.grad((spikes * u.detach().cos() + u.sin()).sum(), inputs)
    return [x.detach().cpu() for x in (spikes, u, *gradients)]


@needs_kernels
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", SURROGATES)
@pytest.mark.parametrize("reset", RESETS)
def test_kernels_give_the_same_bits_forward_and_close_gradients(reset, name, dtype):
    generator, surrogate = torch.Generator().manual_seed(0), surrogate_named(name, 1.3)
    for size in ((1, 3, 7), (4, 33, 1001), (25, 8, 3, 5, 5)):
        current = torch.randn(size, generator=generator, dtype=dtype) + 0.3
        start = torch.randn(size[1:], generator=generator, dtype=dtype)
        layouts = [current, current[:1].expand(size), current.transpose(0, 1).contiguous().transpose(0, 1)]
        if len(size) == 5:
            layouts.append(current.flatten(0, 1).to(memory_format=torch.channels_last).unflatten(0, size[:2]))
        for laid_out in layouts:
            here = of_neurons(laid_out, start, surrogate, reset)
            there = of_neurons(laid_out.cuda(), start.cuda(), surrogate, reset)
            assert torch.equal(here[0], there[0]) and torch.equal(here[1], there[1])
            close = 1e-5 if dtype == torch.float32 else 1e-12
            torch.testing.assert_close(there[2:], here[2:], rtol=close, atol=close)


@needs_kernels
def test_kernels_of_converted_networks_and_steps_of_unknown_surrogates(monkeypatch):
    current = torch.randn(8, 16, 500, generator=torch.Generator().manual_seed(1))
    for ours, theirs in zip(
        integrate_and_fire(current, threshold=0.7), integrate_and_fire(current.cuda(), threshold=0.7)
    ):
        assert torch.equal(ours, theirs.cpu())
    mine = lambda x: 1 / (1 + x.square())  # noqa: E731
    here = of_neurons(current, current[0], mine, "zero")
    there = of_neurons(current.cuda(), current[0].cuda(), mine, "zero")
    torch.testing.assert_close(there, here, rtol=1e-5, atol=1e-5)
    monkeypatch.setattr(neurons, "_kernels", lambda *_: None)
    stepped = of_neurons(current.cuda(), current[0].cuda(), mine, "zero")
    torch.testing.assert_close(there, stepped, rtol=1e-5, atol=1e-5)


@needs_kernels
@pytest.mark.filterwarnings("ignore")  # of the profiler
def test_a_sequence_is_one_launch_forward_and_one_backward():
    current = torch.randn(25, 8, 100, device="cuda", requires_grad=True)
    run = lambda: lif(current, beta=0.7)[0].backward(torch.ones_like(current))  # noqa: E731
    run()  # compiles
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        run()
        torch.cuda.synchronize()
    names = [event.name for event in profile.events()]
    assert sum("_forward" in name for name in names) == sum("_backward" in name for name in names) == 1


@pytest.mark.parametrize("name", ["mnist", "nmnist"])
def test_all_jobs_of_paper_a_run(tmp_path, name):
    store, study = Store(tmp_path, "cuda"), STUDIES["smoke"][name]
    plan = inversion_plan(study, *read(study, store))
    compute(plan.jobs(), store)
    for scores in compute(plan.scores.values(), store):
        assert np.isfinite(scores.arrays["confidence"]).all()


def read(study, store):
    """The job that reads a study's data, and what is known of them."""
    data = data_job(study.dataset, shrink=study.shrink, limits=study.limits, frames=study.frames)
    return data, store.make(data).info


def test_spiking_networks_of_paper_a_are_the_same_bytes_twice(tmp_path):
    study, twice = STUDIES["smoke"]["mnist"], []
    for folder in ("one", "two"):
        store = Store(tmp_path / folder, "cuda")
        networks = inversion_plan(study, *read(study, store)).networks()
        twice.append([a.record["sha256"]["arrays"] for a in compute(networks, store)])
    assert twice[0] == twice[1]
