"""From a training to a membership audit: coins and groups, what a folder holds to, processes, recipes."""

import copy
import multiprocessing
import os
import random
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers.audit import CLASSES, Ignorant, Linear, Nearest, by_heart, counted, other_training, points
from helpers.lib import SNN, network
from torch import nn

from snnlib.audit.membership import Cost, coins, membership
from snnlib.audit.recipe import recipe
from snnlib.errors import DataError, RunError, SettingError


def test_an_audit_finds_what_a_training_learnt_by_heart(tmp_path):
    audit = membership(by_heart, points(), references=4, population=points(50, 9), store=tmp_path)
    assert audit.row()["low"] > 0.8 and audit.accuracy["train"].value == 1 and audit.accuracy["gap"].low > 0
    assert "per step" in audit.roc and "RMIA pairwise" in audit.roc
    assert audit.said[0] == "It answers at two time steps." and audit.targets == tuple(range(6))
    assert audit.epsilon["epsilon"] > 1 and audit.about["networks"] == 6


def test_networks_that_say_what_comes_to_mind_are_told(tmp_path):
    audit = membership(counted([], Ignorant), points(), references=4, store=tmp_path)
    assert audit.row()["low"] < 0.5 < audit.row()["high"]
    assert any("have not learnt" in said for said in audit.said)


class Coded(Nearest):
    def by_step(self, x):
        return super().by_step(x) + torch.randn(2, len(x), CLASSES)


def test_answers_of_a_random_coding_can_be_repeated_and_leave_torch_as_it_was(tmp_path):
    before = torch.get_rng_state()
    train = counted([], Coded)
    first, again = (membership(train, points(), references=4, store=tmp_path / of) for of in ("first", "again"))
    assert first.rows == again.rows and torch.equal(torch.get_rng_state(), before)


def test_an_audit_is_resumed_where_it_stopped_and_ends_the_same(tmp_path):
    calls = []
    first = membership(counted(calls), points(), references=4, store=tmp_path)
    assert len(calls) == len(set(calls)) == 6
    (tmp_path / "network-003.npz").unlink()
    (tmp_path / "network-004.npz").write_bytes(b"half of it")
    again = membership(counted(calls), points(), references=4, store=tmp_path)
    assert calls[6:] == [calls[3], calls[4]]
    assert again.rows == first.rows
    membership(counted(calls), points(), references=6, store=tmp_path)
    assert len(calls) == 10  # more references: the others are kept


RATE = 1.0


def with_a_rate(x, y, seed):
    return next(Nearest(x * RATE, y) for _ in range(1))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"data": points(200, 1)}, "data"),
        ({"seed": 1}, "seed"),
        ({"train": other_training}, "train"),
        ({"population": points(30, 5)}, "population"),
        ({"augment": lambda x, seed: x}, "augment"),
        ({"groups": np.arange(200) // 2}, "split"),
    ],
)
def test_a_folder_holds_to_its_audit(tmp_path, change, named):
    known = {"train": by_heart, "data": points(), "references": 4, "store": tmp_path}
    membership(**known)
    with pytest.raises(SettingError, match=f"another {named}.*fresh=True"):
        membership(**known | change)
    membership(**known | change, fresh=True)


def test_a_number_that_a_training_uses_belongs_to_it(tmp_path, monkeypatch):
    membership(with_a_rate, points(), references=4, store=tmp_path)
    membership(with_a_rate, points(), references=4, store=tmp_path)
    monkeypatch.setattr(sys.modules[__name__], "RATE", 2.0)
    with pytest.raises(SettingError, match="another train"):
        membership(with_a_rate, points(), references=4, store=tmp_path)


def test_settings_in_a_list_belong_to_a_training_and_a_list_that_it_fills_does_not_end_an_audit(tmp_path):
    widths, log = [1.0, 2.0], []

    def train(x, y, seed):
        log.append(seed)
        if len(log) == 3:
            raise KeyboardInterrupt
        return Nearest(x * widths[0], y)

    def audited():
        return membership(train, points(), references=4, store=tmp_path)

    with pytest.raises(KeyboardInterrupt):
        audited()
    first = audited()  # goes on: the log is longer than it was
    assert len(log) == 3 + 4 and audited().about == first.about and len(log) == 7
    log.clear()  # as in another process
    assert audited().rows == first.rows and log == []
    widths[0] = 3.0
    with pytest.raises(SettingError, match="another train"):
        audited()


