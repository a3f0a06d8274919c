"""What is passed to an audit, and what a training gives back: refused where an audit of it would mislead."""

import copy
import inspect
import sys

import numpy as np
import pytest
import torch
from helpers.audit import CLASSES, Linear, Nearest, by_heart, counted, other_training, points
from helpers.zoo import EVENTS, K, T, Y, made, sequential, sl
from helpers.zoo.by_others import sinabs_convolutions
from torch import nn

from snnlib.audit.given import example
from snnlib.audit.membership import membership
from snnlib.audit.recipe import recipe
from snnlib.errors import SettingError
from snnlib.randomness import numpy_generator

NETWORK = Linear()


@pytest.mark.parametrize(
    ("train", "why"),
    [
        (recipe(lambda: NETWORK, epochs=1), "changed weights that it returned before"),
        (lambda x, y, seed: None, "NoneType, which is no network"),
        (lambda x, y, seed: Linear, "type, which is no network"),
        (recipe(lambda: nn.Linear(CLASSES, CLASSES - 1), epochs=0), "labels below 3"),
    ],
)
def test_what_a_training_should_not_return_is_told(tmp_path, train, why):
    with pytest.raises(SettingError, match=why):
        membership(train, points(), references=2, store=tmp_path)


def test_a_label_that_the_network_has_no_answer_for_is_told(tmp_path):
    x, y = points()
    others = points(50, 9)
    with pytest.raises(SettingError, match=r"labels up to 7 have answers \[50, 3\]"):
        membership(by_heart, (x, y), population=(others[0], np.full(50, 7)), references=2, store=tmp_path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"train": nn.Linear(3, 3)}, "no function of points, labels and a seed"),
        ({"train": Linear}, "no function of points"),
        ({"train": lambda x, y: Nearest(x, y)}, "no function of points"),
        ({"data": (np.full((200, 3), np.nan), points()[1])}, "no finite numbers"),
        ({"data": (torch.utils.data.TensorDataset(torch.zeros(200, 3)), points()[1])}, "TensorDataset is no array"),
        ({"data": ([[0.0], [0.0, 1.0]] * 100, points()[1])}, "not real numbers"),
        ({"population": (np.zeros((0, 3)), np.zeros(0, int))}, "or there are none"),
        ({"jobs": 0}, "0 networks cannot be trained"),
        ({"references": "8"}, "in pairs"),
        ({"targets": 0}, "Targets 0 are not among"),
        ({"adapt": {"reads": "mean"}}, "adapt cannot be reads"),
        ({"groups": [[1]] * 200}, r"groups of shape \(200, 1\)"),
    ],
)
def test_what_is_no_audit_is_refused_before_anything_is_trained(tmp_path, change, why):
    calls = []
    with pytest.raises(SettingError, match=why):
        inspect.unwrap(membership)(**{"train": counted(calls), "data": points(), "store": tmp_path} | change)
    assert calls == [] and list(tmp_path.iterdir()) == []


def test_groups_may_be_named_by_text_and_nothing(tmp_path):
    names = np.array([None, "a", "b", 3] * 50, object)
    names[:100] = np.arange(100)
    audit = membership(by_heart, points(), references=2, groups=names, store=tmp_path)
    assert audit.signals.z.shape[2] == 200 and len({row["group"] for row in audit.exposed}) > 4


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"make": Linear()}, "no function that returns"),
        ({"batch": 0}, "batch=0"),
        ({"epochs": -1}, "epochs=-1"),
        ({"device": "cuda"}, "no CUDA device"),
    ],
)
def test_recipes_that_train_nothing_are_refused(monkeypatch, change, why):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SettingError, match=why):
        recipe(**{"make": Linear} | change)


@pytest.mark.parametrize("kind", [np.float64, np.uint8, np.float16])
def test_a_recipe_takes_points_of_any_precision(kind):
    x, y = points()
    network = recipe(Linear, epochs=1)((10 * np.abs(x)).astype(kind), y, 0)
    assert network.layer.weight.dtype == torch.float


def test_a_network_is_looked_at_with_points_from_all_over_and_no_axis_as_long():
    def few(*shape):
        return example(np.zeros(shape), np.arange(shape[0]), Linear())[1]

    assert len(few(1300, 499, 2)) == 491 and few(1300, 499, 2)[0] == 0 and few(1300, 499, 2)[-1] == 1299
    assert len(few(100, 3)) == 97 and len(few(2, 3)) == 2


@pytest.mark.skipif(hasattr(sl, "missing"), reason=getattr(sl, "missing", ""))
def test_a_network_that_is_made_for_one_batch_size_is_audited(tmp_path):
    def train(x, y, seed):
        network = made(lambda: sequential(*sinabs_convolutions(batch_size=4)))
        network[0].weight.data *= 1 + seed / 2**31
        return network

    x, y = EVENTS.repeat(3, 1, 1, 1, 1), Y.repeat(3)
    z = membership(train, (x, y), references=2, store=tmp_path).signals.z
    seed = int(numpy_generator(0, "network", 0).integers(2**31))
    spikes = train(x, y, seed)(x[:4].flatten(0, 1)).unflatten(0, (4, T)).sum(1).double().detach()
    others = torch.stack([spikes[i, torch.arange(K) != y[i]].logsumexp(0) for i in range(4)])
    np.testing.assert_allclose(z[0, 0, :4], spikes[range(4), y[:4]] - others)


