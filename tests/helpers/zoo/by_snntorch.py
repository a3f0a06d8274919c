"""snnTorch: explicit and hidden states, networks that loop over time, and what they return."""

import snntorch
import torch
from torch import nn

from helpers.zoo import EVENTS, IMAGES, SERIES, VECTORS, F, K, N, T, case, louder, sequential


def leaky(**settings):
    return snntorch.Leaky(beta=0.9, **settings)


class Tutorial5(nn.Module):
    """Tutorial 5: loops over time by itself."""

    gives = staticmethod(lambda spikes, potentials: (torch.stack(spikes), torch.stack(potentials)))

    def __init__(self):
        super().__init__()
        self.fc1, self.lif1 = nn.Linear(F, 16), leaky()
        self.fc2, self.lif2 = nn.Linear(16, K), leaky()
        louder(self)

    def steps(self, x):
        return [x] * T

    def forward(self, x):
        mem1, mem2 = self.lif1.reset_mem(), self.lif2.reset_mem()
        spikes, potentials = [], []
        for x_t in self.steps(x):
            spk1, mem1 = self.lif1(self.fc1(x_t), mem1)
            spk2, mem2 = self.lif2(self.fc2(spk1), mem2)
            spikes.append(spk2)
            potentials.append(mem2)
        return self.gives(spikes, potentials)


def variant(gives=None, steps=None):
    network = Tutorial5()
    if gives:
        network.gives = gives
    if steps:
        network.steps = steps
    return network


@case(VECTORS, ("B..", "B..", T, "spikes and potential"), lambda net, x: net(x)[0].sum(0))
def loops_by_itself():
    return Tutorial5()


@case(VECTORS, ("B..", "B..", T, "spikes and potential"), lambda net, x: torch.stack(net(x)[0]).sum(0))
def gives_lists():
    return variant(lambda spikes, potentials: (spikes, potentials))


@case(
    VECTORS, ("B..", "B..", T, "spikes and potential"), lambda net, x: torch.stack(net(x)["mem"]).mean(0), read="mean"
)
def gives_a_dictionary():
    return variant(lambda spikes, potentials: {"mem": potentials, "spk": spikes})


@case(VECTORS, ("B..", "B..", T, "spikes"), lambda net, x: net(x).sum(0))
def gives_spikes_only():
    return variant(lambda spikes, potentials: torch.stack(spikes))


@case(VECTORS, ("B..", "B..", T, "spikes"), lambda net, x: torch.stack(net(x)).sum(0))
def gives_one_list():
    return variant(lambda spikes, potentials: spikes)


@case(VECTORS, ("B..", "B..", T, "spikes and potential"), lambda net, x: net(x)[0].max(0).values, read="maximum")
def potential_first():
    return variant(lambda spikes, potentials: [torch.stack(potentials), torch.stack(spikes)])


@case(VECTORS, ("B..", "B..", 1, "real numbers"), lambda net, x: net(x))
def sums_up():
    return variant(lambda spikes, potentials: torch.stack(spikes).sum(0))


@case(VECTORS, ("B..", "B..", T, "spikes and potential"), lambda net, x: net(x)[0].sum(1))
def gives_the_batch_first():
    return variant(lambda spikes, potentials: (torch.stack(spikes, 1), torch.stack(potentials, 1)))


@case(SERIES, ("BT..", "TB..", T, "spikes and potential"), lambda net, x: net(x.transpose(0, 1))[0].sum(0))
def loops_over_time_first():
    return variant(steps=lambda x: [x[step] for step in range(x.size(0))])


@case(SERIES.transpose(0, 1), ("TB..", "TB..", T, "spikes and potential"), lambda net, x: net(x)[0].sum(0))
def points_with_time_first():
    return variant(steps=lambda x: list(x))


@case(SERIES, ("BT..", "BT..", T, "spikes and potential"), lambda net, x: net(x)[1][-1], read="last")
def loops_over_batch_first():
    return variant(steps=lambda x: list(x.unbind(1)))


def over_steps(net, frames, pick=lambda out: out[0]):
    return torch.stack([pick(net(frame)) for frame in frames])


def hidden_layers(**last):
    return (
        nn.Conv2d(1, 4, 3), leaky(init_hidden=True), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(36, K), leaky(init_hidden=True, **last),
    )  # fmt: skip


def fresh(net):
    """By hand: each neuron emptied."""
    for module in net.modules():
        if isinstance(module, snntorch.SpikingNeuron):
            module.reset_mem()
    return net


@case(
    IMAGES, ("B..", "steps", T, "spikes and potential"), lambda net, x: over_steps(fresh(net), [x] * T).sum(0), steps=T
)
def tutorial_6_hidden_states():
    return sequential(*hidden_layers(output=True))


@case(
    IMAGES, ("B..", "steps", T, "spikes"), lambda net, x: over_steps(fresh(net), [x] * T, torch.clone).sum(0), steps=T
)
def hidden_states_spikes_only():
    return sequential(*hidden_layers())


