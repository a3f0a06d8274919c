"""What networks must do before they are attacked: each broken rule is named, with how to meet it."""

import pytest
import snntorch
import torch
from torch import nn

from snnlib.contract import contract, placed
from snnlib.errors import NotReached, SettingError
from snnlib.inversion import ascent, brainleaks_v1, brainleaks_v2, fredrikson
from snnlib.networks import mlp, scorer

NEURON = {"beta": 0.7, "threshold": 1.0, "surrogate": ("fast_sigmoid", 40), "reset": "decay_then_subtract"}
T, SHAPE, K = 5, (6, 4), 7


def snn():
    torch.manual_seed(0)
    return mlp(SHAPE, K, hidden=30, neuron=NEURON).eval()


class Changed(nn.Module):
    """A sound network whose answer is changed."""

    def __init__(self, change):
        super().__init__()
        self.inner, self.change = snn(), change

    def forward(self, x):
        return self.change(*self.inner(x))


class Stateful(nn.Module):
    """A network of snnTorch, as its tutorials begin, whose neurons keep their state; ``reset`` mends it."""

    def __init__(self, reset):
        super().__init__()
        torch.manual_seed(0)
        self.layer, self.reset = nn.Linear(24, K), reset
        self.neuron = snntorch.Leaky(beta=0.9, init_hidden=True, output=True)

    def forward(self, x):
        if self.reset:
            self.neuron.reset_mem()
        return tuple(map(torch.stack, zip(*(self.neuron(self.layer(step.flatten(1))) for step in x))))


def test_sound_networks_say_how_many_classes_they_have():
    assert contract(snn(), SHAPE, T) == contract(snn(), SHAPE, 3) == K
    assert contract(mlp(SHAPE, K).eval(), SHAPE) == K
    assert contract(scorer((20, 20), 9, NEURON).eval(), (20, 20), 2) == 9
    assert contract(Stateful(reset=True), SHAPE, T) == K


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s, u: u, "spikes and potential"),
        (lambda s, u: (s, u, u), "spikes and potential"),
        (lambda s, u: {"spikes": s}, "spikes and potential"),
        (lambda s, u: (s.sum(0), u.sum(0)), r"instead of \[5, 3, K\] twice"),
        (lambda s, u: (s, u.mean(0)), r"instead of \[5, 3, K\] twice"),
        (lambda s, u: (s.transpose(0, 1), u.transpose(0, 1)), "with the batch first"),
        (lambda s, u: (u, s), "does not spike"),
        (lambda s, u: (s, u + torch.rand(())), "the second time"),
        (lambda s, u: (s.detach(), u.detach()), "No gradient"),
        (lambda s, u: (s, u * torch.nan), "no finite number"),
        (lambda s, u: (s, u - u.mean(1, keepdim=True)), "depends on the other points of the batch"),
    ],
)
def test_what_breaks_a_rule_is_told(change, said):
    for call in (contract, lambda n, shape, t: brainleaks_v1(n, [0], shape=shape, steps=t, iterations=1)):
        with pytest.raises(SettingError, match=said):
            call(Changed(change), SHAPE, T)


def test_a_state_that_is_kept_between_calls_is_told():
    with pytest.raises(SettingError, match="it keeps a state"):
        contract(Stateful(reset=False), SHAPE, T)


def test_an_input_that_a_network_does_not_take_is_told():
    with pytest.raises(SettingError, match=r"does not take an input of shape \[5, 3, 6, 5\]"):
        contract(snn(), (6, 5), T)
    with pytest.raises(SettingError, match=r"gives \[5, 3, 7\], \[5, 3, 7\] instead of logits"):
        contract(OverTime(), SHAPE)


class OverTime(nn.Module):
    """An SNN that repeats an image by itself."""

    def forward(self, x):
        return snn()(x.expand(T, *x.shape))


@pytest.mark.filterwarnings("ignore::snnlib.errors.NotReached")
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_attacks_work_in_the_networks_precision(dtype):
    network = snn().to(dtype)
    assert placed(network) == (torch.device("cpu"), dtype)
    for attack in (brainleaks_v1, brainleaks_v2, ascent):
        found = attack(network, [1, 2], shape=SHAPE, steps=T, iterations=3)
        assert found.samples.dtype == dtype and found.final.isfinite().all()
    ann = mlp(SHAPE, K, hidden=30).to(dtype)
    assert fredrikson(ann, [1, 2], shape=SHAPE, steps=5).samples.dtype == dtype


class WithoutParameters(nn.Module):
    """Its weights are a plain tensor."""

    def __init__(self):
        super().__init__()
        self.weights = torch.randn(24, K, generator=torch.Generator().manual_seed(0))

    def forward(self, x):
        from snnlib.neurons import lif

        return lif(x.flatten(2) @ self.weights, beta=0.9)


@pytest.mark.filterwarnings("ignore::snnlib.errors.NotReached")
def test_a_module_without_parameters_is_attacked():
    assert brainleaks_v1(WithoutParameters(), [0, 3], shape=SHAPE, steps=T).samples.shape == (T, 2, *SHAPE)


def test_an_attack_that_fell_short_says_so_and_one_that_did_not_is_silent():
    """A network that can be driven anywhere, and one whose output hardly hears its input."""
    deaf = Changed(lambda s, u: (s, 1e-6 * u))
    with pytest.warns(NotReached, match=r"3 of 3 samples are empty or near chance, of classes \[0, 2, 4\]. Try more"):
        brainleaks_v1(deaf, [0, 2, 4], shape=SHAPE, steps=T)
    with pytest.warns(NotReached, match="2 of 2 .* Try more steps or a higher rate"):
        fredrikson(mlp(SHAPE, K, hidden=30), [1, 2], shape=SHAPE, steps=0)
    wired = WithoutParameters()
    wired.weights = torch.eye(K).repeat_interleave(3, 0).mul(3)  # three pixels drive each class
    assert brainleaks_v1(wired, range(K), shape=(7, 3), steps=T).final.min() > 0.9


class BatchFirst(nn.Module):
    """Takes the batch for the first axis and time for the second; what it gives has the right shapes."""

    def __init__(self):
        super().__init__()
        self.inner = snn()

    def forward(self, x):
        return tuple(out.transpose(0, 1) for out in self.inner(x.transpose(0, 1)))


def test_a_network_that_takes_the_batch_for_time_is_told():
    with pytest.raises(SettingError, match="other points of the batch.* Let time be the first axis"):
        contract(BatchFirst(), SHAPE, T)


def test_the_gradient_is_wanted_of_what_is_read():
    silent = Changed(lambda s, u: (s.detach(), u))
    assert contract(silent, SHAPE, T) == K
    with pytest.raises(SettingError, match="No gradient"):
        brainleaks_v1(silent, [0], shape=SHAPE, steps=T, read="spikes")


def test_what_goes_wrong_in_somebody_elses_code_is_told():
    def wrong(*_):
        raise AssertionError

    with pytest.raises(SettingError, match=r"shape \[5, 3, 6, 4\]: AssertionError\. Pass"):
        contract(Changed(wrong), SHAPE, T)


@pytest.mark.parametrize("network", [nn.Sequential(nn.LazyLinear(3)), nn.Linear(3, 3, device="meta")])
def test_a_network_that_has_no_weights_yet_is_told(network):
    for attack in (lambda *a, **k: brainleaks_v1(*a, steps=T, **k), fredrikson):
        with pytest.raises(SettingError, match="no torch.nn.Module, or one whose parameters have no values"):
            attack(network, [0], shape=SHAPE)