def going_on(x, y, seed):
    with torch.no_grad():
        NETWORK.layer.weight += 1
    return NETWORK


@pytest.mark.slow
def test_processes_that_go_on_with_a_network_are_told(tmp_path):
    with pytest.raises(SettingError, match="changed weights that it returned before"):
        membership(going_on, points(), references=6, store=tmp_path, jobs=2)


class Backbone(nn.Module):
    """Has a part that all networks share, and that is not trained."""

    shared = nn.Linear(CLASSES, CLASSES)

    def __init__(self):
        super().__init__()
        self.backbone, self.layer = self.shared, nn.Linear(CLASSES, CLASSES)

    def forward(self, x):
        return self.layer(self.backbone(x).detach())


def test_networks_may_share_what_is_not_trained(tmp_path):
    audit = membership(recipe(Backbone, epochs=1), points(), references=2, store=tmp_path)
    assert len(audit.signals.z) == 4


SEEDS = {}


def noting(x, y, seed):
    SEEDS[seed] = len(y)
    return Nearest(x, y)


@pytest.mark.slow
def test_a_training_may_note_what_it_does(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "SEEDS", {})
    audit = membership(noting, points(), references=6, store=tmp_path, jobs=2)
    assert len(audit.signals.z) == 8


EPOCHS = {"epochs": 1}


def with_epochs(x, y, seed):
    return Nearest(x * EPOCHS["epochs"], y)


@pytest.mark.slow
def test_processes_that_import_other_settings_are_told(tmp_path, monkeypatch):
    monkeypatch.setitem(EPOCHS, "epochs", 3)
    with pytest.raises(SettingError, match="imports the code anew"):
        membership(with_epochs, points(), references=2, store=tmp_path, jobs=2)


def test_networks_that_are_all_the_same_are_told(tmp_path):
    x, y = points()
    with pytest.raises(SettingError, match="answer alike at every point"):
        membership(lambda *given: Nearest(x, y), (x, y), references=2, store=tmp_path)


def test_weights_that_a_training_finds_stay_as_they_are(tmp_path):
    pretrained = Linear()

    def train(x, y, seed):
        network = copy.deepcopy(pretrained)
        with torch.no_grad():
            network.layer.weight += torch.rand(CLASSES, CLASSES)
            pretrained.load_state_dict(network.state_dict())
        return network

    with pytest.raises(SettingError, match="returned before or finds again"):
        membership(train, points(), references=2, store=tmp_path)


def test_a_training_that_diverges_is_told(tmp_path):
    def train(x, y, seed):
        network = Linear()
        network.layer.weight.data *= torch.nan
        return network

    with pytest.raises(SettingError, match="weights that are no finite numbers"):
        membership(train, points(), references=2, store=tmp_path)


def test_what_is_changed_in_place_by_an_augmentation_is_a_copy(tmp_path):
    x, y = points()
    before = x.copy()
    membership(by_heart, (x, y), references=2, augment=lambda x, seed: x.mul_(2), store=tmp_path)
    assert np.array_equal(x, before)


def test_networks_of_other_numbers_of_steps_are_audited_by_their_last_answers(tmp_path):
    class Longer(Nearest):
        def by_step(self, x):
            return super().by_step(x)[[0, 0, 1]]

    x, y = points()
    members = np.arange(200) % 2 == 0
    target = {"network": Longer(x[members], y[members]), "members": members}
    audit = membership(by_heart, (x, y), references=2, store=tmp_path, **target)
    assert any("different numbers of time steps" in said for said in audit.said) and "per step" not in audit.roc


@pytest.mark.parametrize("change", [lambda x: x[:, ::-1], lambda x: x.astype(">f4"), lambda x: x.astype(np.longdouble)])
def test_arrays_in_any_order_and_precision_are_audited(tmp_path, change):
    x, y = points()
    audit = membership(by_heart, (change(x), y.astype(np.uint32)), references=2, store=tmp_path)
    assert audit.row()["low"] > 0.5


def test_answers_of_another_audit_in_the_same_folder_do_not_count(tmp_path):
    calls = []
    first = membership(counted(calls), points(), references=2, store=tmp_path / "one")
    membership(other_training, points(), references=2, store=tmp_path / "two")
    (tmp_path / "two" / "network-001.npz").replace(tmp_path / "one" / "network-001.npz")
    again = membership(counted(calls), points(), references=2, store=tmp_path / "one")
    assert again.rows == first.rows and len(calls) == 4 + 1


def test_another_audit_that_writes_meanwhile_is_told(tmp_path):
    def train(x, y, seed):
        for file in tmp_path.glob("network-*.npz"):
            file.unlink()
        return Nearest(x, y)

    with pytest.raises(SettingError, match="Another audit has written"):
        membership(train, points(), references=2, store=tmp_path)
