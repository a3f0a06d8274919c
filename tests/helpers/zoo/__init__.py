"""Networks as their libraries' tutorials write them, and how each is used by hand."""

import importlib
import warnings
from types import SimpleNamespace

import pytest
import torch
from torch import nn

N, T, K, F = 12, 7, 5, 20
DRAW = torch.Generator().manual_seed(0)
Y = torch.arange(N) % K
VECTORS = torch.rand(N, F, generator=DRAW)
IMAGES = torch.rand(N, 1, 8, 8, generator=DRAW)
EVENTS = (torch.rand(N, T, 2, 8, 8, generator=DRAW) < 0.3).float()
SERIES = torch.rand(N, T, F, generator=DRAW)
NEURON = {"beta": 0.7, "threshold": 0.3, "surrogate": ("atan", 2.0), "reset": "zero"}
CASES = {}


def peer(name):
    """A library that may be missing; what it warns of when it is imported is its own affair."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except Exception as error:
        return SimpleNamespace(missing=f"{name} cannot be imported: {type(error).__name__}: {error}")


norse, sl = peer("norse.torch"), peer("sinabs.layers")
sinabs, jelly = peer("sinabs"), peer("spikingjelly.activation_based")
neuron, layer, functional, encoding, surrogate = (
    peer(f"spikingjelly.activation_based.{of}") for of in ("neuron", "layer", "functional", "encoding", "surrogate")
)


def case(x, form, by_hand, library=None, **settings):
    """Declare a network: points, what must be found (layout, feed, T of the answers, output), and how it is used."""

    def declare(make):
        needed = [of.missing for of in ([library] if library else []) if hasattr(of, "missing")]
        mark = pytest.mark.skipif(bool(needed), reason="".join(needed))
        CASES[make.__name__] = pytest.param(make, x, form, by_hand, settings, id=make.__name__, marks=mark)
        return make

    return declare


def made(make):
    torch.manual_seed(3)
    return make().eval()


def sequential(*layers):
    """Louder than as they are drawn, so that spikes reach the output."""
    return louder(nn.Sequential(*layers))


def louder(network, by=3):
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim > 1:
                parameter.mul_(by)
    return network
