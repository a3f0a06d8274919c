"""SpikingJelly, Norse and sinabs, where they are installed, and networks of no library."""

import torch
from snntorch import spikegen
from torch import nn

from helpers.zoo import (
    EVENTS,
    IMAGES,
    NEURON,
    SERIES,
    VECTORS,
    F,
    K,
    N,
    T,
    case,
    functional,
    jelly,
    layer,
    louder,
    neuron,
    norse,
    sequential,
    sinabs,
    sl,
)
from helpers.zoo.by_snntorch import fresh, leaky
from snnlib.networks import mlp

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
