"""Attacks on five points by hand, what an attacker may use, and what attacks find where members are known."""

from dataclasses import asdict, replace

import numpy as np
import pytest
from helpers.mia import signals

from snnlib.engine.store import Artefact
from snnlib.errors import SettingError
from snnlib.membership import ATTACKS, Signals, attack_p, attack_r, log_mean, rmia
from snnlib.metrics.membership import auc, membership_scores
from snnlib.pairs import split_pairs
from snnlib.reproduction.mia_snn.sizes import STUDIES
from snnlib.reproduction.tasks.data import data_job
from snnlib.reproduction.tasks.query import query
from snnlib.reproduction.tasks.train import train

TARGET = np.log([0.9, 0.5, 0.2, 0.8, 0.1])
REFERENCES = np.log([[0.8, 0.6, 0.2, 0.1, 0.3], [0.4, 0.2, 0.4, 0.3, 0.1]])

# ---------------------------------------------------------------- attacks


def test_rmia_by_hand():
    """p / mean of references: 0.9/0.6, 0.5/0.4, 0.2/0.3, 0.8/0.2, 0.1/0.2."""
    expected = np.log([1.5, 1.25, 2 / 3, 4.0, 0.5])
    np.testing.assert_allclose(rmia(TARGET, REFERENCES), expected)


def test_attack_r_by_hand():
    assert attack_r(TARGET, REFERENCES).tolist() == [1.0, 0.5, 0.5, 1.0, 0.5]


def test_attack_p_is_the_confidence():
    np.testing.assert_array_equal(attack_p(TARGET), TARGET)


@pytest.mark.parametrize("attack", [attack_r, rmia])
def test_references_and_points_may_come_in_any_order(attack):
    points, references = np.array([3, 1, 4, 0, 2]), np.array([1, 0])
    plain = attack(TARGET, REFERENCES)
    np.testing.assert_allclose(attack(TARGET, REFERENCES[references]), plain)
    np.testing.assert_allclose(attack(TARGET[points], REFERENCES[:, points]), plain[points])


def test_confidences_that_underflow_in_float32_still_have_ranks():
    target = np.array([-200.0, -210.0])
    scores = rmia(target, np.array([[-205.0, -205.0], [-1000.0, -205.0]]))
    np.testing.assert_allclose(scores, [5 + np.log(2), -5.0])


def test_log_mean_is_the_logarithm_of_the_mean_probability():
    np.testing.assert_allclose(log_mean(REFERENCES), np.log(np.exp(REFERENCES).mean(0)))


def test_log_mean_is_exact_where_probabilities_are_all_but_one():
    np.testing.assert_allclose(log_mean(np.array([[-1e-27], [-3e-27]])), [-2e-27], rtol=1e-12)


@pytest.mark.parametrize("copies", range(1, 60))
def test_certainty_stays_certainty_whatever_the_number_of_copies(copies):
    assert log_mean(np.zeros((copies, 3))).max() <= 0


@pytest.mark.parametrize(
    ("target", "references"),
    [
        (TARGET, REFERENCES[:, :4]),
        (TARGET, REFERENCES[:0]),
        (np.array([-np.inf]), np.array([[-1.0]])),
        (-TARGET, REFERENCES),
    ],
)
def test_arrays_that_do_not_fit_are_refused(target, references):
    with pytest.raises(SettingError, match="Pass"):
        rmia(target, references)


# ---------------------------------------------------------------- the split


