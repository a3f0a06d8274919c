"""Verdicts on paper B: only where both tests agree, and the complement is never a reference."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.mia import FLAT, a_study, accuracies, membership_results

from snnlib.metrics.estimate import Estimate
from snnlib.metrics.membership import auc
from snnlib.report.verdict import CONTRADICTED, INCONCLUSIVE, SUPPORTED
from snnlib.reproduction.mia_snn.claims import CLAIMS, Attack, Comparison, mean_over_pairs, membership_verdicts
from snnlib.reproduction.mia_snn.plan import PLAIN

GROWS = {1: 0.7, 2: 1.2, 4: 2.0, "ann": 4.0, "direct": 2.0}
NONE = Estimate(None, why="one test")


def results(gain, study=None, **options):
    return membership_results(study or a_study(pairs=4), gain, n=600, **options)


def rows_of(of_study, accuracy_gain=0.0):
    accuracy = {name: accuracies(r.study, accuracy_gain) for name, r in of_study.items()}
    return membership_verdicts("B-V", of_study, accuracy, "quick").rows.set_index("comparison")


def verdicts(gain, accuracy_gain):
    rows = rows_of({"cifar100": results(gain)}, accuracy_gain)
    return rows.groupby("claim")["verdict_on_claim"].first().to_dict()


def test_effects_that_are_there_are_supported():
    found = verdicts(GROWS, 0.05)
    assert found["B2"] == found["B3"] == found["B7"] == SUPPORTED


def test_effects_of_the_other_sign_are_contradicted():
    found = verdicts({1: 4.0, 2: 2.0, 4: 1.2, "ann": 0.5, "direct": 4.0}, -0.05)
    assert found["B2"] == found["B3"] == found["B6"] == found["B7"] == CONTRADICTED


def test_without_a_leak_nothing_is_supported():
    found = verdicts(dict.fromkeys(FLAT, 0.0), 0.0)
    assert SUPPORTED not in found.values() and set(found) == set(CLAIMS)


def test_what_the_paper_published_stands_beside_each_comparison():
    published = rows_of({"cifar100": results(FLAT)})["difference_published"]
    assert published["RMIA, direct - converted T=4, > -5"] == pytest.approx(0.5962 - 0.7757)
    assert published["RMIA, with - without dropout, T=1"] == pytest.approx(0.0676)
    assert published["RMIA, SNN - ANN references, T=2"] == pytest.approx(0.7281 - 0.6773)
    assert published["RMIA, ANN references - guessing, T=1"] == pytest.approx(0.1342)
    assert published["test accuracy, T=2 - T=1"] == pytest.approx(0.026)


def test_dropout_that_helps_attack_p_contradicts_that_it_does_not():
    """The same gain supports one half of claim B4 and contradicts the other."""
    rows = rows_of({"cifar100": results(FLAT, dropout=1.5)})
    assert rows.loc["RMIA, with - without dropout, T=1", "verdict"] == SUPPORTED
    assert rows.loc["P, without - with dropout, T=1, > -1", "verdict"] == CONTRADICTED
    assert set(rows[rows["claim"] == "B4"]["verdict_on_claim"]) == {CONTRADICTED}


def test_a_claim_is_as_good_as_on_its_weakest_data_set():
    of_study = {
        "cifar100": results(GROWS),
        "cifar10": results(FLAT, a_study("cifar10", pairs=4)),
        "vgg": results(GROWS, a_study("cifar10-vgg16", pairs=4)),
    }
    rows = rows_of(of_study)
    b2 = rows[rows["claim"] == "B2"].groupby(["study", "network"])["verdict_on_data"].first()
    assert b2["cifar100", "resnet18"] == b2["cifar10", "vgg16"] == SUPPORTED
    assert b2["cifar10", "resnet18"] == INCONCLUSIVE
    assert set(rows[rows["claim"] == "B2"]["verdict_on_claim"]) == {INCONCLUSIVE}
    assert not ((rows["network"] == "vgg16") & rows["claim"].isin(["B5", "B6"])).any()


@pytest.mark.parametrize(
    ("points", "pairs", "p", "expected"),
    [
        (0.1, 0.1, 0.001, SUPPORTED),
        (-0.1, -0.1, 0.001, CONTRADICTED),
        (0.1, 0.1, 0.2, INCONCLUSIVE),
        (0.1, -0.1, 0.001, INCONCLUSIVE),
        (None, 0.1, 0.001, SUPPORTED),
    ],
)
def test_a_verdict_needs_a_side_and_a_small_p(points, pairs, p, expected):
    points = NONE if points is None else Estimate(points, points - 0.01, points + 0.01)
    assert Comparison("B1", "x", points, Estimate(pairs, -1, 1), p).verdict(p) == expected


def test_the_gain_of_one_pair_is_no_gain_of_all():
    r = results({1: 1.0, 2: 1.0, 4: 1.0, "ann": 3.0, "direct": 1.0})
    ann, z = r.signals["ann", PLAIN], r.signals[1, PLAIN].z.copy()
    z[:2] = ann.z[:2]  # only the first pair's ANNs leak
    one = replace(r, signals=dict(r.signals) | {("ann", PLAIN): replace(ann, z=z)})
    row = rows_of({"cifar100": one}).loc["RMIA, ANN - SNN T=1"]
    assert row["low"] > 0 and row["targets_low"] < 0 < row["targets_high"]
    assert row["p"] > 0.05 and row["verdict"] == INCONCLUSIVE
    every = rows_of({"cifar100": r})
    assert every.loc["RMIA, ANN - SNN T=1", "verdict"] == SUPPORTED
    assert (every["p_holm"] >= every["p"]).all() and every["p"].max() <= 1


def test_every_network_is_a_target_with_its_complement_left_out():
    r = results(GROWS, a_study(pairs=2))
    log_p, inside = r.signals[2, PLAIN].averaged, r.signals[2, PLAIN].inside
    by_hand = [
        auc(log_p[k] - np.log(np.exp(log_p[others]).mean(0)), inside[k])
        - auc((log_p[k] >= log_p[others]).mean(0), inside[k])
        for k, others in ((0, [2, 3]), (1, [2, 3]), (2, [0, 1]), (3, [0, 1]))
    ]
    row = rows_of({"cifar100": r}).loc["RMIA - R, SNN T=2"]
    assert row["value"] == pytest.approx(np.mean(by_hand)) == pytest.approx(row["mean_over_targets"])
    one, other = np.reshape(by_hand, (2, 2)).mean(1)
    half = 12.706 * abs(one - other) / 2  # Student's t with 1 degree of freedom
    assert row["targets_high"] - row["mean_over_targets"] == pytest.approx(half, rel=1e-3)


def test_two_networks_of_a_pair_count_once():
    alike = np.array([0.1, 0.1, 0.3, 0.3, 0.2, 0.2])
    estimate, _ = mean_over_pairs(alike)
    assert estimate.value == pytest.approx(0.2)
    half = 4.303 * 0.1 / np.sqrt(3)  # Student's t with 2 degrees of freedom
    assert (estimate.low, estimate.high) == pytest.approx((0.2 - half, 0.2 + half), rel=1e-3)


def test_a_margin_counts_in_the_test():
    values = np.array([-0.02, -0.021, -0.019, -0.02, -0.02, -0.022])
    assert mean_over_pairs(values)[1] < 0.01  # clearly below 0 ...
    assert mean_over_pairs(values, 0.05)[1] < 0.01  # ... and as clearly above the margin
    assert mean_over_pairs(values, 0.02)[1] > 0.3


def test_networks_of_which_there_are_fewer_set_the_number_of_references():
    r = results(FLAT, a_study(pairs=4, direct_pairs=3))
    assert len(r.attacked(4).references) == 6 and len(r.attacked("direct").references) == 4
    attack = Attack("RMIA", 4, count=4)
    np.testing.assert_array_equal(attack.scores(r, 1), r.attacked(4, k=1, count=4).scores("RMIA"))
    rows = rows_of({"cifar100": r})
    assert rows.loc["RMIA, direct - converted T=4, > -5", "value"] == pytest.approx(0, abs=0.05)
