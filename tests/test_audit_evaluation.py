"""What a membership audit finds in signals: planted leaks, and how often nothing raises an alarm."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.mia import signals

from snnlib.audit.attacks import ATTACKS
from snnlib.audit.evaluation import evaluate
from snnlib.errors import SettingError
from snnlib.pairs import split_pairs

CLASSES = 3


def made(gain, seed, pairs=3, n=300):
    """Signals of networks that know members by so much more."""
    rng = np.random.default_rng(seed)
    inside = split_pairs(n, pairs, seed)
    z = 1 + rng.normal(size=n) + 0.7 * rng.normal(size=inside.shape) + gain * inside
    return signals(z[:, None], inside, rng.integers(0, CLASSES, n))


def test_of_200_audits_without_a_leak_about_5_percent_raise_an_alarm(monkeypatch):
    monkeypatch.setattr("snnlib.audit.evaluation.ATTACKS", {"RMIA": ATTACKS["RMIA"]})
    found = [evaluate(made(0, seed), resamples=2) for seed in range(200)]
    rows = [audit.row() for audit in found]
    over_points = np.mean([not row["low"] <= 0.5 <= row["high"] for row in rows])
    over_targets = np.mean([not row["low_targets"] <= 0.5 <= row["high_targets"] for row in rows])
    nulls = np.mean([not audit.null.low <= 0.5 <= audit.null.high for audit in found])
    assert 0.01 <= over_points <= 0.1 and over_targets <= 0.1 and 0.01 <= nulls <= 0.1


def test_a_planted_leak_is_found_and_its_control_is_not():
    audit = evaluate(made(1, 0, n=600), coins=True)
    assert audit.headline == "RMIA" and audit.row()["low"] > 0.6 and audit.row()["low_targets"] > 0.55
    assert audit.row("RMIA", "tpr@0.1")["low"] > 0.1
    assert audit.null.low < 0.5 < audit.null.high
    assert audit.epsilon["epsilon"] > 0 and audit.epsilon["unit"] == "point"
    assert "50 % is guessing" in str(audit)


def test_the_value_is_the_mean_over_targets_and_the_interval_over_points_that_of_delong():
    from snnlib.metrics.membership import auc, membership_scores

    found = made(0.5, 1)
    scores = [found.of(k).scores("RMIA") for k in range(6)]
    audit = evaluate(found, resamples=2)
    assert audit.row()["value"] == pytest.approx(np.mean([auc(s, m) for s, m in zip(scores, found.inside)]))
    alone = evaluate(found, targets=[2], resamples=200)
    expected = membership_scores(scores[2], found.inside[2], fpr=(0.1,))
    for end in ("value", "low", "high"):
        assert alone.row()[end] == pytest.approx(getattr(expected.auc, end))
        assert alone.row("RMIA", "tpr@0.1")[end] == pytest.approx(getattr(expected.tpr_at_fpr[0.1], end), abs=0.06)
    assert alone.row()["low_targets"] is None and any("one target" in said for said in alone.said)


def test_rates_that_a_pool_cannot_show_are_left_out():
    metrics = {row["metric"] for row in evaluate(made(0, 0), resamples=2).rows}
    assert metrics == {"auc", "tpr@0.1"}
    assert any("5 in 150, 0.033" in said for said in evaluate(made(0, 0), resamples=2).said)


def test_no_interval_leaves_what_a_rate_can_be():
    """Two pairs have one degree of freedom: unbounded, their intervals would end far below 0 and above 1."""
    ends = ("low", "high", "low_targets", "high_targets")
    rows = [row for seed in range(5) for row in evaluate(made(1, seed, pairs=2), resamples=5).rows]
    numbers = np.array([row[end] for row in rows for end in ends if row[end] is not None])
    assert numbers.min() >= 0 and numbers.max() <= 1 and (numbers == 0).any()


def test_few_members_have_intervals_all_the_same():
    """Of 60 points 3 are members: one bootstrap sample in 22 has none of them, and says nothing."""
    found = made(1, 0, n=60)
    inside = found.inside.copy()
    inside[0] = np.arange(60) < 3
    audit = evaluate(replace(found, inside=inside), targets=[0])
    row = audit.row("RMIA", "tpr@0.1")
    assert row["low"] <= row["value"] <= row["high"] and np.isfinite(audit.roc["RMIA"]["low"]).all()


def test_attacks_without_what_they_need_are_left_out_and_named():
    audit = evaluate(made(0, 0), resamples=2)
    left_out = " ".join(audit.said)
    assert "RMIA pairwise was left out" in left_out and "per step was left out" in left_out
    assert {"P", "R", "RMIA", "LiRA", "LiRA offline", "RMIA offline", "label only"} == set(audit.roc)


def test_twins_are_refused_as_references():
    with pytest.raises(SettingError, match="0 references"):
        evaluate(made(0, 0, pairs=1))


def test_a_reference_that_is_nearly_a_complement_is_told():
    found = made(0, 0)
    inside = found.inside.copy()
    inside[2] = ~inside[0]
    inside[2, :5] ^= True
    assert any("almost" in said for said in evaluate(replace(found, inside=inside), resamples=2).said)
    assert not any("almost" in said for said in evaluate(found, resamples=2).said)


def test_copies_of_a_point_count_once_where_they_are_a_group():
    """Ten copies of 60 points tell no more than the points: intervals over groups do not shrink."""
    found = made(0.5, 3, n=60)
    alone = evaluate(found, resamples=2).row()
    copies = {name: np.repeat(getattr(found, name), 10, -1) for name in ("z", "correct", "inside", "labels")}
    copied = replace(found, **copies)
    grouped = evaluate(copied, groups=np.repeat(np.arange(60), 10), resamples=2).row()
    for end in ("value", "low", "high", "low_targets", "high_targets"):
        assert grouped[end] == pytest.approx(alone[end], abs=0.01)
    assert evaluate(copied, resamples=2).row()["low"] > alone["low"] + 0.02


def test_networks_that_have_not_learnt_and_those_without_a_gap_are_told():
    rng = np.random.default_rng(0)
    found = made(0, 0)
    lost = replace(found, correct=rng.random((6, 1, 300)) < 1 / CLASSES)
    said = " ".join(evaluate(lost, resamples=2).said)
    assert "have not learnt" in said and "no better on their members" in said
    assert "have not learnt" not in " ".join(evaluate(found, resamples=2).said)


def test_the_most_exposed_point_is_the_one_that_was_planted():
    found = made(0, 0)
    z = 1 + 0.1 * np.random.default_rng(0).normal(size=found.z.shape)
    z[:, 0, 7] += 4 * found.inside[:, 7] - 3
    first = evaluate(replace(found, z=z), resamples=2).exposed[0]
    assert first["point"] == 7 and first["fpr"] < 0.01 and first["targets"] == 3


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"targets": [0, 9]}, "not among"),
        ({"groups": np.zeros(300)}, "too few"),
        ({"groups": np.zeros(7)}, "groups of shape"),
        ({"groups": np.arange(300) // 2}, "Points of one group"),
    ],
)
def test_audits_that_cannot_be_made_are_refused(given, why):
    with pytest.raises(SettingError, match=why):
        evaluate(made(0, 0), **given)
