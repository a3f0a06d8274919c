"""snnTorch networks that are easily taken for others: wrapped, layers called once or twice, states of their own."""

import snntorch
import torch
from torch import nn

from helpers.zoo import SERIES, VECTORS, F, K, T, case, louder
from helpers.zoo.by_snntorch import Explicit, Tutorial5, fresh, leaky, over_steps, passing_states, variant


@case(
    VECTORS,
    ("B..", "steps", T, "spikes and potential"),
    lambda net, x: passing_states(net.module, [x] * T).sum(0),
    steps=T,
)
def explicit_in_data_parallel():
    return nn.DataParallel(Explicit())


class Compiled(nn.Module):
    """What `torch.compile` makes of a network, as far as it is seen from outside."""

    def __init__(self):
        super().__init__()
        self._orig_mod = Tutorial5()

    def forward(self, x):
        raise RuntimeError("called with hooks")


@case(VECTORS, ("B..", "B..", T, "spikes and potential"), lambda net, x: net._orig_mod(x)[0].sum(0))
def compiled():
    return Compiled()


class DirectCoding(Tutorial5):
    """A static layer before the loop."""

    def __init__(self):
        super().__init__()
        self.static = nn.Sequential(nn.Linear(F, 30), nn.ReLU(), nn.Linear(30, 30), nn.ReLU(), nn.Linear(30, F))

    def forward(self, x):
        return super().forward(self.static(x))


@case(VECTORS, ("B..", "B..", 1, "real numbers"), lambda net, x: net(x))
def static_layers_before_a_loop():
    network = DirectCoding()
    network.gives = lambda spikes, potentials: torch.stack(potentials).mean(0)
    return network


class ThroughTime(Tutorial5):
    """snnTorch's batch norm through time: a layer for each step."""

    def __init__(self):
        super().__init__()
        self.norms = snntorch.BatchNormTT1d(16, T)

    def forward(self, x):
        mem1, mem2 = self.lif1.reset_mem(), self.lif2.reset_mem()
        spikes, potentials = [], []
        for norm in self.norms:
            spk1, mem1 = self.lif1(norm(self.fc1(x)), mem1)
            spk2, mem2 = self.lif2(self.fc2(spk1), mem2)
            spikes.append(spk2)
            potentials.append(mem2)
        return self.gives(spikes, potentials)


@case(VECTORS, ("B..", "B..", T, "spikes and potential"), lambda net, x: net(x)[0].sum(0))
def batch_norm_through_time():
    return ThroughTime()


class Keeping(nn.Module):
    """Keeps its state itself, and takes something else that may be left away."""

    def __init__(self):
        super().__init__()
        self.fc, self.lif, self.mem = nn.Linear(F, K), leaky(), None
        louder(self)

    def forward(self, x, noise=None):
        current = self.fc(x) if noise is None else self.fc(x) + noise
        spk, self.mem = self.lif(current, self.lif.reset_mem() if self.mem is None else self.mem)
        return spk, self.mem


def forgotten(net):
    net.mem = None
    return net


@case(
    VECTORS, ("B..", "steps", T, "spikes and potential"),
    lambda net, x: over_steps(forgotten(net), [x] * T).sum(0), steps=T, reset=forgotten,
)  # fmt: skip
def a_state_of_its_own_and_an_argument_that_is_none():
    return Keeping()


@case(SERIES[:, :, 0], ("B..", "B..", T, "spikes and potential"), lambda net, x: net(x)[0].sum(0))
def one_number_at_each_step():
    network = variant(steps=lambda x: [step[:, None] for step in x.unbind(1)])
    network.fc1 = nn.Linear(1, 16)
    return louder(network)


@case(
    VECTORS,
    ("B..", "steps", T, "spikes and potential"),
    lambda net, x: passing_states(net, [x] * T).sum(0),
    steps=T,
    reset=lambda net: None,
)
def explicit_with_a_reset():
    return Explicit()


class Normalised(Explicit):
    """Takes away what all features have in common."""

    def forward(self, x, mem1=None, mem2=None):
        return super().forward(nn.functional.layer_norm(x, (F,)), mem1, mem2)


@case(VECTORS, ("B..", "steps", T, "spikes and potential"), lambda net, x: passing_states(net, [x] * T).sum(0), steps=T)
def explicit_behind_a_norm():
    return Normalised()


class Twice(nn.Module):
    """One layer of neurons, used twice in a step."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.lif = nn.Linear(F, K), nn.Linear(K, K), leaky(init_hidden=True, output=True)
        louder(self)

    def forward(self, x):
        return self.lif(self.fc2(self.lif(self.fc1(x))[0]))


@case(
    VECTORS, ("B..", "steps", 2, "spikes and potential"), lambda net, x: over_steps(fresh(net), [x] * 2).sum(0), steps=2
)
def a_layer_used_twice_in_two_steps():
    return Twice()


@case(VECTORS, ("B..", "B..", T, "spikes and potential"), lambda net, x: net(x)[0].sum(0))
def gives_its_spikes_twice():
    return variant(lambda spikes, potentials: (torch.stack(spikes), torch.stack(potentials), torch.stack(spikes)))


# -- refused


class Wrapped(nn.Module):
    """Hides that a state is taken."""

    def __init__(self):
        super().__init__()
        self.inner = Explicit()

    def forward(self, *args, **kwargs):
        return self.inner(*args, **kwargs)


def as_wide_as_the_batch():
    network = variant(steps=lambda x: list(x))
    network.fc1, network.fc2 = nn.Linear(F, T), nn.Linear(T, K)
    return network


def every_layer_recorded():
    class Recorded(Tutorial5):
        def forward(self, x):
            spikes, potentials = super().forward(x)
            return spikes, potentials, spikes.flip(-1), potentials.flip(-1)

    return Recorded()