@pytest.mark.parametrize("n", [10, 1843])
def test_every_point_is_known_to_one_network_of_each_pair(n):
    inside = split_pairs(n, pairs=3, seed=3)
    assert inside.shape == (6, n) and inside[::2].sum(1).tolist() == [n // 2] * 3
    for k in range(6):
        np.testing.assert_array_equal(inside[k ^ 1], ~inside[k])


def test_pairs_are_independent_of_each_other_and_of_their_number():
    few, many = split_pairs(2000, 1, 0), split_pairs(2000, 4, 0)
    np.testing.assert_array_equal(few, many[:2])
    assert 0.45 < (many[0] == many[2]).mean() < 0.55
    assert (split_pairs(2000, 1, 1)[0] != few[0]).any()


@pytest.mark.parametrize(("n", "pairs"), [(10, 0), (10, -1), (1, 2)])
def test_impossible_splits_are_refused(n, pairs):
    with pytest.raises(SettingError):
        split_pairs(n, pairs, 0)


# ---------------------------------------------------------------- what may be used against a target

INSIDE = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]], bool)
P = np.array(  # of four networks, two queries, four points
    [
        [[0.9, 0.8, 0.3, 0.4], [0.7, 0.8, 0.1, 0.2]],
        [[0.2, 0.5, 0.9, 0.8], [0.4, 0.3, 0.7, 0.6]],
        [[0.8, 0.2, 0.6, 0.1], [0.6, 0.4, 0.8, 0.3]],
        [[0.3, 0.7, 0.2, 0.9], [0.1, 0.9, 0.4, 0.7]],
    ]
)
MEANS = np.array([[0.8, 0.8, 0.2, 0.3], [0.3, 0.4, 0.8, 0.7], [0.7, 0.3, 0.7, 0.2], [0.2, 0.8, 0.3, 0.8]])
FOUR = signals(np.log(P / (1 - P)), INSIDE)


@pytest.mark.parametrize(("k", "others"), [(0, [2, 3]), (1, [2, 3]), (2, [0, 1]), (3, [0, 1])])
def test_a_target_and_its_references_by_hand(k, others):
    attacked = FOUR.of(k)
    np.testing.assert_allclose(np.exp(attacked.target), MEANS[k])
    np.testing.assert_allclose(np.sort(np.exp(attacked.references), 0), np.sort(MEANS[others], 0))
    np.testing.assert_array_equal(attacked.members, INSIDE[k])
    np.testing.assert_allclose(attacked.scores("RMIA"), np.log(MEANS[k] / MEANS[others].mean(0)))
    np.testing.assert_allclose(FOUR.log_p, np.log(P))


@pytest.mark.parametrize("pairs", [2, 3, 5])
def test_no_target_meets_its_complement_or_itself_and_all_have_as_many_references(pairs):
    of_network = np.arange(2 * pairs, dtype=float)
    many = signals(np.broadcast_to(of_network[:, None, None], (2 * pairs, 1, 50)))
    for references in (None, many):
        for k in range(2 * pairs):
            used = many.of(k, references).references[:, 0]
            expected = np.delete(many.averaged[:, 0], [k, k ^ 1])
            np.testing.assert_array_equal(np.sort(used), np.sort(expected))
            few = many.of(k, references, count=2).references[:, 0]
            after = (k // 2 + 1) % pairs
            np.testing.assert_array_equal(np.sort(few), many.averaged[2 * after : 2 * after + 2, 0])


def test_fewer_references_of_another_kind_serve_every_target():
    many = signals(np.random.default_rng(0).normal(size=(8, 1, 50)))
    fewer = many.part(networks=slice(6))
    assert [len(many.of(k, fewer).references) for k in range(8)] == [4] * 6 + [6] * 2
    assert {len(many.of(k, fewer, count=4).references) for k in range(8)} == {4}


def test_a_part_has_some_networks_and_some_queries():
    part = FOUR.part(networks=slice(2, None), queries=slice(1))
    np.testing.assert_allclose(np.exp(part.log_p), P[2:, :1])
    np.testing.assert_array_equal(part.inside, INSIDE[2:])
    with pytest.raises(SettingError, match="0 references"):
        part.of(0)


@pytest.mark.parametrize("queries", [1, 3])
def test_ranks_survive_where_float32_probabilities_are_all_one(queries):
    z = 60 + np.random.default_rng(0).random((4, queries, 50))
    p = 1 / (1 + np.exp(-z.astype(np.float32)))
    assert (p == 1).all()
    attacked = signals(z, split_pairs(50, 2, 0)).of(0)
    rest = np.exp(-z).mean(1)  # 1 - p
    for name, expected in (("P", -rest[0]), ("RMIA", rest[2:].mean(0) - rest[0])):
        scores = attacked.scores(name)
        assert len(np.unique(scores)) == 50
        np.testing.assert_array_equal(np.argsort(scores), np.argsort(expected))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"z": np.zeros((4, 4))}, "z"),
        ({"z": np.full((4, 2, 4), np.nan)}, "z"),
        ({"z": np.zeros((4, 2, 4), int)}, "z"),
        ({"correct": np.zeros((4, 1, 4), bool)}, "correct"),
        ({"correct": np.zeros((4, 2, 4))}, "correct"),
        ({"inside": INSIDE[:3]}, "inside"),
        ({"inside": INSIDE.astype(int)}, "inside"),
        ({"labels": np.zeros(3, int)}, "labels"),
        ({"labels": np.zeros(4)}, "labels"),
        ({"by_step": np.zeros((4, 2, 5))}, "by_step"),
        ({"population": np.full((4, 7), np.inf)}, "population"),
    ],
)
def test_signals_that_do_not_fit_are_refused(change, named):
    arrays = {"z": FOUR.z, "correct": FOUR.correct, "inside": INSIDE, "labels": FOUR.labels}
    with pytest.raises(SettingError, match=f"^{named} ") as error:
        Signals(**arrays | change)
    assert error.value.remedy