class Nested(nn.Module):
    """Blocks in blocks, whose neurons the library's reset does not find."""

    def __init__(self):
        super().__init__()
        self.features = nn.ModuleDict({"block": sequential(*hidden_layers(output=True))})

    def forward(self, x):
        return self.features["block"](x)


@case(
    IMAGES, ("B..", "steps", T, "spikes and potential"), lambda net, x: over_steps(fresh(net), [x] * T).sum(0), steps=T
)
def nested():
    return Nested()


@case(EVENTS, ("BT..", "steps", T, "spikes and potential"), lambda net, x: over_steps(fresh(net), x.unbind(1)).sum(0))
def tutorial_7_events():
    return sequential(nn.Conv2d(2, 4, 3), *hidden_layers(output=True)[1:])


@case(
    EVENTS.transpose(0, 1),
    ("TB..", "steps", T, "spikes and potential"),
    lambda net, x: over_steps(fresh(net), x).sum(0),
)
def events_with_time_first():
    return sequential(nn.Conv2d(2, 4, 3), *hidden_layers(output=True)[1:])


@case(SERIES, ("BT..", "steps", T, "spikes and potential"), lambda net, x: over_steps(fresh(net), x.unbind(1)).sum(0))
def linear_layers_that_would_take_time_for_a_feature():
    return sequential(nn.Linear(F, 16), leaky(init_hidden=True), nn.Linear(16, K), leaky(init_hidden=True, output=True))


class Explicit(nn.Module):
    """States that are passed and handed back."""

    def __init__(self):
        super().__init__()
        self.fc1, self.lif1 = nn.Linear(F, 16), leaky()
        self.fc2, self.lif2 = nn.Linear(16, K), leaky()
        louder(self)

    def forward(self, x, mem1=None, mem2=None):
        mem1 = self.lif1.reset_mem() if mem1 is None else mem1
        mem2 = self.lif2.reset_mem() if mem2 is None else mem2
        spk1, mem1 = self.lif1(self.fc1(x), mem1)
        spk2, mem2 = self.lif2(self.fc2(spk1), mem2)
        return spk2, mem1, mem2


def passing_states(net, frames, *states):
    spikes = []
    for frame in frames:
        out, *states = net(frame, *states)
        spikes.append(out)
    return torch.stack(spikes)


@case(VECTORS, ("B..", "steps", T, "spikes and potential"), lambda net, x: passing_states(net, [x] * T).sum(0), steps=T)
def explicit_states():
    return Explicit()


class Needed(Explicit):
    """As its documentation begins: the state has no default."""

    def forward(self, x, mem1, mem2):
        spk1, mem1 = self.lif1(self.fc1(x), mem1)
        spk2, mem2 = self.lif2(self.fc2(spk1), mem2)
        return spk2, mem1, mem2


def zeros_first(net, frames):
    return passing_states(net, frames, torch.zeros(N, 16), torch.zeros(N, K))


@case(VECTORS, ("B..", "steps", T, "spikes and potential"), lambda net, x: zeros_first(net, [x] * T).sum(0), steps=T)
def states_without_default():
    return Needed()


@case(
    VECTORS, ("B..", "steps", T, "spikes and potential"), lambda net, x: over_steps(fresh(net), [x] * T).sum(0), steps=T
)
def second_order():
    hidden = snntorch.Synaptic(alpha=0.8, beta=0.9, init_hidden=True)
    return sequential(
        nn.Linear(F, 16),
        hidden,
        nn.Linear(16, K),
        snntorch.Synaptic(alpha=0.8, beta=0.9, init_hidden=True, output=True),
    )


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.lif1 = nn.Linear(F, 16), snntorch.RLeaky(beta=0.9, linear_features=16)
        self.fc2, self.lif2 = nn.Linear(16, K), leaky()
        louder(self)

    def forward(self, x):
        (spk1, mem1), mem2 = self.lif1.reset_mem(), self.lif2.reset_mem()
        spikes = []
        for _ in range(T):
            spk1, mem1 = self.lif1(self.fc1(x), spk1, mem1)
            spk2, mem2 = self.lif2(self.fc2(spk1), mem2)
            spikes.append(spk2)
        return torch.stack(spikes)


@case(VECTORS, ("B..", "B..", T, "spikes"), lambda net, x: net(x).sum(0))
def recurrent():
    return Recurrent()


@case(SERIES, ("BT..", "TB..", T, "spikes"), lambda net, x: net(x.transpose(0, 1)).sum(0))
def leaky_in_parallel():
    return sequential(snntorch.LeakyParallel(F, 16), snntorch.LeakyParallel(16, K))


@case(VECTORS, ("B..", "steps", T, "spikes and potential"), lambda net, x: torch.zeros(N, K), steps=T)
def silent_step_by_step():
    return louder(nn.Sequential(nn.Linear(F, K, bias=False), leaky(init_hidden=True, output=True)), by=0)


@case(VECTORS, ("B..", "B..", T, "spikes and potential"), lambda net, x: torch.zeros(N, K))
def silent_by_itself():
    network = louder(Tutorial5(), by=0)
    nn.init.zeros_(network.fc1.bias)
    nn.init.zeros_(network.fc2.bias)
    return network
