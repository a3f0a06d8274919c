"""Networks as their libraries' tutorials write them: adapted, they answer as when the library is called by hand."""

import importlib
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import snntorch
import torch
from snntorch import spikegen
from torch import nn

from snnlib.audit import WeakReadout, adapt
from snnlib.contract import contract
from snnlib.errors import SettingError
from snnlib.inversion import brainleaks_v1
from snnlib.networks import mlp

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


# -- snnTorch


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


# -- SpikingJelly


def average(net, frames):
    functional.reset_net(net)
    return sum(net(frame) for frame in frames)


@case(IMAGES, ("B..", "steps", T, "spikes"), lambda net, x: average(net, [x] * T), jelly, steps=T)
def jelly_single_step():
    return sequential(layer.Flatten(), layer.Linear(64, K, bias=False), neuron.LIFNode(tau=2.0))


def jelly_layers():
    return (
        layer.Conv2d(1, 4, 3, bias=False), layer.BatchNorm2d(4), neuron.IFNode(), layer.MaxPool2d(2, 2),
        layer.Flatten(), layer.Linear(36, K, bias=False), neuron.IFNode(),
    )  # fmt: skip


class FashionMnist(nn.Module):
    """Its example for Fashion-MNIST: repeats the image, computes all steps at once, gives a rate."""

    def __init__(self):
        super().__init__()
        self.conv_fc = sequential(*jelly_layers())
        functional.set_step_mode(self, "m")

    def forward(self, x):
        return self.conv_fc(x.unsqueeze(0).expand(T, -1, -1, -1, -1)).mean(0)


def after_reset(net, x):
    functional.reset_net(net)
    return net(x)


@case(IMAGES, ("B..", "B..", 1, "real numbers"), after_reset, jelly)
def jelly_gives_a_rate():
    return FashionMnist()


def multi_step(*layers):
    network = sequential(*layers)
    functional.set_step_mode(network, "m")
    return network


@case(
    IMAGES, ("B..", "TB..", T, "spikes"), lambda net, x: after_reset(net, x.expand(T, *x.shape)).sum(0), jelly, steps=T
)
def jelly_multi_step():
    return multi_step(*jelly_layers())


@case(
    VECTORS, ("B..", "TB..", T, "spikes"), lambda net, x: after_reset(net, x.expand(T, *x.shape)).sum(0), jelly, steps=T
)
def jelly_multi_step_that_would_take_the_batch_for_time():
    return louder(multi_step(layer.Linear(F, 16), neuron.LIFNode(), layer.Linear(16, K), neuron.LIFNode()), by=2)


@case(EVENTS, ("BT..", "TB..", T, "spikes"), lambda net, x: after_reset(net, x.transpose(0, 1)).sum(0), jelly)
def jelly_events():
    parametric = neuron.ParametricLIFNode(init_tau=2.0)
    return multi_step(layer.Conv2d(2, 4, 3), parametric, layer.MaxPool2d(2), layer.Flatten(), *jelly_layers()[-2:])


class LoopsForARate(nn.Module):
    def __init__(self):
        super().__init__()
        self.static = sequential(layer.Conv2d(1, 4, 3), layer.BatchNorm2d(4))
        self.fc = louder(nn.Sequential(neuron.IFNode(), layer.Flatten(), layer.Linear(144, K), neuron.IFNode()))

    def forward(self, x):
        x = self.static(x)
        return sum(self.fc(x) for _ in range(T)) / T


@case(IMAGES, ("B..", "B..", 1, "real numbers"), after_reset, jelly)
def jelly_loops_for_a_rate():
    return LoopsForARate()


@case(IMAGES, ("B..", "steps", T, "spikes"), lambda net, x: average(net, [x.double()] * T), jelly, steps=T)
def jelly_in_double_precision():
    return sequential(*jelly_layers()).double()


