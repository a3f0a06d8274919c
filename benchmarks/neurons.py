"""Rows: leaky neurons alone, a sequence forward and backward, on the CPU and, where there is one, on a GPU."""

from collections.abc import Callable
from functools import partial
from unittest import mock

import torch
from torch import Tensor

from snnlib import neurons
from snnlib.engine.device import machine
from snnlib.networks import Leaky

from .measure import Absent, Contest, distance
from .peers import SnnTorch, SpikingJelly
from .training import DYNAMICS, NAMES, TOLERANCE

BATCH, NEURONS = 100, 1000


def forward_and_backward(slot: Callable, current: Tensor, weights: Tensor) -> list[Tensor]:
    """Spikes, potentials and the gradient of the current, for gradients ``[2, T, B, N]`` of the former; all done."""
    outputs = slot(current)
    gradients = torch.autograd.grad(outputs, current, tuple(weights))
    if current.is_cuda:
        torch.cuda.synchronize()
    return [*outputs, *gradients]


def stepped(slot: Leaky, current: Tensor) -> tuple[Tensor, Tensor]:
    """Our neurons on a GPU without their kernels: each operation of each step is a launch."""
    with mock.patch.object(neurons, "_kernels", lambda *_: None):
        return slot(current)


def sequence(steps: int, peer: type | None, device: str) -> Contest:
    """Neurons with the dynamics of a peer, or our own step by step, on a device.

    Raises:
        Absent: where there is no such device.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise Absent("GPU")
    where, settings = machine(device), DYNAMICS[peer or SnnTorch]
    ours = Leaky(settings)
    theirs = peer(ours, settings, steps, True) if peer else partial(stepped, ours)
    generator = torch.Generator().manual_seed(0)
    size = (steps, BATCH, NEURONS)
    current = torch.randn(size, generator=generator).add_(0.2).to(device).requires_grad_()
    weights = torch.randn((2, *size), generator=generator).to(device)
    runs = [partial(forward_and_backward, slot, current, weights) for slot in (ours, theirs)]
    return Contest(
        f"{NEURONS:,} leaky neurons alone, T={steps}, batch {BATCH}" + (f", on {where}" if device == "cuda" else ""),
        *runs,
        NAMES[peer] if peer else "snnlib, step by step",
        distance=lambda: distance(*([x.detach().cpu() for x in run()] for run in runs)),
        tolerance=TOLERANCE,
    )


def _rows() -> dict[str, Callable[[], Contest]]:
    rows = {}
    for device, beginning, peers in (("cpu", "lif", ()), ("cuda", "lif-cuda", (None,))):
        for steps in (4, 25, 100):
            for peer in (SnnTorch, SpikingJelly, *peers):
                name = peer.__name__.lower() if peer else "stepped"
                rows[f"{beginning}-T{steps}-{name}"] = partial(sequence, steps, peer, device)
    return rows


ROWS = _rows()
