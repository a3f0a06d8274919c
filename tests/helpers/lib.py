"""Networks, data, artefacts and patience that tests of the library share."""

import time

import numpy as np
import snntorch
import torch
from torch import nn

from snnlib.engine.store import Artefact
from snnlib.networks import build, initialise
from snnlib.neurons import surrogate_named

NEURON = {"beta": 0.7, "threshold": 1.0, "surrogate": ["fast_sigmoid", 4], "reset": "subtract_then_decay"}
SNN = {"kind": "mlp", "shape": [4, 4], "classes": 10, "hidden": 20, "neuron": NEURON}
ANN = SNN | {"neuron": None}
COLOURS = {"mean": [0.3] * 3, "sd": [0.25] * 3}
RESNET = {"kind": "resnet18", "classes": 2, "width": 2} | COLOURS


def wait_until(true):
    """Wait for something that takes as long as the machine takes; a test that hangs ends here."""
    end = time.monotonic() + 300
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def network(settings=SNN, seed=0, scale=3.0):
    """An untrained network in torch's default precision; large weights give it something to say."""
    built = build(**settings).to(torch.get_default_dtype())
    initialise(built, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.mul_(scale)
    return built


def as_artefact(settings, steps=None, **kwargs):
    """The same, as a training job leaves it."""
    arrays = {k: v.numpy() for k, v in network(settings, **kwargs).float().state_dict().items()}
    return Artefact("key", arrays, {"network": settings, "recipe": {"steps": steps}}, {})


def halves(n, side, seed):
    """Images whose upper or lower half is bright, and which it is."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n).astype(np.uint8)
    images = rng.integers(0, 60, (n, side, side)).astype(np.uint8)
    half = side // 2
    images[labels == 0, :half] += 150
    images[labels == 1, half:] += 150
    return images, labels


def grey_data():
    (x, y), (a, b) = halves(120, 4, 0), halves(60, 4, 1)
    return Artefact("k", {"train_images": x, "train_labels": y, "test_images": a, "test_labels": b}, {}, {})


def colour_pool():
    x, y = halves(60, 8, 2)
    return Artefact("k", {"images": np.repeat(x[..., None], 3, -1), "labels": y}, {}, {})


class Stepped(nn.Module):
    """A slot of leaky neurons that snnTorch steps through time: an independent computation of `networks.Leaky`.

    snnTorch 1.0.0 no longer has the reset before the decay; it is written here as a neuron
    without reset whose potential is lowered by hand.
    """

    def __init__(self, neuron):
        super().__init__()
        self.reset, self.threshold = neuron["reset"], neuron["threshold"]
        mechanism = {"decay_then_subtract": "subtract", "zero": "zero"}.get(self.reset, "none")
        surrogate = snntorch_surrogate(*neuron["surrogate"])
        self.neuron = snntorch.Leaky(neuron["beta"], self.threshold, surrogate, reset_mechanism=mechanism)
        snntorch.SpikingNeuron.instances.remove(self.neuron)  # snnTorch would keep it alive for ever

    def forward(self, current):
        potential = torch.zeros_like(current[0])
        spikes, potentials = [], []
        for i in current:
            if self.reset == "subtract_then_decay":
                potential = potential - (potential > self.threshold).detach() * self.threshold
            spike, potential = self.neuron(i, potential)
            spikes.append(spike)
            potentials.append(potential)
        return torch.stack(spikes), torch.stack(potentials)


def snntorch_surrogate(name, parameter):
    """snnTorch's own form of a surrogate gradient, where it has one."""
    if name == "fast_sigmoid":
        return snntorch.surrogate.fast_sigmoid(slope=parameter)
    if name == "atan":
        return snntorch.surrogate.atan(alpha=parameter)
    surrogate = surrogate_named(name, parameter)
    return snntorch.surrogate.custom_surrogate(lambda x, grad, spikes: grad * surrogate(x))