def test_groups_are_split_whole(tmp_path):
    persons = np.arange(200) // 4
    audit = membership(by_heart, points(), references=4, groups=persons, store=tmp_path)
    inside = audit.signals.inside.reshape(6, 50, 4)
    assert (inside == inside[:, :, :1]).all() and audit.epsilon["unit"] == "group"
    assert 0.3 < inside.mean() < 0.7 and "group" in audit.exposed[0]


def test_coins_are_fair_and_a_pair_does_not_depend_on_how_many_there_are():
    many, few = coins(np.arange(2000), 4, 0), coins(np.arange(2000), 1, 0)
    np.testing.assert_array_equal(many[:2], few)
    np.testing.assert_array_equal(many[::2], ~many[1::2])
    assert 0.45 < (many[0] == many[2]).mean() < 0.55 and many[0].sum() != 1000


def test_an_existing_target_is_attacked_with_references_of_its_own(tmp_path):
    x, y = points()
    members = np.arange(200) < 120
    audit = membership(by_heart, (x, y), references=4, network=Nearest(x[members], y[members]), members=members,
                       store=tmp_path)  # fmt: skip
    assert audit.targets == (0,) and audit.row()["low"] > 0.8 and len(audit.signals.z) == 5
    assert "coins" in audit.epsilon["why"] and any("already, on 120 points" in said for said in audit.said)


def test_an_audit_of_a_file_is_that_of_its_arrays(tmp_path):
    first = membership(by_heart, points(), references=4, store=tmp_path)
    again = membership(tmp_path / "signals.npz")
    assert again.rows == first.rows and again.epsilon == first.epsilon
    assert membership(first.signals).rows == first.rows


@pytest.mark.parametrize(
    ("arrays", "why"),
    [
        ({"z": np.zeros((4, 1, 30))}, "lacks correct, lacks inside, lacks labels"),
        ({name: np.zeros(3) for name in ("z", "correct", "inside", "labels", "other")}, "unknown other"),
        ({name: np.zeros(3) for name in ("z", "correct", "inside", "labels")}, "z of shape"),
    ],
)
def test_files_that_are_no_signals_are_refused(tmp_path, arrays, why):
    np.savez(tmp_path / "s.npz", **arrays)
    with pytest.raises(SettingError, match=why):
        membership(tmp_path / "s.npz")
    with pytest.raises(SettingError, match="cannot be read"):
        membership(tmp_path / "none.npz")


