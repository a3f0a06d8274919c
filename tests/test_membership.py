"""Attacks on five points by hand, their invariances, and what they find where members are known."""

from dataclasses import replace

import numpy as np
import pytest
from snnlib.reproduction.tasks.study_data import data_job

from snnlib.engine.store import Artefact
from snnlib.errors import SettingError
from snnlib.membership import ATTACKS, attack_p, attack_r, log_mean, rmia, split_pairs
from snnlib.metrics.membership import auc, membership_scores
from snnlib.reproduction.profiles import PROFILES
from snnlib.reproduction.tasks.query import query
from snnlib.reproduction.tasks.train import train

TARGET = np.log([0.9, 0.5, 0.2, 0.8, 0.1])
REFERENCES = np.log([[0.8, 0.6, 0.2, 0.1, 0.3], [0.4, 0.2, 0.4, 0.3, 0.1]])


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


# ---------------------------------------------------------------- what must come out where members are known


def half_of(n, k, rng):
    return np.stack([rng.permutation(n) < n // 2 for _ in range(k)])


def signals_of(members, gain, rng):
    """Log-probabilities of a target and references: how easy a point is, noise, and more for own members."""
    logit = 2 * rng.normal(size=members.shape[1]) + 0.7 * rng.normal(size=members.shape) + gain * members
    return -np.logaddexp(0, -logit)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_shuffled_labels_give_an_interval_that_holds_one_half(attack):
    rng = np.random.default_rng(0)
    members = half_of(1000, 5, rng)
    log_p = signals_of(members, 2.0, rng)
    scores = attack(log_p[0], log_p[1:])
    assert membership_scores(scores, members[0]).auc.low > 0.6
    held = [membership_scores(scores, rng.permutation(members[0]), resamples=200).auc for _ in range(20)]
    assert np.mean([e.low <= 0.5 <= e.high for e in held]) >= 0.85


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_target_that_learnt_nothing_gives_nothing_away(attack):
    rng = np.random.default_rng(1)
    members = half_of(1000, 5, rng)
    log_p = signals_of(members, np.array([0, 2, 2, 2, 2])[:, None], rng)
    found = membership_scores(attack(log_p[0], log_p[1:]), members[0]).auc
    assert found.low <= 0.5 <= found.high


@pytest.mark.slow
def test_twenty_planted_mislabelled_points_are_found(store):
    """A target that was given wrong labels to learn by heart: RMIA must see that it knows them."""
    study = replace(PROFILES["quick"].membership["cifar10"], references=2, limits={"pool": 200})
    clean = store.make(data_job(study))
    members = split_pairs(200, 2, study.seed)
    planted = np.flatnonzero(members[0])[::5]
    labels = clean.arrays["labels"].copy()
    labels[planted] = (labels[planted] + np.random.default_rng(0).integers(1, 10, 20)) % 10
    pool = Artefact("k", dict(clean.arrays) | {"labels": labels}, clean.info, {})
    spec = {"kind": "resnet18", "classes": 10, "width": 8, "mean": clean.info["mean"], "sd": clean.info["sd"]}
    by_heart = dict(study.ann) | {"optimizer": "adam", "lr": 3e-3, "batch": 20, "epochs": 40, "padding": None}
    answers = []
    for index in range(3):
        data = clean if index else pool  # the references have the right labels of these points
        member = {"references": 2, "seed": study.seed, "index": index}
        network = Artefact("k", *train(data, spec, by_heart, index, member), {})
        answers.append(query(pool, network, {"kind": "plain"})[0]["log_probabilities"][0])
    scores = rmia(answers[0], np.stack(answers[1:]))
    among = np.concatenate([planted, np.flatnonzero(~members[0])])
    assert auc(scores[among], np.isin(among, planted)) > 0.95
