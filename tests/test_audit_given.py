"""What is passed to an audit, and what a training gives back: refused where an audit of it would mislead."""

import inspect
import sys

import numpy as np
import pytest
import torch
from helpers.audit import CLASSES, Linear, Nearest, by_heart, counted, points
from helpers.zoo import EVENTS, K, T, Y, made, sequential, sl
from helpers.zoo.by_others import sinabs_convolutions
from torch import nn

from snnlib.audit.given import example
from snnlib.audit.membership import membership
from snnlib.audit.recipe import recipe
from snnlib.errors import SettingError

NETWORK = Linear()


@pytest.mark.parametrize(
    ("train", "why"),
    [
        (recipe(lambda: NETWORK, epochs=1), "changed the network that it returned before"),
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
        return made(lambda: sequential(*sinabs_convolutions(batch_size=4)))

    x, y = EVENTS.repeat(3, 1, 1, 1, 1), Y.repeat(3)
    z = membership(train, (x, y), references=2, store=tmp_path).signals.z
    spikes = train(x, y, 0)(x[:4].flatten(0, 1)).unflatten(0, (4, T)).sum(1).double().detach()
    others = torch.stack([spikes[i, torch.arange(K) != y[i]].logsumexp(0) for i in range(4)])
    np.testing.assert_allclose(z[0, 0, :4], spikes[range(4), y[:4]] - others)


def going_on(x, y, seed):
    with torch.no_grad():
        NETWORK.layer.weight += 1
    return NETWORK


@pytest.mark.slow
def test_processes_that_go_on_with_a_network_are_told(tmp_path):
    with pytest.raises(SettingError, match="changed the network that it returned before"):
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