class Container(nn.Module):
    """Single-step layers run over a sequence by the library's loop."""

    def __init__(self):
        super().__init__()
        self.inner = layer.MultiStepContainer(sequential(*jelly_layers()))

    def forward(self, x):
        return self.inner(x)


@case(
    IMAGES, ("B..", "TB..", T, "spikes"), lambda net, x: after_reset(net, x.expand(T, *x.shape)).sum(0), jelly, steps=T
)
def jelly_container():
    return Container()


# -- Norse


def norse_steps(net, frames):
    state, outputs = None, []
    for frame in frames:
        out, state = net(frame, state)
        outputs.append(out)
    return torch.stack(outputs)


@case(IMAGES, ("B..", "steps", T, "real numbers"), lambda net, x: norse_steps(net, [x] * T).mean(0), norse, steps=T)
def norse_cells():
    return louder(
        norse.SequentialState(
            nn.Conv2d(1, 4, 3),
            norse.LIFCell(dt=0.1),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(36, K),
            norse.LICell(dt=0.1),
        )
    )


@case(
    IMAGES, ("B..", "TB..", T, "real numbers"), lambda net, x: net(x.expand(T, *x.shape))[0].amax(0), norse, steps=T,
    read="maximum",
)  # fmt: skip
def norse_sequence():
    return louder(
        norse.SequentialState(
            norse.Lift(nn.Conv2d(1, 4, 3)), norse.LIF(dt=0.1), nn.Flatten(2), nn.Linear(144, K), norse.LI(dt=0.1)
        )
    )


@case(SERIES, ("BT..", "TB..", T, "spikes"), lambda net, x: net(x.transpose(0, 1))[0].sum(0), norse)
def norse_recurrent():
    return louder(norse.SequentialState(norse.LIFRecurrent(F, 16, dt=0.1), norse.LIFRecurrent(16, K, dt=0.1)))


class NorseMnist(nn.Module):
    """Its tutorial on MNIST: encoder, loop over time, decoder."""

    def __init__(self, decode):
        super().__init__()
        self.encode, self.decode = norse.ConstantCurrentLIFEncoder(T, dt=0.1), decode
        self.conv, self.lif = nn.Conv2d(1, 4, 3), norse.LIFCell(dt=0.1)
        self.fc, self.out = nn.Linear(144, 16), norse.LILinearCell(16, K)
        louder(self)

    def forward(self, x):
        frames, state, readout, voltages = self.encode(x), None, None, []
        for frame in frames:
            z, state = self.lif(self.conv(frame), state)
            voltage, readout = self.out(torch.relu(self.fc(z.flatten(1))), readout)
            voltages.append(voltage)
        return self.decode(torch.stack(voltages))


class NorseState(nn.Module):
    """A state of several cells, passed and handed back; so small a potential is no silence."""

    def __init__(self):
        super().__init__()
        self.fc, self.lif, self.out = nn.Linear(F, 16), norse.LIFCell(), norse.LILinearCell(16, K)
        louder(self)

    def forward(self, x, state=None):
        of_lif, of_out = state or (None, None)
        z, of_lif = self.lif(self.fc(x), of_lif)
        voltage, of_out = self.out(z + 0.01 * x[:, :16], of_out)
        return voltage, (of_lif, of_out)


@case(SERIES, ("BT..", "steps", T, "real numbers"), lambda net, x: norse_steps(net, x.unbind(1)).mean(0), norse)
def norse_state_of_several_cells():
    return NorseState()


@case(IMAGES, ("B..", "B..", T, "real numbers"), lambda net, x: net(x).mean(0), norse)
def norse_tutorial():
    return NorseMnist(lambda voltages: voltages)


@case(IMAGES, ("B..", "B..", 1, "real numbers"), lambda net, x: net(x), norse)
def norse_tutorial_with_decoder():
    return NorseMnist(lambda voltages: voltages.max(0).values.log_softmax(1))


# -- sinabs


