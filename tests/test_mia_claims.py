"""Verdicts on paper B: both variances, every network a target, and the complement is never a reference."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from helpers.mia import FLAT, a_study, membership_results

from snnlib.metrics.membership import auc
from snnlib.report.verdict import CONTRADICTED, INCONCLUSIVE, NOTHING, SUPPORTED
from snnlib.reproduction.mia_snn.claims import CLAIMS, DECLARED, Accuracy, Attack, membership_verdicts, over_networks
from snnlib.reproduction.mia_snn.plan import PLAIN

GROWS = {1: 0.7, 2: 1.2, 4: 2.0, "ann": 4.0, "direct": 2.0}


def results(gain, name="cifar100", pairs=4, direct_pairs=None, n=200, **options):
    return membership_results(a_study(name, pairs, direct_pairs), gain, n=n, **options)


@cache
def rows_where(gain):
    """Of results with a gain for each model, which tests share."""
    return rows_of(results(dict(zip(FLAT, gain))))


def rows_of(*all_results):
    of_study = dict(zip(("cifar100", "cifar10", "cifar10-vgg16"), all_results))
    return membership_verdicts("B-V", of_study, "quick").rows.set_index("comparison")


def on_claims(rows):
    return rows.groupby("claim")["verdict_on_claim"].first().to_dict()


def test_effects_that_are_there_are_supported_and_single_comparisons_open():
    rows = rows_where(tuple(GROWS.values()))
    found = on_claims(rows)
    assert found["B2"] == found["B3"] == found["B6"] == SUPPORTED and set(found) == set(CLAIMS)
    assert rows.loc["RMIA, ANN - T=1", "verdict"] == SUPPORTED
    assert set(rows[rows["verdict_on_claim"] == INCONCLUSIVE]["verdict"]) == {NOTHING}


def test_effects_of_the_other_sign_are_contradicted():
    found = on_claims(rows_of(results({1: 4.0, 2: 2.0, 4: 1.2, "ann": 0.5, "direct": 4.0})))
    assert found["B2"] == found["B3"] == CONTRADICTED


def test_without_a_leak_nothing_is_supported():
    found = on_claims(rows_of(results(dict.fromkeys(FLAT, 0.0))))
    assert SUPPORTED not in {found[claim] for claim in ("B1", "B2", "B3", "B5", "B7")}


def test_what_the_paper_published_stands_beside_each_comparison():
    published = rows_where(tuple(FLAT.values()))["difference_published"]
    assert published["RMIA, 5 points + (direct - converted T=4)"] == pytest.approx(0.05 + 0.5962 - 0.7757)
    assert published["gain of RMIA, T=1"] == pytest.approx(0.0676)
    assert published["RMIA, SNN - ANN references, T=2"] == pytest.approx(0.7281 - 0.6773)
    assert published["RMIA, ANN references - guessing, T=1"] == pytest.approx(0.1342)


def test_dropout_that_helps_attack_p_contradicts_that_it_does_not():
    rows = rows_of(results(FLAT, dropout=1.5))
    assert rows.loc["gain of RMIA, T=1", "verdict"] == SUPPORTED
    assert rows.loc["1 point - gain of P, T=1", "verdict"] == CONTRADICTED == on_claims(rows)["B4"]


def test_a_contrast_is_the_mean_of_both_pools_and_vgg16_has_single_comparisons_only():
    rows = rows_of(*(results(GROWS, name, pairs=2, n=80) for name in ("cifar100", "cifar10", "cifar10-vgg16")))
    b3 = rows[rows["claim"] == "B3"]
    whole = b3[b3["primary"]].iloc[0]
    assert whole["study"] == "cifar100, cifar10" and whole["source"] == "embedded"
    single = b3[~b3["primary"]].groupby("study")["value"].mean()
    assert whole["value"] == pytest.approx((single["cifar100"] + single["cifar10"]) / 2) and "cifar10-vgg16" in single
    assert not (rows[rows["study"] == "cifar10-vgg16"]["claim"].isin(["B5", "B6"])).any()


def test_the_gain_of_one_pair_is_no_gain_of_all():
    r = results({1: 1.0, 2: 1.0, 4: 1.0, "ann": 3.0, "direct": 1.0})
    ann, z = r.signals["ann", PLAIN], r.signals[1, PLAIN].z.copy()
    z[:2] = ann.z[:2]  # only the first pair's ANNs leak
    one = replace(r, signals=dict(r.signals) | {("ann", PLAIN): replace(r.signals[1, PLAIN], z=z)})
    found = over_networks(Attack("RMIA", "ann").values(one) - Attack("RMIA", 1).values(one)).estimate()
    assert found.value > 0 > found.low


def test_every_network_is_a_target_with_its_complement_left_out():
    r = results(GROWS, pairs=3)
    log_p, inside = r.signals[2, PLAIN].averaged, r.signals[2, PLAIN].inside
    others = [[2, 3, 4, 5], [2, 3, 4, 5], [4, 5, 0, 1], [4, 5, 0, 1], [0, 1, 2, 3], [0, 1, 2, 3]]
    by_hand = [
        auc(log_p[k] - np.log(np.exp(log_p[of]).mean(0)), inside[k]) - auc((log_p[k] >= log_p[of]).mean(0), inside[k])
        for k, of in enumerate(others)
    ]
    values = [Attack(name, 2, count=4).values(r) for name in ("RMIA", "R")]
    np.testing.assert_allclose((values[0] - values[1])[:, 0], by_hand)
    contrast, pairs = over_networks(values[0] - values[1]), np.reshape(by_hand, (3, 2)).mean(1)
    assert contrast.value == pytest.approx(np.mean(by_hand))
    assert contrast.parts[0].variance == pytest.approx(pairs.var(ddof=1) / 3) and contrast.parts[1].variance > 0


@pytest.mark.parametrize("k", range(8))
def test_four_references_are_the_next_two_pairs(k):
    """B1's difference depends on how many there are: always four, the pairs after the target's, cyclically."""
    r, log_p = results(FLAT, n=50), results(FLAT, n=50).signals[4, PLAIN].averaged
    attacked = r.attacked(4, k=k, count=4)
    following = [2 * ((k // 2 + step) % 4) + of for step in (1, 2) for of in (0, 1)]
    np.testing.assert_array_equal(np.sort(attacked.references, 0), np.sort(log_p[following], 0))


def test_with_two_pairs_the_order_of_the_attacks_is_not_tested():
    rows = rows_of(results(GROWS, pairs=2, n=80))
    b1 = rows[rows["claim"] == "B1"]
    assert b1["value"].isna().all() and "2 references, 4 are needed" in b1["remark_on_claim"].iloc[0]
    assert rows.loc["RMIA, ANN - T=1", "low"] < rows.loc["RMIA, ANN - T=1", "value"]


def test_direct_and_converted_networks_are_compared_with_as_many_references():
    r = results(FLAT, direct_pairs=3)
    converted, direct = Attack("RMIA", 4, within="direct").values(r), Attack("RMIA", "direct").values(r)
    assert converted.shape == direct.shape == (6, 201)
    part = r.signals[4, PLAIN].part(slice(6))
    assert converted[5, 0] == pytest.approx(auc(part.of(5).scores("RMIA"), part.inside[5]))


def test_networks_that_know_their_members_otherwise_are_not_compared():
    """The networks of one kind recognise all of their members, those of the other kind half as many more."""
    r = results(FLAT)
    signals = r.signals["direct", PLAIN]
    other = replace(signals, correct=signals.correct & ~signals.inside[:, None])
    rows = rows_of(replace(r, signals=dict(r.signals) | {("direct", PLAIN): other}))
    b6 = rows[rows["claim"] == "B6"].iloc[0]
    assert b6["verdict_on_claim"] == INCONCLUSIVE and "training accuracy of 0% (direct)" in b6["remark_on_claim"]


def test_without_direct_networks_the_other_claims_are_judged_as_before():
    r = results(FLAT)
    converted = {key: of for key, of in r.signals.items() if key[0] != "direct"}
    rows, fewer = rows_of(r), rows_of(replace(r, study=replace(r.study, direct=None), signals=converted))
    b6 = fewer[fewer["claim"] == "B6"]
    assert b6["value"].isna().all() and set(b6["remark_on_claim"]) == {"not tested: no network was trained directly"}
    numbers = [of.loc[(of["claim"] != "B6") & of["primary"].eq(True), ["value", "low", "high"]] for of in (rows, fewer)]
    pd.testing.assert_frame_equal(*numbers)


def test_accuracy_is_that_on_the_points_outside_and_its_influence_has_no_mean():
    r = results(FLAT, n=100)
    signals, found = r.signals[4, PLAIN], Accuracy(4).values(r)
    by_hand = [signals.correct[k, 0][~signals.inside[k]].mean() for k in range(8)]
    np.testing.assert_allclose(found[:, 0], by_hand)
    np.testing.assert_allclose(found[:, 1:].mean(1), 0, atol=1e-12)
    variance = (found[0, 1:] ** 2).mean() / 100  # of a binomial share of the 50 points outside
    assert variance == pytest.approx(by_hand[0] * (1 - by_hand[0]) / 50)
    assert over_networks(found).value == pytest.approx(np.mean(by_hand))


def test_every_contrast_is_declared_with_its_reason():
    assert {d.claim for d in DECLARED} == set(CLAIMS) and all(d.why for d in DECLARED)
    assert {d.claim: (d.margin, d.delta) for d in DECLARED[::-1]} == {
        "B1": (0, 0.01), "B2": (0, 0.01), "B3": (0, 0.01), "B4": (0, 0.005), "B5": (0, 0.01), "B6": (0, 0),
        "B7": (0, 0.01),
    }  # fmt: skip
    assert all(d.data == ("cifar100", "cifar10") for d in DECLARED)
