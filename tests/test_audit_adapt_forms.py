"""What networks return and take in forms of their own: answered as by hand, or refused, never mistaken."""

import copy

import pytest
import snntorch
import torch
from helpers.zoo import SERIES, VECTORS, F, K, N, T, Y
from torch import nn

from snnlib.audit import adapt
from snnlib.errors import SettingError

pytestmark = pytest.mark.filterwarnings("ignore::snnlib.audit.WeakReadout")


class Own(nn.Module):
    """Two layers of neurons without a library; ``gives`` makes what is returned of their spikes and potentials."""

    def __init__(self, gives, classes=K, hidden=16):
        super().__init__()
        torch.manual_seed(0)
        self.fc1, self.fc2, self.gives = nn.Linear(F, hidden), nn.Linear(hidden, classes), gives
        self.drop = nn.Dropout(0.5)
        with torch.no_grad():
            for layer in (self.fc1, self.fc2):
                layer.weight *= 4

    def forward(self, x):
        mem1 = mem2 = 0.0
        found = []
        for _ in range(T):
            mem1 = 0.9 * mem1 + self.fc1(x)
            spk1 = (mem1 > 1).to(mem1) + mem1 - mem1.detach()
            mem1 = mem1 - spk1.detach()
            mem2 = 0.9 * mem2 + self.drop(self.fc2(spk1))
            spk2 = (mem2 > 1).to(mem2)
            mem2 = mem2 - spk2
            found.append((spk1, mem1, spk2, mem2))
        return self.gives(*map(torch.stack, zip(*found)))


def counts(net, x):
    net = copy.deepcopy(net).eval()
    net.gives = lambda spk1, mem1, spk2, mem2: spk2.sum(0)
    return net(x).double()


@pytest.mark.parametrize(
    "gives",
    [
        lambda spk1, mem1, spk2, mem2: (spk2.sum(0), spk1),
        lambda spk1, mem1, spk2, mem2: (spk2.sum(0), [spk1.mean(0), mem1.mean(0)]),
        lambda spk1, mem1, spk2, mem2: ((spk2, mem2), spk1.mean()),
        lambda spk1, mem1, spk2, mem2: spk2.bool(),
        lambda spk1, mem1, spk2, mem2: spk2.squeeze(),
        lambda spk1, mem1, spk2, mem2: (mem2, spk2),
    ],
    ids=["logits, hidden spikes", "logits, list of rates", "nested", "bool", "squeezed", "potential first"],
)
def test_an_output_is_found_among_others(gives):
    network = Own(gives)
    found = adapt(network, (VECTORS, Y))
    for x in (VECTORS, VECTORS[:1], VECTORS[:5]):
        factor = 1 if found.steps > 1 or found.known != "spikes" else T
        torch.testing.assert_close(found.logits(x) * factor, counts(network, x))
    assert network.training and network.drop.training


class Step(nn.Module):
    """One step a call, its potential kept in place, or handed over."""

    def __init__(self, gives=None):
        super().__init__()
        torch.manual_seed(0)
        self.fc, self.mem, self.gives = nn.Linear(F, K), None, gives

    def forward(self, x, mem=None):
        mem = (0.0 if mem is None else 0.9 * mem) + 4 * self.fc(x)
        spk = (mem > 1).to(mem)
        return self.gives(spk, mem - spk)


class InPlace(Step):
    def forward(self, x):
        if self.mem is None:
            self.mem = torch.zeros(len(x), K)
        self.mem *= 0.9
        self.mem += self.fc(x)
        return self.mem


def test_a_state_that_is_changed_in_place_is_not_changed_afterwards():
    network = InPlace()
    found = adapt(network, (VECTORS, Y), steps=T, read="mean", reset=lambda net: setattr(net, "mem", None))
    first = network.fc(VECTORS).detach().double()
    expected = torch.stack([first * sum(0.9**i for i in range(t)) for t in range(1, T + 1)])
    torch.testing.assert_close(
        found.by_step(VECTORS), expected.cumsum(0) / torch.arange(1, T + 1)[:, None, None], rtol=1e-5, atol=1e-5
    )


class Crossed(nn.Module):
    """Two snnTorch layers of one width, whose potentials are returned in another order than they are taken in."""

    def __init__(self, crossed=True):
        super().__init__()
        torch.manual_seed(0)
        self.fc1, self.fc2, self.crossed = nn.Linear(F, K), nn.Linear(K, K), crossed
        self.lif1, self.lif2 = snntorch.Leaky(0.9), snntorch.Leaky(0.5)

    def forward(self, x, mem1=None, mem2=None):
        spk1, mem1 = self.lif1(4 * self.fc1(x), mem1)
        spk2, mem2 = self.lif2(4 * self.fc2(spk1), mem2)
        return (spk2, mem2, mem1) if self.crossed else (spk2, mem1, mem2)