def sinabs_layers():
    return nn.Linear(F, 16), sl.LIF(tau_mem=5.0), nn.Linear(16, K)


@case(SERIES, ("BT..", "BT..", T, "spikes"), lambda net, x: net(x).sum(1), sl)
def sinabs_sequence():
    return louder(nn.Sequential(*sinabs_layers(), sl.IAF(spike_fn=sinabs.activation.SingleSpike)), by=6)


@case(SERIES, ("BT..", "BT..", T, "real numbers"), lambda net, x: net(x).mean(1), sl)
def sinabs_leaky_readout():
    return sequential(*sinabs_layers(), sl.ExpLeak(tau_mem=5.0))


@case(VECTORS, ("B..", "BT..", T, "spikes"), lambda net, x: net(x[:, None].expand(-1, T, -1)).sum(1), sl, steps=T)
def sinabs_recurrent():
    recurrent = sl.LIFRecurrent(tau_mem=5.0, rec_connect=nn.Linear(16, 16))
    return sequential(nn.Linear(F, 16), recurrent, nn.Linear(16, K), sl.IAF())


def sinabs_convolutions(**fold):
    return (
        nn.Conv2d(2, 4, 3), sl.IAFSqueeze(**fold), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(36, K), sl.IAFSqueeze(**fold),
    )  # fmt: skip


@case(EVENTS, ("BT..", "BT..", T, "spikes"), lambda net, x: net(x).sum(1), sl)
def sinabs_folds_inside():
    return sequential(sl.FlattenTime(), *sinabs_convolutions(batch_size=N), sl.UnflattenTime(N))


@case(EVENTS, ("BT..", "folded", T, "spikes"), lambda net, x: net(x.flatten(0, 1)).unflatten(0, (N, T)).sum(1), sl)
def sinabs_folded_by_steps():
    return sequential(*sinabs_convolutions(num_timesteps=T))


@case(
    IMAGES, ("B..", "folded", T, "spikes"),
    lambda net, x: net(x.repeat_interleave(T, 0)).unflatten(0, (N, T)).sum(1), sl, steps=T,
)  # fmt: skip
def sinabs_converted():
    ann = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(36, K), nn.ReLU())
    return sinabs.from_model(louder(ann), batch_size=N, add_spiking_output=False)


# -- anybody's


class Own(nn.Module):
    """Neurons of one's own, which keep their state."""

    def __init__(self):
        super().__init__()
        self.fc, self.v = nn.Linear(F, K), None
        louder(self)

    def reset(self):
        self.v = None

    def forward(self, x):
        v = self.fc(x) if self.v is None else 0.9 * self.v + self.fc(x)
        spikes = (v > 1).to(v) + v.sigmoid() - v.sigmoid().detach()
        self.v = v - spikes
        return spikes.detach(), v


@case(
    VECTORS, ("B..", "steps", T, "spikes and potential"), lambda net, x: own_steps(net, [x] * T).sum(0),
    steps=T, reset=lambda net: net.reset(),
)  # fmt: skip
def own_neurons():
    return Own()


@case(SERIES, ("BT..", "steps", T, "spikes and potential"), lambda net, x: own_steps(net, x.unbind(1)).sum(0),
      reset=lambda net: net.reset())  # fmt: skip
def own_neurons_that_would_take_time_for_a_feature():
    return Own()


def own_steps(net, frames):
    net.reset()
    return torch.stack([net(frame)[0] for frame in frames])


def latency(net, x):
    fresh(net)
    codes = spikegen.latency(x, num_steps=T, normalize=True, linear=True)
    return tuple(map(torch.stack, zip(*(net(code) for code in codes))))


@case(VECTORS, ("B..", "call", T, "spikes and potential"), lambda net, x: latency(net, x)[1].mean(0), call=latency,
      read="mean")  # fmt: skip
def coded_by_a_function():
    return sequential(nn.Linear(F, 16), leaky(init_hidden=True), nn.Linear(16, K), leaky(init_hidden=True, output=True))