@pytest.mark.parametrize(
    ("k", "references", "count"), [(4, None, None), (-1, None, None), (0, None, 3), (0, "others", None)]
)
def test_targets_without_references_are_refused(k, references, count):
    references = replace(FOUR, labels=np.ones(4, int)) if references else None
    with pytest.raises(SettingError):
        FOUR.of(k, references, count)


# ---------------------------------------------------------------- what must come out where members are known


def signals_of(gain, rng, n=1000):
    """Of three pairs: how easy a point is, noise, and more for own members."""
    inside = split_pairs(n, 3, 0)
    z = 2 * rng.normal(size=n) + 0.7 * rng.normal(size=inside.shape) + gain * inside
    return signals(z[:, None], inside)


@pytest.mark.parametrize("attack", ATTACKS)
def test_shuffled_labels_give_an_interval_that_holds_one_half(attack):
    rng = np.random.default_rng(0)
    attacked = signals_of(2.0, rng).of(0)
    scores = attacked.scores(attack)
    assert membership_scores(scores, attacked.members).auc.low > 0.6
    held = [membership_scores(scores, rng.permutation(attacked.members), resamples=200).auc for _ in range(20)]
    assert np.mean([e.low <= 0.5 <= e.high for e in held]) >= 0.85


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_target_that_learnt_nothing_gives_nothing_away(attack):
    attacked = signals_of(np.array([0, 0, 2, 2, 2, 2])[:, None], np.random.default_rng(1)).of(0)
    auc = membership_scores(attacked.scores(attack), attacked.members).auc
    assert auc.low <= 0.5 <= auc.high


@pytest.mark.slow
def test_twenty_planted_mislabelled_points_are_found(store):
    """A target that was given wrong labels to learn by heart: RMIA must see that it knows them."""
    study = STUDIES["quick"]["cifar10"]
    clean = store.make(data_job(study.dataset, study.stand_in, shrink=2, limits={"pool": 200}))
    inside = split_pairs(200, 2, 0)
    planted = np.flatnonzero(inside[0])[::5]
    labels = clean.arrays["labels"].copy()
    labels[planted] = (labels[planted] + np.random.default_rng(0).integers(1, 10, 20)) % 10
    pool = Artefact("k", dict(clean.arrays) | {"labels": labels}, clean.info, {})
    spec = {"kind": "resnet18", "classes": 10, "width": 8, "mean": clean.info["mean"], "sd": clean.info["sd"]}
    by_heart = asdict(replace(study.ann, optimizer="adam", lr=3e-3, batch=20, epochs=40, padding=None))
    z = []
    for index in (0, 2, 3):
        data = clean if index else pool  # the references have the right labels of these points
        network = Artefact("k", *train(data, spec, by_heart, index, {"seed": 0, "index": index}), {})
        z.append(query(pool, network, {"plain": {"kind": "plain"}})[0]["z/plain"])
    scores = signals(np.stack(z), inside[[0, 2, 3]]).of(0).scores("RMIA")
    among = np.concatenate([planted, np.flatnonzero(~inside[0])])
    assert auc(scores[among], np.isin(among, planted)) > 0.95