def test_points_that_are_there_twice_are_told_and_a_population_among_them_refused(tmp_path):
    x, y = points()
    with pytest.raises(SettingError, match="2 points of the population"):
        membership(by_heart, (x, y), population=(x[:2], y[:2]), store=tmp_path)
    x[1] = x[0]
    audit = membership(by_heart, (x, y), references=4, store=tmp_path)
    assert any(said.startswith("1 points are copies") for said in audit.said)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"data": points(12)}, "12 points are too few"),
        ({"data": (points()[0], points()[1][:9])}, "do not fit"),
        ({"data": (points()[0], points()[1] / 2)}, "do not fit"),
        ({"references": 3}, "in pairs"),
        ({"network": nn.Identity()}, "belong together"),
        ({"targets": [10]}, "not among"),
        ({"network": nn.Identity(), "members": np.zeros(200)}, "0 of 200 points are members"),
        ({"network": nn.Identity(), "members": np.arange(200) < 99, "targets": [0]}, "only target"),
        ({"targets": [True]}, "not among"),
        ({"population": (np.zeros((30, 5)), np.zeros(30, int))}, "those of the population"),
        ({"population": tuple(of[:9].astype(of.dtype.str.replace("f4", "f8")) for of in points())}, "among the data"),
        ({"augment": lambda x: x}, "augment is no function"),
        ({"augment": lambda x, seed: x[:1]}, "as many points"),
        ({"groups": np.full(200, np.nan)}, "no finite numbers"),
        ({"network": nn.Identity(), "members": np.zeros(9)}, "Members do not fit"),
        ({"network": nn.Identity(), "members": np.arange(200) < 99, "groups": np.arange(200) // 2}, "of one group"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(tmp_path, change, why):
    calls = []
    with pytest.raises(SettingError, match=why):
        membership(**{"train": counted(calls), "data": points(), "store": tmp_path} | change)
    assert calls == [] and list(tmp_path.iterdir()) == []


def test_a_plan_tells_the_cost_and_leaves_nothing(tmp_path):
    calls = []
    cost = membership(counted(calls), points(), store=tmp_path / "audit", plan=True, jobs=3)
    assert isinstance(cost, Cost) and cost.networks == 10 and cost.seconds == 4 * cost.seconds_each
    assert len(calls) == 2 and not (tmp_path / "audit").exists() and "10 networks" in str(cost)


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_plan_says_whether_the_same_seed_gives_the_same_network(tmp_path, repeatable):
    last = []

    def train(x, y, seed):
        network = Linear()
        with torch.no_grad():
            network.layer.weight *= random.random() + np.random.random()
            if last and not repeatable:  # a warm start
                network.load_state_dict(copy.deepcopy(last[-1]))
            network.layer.weight += 1
        last.append(network.state_dict())
        return network

    cost = membership(train, points(), store=tmp_path, plan=True)
    assert cost.repeatable == repeatable and ("two networks" not in str(cost)) == repeatable


@pytest.mark.slow
def test_several_processes_give_what_one_does(tmp_path):
    one = membership(by_heart, points(), references=4, store=tmp_path / "one")
    two = membership(by_heart, points(), references=4, store=tmp_path / "two", jobs=2)
    assert two.rows == one.rows and two.said == one.said


def killed_elsewhere(x, y, seed):
    if multiprocessing.parent_process() is not None:
        os._exit(1)
    return Nearest(x, y)


@pytest.mark.slow
def test_a_process_that_is_killed_leaves_what_is_done(tmp_path):
    with pytest.raises(RunError, match="fewer jobs"):
        membership(killed_elsewhere, points(), references=4, store=tmp_path, jobs=2)
    assert [file.name for file in tmp_path.glob("network-*.npz")] == ["network-000.npz"]
    membership(killed_elsewhere, points(), references=4, store=tmp_path)


def test_several_jobs_without_what_they_need_are_refused_before_anything_is_trained(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)  # not installed
    for module in ("snnlib.engine.jobs", "snnlib.engine.store"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(DataError, match="The package safetensors is not installed"):
        membership(counted(calls := []), points(), references=4, store=tmp_path, jobs=2)
    assert calls == []


def test_a_training_that_no_process_can_import_is_done_one_after_the_other(tmp_path):
    audit = membership(counted([]), points(), references=4, store=tmp_path, jobs=2)
    assert any("one after the other" in said for said in audit.said)


def noisy(x, seed):
    x = torch.as_tensor(x)
    return x + 0.1 * torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))


def test_a_recipe_trains_the_same_network_for_one_seed_and_learns(tmp_path):
    train = recipe(Linear, epochs=20, lr=0.05, augment=noisy)
    x, y = points(400)
    before = torch.get_rng_state()
    first, again, other = (train(x, y, seed) for seed in (0, 0, 1))
    torch.set_rng_state(before)
    weights = [network.layer.weight for network in (first, again, other)]
    assert torch.equal(*weights[:2]) and not torch.equal(weights[0], weights[2])
    assert (first.by_step(x)[-1].argmax(1).numpy() == y).mean() > 0.7
    audit = membership(train, (x, y), references=4, augment=noisy, store=tmp_path)
    assert audit.signals.z.shape == (6, 8, 400) and audit.accuracy["test"].low > 1 / CLASSES
    with pytest.raises(SettingError, match="another train"):
        membership(replace(train, epochs=21), (x, y), references=4, augment=noisy, store=tmp_path)
    with pytest.raises(SettingError, match="no optimizer"):
        recipe(Linear, optimizer="adagrad")


class Looping(nn.Module):
    """An SNN of this library that shows itself each point at four steps."""

    def __init__(self):
        super().__init__()
        self.inner = network(SNN | {"shape": [1, CLASSES], "classes": CLASSES})

    def forward(self, x):
        return self.inner(x[:, None].expand(4, *x[:, None].shape))


def test_a_spiking_network_is_read_as_its_recipe_trained_it(tmp_path):
    pytest.importorskip("snnlib.audit.adapt")
    train = recipe(Looping, epochs=30, lr=0.01)
    audit = membership(train, points(300), references=4, store=tmp_path)
    assert audit.signals.by_step.shape == (6, 4, 300) and "per step" in audit.roc
    assert any("read by mean" in said for said in audit.said) and audit.accuracy["test"].low > 1 / CLASSES
