"""Made ``lif_snntorch.npz`` with snnTorch 1.0.0: a random current and what `snntorch.Leaky` does with it.

Kept so that a reader can see where the golden trace is from; tests only read the file.
"""

from pathlib import Path

import numpy as np
import snntorch
import torch
from snntorch import surrogate

generator = torch.Generator().manual_seed(7)
current = torch.randn(60, 3, 5, generator=generator) * 0.8 + 0.2
weights = torch.randn(2, 60, 3, 5, generator=generator)
trace = {"current": current.numpy(), "weights": weights.numpy()}
for mechanism, reset in (("subtract", "decay_then_subtract"), ("zero", "zero"), ("none", "none")):
    x = current.clone().requires_grad_()
    neuron = snntorch.Leaky(beta=0.7, spike_grad=surrogate.fast_sigmoid(slope=40), reset_mechanism=mechanism)
    potential, spikes, potentials = torch.zeros(3, 5), [], []
    for i in x:
        spike, potential = neuron(i, potential)
        spikes.append(spike)
        potentials.append(potential)
    spikes, potentials = torch.stack(spikes), torch.stack(potentials)
    (spikes * weights[0] + potentials * weights[1]).sum().backward()
    for name, tensor in (("spikes", spikes), ("potential", potentials), ("gradient", x.grad)):
        trace[f"{reset}/{name}"] = tensor.detach().numpy()
np.savez_compressed(Path(__file__).with_name("lif_snntorch.npz"), **trace)
