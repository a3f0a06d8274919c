"""How long a forward and backward pass of paper A's SNN takes: whole sequences against snnTorch step by step.

Both run in turn in one process, on the same input; the ratio is taken pair by pair, so that it
holds when the machine's speed drifts. Run with ``make bench``.
"""

import time

import numpy as np
import snntorch
import torch
from torch import Tensor, nn

from snnlib.networks import mlp

NEURON = {"beta": 0.7, "threshold": 1.0, "surrogate": ["fast_sigmoid", 40], "reset": "decay_then_subtract"}
SIZES = ((10, 100, 600), (25, 100, 600), (25, 100, 3000), (100, 10, 600))  # T, batch, hidden units
REPEATS = 15


class Stepped(nn.Module):
    """The same neurons by snnTorch: current ``[T, B, ...]`` -> (spikes, potential)."""

    def __init__(self):
        super().__init__()
        surrogate = snntorch.surrogate.fast_sigmoid(slope=NEURON["surrogate"][1])
        self.neuron = snntorch.Leaky(NEURON["beta"], NEURON["threshold"], surrogate)

    def forward(self, current: Tensor) -> tuple[Tensor, Tensor]:
        potential, outputs = torch.zeros_like(current[0]), []
        for i in current:
            outputs.append(self.neuron(i, potential))
            potential = outputs[-1][1]
        spikes, potentials = zip(*outputs, strict=True)
        return torch.stack(spikes), torch.stack(potentials)


def seconds(network: torch.nn.Module, x: torch.Tensor) -> float:
    """One forward and backward pass."""
    start = time.perf_counter()
    _, potential = network(x)
    potential.sum().backward()
    return time.perf_counter() - start


def main() -> None:
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    print("T, batch, hidden: sequence, snntorch in ms (medians); ratio [5 %, 95 %]")
    for steps, batch, hidden in SIZES:
        x = (torch.rand(steps, batch, 28, 28, generator=generator) < 0.15).float()
        networks = [mlp([28, 28], 10, hidden, NEURON) for _ in range(2)]
        networks[1].slots = nn.ModuleList([Stepped(), Stepped()])
        times = np.array([[seconds(network, x) for network in networks] for _ in range(REPEATS)])[2:]
        ours, theirs = 1000 * np.median(times, axis=0)
        low, ratio, high = np.quantile(times[:, 1] / times[:, 0], [0.05, 0.5, 0.95])
        print(f"{steps:3}, {batch:3}, {hidden:4}: {ours:7.1f}, {theirs:7.1f}; {ratio:.2f} [{low:.2f}, {high:.2f}]")


if __name__ == "__main__":
    main()
