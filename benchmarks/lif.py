"""How long a forward and backward pass of paper A's SNN takes, sequence engine against snnTorch step by step.

Both run in turn in one process, on the same input; the ratio is taken pair by pair, so that it
holds when the machine's speed drifts. Run with ``make bench``.
"""

import time

import numpy as np
import torch

from snnlib.networks import ENGINES, mlp

NEURON = {"beta": 0.7, "threshold": 1.0, "surrogate": ["fast_sigmoid", 40], "reset": "decay_then_subtract"}
SIZES = ((10, 100, 600), (25, 100, 600), (25, 100, 3000), (100, 10, 600))  # T, batch, hidden units
REPEATS = 15


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
        engines = [mlp([28, 28], 10, hidden, NEURON, engine) for engine in ENGINES]
        times = np.array([[seconds(network, x) for network in engines] for _ in range(REPEATS)])[2:]
        ours, theirs = 1000 * np.median(times, axis=0)
        low, ratio, high = np.quantile(times[:, 1] / times[:, 0], [0.05, 0.5, 0.95])
        print(f"{steps:3}, {batch:3}, {hidden:4}: {ours:7.1f}, {theirs:7.1f}; {ratio:.2f} [{low:.2f}, {high:.2f}]")


if __name__ == "__main__":
    main()
