"""Networks as their libraries' tutorials write them: adapted, they answer as when the library is called by hand."""

import numpy as np
import pytest
import torch
from helpers.zoo import CASES, DRAW, EVENTS, IMAGES, NEURON, SERIES, VECTORS, F, K, N, T, Y, made, sequential, sl
from helpers.zoo.by_others import Own, sinabs_convolutions
from helpers.zoo.by_snntorch import Needed, Tutorial5, fresh, hidden_layers, leaky, over_steps, variant
from helpers.zoo.misleading import Wrapped, as_wide_as_the_batch, every_layer_recorded
from snntorch import spikegen
from torch import nn

from snnlib.audit import WeakReadout, adapt
from snnlib.contract import contract
from snnlib.errors import SettingError
from snnlib.inversion import brainleaks_v1
from snnlib.networks import mlp


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
    if found.feed != "call" and found.differentiable:
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
    "hidden state": (Wrapped, VECTORS, {"steps": T}, "no step has an influence"),
    "batch, width and time": (as_wide_as_the_batch, VECTORS[:T], {"steps": T}, "as many points as time steps"),
    "two spiking layers": (every_layer_recorded, VECTORS, {}, "may be the spikes of its output"),
    "largest of the batch": (lambda: Answers(lambda y: y / y.max()), VECTORS, {}, "depends on the others"),
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


def test_a_function_is_given_the_network_as_it_is_wrapped():
    network = made(lambda: nn.DataParallel(Tutorial5()))
    found = adapt(network, (VECTORS, Y), read="mean", call=lambda net, x: net.module(x))
    torch.testing.assert_close(found.logits(VECTORS), network.module(VECTORS)[1].mean(0).double())


@pytest.mark.filterwarnings("ignore::snnlib.audit.WeakReadout")
def test_as_many_steps_as_classes_are_said():
    found = adapt(made(hidden), (VECTORS, Y), steps=K, read="mean")
    assert "the last axis is taken for the classes" in " ".join(found.said)


def test_several_neurons_for_a_class_are_warned_of():
    network = sequential(nn.Linear(F, 4 * K), leaky(init_hidden=True, output=True))
    with pytest.warns(WeakReadout, match="names? 5 classes, and the network answers for 20"):
        found = adapt(network, (VECTORS, Y), steps=T, read="count")
    assert "The labels name 5 of them." in " ".join(found.said)


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
    assert network.training and found.network[1].training
    network.eval()
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