@case(SERIES, ("BT..", "TB..", T, "spikes and potential"), lambda net, x: net(x.transpose(0, 1))[0].sum(0))
def ours():
    return mlp((F,), K, hidden=16, neuron=NEURON)


@case(VECTORS, ("B..", "B..", 1, "real numbers"), lambda net, x: net(x))
def without_time():
    return nn.Sequential(nn.Linear(F, 16), nn.ReLU(), nn.Linear(16, K))


@pytest.mark.filterwarnings("ignore::snnlib.audit.WeakReadout")
@pytest.mark.parametrize(("make", "x", "form", "by_hand", "settings"), CASES.values())
def test_a_network_answers_as_by_hand(make, x, form, by_hand, settings):
    """After it was used on other points; in other batches; and as a network that time comes into step by step."""
    network = made(make)
    with torch.no_grad():
        by_hand(network, 1 - x.flip(0, 1))
        expected = by_hand(made(make), x).double()
    found = adapt(network, (x, Y), **settings)
    assert (found.layout, found.feed, found.steps, found.known) == form and found.classes == K
    logits, steps = found.logits(x, batch=5), found.by_step(x)
    assert logits.dtype == torch.float64 and steps.shape == (found.steps, N, K)
    torch.testing.assert_close(logits, expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(found.logits(x), expected, rtol=1e-5, atol=1e-6)
    assert found.accuracy[found.read] == (steps[-1].argmax(-1) == Y).double().mean()
    points = x.transpose(0, 1) if found.layout == "TB.." else x
    if "silent" not in make.__name__:
        assert len(expected.unique(dim=0)) > 1 and not found.random
        assert found.differentiable == (found.feed != "call")  # a latency has no gradient
    if found.feed != "call" and found.size is None and found.differentiable:
        assert contract(found, points.shape[1 + (found.layout != "B..") :], found.frames) == K


def test_enough_networks_are_tried():
    assert len(CASES) >= 45


# -- what cannot be adapted is told


class Documented(Needed):
    """The order in which snnTorch's documentation returns states and spikes."""

    def forward(self, x, mem1, spk1, mem2):
        spk1, mem1 = self.lif1(self.fc1(x), mem1)
        spk2, mem2 = self.lif2(self.fc2(spk1), mem2)
        return mem1, spk1, mem2, spk2


class Answers(nn.Module):
    """A network without time, whose answer is changed."""

    def __init__(self, change):
        super().__init__()
        self.fc, self.change = nn.Linear(F, K), change

    def forward(self, x):
        return self.change(self.fc(x))


def batch_normalised():
    return nn.Sequential(nn.Linear(F, 16), nn.BatchNorm1d(16, track_running_stats=False), nn.ReLU(), nn.Linear(16, K))


def hidden():
    return sequential(nn.Linear(F, K), leaky(init_hidden=True, output=True))


REFUSED = {
    "state is not emptied": (Own, VECTORS, {"steps": T}, "keeps a state"),
    "other random numbers": (
        lambda: Answers(lambda y: y + np.random.rand()),
        VECTORS,
        {},
        "that torch knows nothing of",
    ),
    "steps are not known": (hidden, VECTORS, {}, "how many it takes is not known"),
    "other steps": (Tutorial5, VECTORS, {"steps": T + 1}, "computes 7 time steps by itself, not 8"),
    "batch as long as time": (
        Tutorial5,
        VECTORS[:T],
        {},
        r"answer, \[7, 7, 5\], the time axis is as long as the batch",
    ),
    "points as long as the batch": (hidden, SERIES[:T], {}, r"Two axes of the points \[7, 7, 20\]"),
    "batch norm": (batch_normalised, VECTORS, {}, "depends on the others of its batch"),
    "outputs before states": (Documented, VECTORS, {"steps": T}, r"takes a state \(mem1, spk1, mem2\), but does not"),
    "too few classes": (hidden, VECTORS, {"steps": T, "y": Y + 1}, "labels below 6"),
    "no batch in the answer": (lambda: Answers(lambda y: y.sum(0)), VECTORS, {}, r"gives \[5\] where 12 points"),
    "time last": (lambda: variant(lambda s, u: torch.stack(s, -1)), VECTORS, {}, "has 5 time steps, but it computes 7"),
    "no tensor": (lambda: Answers(lambda y: "cat"), VECTORS, {}, "gives no tensor"),
    "not finite": (lambda: Answers(lambda y: y / 0), VECTORS, {}, "not all finite"),
    "another shape": (hidden, IMAGES, {"steps": T}, r"does not take points of shape \[12, 1, 8, 8\]"),
    "no such layout": (hidden, VECTORS, {"layout": "BCHW"}, "no layout 'BCHW'"),
    "no such readout": (hidden, VECTORS, {"read": "rate"}, "no readout 'rate'"),
    "labels": (hidden, VECTORS, {"y": Y[:5]}, r"5 labels, but the points are \[12, 20\]"),
    "no labels": (hidden, VECTORS, {"y": Y.float()}, "name no classes"),
    "layout that does not fit": (hidden, SERIES, {"layout": "TB.."}, "12 labels, but the points are"),
}


@pytest.mark.parametrize(("make", "x", "settings", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_adapted_is_told(make, x, settings, said):
    y = settings.get("y", Y[: len(x)])
    with pytest.raises(SettingError, match=said) as refused:
        adapt(made(make), (x, y), **{name: value for name, value in settings.items() if name != "y"})
    for sentence in (refused.value.problem, refused.value.remedy):
        assert sentence.endswith(".") and sentence[0].isupper()


@pytest.mark.skipif(hasattr(sl, "missing"), reason=getattr(sl, "missing", ""))
def test_points_that_sinabs_would_put_together_are_told():
    """Layers for batches of 4 fold 12 points of 7 steps into 4 points of 21."""
    with pytest.raises(SettingError, match=r"made for \[4, -1\] points and steps in one axis"):
        adapt(made(lambda: sequential(*sinabs_convolutions(batch_size=4))), (EVENTS, Y))


# -- what is assumed is said


def test_random_coding_is_said_with_how_much_it_changes():
    found = adapt(made(hidden), (VECTORS, Y), call=lambda net, x: over_steps(fresh(net), spikegen.rate(x, num_steps=T)))
    assert found.random and "random coding: logits differ by" in " ".join(found.said)
    assert not torch.equal(found.logits(VECTORS), found.logits(VECTORS))


@pytest.mark.filterwarnings("ignore::snnlib.audit.WeakReadout")
def test_random_numbers_of_others_and_other_networks_are_left_alone():
    """snnTorch's own reset empties every network of the process; the audit's only its own."""
    other, network = made(hidden), made(hidden)
    other(VECTORS)
    before, kept = torch.get_rng_state(), other[1].mem
    adapt(network, (VECTORS, Y), steps=T).logits(VECTORS)
    assert other[1].mem is kept and kept.any() and torch.equal(torch.get_rng_state(), before)


class Potential(nn.Module):
    """Recognises each class by its potential, and never spikes."""

    def __init__(self):
        super().__init__()
        self.lif = leaky(init_hidden=True, output=True)

    def forward(self, x):
        return self.lif(0.05 * x)


def test_a_readout_that_another_one_beats_is_warned_of():
    x = torch.eye(K)[Y]
    with pytest.warns(WeakReadout, match="Read by count, .* 25% of the example, by mean 100%. Pass read='mean'"):
        found = adapt(Potential(), (x, Y), steps=T)
    assert found.accuracy["last"] == found.accuracy["maximum"] == 1 and found.read == "count"
    found = adapt(Potential(), (x, Y), steps=T, read="mean")
    assert "accuracy on the example under each readout: count 25.0%, mean 100.0%" in " ".join(found.said)


class Given(nn.Module):
    """Spikes and potentials that are known: its input, at each step."""

    def forward(self, x):
        return (x > 1).to(x), x


@pytest.mark.filterwarnings("ignore::snnlib.audit.WeakReadout")
@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("count", [[0, 1], [1, 1], [1, 2]]),
        ("mean", [[0, 2], [1.5, 1], [1, 2]]),
        ("last", [[0, 2], [3, 0], [0, 4]]),
        ("maximum", [[0, 2], [3, 2], [3, 4]]),
    ],
)
def test_readouts_by_hand(read, expected):
    x = torch.tensor([[[0.0, 2], [3, 0], [0, 4]]]).repeat(4, 1, 1)
    found = adapt(Given(), (x, torch.tensor([0, 1, 0, 1])), read=read, layout="BT..", call=lambda net, x: net(x))
    assert found.by_step(x)[:, 0].tolist() == expected and found.logits(x)[0].tolist() == expected[-1]


@pytest.mark.filterwarnings("ignore::snnlib.audit.WeakReadout")
def test_arrays_of_bytes_and_a_network_in_training():
    network = made(lambda: nn.Sequential(nn.Linear(F, 16), nn.Dropout(0.5), nn.ReLU(), nn.Linear(16, K))).train()
    x = (255 * VECTORS).to(torch.uint8).numpy()
    found = adapt(network, (x, Y.numpy()))
    torch.testing.assert_close(found.logits(x), network(torch.as_tensor(x).float()).double())
    assert found.said[-1] == "It was in training mode and is asked in evaluation mode." and not found.random


@pytest.mark.filterwarnings("ignore::snnlib.audit.WeakReadout")
def test_half_precision_is_kept():
    found = adapt(made(lambda: mlp((F,), K, hidden=16, neuron=NEURON)).bfloat16(), (SERIES, Y))
    spikes, potential = found(SERIES.transpose(0, 1).bfloat16())
    assert spikes.dtype == potential.dtype == torch.bfloat16 and found.logits(SERIES).dtype == torch.float64


@pytest.mark.filterwarnings("ignore::snnlib.audit.WeakReadout")
def test_a_network_that_repeats_a_point_by_itself_takes_no_sequence():
    found = adapt(made(Tutorial5), (VECTORS, Y))
    spikes, potential = found(VECTORS[None])
    assert spikes.shape == potential.shape == (1, N, K)
    torch.testing.assert_close(spikes[0] * T, found.logits(VECTORS).float())
    with pytest.raises(SettingError, match="repeats each point over time by itself, but was given 7 time steps"):
        found(VECTORS.expand(T, -1, -1))


@pytest.mark.filterwarnings("ignore::snnlib.audit.WeakReadout", "ignore::snnlib.errors.NotReached")
def test_an_adapted_network_is_attacked_as_one_of_ours():
    """One whose neurons keep their state and hide it."""
    images = IMAGES[:, 0]
    network = made(lambda: sequential(nn.Flatten(), nn.Linear(64, K), leaky(init_hidden=True, output=True)))
    adapted = adapt(network, (images, Y), steps=T)
    found = brainleaks_v1(adapted, range(K), shape=(8, 8), steps=T, iterations=5)
    assert found.samples.shape == (T, K, 8, 8) and (found.final > 1 / K).all()


@pytest.mark.filterwarnings("ignore::snnlib.audit.WeakReadout")
def test_colours_as_many_as_steps_are_no_time():
    images = torch.rand(N, 3, 8, 8, generator=DRAW)
    network = made(lambda: sequential(nn.Conv2d(3, 4, 3), *hidden_layers(output=True)[1:]))
    found = adapt(network, (images, Y), steps=3)
    assert (found.layout, found.feed, found.steps) == ("B..", "steps", 3)
