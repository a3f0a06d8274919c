"""Neurons of snnTorch, SpikingJelly and Norse in the activation slots of snnlib's networks.

Their dynamics are set equal by their own parameters. With ``H`` the potential before the reset:

- snnTorch (0.8 and later): ``decay_then_subtract``, or ``zero``. Its reset carries no gradient.
- SpikingJelly, ``decay_input=False``, ``tau = 1 / (1 - beta)``, ``detach_reset=True``: ``subtract_then_decay`` with
  ``v_reset=None``, ``zero`` with ``v_reset=0``. It keeps V after the reset, ``V = H - S theta``.
- Norse, ``lif_box`` with ``dt tau_mem_inv = 1 - beta``: V and its threshold are ``1 - beta`` times ours. Its reset is
  a function that may be passed: the subtraction, without its gradient.
"""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from snnlib.networks import Feedforward, IntegrateAndFire, Leaky
from snnlib.neurons import surrogate_named


class Spike(torch.autograd.Function):
    """Spikes where ``fires(x, 0)``, in the type of x, with ``derivative(x)`` in the backward pass."""

    @staticmethod
    def forward(ctx, x, fires, derivative):
        ctx.save_for_backward(x)
        ctx.derivative = derivative
        return fires(x, 0).to(x.dtype)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * ctx.derivative(x), None, None


class Peer(nn.Module):
    """Slot with a peer's neurons, with the settings of ours: current ``[T, B, ...]`` -> spikes, or (spikes, potential).

    ``settings`` are those of `snnlib.networks.Leaky`, with the surrogate by name; None for integrate-and-fire.
    """

    def __init__(self, ours: Leaky | IntegrateAndFire, settings: dict | None, steps: int, both: bool):
        super().__init__()
        converted = isinstance(ours, IntegrateAndFire)
        self.beta, self.reset = (1.0, "subtract_then_decay") if converted else (settings["beta"], settings["reset"])
        self.threshold = ours.threshold if converted else settings["threshold"]
        self.start, self.height = (self.threshold / 2, self.threshold) if converted else (0.0, 1.0)
        self.surrogate = self.box(self.threshold / steps) if converted else self.named(*settings["surrogate"])
        self.both = both

    def box(self, width: float) -> Callable:
        """Of integrate-and-fire neurons, for spikes that are multiplied by their height afterwards."""
        return lambda x: Spike.apply(x, torch.ge, lambda y: (y.abs() < width / 2) / self.height)

    def named(self, name: str, parameter: float) -> Callable:
        """The peer's own surrogate."""
        raise NotImplementedError

    def run(self, current: Tensor, start: Tensor) -> tuple[Tensor, Tensor]:
        """Spikes of height 1, and potentials before the reset where they are read."""
        raise NotImplementedError

    def forward(self, current: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        spikes, potential = self.run(current, torch.full_like(current[0], self.start))
        spikes = spikes if self.height == 1 else spikes * self.height
        return (spikes, potential) if self.both else spikes


class SnnTorch(Peer):
    """``snntorch.Leaky``, step by step, the potential passed explicitly."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        import snntorch

        mechanism = "zero" if self.reset == "zero" else "subtract"
        self.neuron = snntorch.Leaky(self.beta, self.threshold, self.surrogate, reset_mechanism=mechanism)

    def named(self, name, parameter):
        from snntorch import surrogate

        if torch.get_default_dtype() == torch.float64:  # in which equality is checked; snnTorch's own give float32
            return lambda x: Spike.apply(x, torch.gt, surrogate_named(name, parameter))
        return getattr(surrogate, name)(parameter)

    def run(self, current, start):
        potential, outputs = start, []
        for i in current:
            outputs.append(self.neuron(i, potential))
            potential = outputs[-1][1]
        spikes, potentials = zip(*outputs, strict=True)
        return torch.stack(spikes), torch.stack(potentials)


class SpikingJelly(Peer):
    """SpikingJelly's multi-step neurons, with the backend that it chooses for the device."""

    def named(self, name, parameter):
        from spikingjelly.activation_based import surrogate

        return {"atan": surrogate.ATan}[name](parameter)

    def run(self, current, start):
        from spikingjelly.activation_based import functional

        reset, theta, leak = 0.0 if self.reset == "zero" else None, self.threshold, 1 - self.beta
        rest = (theta, reset, self.surrogate, True, self.both)
        if leak == 0:
            spikes, _, after = functional.if_multi_step(current, start, *rest)
        else:
            spikes, _, after = functional.lif_multi_step(current, start, 1 / leak, False, *rest)
        return spikes, after + spikes.detach() * theta if self.both else None


class Norse(Peer):
    """Norse's ``lif_box``, step by step, with its surrogate ``super``."""

    def named(self, name, parameter):
        return None

    @staticmethod
    def surrogate_in_our_units(beta: float) -> Callable:
        """``(1 - beta) / (1 + (1 - beta) |x|)^2``."""
        return lambda x: x.abs().mul_(1 - beta).add_(1).square_().reciprocal_().mul_(1 - beta)

    def run(self, current, start):
        from norse.torch.functional import lif_box

        scale, outputs = 1 - self.beta, []
        theta = scale * self.threshold
        p = lif_box.LIFBoxParameters(
            tau_mem_inv=torch.tensor(scale),
            v_th=torch.tensor(theta),
            reset_method=lambda z, v, reset, th: v - z.detach() * th,
        )
        state = lif_box.LIFBoxFeedForwardState(v=start * scale)
        for i in current:
            spikes, state = lif_box.lif_box_feed_forward_step(i, state, p, dt=1.0)
            outputs.append((spikes, state.v))
        spikes, after = (torch.stack(of) for of in zip(*outputs, strict=True))
        return spikes, (after + spikes.detach() * theta) / scale if self.both else None


class Stepped(nn.Module):
    """A network of paper A as snnTorch's tutorials write it: one loop over time around layers and neurons."""

    def __init__(self, network: Feedforward):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        potentials, outputs = [None] * len(self.network.slots), []
        for spikes in x:
            for n, (layer, slot) in enumerate(zip(self.network.layers, self.network.slots, strict=True)):
                current = layer(spikes)
                before = torch.zeros_like(current) if potentials[n] is None else potentials[n]
                spikes, potentials[n] = slot.neuron(current, before)
            outputs.append((spikes, potentials[-1]))
        spikes, potential = zip(*outputs, strict=True)
        return torch.stack(spikes), torch.stack(potential)


def with_neurons(network: nn.Module, peer: type[Peer], settings: dict | None, steps: int) -> nn.Module:
    """A copy of a network of ours with a peer's neurons."""
    copied = copy.deepcopy(network)
    for module in list(copied.modules()):
        for name, slot in list(module.named_children()):
            if isinstance(slot, Leaky | IntegrateAndFire):
                setattr(module, name, peer(slot, settings, steps, isinstance(network, Feedforward)))
    return copied
