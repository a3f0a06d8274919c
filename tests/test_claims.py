"""Verdicts: only where both tests agree, and the complement is never a reference."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_tables import inversion_results

from snnlib.membership import split_pairs
from snnlib.metrics.estimate import Estimate
from snnlib.report.verdict import CONTRADICTED, INCONCLUSIVE, SUPPORTED, claimed_side, judged, p_value, worst
from snnlib.reproduction.brainleaks.claims import Comparison as InversionComparison
from snnlib.reproduction.brainleaks.claims import _a5, _a6, inversion_verdicts
from snnlib.reproduction.mia_snn.claims import CLAIMS, Comparison, _over_targets, membership_verdicts
from snnlib.reproduction.mia_snn.plan import DROPOUT, PLAIN
from snnlib.reproduction.mia_snn.results import Accuracies, MembershipResults
from snnlib.reproduction.mia_snn.tables import signals
from snnlib.reproduction.profiles import PROFILES

INFO = {
    "dataset": "photos-tiles",
    "title": "photos-tiles",
    "classes": 76,
    "source": "embedded",
    "shape": [16, 16, 3],
    "sizes": {"pool": 600},
}
STUDY = replace(PROFILES["quick"].membership["cifar100"], references=8, direct_references=8)
FLAT = dict.fromkeys((1, 2, 4, "ann", "direct"), 1.0)


def results(gain, dropout=0.0, study=STUDY):
    """Signals of 600 points: how easy a point is, noise, and ``gain[model]`` more for members."""
    members, rng = split_pairs(600, study.references, 0), np.random.default_rng(1)
    easy, log_p = 2 * rng.normal(size=600), {}
    for model in study.models:
        for index in range(1 + (study.direct_references if model == "direct" else study.references)):
            for way in (PLAIN, DROPOUT):
                effect = gain[model] + (dropout if way == DROPOUT else 0)
                logit = easy + 0.7 * rng.normal(size=600) + effect * members[index]
                log_p[model, index, way] = -np.logaddexp(0, -logit)[None]
    return MembershipResults(study, INFO, members, log_p)


def accuracies(gain, study=STUDY):
    rng = np.random.default_rng(2)
    test = {
        (m, i): 0.5 + gain * (m if m not in ("ann", "direct") else 5) + 0.01 * rng.normal()
        for m in (1, 2, 3, 4, "ann", "direct")
        for i in range(1 + study.references)
    }
    return Accuracies(study, INFO, test, test)


def verdicts(gain, accuracy_gain):
    both = {"cifar100": results(gain)}, {"cifar100": accuracies(accuracy_gain)}
    rows = membership_verdicts("B-V", *both, "quick").rows
    return rows.groupby("claim")["verdict_on_claim"].first().to_dict()


def test_effects_that_are_there_are_supported():
    found = verdicts({1: 0.7, 2: 1.2, 4: 2.0, "ann": 4.0, "direct": 2.0}, 0.05)
    assert found["B2"] == found["B3"] == found["B7"] == SUPPORTED


def test_effects_of_the_other_sign_are_contradicted():
    found = verdicts({1: 4.0, 2: 2.0, 4: 1.2, "ann": 0.5, "direct": 4.0}, -0.05)
    assert found["B2"] == found["B3"] == found["B6"] == found["B7"] == CONTRADICTED


def test_without_a_leak_nothing_is_supported():
    found = verdicts(dict.fromkeys(FLAT, 0.0), 0.0)
    assert SUPPORTED not in found.values() and set(found) == set(CLAIMS)


def rows_of(results_by_study):
    accuracy = {name: accuracies(0.0, r.study) for name, r in results_by_study.items()}
    return membership_verdicts("B-V", results_by_study, accuracy, "quick").rows.set_index("comparison")


def test_what_the_paper_published_stands_beside_each_comparison():
    found = rows_of({"cifar100": results(FLAT)})["difference_published"]
    assert found["RMIA, direct - converted T=4, > -5"] == pytest.approx(0.5962 - 0.7757)
    assert found["RMIA, with - without dropout, T=1"] == pytest.approx(0.0676)
    assert found["RMIA, SNN - ANN references, T=2"] == pytest.approx(0.7281 - 0.6773)
    assert found["RMIA, ANN references - guessing, T=1"] == pytest.approx(0.1342)
    assert found["test accuracy, T=2 - T=1"] == pytest.approx(0.026)


def test_dropout_that_helps_attack_p_contradicts_that_it_does_not():
    """The same gain supports one half of claim B4 and contradicts the other."""
    found = rows_of({"cifar100": results(FLAT, dropout=1.5)})
    assert found.loc["RMIA, with - without dropout, T=1", "verdict"] == SUPPORTED
    assert found.loc["P, without - with dropout, T=1, > -1", "verdict"] == CONTRADICTED
    assert set(found[found["claim"] == "B4"]["verdict_on_claim"]) == {CONTRADICTED}


def test_a_claim_is_as_good_as_on_its_worst_data_set():
    grows = {1: 0.5, 2: 1.5, 4: 3.0, "ann": 4.0, "direct": 1.0}
    ten = replace(PROFILES["quick"].membership["cifar10"], references=8, direct_references=8)
    vgg = replace(PROFILES["quick"].membership["cifar10-vgg16"], references=8)
    rows = rows_of({"cifar100": results(grows), "cifar10": results(FLAT, study=ten), "vgg": results(grows, study=vgg)})
    b2 = rows[rows["claim"] == "B2"].groupby(["study", "network"])["verdict_on_data"].first()
    assert b2["cifar100", "resnet18"] == b2["cifar10", "vgg16"] == SUPPORTED
    assert b2["cifar10", "resnet18"] == INCONCLUSIVE
    assert set(rows[rows["claim"] == "B2"]["verdict_on_claim"]) == {INCONCLUSIVE}
    assert not ((rows["network"] == "vgg16") & rows["claim"].isin(["B5", "B6"])).any()


@pytest.mark.parametrize(
    ("points", "targets", "p", "expected"),
    [
        (0.1, 0.1, 0.001, SUPPORTED),
        (-0.1, -0.1, 0.001, CONTRADICTED),
        (0.1, 0.1, 0.2, INCONCLUSIVE),
        (0.1, -0.1, 0.001, INCONCLUSIVE),
        (None, 0.1, 0.001, SUPPORTED),
    ],
)
def test_a_verdict_needs_a_side_and_a_small_p(points, targets, p, expected):
    points = None if points is None else Estimate(points, points - 0.01, points + 0.01)
    assert Comparison("B1", "x", points, Estimate(targets, -1, 1), p).verdict(p) == expected


def test_the_p_value_is_the_larger_one_of_both_tests_and_corrected_as_such():
    """Points say that every network gains; over targets, the gain of one in five is no gain of all."""
    r = results({1: 1.0, 2: 1.0, 4: 1.0, "ann": 3.0, "direct": 1.0})
    log_p = dict(r.log_p)
    for index in range(9):  # only the target's own ANN leaks
        if index:
            log_p["ann", index, PLAIN] = log_p[1, index, PLAIN]
    one = rows_of({"cifar100": replace(r, log_p=log_p)}).loc["RMIA, ANN - SNN T=1"]
    assert one["low"] > 0 and one["targets_low"] < 0 < one["targets_high"]
    assert one["p"] > 0.05 and one["verdict"] == INCONCLUSIVE
    every = rows_of({"cifar100": r})
    assert every.loc["RMIA, ANN - SNN T=1", "verdict"] == SUPPORTED
    assert (every["p_holm"] >= every["p"]).all() and every["p"].max() <= 1


def test_a_margin_counts_in_both_tests():
    values = np.array([-0.02, -0.021, -0.019, -0.02, -0.02])
    assert _over_targets(values)[1] < 0.01  # clearly below 0 ...
    assert _over_targets(values, 0.05)[1] < 0.01  # ... and as clearly above the margin
    assert _over_targets(values, 0.02)[1] > 0.5


def test_with_a_single_pair_only_the_target_counts_and_nothing_is_decided():
    few = replace(STUDY, references=2, direct_references=2)
    rows = rows_of({"cifar100": results({1: 0.7, 2: 1.2, 4: 2.0, "ann": 4.0, "direct": 2.0}, study=few)})
    assert set(rows["verdict"]) == {INCONCLUSIVE} and rows["targets_low"].isna().all() and (rows["p"] == 1).all()


def test_networks_of_which_there_are_fewer_set_the_number_of_references():
    few = replace(STUDY, direct_references=4)
    r = results(FLAT, study=few)
    assert len(signals(r, 4)[1]) == 8 and len(signals(r, 4, within="direct")[1]) == 4
    assert len(signals(r, 4, target=1, within="direct")[1]) == 3
    rows = rows_of({"cifar100": r})
    assert rows.loc["RMIA, direct - converted T=4, > -5", "value"] == pytest.approx(0, abs=0.05)


def test_a_p_value_from_the_far_tail_is_not_printed_in_digits():
    assert p_value(3e-178) == "< 1e-06" and p_value(0.00123) == "0.0012"


def test_one_bad_comparison_decides_a_claim():
    assert worst([SUPPORTED, INCONCLUSIVE, SUPPORTED]) == INCONCLUSIVE
    assert worst([SUPPORTED, INCONCLUSIVE, CONTRADICTED]) == CONTRADICTED


@pytest.mark.parametrize(("target", "left_out"), [(1, 2), (2, 1), (3, 4), (4, 3)])
def test_the_complement_of_a_target_is_not_among_its_references(target, left_out):
    r = results(FLAT)
    own, references = signals(r, 2, target=target)
    np.testing.assert_allclose(own, r.log_p[2, target, PLAIN][0])
    assert len(references) == 7
    assert not any(np.allclose(row, r.log_p[2, left_out, PLAIN][0]) for row in references)


# ---------------------------------------------------------------- paper A


def paper_a(shares, classes=10):
    """Results of four data sets; ``shares``: how many of ten samples are recognised, by row."""
    everything = {}
    for name in ("att_faces", "mnist", "nmnist", "dvsgesture"):
        r = inversion_results(name, scorer_seeds=(0, 1, 2), targets=(0, 1, 2, 3, 4))
        confidence = {}
        for (row, seed, judge, k), old in r.confidence.items():
            known = shares(name, row)
            good = np.eye(classes)[None] * (np.arange(classes) < known)[:, None]
            bad = np.roll(np.eye(classes), 1, 0)[None] * (np.arange(classes) >= known)[:, None]
            confidence[row, seed, judge, k] = (good + bad).repeat(len(old), 0)
        everything[name] = replace(r, confidence=confidence, info=r.info | {"classes": classes})
    return inversion_verdicts("A-V", everything, "smoke").rows


def of_claims(rows):
    return rows.groupby("claim")["verdict_on_claim"].first().to_dict()


def test_what_paper_a_claims_is_supported_where_it_holds():
    def shares(data, row):
        if row.startswith("random"):
            return 0
        return {"mnist": 10, "att_faces": 10}.get(data, 10 if row == "brainleaks_v2" else 4)

    rows = paper_a(shares)
    found = of_claims(rows)
    assert found["A2"] == found["A5"] == SUPPORTED and found["A6"] == SUPPORTED
    a3 = rows[rows["claim"] == "A3"].set_index(["study", "comparison"])["value"]
    assert a3["nmnist", "AA of v2 - of v1"] == pytest.approx(0.6) and len(a3) == 4
    assert set(rows["claim"]) == {"A1", "A2", "A3", "A4", "A5", "A6"}
    assert rows[rows["claim"] == "A2"]["comparison"].str.contains("common scorers").all()


def test_only_samples_that_the_targets_accept_count_as_sparse():
    """Of four samples, the targets take three for their class; an empty sample that none takes is no success."""
    r = inversion_results("mnist", targets=(0, 1, 2))
    samples = {key: s.copy() for key, s in r.samples.items()}
    for seed in r.study.seeds:
        samples["brainleaks_v2", seed][:, 2] = 0  # the class with a confidence of 0.2
    found = {c.text: c for c in _a5({"mnist": replace(r, samples=samples)})}
    rate = found["spike rate, v1 - v2; 9 of 12 samples"].difference
    assert rate.value == pytest.approx(0.4)
    final = {key: np.full(4, 0.3) for key in r.final}
    assert not list(_a5({"mnist": replace(r, final=final)}))


def test_a_spread_that_cannot_be_large_is_no_evidence_that_it_is_small():
    r = inversion_results("mnist")
    assert len(list(_a6({"mnist": r}))) == 1
    assert not list(_a6({"mnist": replace(r, info=r.info | {"classes": 40})}))


def test_each_attack_is_held_against_its_own_spikes_at_random_places():
    def shares(data, row):
        return {"random_spikes": 0, "random_spikes_v2": 10}.get(row, 10)

    a1 = paper_a(shares).query("claim == 'A1' and study == 'mnist'").set_index("comparison")["value"]
    assert a1["AA of v1 - of its spikes at random places"] == pytest.approx(1)
    assert a1["AA of v2 - of its spikes at random places"] == pytest.approx(0)


def test_what_paper_a_claims_is_contradicted_where_the_opposite_holds():
    found = of_claims(paper_a(lambda data, row: 10 if row in ("fredrikson", "random_spikes", "random_pixels") else 0))
    assert found["A1"] == found["A2"] == CONTRADICTED


def test_where_nothing_is_recognised_nothing_is_supported_but_what_needs_no_leak():
    found = of_claims(paper_a(lambda data, row: 1))
    assert found["A1"] == found["A3"] == found["A4"] == INCONCLUSIVE


def test_a_claim_needs_all_of_its_comparisons_and_one_against_it_is_enough():
    sure, unsure, against = (
        InversionComparison("A1", "mnist", "x", Estimate(v, v - 0.1, v + 0.1), p)
        for v, p in ((0.5, 0.001), (0.5, 0.2), (-0.5, 0.001))
    )

    def verdict(comparisons, corrected):
        return judged(comparisons, np.array(corrected), lambda c: c.claim)["A1"]

    assert verdict([sure, sure], [0.002, 0.002]) == SUPPORTED
    assert verdict([sure, unsure], [0.002, 0.2]) == INCONCLUSIVE
    assert verdict([sure, against], [0.002, 0.002]) == CONTRADICTED


def test_a_margin_lets_a_difference_be_a_little_below_zero():
    slightly = InversionComparison("A2", "mnist", "x", Estimate(-0.05, -0.08, -0.02), 0.01, margin=0.1)
    assert slightly.verdict(0.01) == SUPPORTED
    clearly = InversionComparison("A2", "mnist", "x", Estimate(-0.5, -0.6, -0.4), 0.001, margin=0.1)
    assert clearly.verdict(0.001) == CONTRADICTED


def test_sides_are_counted_with_their_margins_and_over_networks_where_there_are_no_points():
    rows = pd.DataFrame(
        {"value": [0.1, -0.02, -0.2, np.nan], "margin": [0, 0.05, 0.05, 0], "mean_over_targets": [0.1, 0, 0, 0.3]}
    )
    assert claimed_side(rows) == "3 of 4"
    assert claimed_side(rows[:3].drop(columns="mean_over_targets")) == "2 of 3"
