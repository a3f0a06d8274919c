"""Opacus' gradients of persons through time: which ways to write a spiking network keep one gradient a person."""

import pytest
import snntorch
import torch
from torch import nn
from torch.nn import functional as F

from snnlib.audit.private import ORDERS, clipped_sum, private_epsilon, renyi

opacus = pytest.importorskip("opacus", reason="Opacus is not installed: pip install --no-deps -r benchmarks/peers.txt")

pytestmark = pytest.mark.filterwarnings("ignore:Full backward hook is firing")
STEPS, PERSONS, CLIP = 5, 4, 0.05


class Net(nn.Module):
    """Two layers of snnTorch's neurons, ``[B, T, 12] -> [B, 3]``, summed over time, with time run in three ways.

    ``steps``: layer and neuron step by step. ``folded``: layers see ``[T B, ...]``, as convolutions of sequence modes
    do. ``sequence``: layers see ``[T, B, ...]``, as linear layers of sequence modes do.
    """

    def __init__(self, way):
        super().__init__()
        self.way, draw = way, torch.Generator().manual_seed(0)
        self.layers = nn.ModuleList([nn.Linear(12, 24), nn.Linear(24, 3)])
        self.neurons = nn.ModuleList(snntorch.Leaky(0.8) for _ in range(2))
        snntorch.SpikingNeuron.instances.clear()
        for weight in self.parameters():
            nn.init.normal_(weight, 0, 0.6, generator=draw)

    def forward(self, x):
        x = x.transpose(0, 1)
        if self.way == "steps":
            potentials = [torch.zeros(()), torch.zeros(())]
            total = 0
            for now in x:
                for i, (layer, neuron) in enumerate(zip(self.layers, self.neurons)):
                    now, potentials[i] = neuron(layer(now), potentials[i])
                total = total + potentials[-1]
            return total
        for layer, neuron in zip(self.layers, self.neurons):
            current = layer(x.flatten(0, 1)).unflatten(0, x.shape[:2]) if self.way == "folded" else layer(x)
            potential, course, spikes = torch.zeros(()), [], []
            for now in current:
                spike, potential = neuron(now, potential)
                spikes.append(spike)
                course.append(potential)
            x = torch.stack(spikes)
        return torch.stack(course).sum(0)


X = (torch.rand(PERSONS, STEPS, 12, generator=torch.Generator().manual_seed(1)) < 0.5).float()
Y = torch.tensor([0, 1, 2, 1])


def by_person(way):
    """One backward pass a person: what is right."""
    net = Net(way)
    found = (torch.autograd.grad(F.cross_entropy(net(X[[i]]), Y[[i]]), [*net.parameters()]) for i in range(PERSONS))
    return [torch.stack(gradients) for gradients in zip(*found)]


def by_opacus(way, batch_first=True):
    wrapped = opacus.GradSampleModule(Net(way), loss_reduction="sum", batch_first=batch_first)
    F.cross_entropy(wrapped(X), Y, reduction="sum").backward()
    return wrapped, [weight.grad_sample for weight in wrapped.parameters()]


def flat(gradients):
    return torch.cat([gradient.flatten(1) for gradient in gradients], 1)


def opacus_step(way, keep=slice(None)):
    """The clipped sum of gradients that Opacus' optimizer goes by, without noise."""
    wrapped = opacus.GradSampleModule(Net(way), loss_reduction="sum")
    settings = {"noise_multiplier": 0.0, "max_grad_norm": CLIP, "expected_batch_size": 1}
    optimizer = opacus.optimizers.DPOptimizer(torch.optim.SGD(wrapped.parameters(), 0.0), **settings)
    F.cross_entropy(wrapped(X[keep]), Y[keep], reduction="sum").backward()
    optimizer.step()
    return torch.cat([weight.grad.flatten() for weight in wrapped.parameters()])


def test_all_ways_compute_the_same_network():
    for gradients in zip(*(by_person(way) for way in ("steps", "folded", "sequence"))):
        for other in gradients[1:]:
            torch.testing.assert_close(other, gradients[0])


@pytest.mark.parametrize(("way", "batch_first"), [("steps", True), ("sequence", False)])
def test_step_by_step_opacus_keeps_one_gradient_a_person(way, batch_first):
    """And in a sequence mode where it is told that the batch is the second axis."""
    _, found = by_opacus(way, batch_first)
    for gradient, right in zip(found, by_person(way), strict=True):
        torch.testing.assert_close(gradient, right)


@pytest.mark.parametrize(("way", "rows"), [("folded", STEPS * PERSONS), ("sequence", STEPS)])
def test_in_sequence_modes_opacus_keeps_others_and_says_nothing(way, rows):
    _, found = by_opacus(way)
    assert {len(gradient) for gradient in found} == {rows} != {PERSONS}
    torch.testing.assert_close(flat(found).sum(0), flat(by_person("steps")).sum(0))  # and so training looks right


def test_what_one_person_can_change_is_above_the_clipping_norm():
    """What noise is scaled to is at most C step by step, and near T C with time folded into the batch."""
    for way, low, high in (("steps", 0.0, 1.0), ("folded", 3.0, STEPS), ("sequence", 1.01, 2 * STEPS)):
        change = opacus_step(way) - opacus_step(way, slice(1, None))
        assert low <= float(change.norm()) / CLIP <= high + 1e-4


def test_clipped_sums_are_those_of_opacus_step_by_step():
    names = [name for name, _ in Net("steps").named_parameters()]
    ours = clipped_sum(dict(zip(names, by_person("steps"))), CLIP)
    torch.testing.assert_close(
        torch.cat([g.flatten() for g in ours.values()]), opacus_step("steps"), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize(("noise", "rate", "steps"), [(1.1, 256 / 60_000, 14_000), (0.7, 0.1, 120), (4.0, 0.5, 1000)])
def test_the_accountant_has_opacus_numbers(noise, rate, steps):
    theirs = opacus.accountants.analysis.rdp.compute_rdp(
        q=rate, noise_multiplier=noise, steps=1, orders=ORDERS.tolist()
    )
    torch.testing.assert_close(torch.tensor(renyi(noise, rate)), torch.tensor(theirs), rtol=1e-6, atol=1e-12)
    accountant = opacus.accountants.RDPAccountant()
    accountant.history = [(noise, rate, steps)]
    assert private_epsilon(noise, rate, steps) == pytest.approx(accountant.get_epsilon(delta=1e-5), rel=0.03)