class Feedback(nn.Module):
    """Keeps its potentials, and is handed its hidden spikes."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.fc1, self.back, self.fc2 = nn.Linear(F, 16), nn.Linear(16, 16), nn.Linear(16, K)
        self.lif1, self.lif2 = (snntorch.Leaky(0.9, init_hidden=True) for _ in range(2))

    def forward(self, x, before=None):
        hidden = self.lif1(4 * self.fc1(x) + (0 if before is None else 4 * self.back(before)))
        return self.lif2(4 * self.fc2(hidden)), hidden


class Batchwise(nn.Module):
    """Normalises by what it is shown."""

    def __init__(self):
        super().__init__()
        self.fc, self.norm = nn.Linear(F, K), nn.BatchNorm1d(F, track_running_stats=False)

    def forward(self, x):
        return self.fc((self.norm(x) > 0).float())


REFUSED = {
    "wider output than a hidden layer": (
        Own(lambda spk1, mem1, spk2, mem2: (spk2, spk1[..., :12]), classes=15), {}, "the labels name 5 classes",
    ),
    "two logits": (Own(lambda spk1, mem1, spk2, mem2: (mem2[-1], spk2.sum(0))), {}, "the potential of its output, or"),
    "a tuple of steps": (Own(lambda spk1, mem1, spk2, mem2: tuple(mem2)), {}, "the potential of its output, or"),
    "two potentials": (Own(lambda spk1, mem1, spk2, mem2: (spk2, mem2, mem1), hidden=K), {}, "the potential of its"),
    "one value a step": (Own(lambda spk1, mem1, spk2, mem2: spk2[..., 0].T), {}, "as many values as time steps"),
    "time last": (nn.Sequential(nn.Flatten(), nn.Linear(F, K * T), nn.Unflatten(1, (K, T))), {}, "do not come last"),
    "states crossed": (Crossed(), {"steps": T}, "not its output followed by the state that it takes, mem1, mem2"),
    "potential first": (Step(lambda spk, mem: (mem, spk)), {"steps": T}, "not its output followed by the state"),
    "feedback": (Feedback(), {"steps": T}, "may also take what it returns, as before"),
    "as many steps as points": (Crossed(), {"steps": N}, "as many points as time steps"),
}  # fmt: skip


@pytest.mark.parametrize(("network", "settings", "said"), REFUSED.values(), ids=REFUSED)
def test_what_may_be_mistaken_is_refused(network, settings, said):
    with pytest.raises(SettingError, match=said):
        adapt(network.eval(), (VECTORS, torch.arange(N) % (2 if "values" in said else K)), **settings)


def test_states_in_order_are_handed_back_and_said():
    found = adapt(Crossed(crossed=False), (VECTORS, Y), steps=T)
    assert "What it returns beside its output is handed back at the next step as mem1, mem2." in found.said


@pytest.mark.parametrize("n", [101, 499])
def test_batches_that_are_normalised_are_told_in_examples_of_any_size(n):
    x = torch.rand(n, F, generator=torch.Generator().manual_seed(0))
    with pytest.raises(SettingError, match="depends on the others of its batch"):
        adapt(Batchwise(), (x, torch.arange(n) % K))


def test_points_may_be_dark_in_the_corner_and_changed_by_the_network():
    class Changing(Own):
        def forward(self, x):
            x -= 0.1
            return super().forward(x)

    network = Changing(lambda spk1, mem1, spk2, mem2: spk2)
    x = VECTORS.clone()
    x[:, 0] = 0
    before = x.clone()
    found = adapt(network, (x, Y))
    found.logits(x)
    assert torch.equal(x, before) and found.inner == T


def test_an_adapted_network_is_copied_after_a_gradient():
    network = snntorch.Leaky(0.9, init_hidden=True)
    found = adapt(nn.Sequential(nn.Linear(F, K), network), (VECTORS, Y), steps=T)
    found.both(found.shown(VECTORS).requires_grad_())[1].sum().backward()
    assert torch.equal(copy.deepcopy(found).logits(VECTORS), found.logits(VECTORS))


@pytest.mark.parametrize("example", [(SERIES, Y, Y), (SERIES, Y - 1), ([[1.0], "a"], Y)])
def test_what_is_no_example_is_told(example):
    with pytest.raises(SettingError):
        adapt(Own(None), example)
